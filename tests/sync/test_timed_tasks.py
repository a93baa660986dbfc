"""Digests are written once a period, and reminders before a dispute's deadline."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from bot.domain.preferences import Cadence, Preferences
from bot.domain.sale import Producer
from bot.store.books import producers
from bot.store.engine import Store, open_store
from bot.store.tables import outbox
from bot.store.tables import producers as producers_table
from bot.sync.timed_tasks import Digests
from fakes.stripe import Purchase
from tests.factories import paid, refunded, settled
from tests.journey.databases import database_of
from tests.journey.live_bot import LiveBot, Time, live_bot
from tests.journey.shop import Shop
from tests.store.samples import write

BERLIN = "Europe/Berlin"
DAILY = Preferences(digest=Cadence.DAILY, digest_hour=9)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(BERLIN))


class Bot:
    """The part of the bot that makes digests, on a store; begun anew after each restart."""

    def __init__(self, store: Store, time: Time) -> None:
        self.store = store
        self.time = time
        self.woken = 0
        self.restart()

    def restart(self) -> None:
        self.digests = Digests(self.store, self.time, announce=self._told)

    def _told(self) -> None:
        self.woken += 1

    async def look(self, *moments: str) -> None:
        for moment in moments:
            self.time.now = at(moment)
            await self.digests.look()

    async def producer(self, *, livemode: bool = True) -> Producer:
        async with self.store.write() as connection:
            return await producers.ensure(
                connection, livemode=livemode, account="", timezone=BERLIN
            )

    async def choose(self, preferences: Preferences) -> None:
        producer = await self.producer()
        async with self.store.write() as connection:
            await producers.set_preferences(connection, producer, preferences)

    async def sell(self, moment: str, **how: Any) -> None:
        payment = settled(paid(f"{moment}", at=at(moment)))
        await write(self.store, await self.producer(**how), payment, now=at(moment), quiet=True)

    async def keys(self, state: str | None = None) -> list[str]:
        query = select(outbox.c.key).order_by(outbox.c.id)
        async with self.store.read() as connection:
            found = await connection.scalars(
                query if state is None else query.where(outbox.c.state == state)
            )
            return list(found)


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[Bot]:
    """Daily digests at nine in Berlin, chosen long ago."""
    async with open_store(await database_of(tmp_path)) as store:
        made = Bot(store, Time())
        await made.choose(DAILY)
        await made.look("2026-03-01T12:00")
        yield made


async def test_a_period_gets_one_digest_whatever_happens_in_between(bot: Bot) -> None:
    await bot.sell("2026-03-09T12:00")
    await bot.look("2026-03-10T08:59")
    assert await bot.keys() == []
    await bot.look("2026-03-10T09:00", "2026-03-10T09:01")
    bot.restart()
    await bot.look("2026-03-10T09:02", "2026-03-10T23:00")
    assert await bot.keys() == ["digest:daily:2026-03-09"]


async def test_a_digest_names_its_period_in_the_outbox(bot: Bot) -> None:
    await bot.sell("2026-03-09T12:00")
    await bot.look("2026-03-10T09:00")
    async with bot.store.read() as connection:
        row = (await connection.execute(select(outbox))).one()
    assert (row.kind, row.subject) == ("notice", "digest:daily:2026-03-09")
    assert row.payload == '{"what": "digest", "cadence": "daily", "period": "2026-03-09"}'
    assert bot.woken


async def test_a_period_without_news_gets_no_digest_and_is_not_checked_again(bot: Bot) -> None:
    await bot.look("2026-03-10T09:00")
    await bot.sell("2026-03-09T23:00")
    bot.restart()
    await bot.look("2026-03-10T09:01")
    assert await bot.keys() == []


async def test_a_period_with_only_a_refund_gets_a_digest(bot: Bot) -> None:
    sold = settled(paid("a", at=at("2026-03-01T12:00")))
    back = refunded(sold, at=at("2026-03-09T12:00"))
    await write(bot.store, await bot.producer(), sold, back, quiet=True)
    await bot.look("2026-03-10T09:00")
    assert await bot.keys() == ["digest:daily:2026-03-09"]


async def test_a_producer_who_wants_empty_digests_gets_them(bot: Bot) -> None:
    await bot.choose(replace(DAILY, digest_empty=True))
    await bot.look("2026-03-10T09:00")
    assert await bot.keys() == ["digest:daily:2026-03-09"]


async def test_a_bot_away_for_days_sends_the_newest_digest_alone(bot: Bot) -> None:
    for day in range(2, 10):
        await bot.sell(f"2026-03-0{day}T12:00")
    bot.restart()
    await bot.look("2026-03-10T15:00", "2026-03-10T15:01")
    assert await bot.keys() == ["digest:daily:2026-03-09"]


async def test_a_digest_that_was_never_posted_makes_way_for_the_next(bot: Bot) -> None:
    for day in (7, 8, 9):
        await bot.sell(f"2026-03-0{day}T12:00")
        await bot.look(f"2026-03-{day + 1:02}T09:00")
    assert await bot.keys() == ["digest:daily:2026-03-09"]


async def test_a_digest_that_is_being_posted_stays(bot: Bot) -> None:
    await bot.sell("2026-03-08T12:00")
    await bot.look("2026-03-09T09:00")
    async with bot.store.write() as connection:
        await connection.execute(update(outbox).values(state="sending"))
    await bot.sell("2026-03-09T12:00")
    await bot.look("2026-03-10T09:00")
    assert len(await bot.keys()) == 2


async def test_another_cadence_begins_with_the_current_period(bot: Bot) -> None:
    await bot.sell("2026-03-09T12:00")
    await bot.look("2026-03-10T09:00")
    async with bot.store.write() as connection:
        await connection.execute(update(outbox).values(state="sent"))
    await bot.choose(replace(DAILY, digest=Cadence.WEEKLY))
    await bot.look("2026-03-10T09:30", "2026-03-11T09:00", "2026-03-16T08:59", "2026-03-16T09:00")
    assert await bot.keys() == ["digest:daily:2026-03-09", "digest:weekly:2026-03-09"]


async def test_another_time_zone_repeats_no_day(bot: Bot) -> None:
    for day in (8, 9, 10):
        await bot.sell(f"2026-03-{day:02}T12:00")
    await bot.look("2026-03-10T09:00")
    for zone in ("Pacific/Kiritimati", "Pacific/Honolulu", BERLIN):
        async with bot.store.write() as connection:
            await connection.execute(update(producers_table).values(timezone=zone))
        await bot.look("2026-03-10T09:30", "2026-03-10T10:00")
    assert await bot.keys() == ["digest:daily:2026-03-09"]
    await bot.look("2026-03-11T09:00")
    assert "digest:daily:2026-03-10" in await bot.keys()


async def test_digests_switched_off_are_taken_back(bot: Bot) -> None:
    await bot.sell("2026-03-09T12:00")
    await bot.look("2026-03-10T09:00")
    await bot.choose(Preferences())
    await bot.look("2026-03-10T09:01", "2026-03-11T09:00")
    assert await bot.keys() == []


async def test_a_producer_of_the_other_mode_gets_no_digest(bot: Bot) -> None:
    await bot.sell("2026-03-08T12:00")
    await bot.sell("2026-03-09T12:00", livemode=False)
    await bot.choose(DAILY)
    await bot.look("2026-03-10T09:00")
    assert await bot.keys() == []


HOUR = 3600


@pytest.fixture
async def live(tmp_path: Path) -> AsyncIterator[LiveBot]:
    async with live_bot(tmp_path) as opened:
        yield opened


async def heard(live: LiveBot) -> None:
    """What has happened at Stripe is heard of and told."""
    await live.happen()
    await live.hear()


@pytest.fixture
async def bought(live: LiveBot) -> Purchase:
    purchase = live.account.buy(Shop(live.account).lease)
    await live.happen()
    return purchase


@pytest.fixture
async def dispute(live: LiveBot, bought: Purchase) -> str:
    """A dispute that was told, to be answered within nine days."""
    opened = live.account.dispute(bought)
    await heard(live)
    return opened


async def hours_before(live: LiveBot, hours: float, dispute: str) -> list[str]:
    """The keys that are told when so many hours are left."""
    due = live.account.get("dispute", dispute)["evidence_details"]["due_by"]
    live.time.now = datetime.fromtimestamp(due - hours * HOUR, live.time.now.tzinfo)
    await live.app.reminders.look()
    return [key for _, key in await live.hear()]


async def test_dispute_three_days_and_one_before_is_reminded(live: LiveBot, dispute: str) -> None:
    assert await hours_before(live, 73, dispute) == []
    assert await hours_before(live, 72, dispute) == [f"reply:dispute_reminder_72:{dispute}"]
    assert await hours_before(live, 25, dispute) == []
    assert await hours_before(live, 24, dispute) == [f"reply:dispute_reminder_24:{dispute}"]
    assert await hours_before(live, 1, dispute) == []
    assert await hours_before(live, -1, dispute) == []


async def test_bot_away_for_long_sends_the_nearer_reminder(live: LiveBot, dispute: str) -> None:
    assert await hours_before(live, 5, dispute) == [f"reply:dispute_reminder_24:{dispute}"]
    assert await hours_before(live, 4, dispute) == []


async def test_reminder_never_posted_makes_way_for_the_next(live: LiveBot, dispute: str) -> None:
    await hours_before(live, 80, dispute)
    live.time.pass_(hours=10)
    await live.app.reminders.look()
    live.time.pass_(hours=50)
    await live.app.reminders.look()
    assert await live.hear() == [("reply", f"reply:dispute_reminder_24:{dispute}")]


async def test_a_dispute_that_was_answered_gets_no_reminder(live: LiveBot, dispute: str) -> None:
    live.account.answer(dispute)
    await heard(live)
    assert await hours_before(live, 20, dispute) == []


async def test_reminder_after_the_answer_is_taken_back(live: LiveBot, dispute: str) -> None:
    await hours_before(live, 80, dispute)
    live.time.pass_(hours=10)
    await live.app.reminders.look()
    live.account.answer(dispute)
    await live.happen()
    await live.app.reminders.look()
    assert await live.hear() == [("edit", "edit:payment:1")]


async def test_dispute_just_announced_gets_no_reminder(live: LiveBot, bought: Purchase) -> None:
    dispute = live.account.dispute(bought)
    live.time.pass_(days=7)
    await heard(live)
    assert await hours_before(live, 40, dispute) == []
    assert await hours_before(live, 20, dispute) == [f"reply:dispute_reminder_24:{dispute}"]


async def test_inquiries_have_deadlines_too(live: LiveBot, bought: Purchase) -> None:
    inquiry = live.account.dispute(bought, inquiry=True)
    await heard(live)
    assert await hours_before(live, 70, inquiry) == [f"reply:dispute_reminder_72:{inquiry}"]
