"""What one may write after `period:` and `since:`."""

from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Any

import pytest
import simcord.interactions
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.period import EARLIEST
from cogs.kit.period_options import since_days
from cogs.kit.permission import Interaction, Say
from tests.cogs.house import House, said

NOW = datetime(2026, 3, 10, 18, tzinfo=UTC)


async def nothing(_interaction: Interaction, _value: str) -> None:
    """Run no command again."""


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("2026-02-14", date(2026, 2, 14)),
        ("2026-2-4", date(2026, 2, 4)),
        ("2025-09", date(2025, 9, 1)),
        ("2025", date(2025, 1, 1)),
        ("30d", date(2026, 2, 9)),
        ("last 30 days", date(2026, 2, 9)),
        ("2w", date(2026, 2, 25)),
        (" Today ", date(2026, 3, 10)),
        ("yesterday", date(2026, 3, 9)),
        ("last week", date(2026, 3, 2)),
        ("october", date(2025, 10, 1)),
        ("desde octubre", date(2025, 10, 1)),
        ("all", None),
    ],
)
def test_since_takes_the_first_day_of_any_period(typed: str, day: date | None) -> None:
    assert since_days(typed, NOW, "UTC", nothing) == (day, None)


@given(st.text(alphabet="0123456789-dw x", max_size=12), st.datetimes(timezones=st.just(UTC)))
def test_since_gives_a_day_that_can_be_counted_from_or_refuses(typed: str, now: datetime) -> None:
    with suppress(Say):
        day, _ = since_days(typed, now, "UTC", nothing)
        assert day is None or EARLIEST <= day <= now.date()


@given(st.text(alphabet="bcfgjkpvxz .!", max_size=50))
def test_since_refuses_what_is_no_period_in_one_line(typed: str) -> None:
    with pytest.raises(Say, match=r"^[^\n]*is not a period I can read[^\n]*$"):
        since_days(typed, NOW, "UTC", nothing)


@pytest.mark.parametrize("since", ["0001-01-01", "9999-12-31"])
def test_since_before_stripe_or_still_to_come_is_refused(since: str) -> None:
    with pytest.raises(Say, match=r"before Stripe existed|has not started yet"):
        since_days(since, NOW, "UTC", nothing)


@pytest.mark.parametrize(
    ("locale", "title"),
    [("en-US", "Since Jan 2, 2026"), ("en-GB", "Since Feb 1, 2026"), ("es-ES", "1 feb 2026")],
)
async def test_slashes_are_read_as_the_asker_writes_dates(
    house: House, monkeypatch: pytest.MonkeyPatch, locale: str, title: str
) -> None:
    plain = simcord.interactions.base_payload

    def from_there(*arguments: Any, **named: Any) -> Any:
        record, payload = plain(*arguments, **named)
        return record, payload | {"locale": locale}

    monkeypatch.setattr(simcord.interactions, "base_payload", from_there)
    await house.sell(1)
    assert title in said(await house.ask("sales", since="1/2/2026"))
    completed = await house.complete("stats", "period", "1/2/2026")
    assert completed[0]["value"] == ("2026-01-02" if locale == "en-US" else "2026-02-01")


def test_since_with_an_end_lists_no_later_sales() -> None:
    days = date(2026, 2, 1), date(2026, 2, 15)
    assert since_days("feb 1-15", NOW, "UTC", nothing) == days
    assert since_days("2026-02-01..", NOW, "UTC", nothing) == (days[0], None)
    week = date(2026, 3, 2), date(2026, 3, 8)
    assert since_days("mar 2-8", NOW, "UTC", nothing) == week
    assert since_days("last week", NOW, "UTC", nothing) == (week[0], None)


async def test_since_completes_a_week_by_its_first_day_and_a_range_as_one(house: House) -> None:
    found = await house.complete("sales", "since", "semana pasada")
    assert found[0] == {"name": "Mar 2 – 8, 2026 · since Mar 2, 2026", "value": "2026-03-02.."}
    found = await house.complete("sales", "since", "mar 2-8")
    assert found[0] == {"name": "Mar 2 – 8, 2026", "value": "2026-03-02..2026-03-08"}


@pytest.mark.parametrize(
    ("command", "option"), [("stats", "period"), ("export", "period"), ("sales", "since")]
)
async def test_completion_offers_what_is_understood(
    house: House, command: str, option: str
) -> None:
    offered: dict[str, str] = {}
    for typed in ("", "october", "last w", "semana pasada", "Q3", "last wek", "last 45 days"):
        found = {one["value"]: one["name"] for one in await house.complete(command, option, typed)}
        assert len(found) <= 25
        offered |= found
    for value in ("2025-10", "last week", "2025-q3", "45d"):
        assert value in offered
    for value in offered:
        await house.ask(command, **{option: value})
