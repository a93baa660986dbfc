"""Deadlines of disputes: reminded of three days and one day before, and of nothing that is over."""

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest

from fakes.stripe import Purchase
from tests.journey.house import House, house
from tests.journey.shop import Shop

HOUR = 3600


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path) as opened:
        yield opened


@pytest.fixture
async def bought(home: House) -> Purchase:
    purchase = home.account.buy(Shop(home.account).lease)
    await home.happen()
    return purchase


@pytest.fixture
async def dispute(home: House, bought: Purchase) -> str:
    """A dispute that was told, to be answered within nine days."""
    opened = home.account.dispute(bought)
    await home.happen()
    await home.hear()
    return opened


async def at(home: House, hours: float, dispute: str) -> list[str]:
    """The keys that are told when so many hours are left."""
    due = home.account.get("dispute", dispute)["evidence_details"]["due_by"]
    home.time.now = datetime.fromtimestamp(due - hours * HOUR, home.time.now.tzinfo)
    await home.app.reminders.look()
    return [key for _, key in await home.hear()]


async def test_three_days_and_one_day_before(home: House, dispute: str) -> None:
    assert await at(home, 73, dispute) == []
    assert await at(home, 72, dispute) == [f"reply:dispute_reminder_72:{dispute}"]
    assert await at(home, 25, dispute) == []
    assert await at(home, 24, dispute) == [f"reply:dispute_reminder_24:{dispute}"]
    assert await at(home, 1, dispute) == []
    assert await at(home, -1, dispute) == []


async def test_after_a_long_absence_only_the_nearer_one(home: House, dispute: str) -> None:
    assert await at(home, 5, dispute) == [f"reply:dispute_reminder_24:{dispute}"]
    assert await at(home, 4, dispute) == []


async def test_a_reminder_that_discord_never_took_makes_way_for_the_next(
    home: House, dispute: str
) -> None:
    await at(home, 80, dispute)
    home.time.pass_(hours=10)
    await home.app.reminders.look()
    home.time.pass_(hours=50)
    await home.app.reminders.look()
    assert await home.hear() == [("reply", f"reply:dispute_reminder_24:{dispute}")]


async def test_who_has_answered_is_not_reminded(home: House, dispute: str) -> None:
    home.account.answer(dispute)
    await home.happen()
    await home.hear()
    assert await at(home, 20, dispute) == []


async def test_a_reminder_is_taken_back_once_the_answer_was_given(
    home: House, dispute: str
) -> None:
    await at(home, 80, dispute)
    home.time.pass_(hours=10)
    await home.app.reminders.look()
    home.account.answer(dispute)
    await home.happen()
    await home.app.reminders.look()
    assert await home.hear() == [("edit", "edit:payment:1")]


async def test_who_has_only_just_heard_of_it_is_not_reminded(home: House, bought: Purchase) -> None:
    dispute = home.account.dispute(bought)
    home.time.pass_(days=7)
    await home.happen()
    await home.hear()
    assert await at(home, 40, dispute) == []
    assert await at(home, 20, dispute) == [f"reply:dispute_reminder_24:{dispute}"]


async def test_inquiries_have_deadlines_too(home: House, bought: Purchase) -> None:
    inquiry = home.account.dispute(bought, inquiry=True)
    await home.happen()
    await home.hear()
    assert await at(home, 70, inquiry) == [f"reply:dispute_reminder_72:{inquiry}"]
