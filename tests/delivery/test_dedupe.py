"""After a backup was restored nothing is told again that the channel tells already."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TypeAlias

import discord
import pytest
from sqlalchemy import delete, select, update

from bot.delivery import dedupe
from bot.delivery.dispatcher import Dispatcher
from bot.domain.sale import Producer
from bot.store import outbox, tables
from bot.store.backup import back_up
from bot.store.books import producers
from bot.store.engine import Store, open_store
from bot.store.tables import messages
from fakes.discord.guild import FakeChannel, Json, text
from fakes.discord.server import FakeDiscord
from tests.delivery.conftest import CHANNEL
from tests.delivery.sales import Sales
from tests.delivery.virtual_time import Runner, VirtualTime


@dataclass
class Bot:
    """A bot at work with a store of its own."""

    store: Store
    sales: Sales
    runner: Runner

    async def places(self) -> dict[str, int]:
        """Which message tells of what."""
        async with self.store.read() as connection:
            rows = await connection.execute(select(messages.c.subject, messages.c.message_id))
            return dict(rows.all())

    async def open(self, producer: Producer) -> dict[str, int]:
        async with self.store.read() as connection:
            return await outbox.counts(connection, producer.id)


Run: TypeAlias = Callable[[Path], Awaitable[Bot]]


@pytest.fixture
async def run(client: discord.Client, time: VirtualTime) -> AsyncIterator[Run]:
    """Starts a bot with the store in a file; the one before is gone."""
    running: list[asyncio.Task[None]] = []
    async with AsyncExitStack() as stack:

        async def start(file: Path) -> Bot:
            await crash()
            # Longer than Discord knows a nonce.
            time.passes(minutes=5)
            store = await stack.enter_async_context(open_store(f"sqlite+aiosqlite:///{file}"))
            dispatcher = Dispatcher(store, client, time, True, pause=time.pause)
            running.append(asyncio.create_task(dispatcher.run()))
            runner = Runner(dispatcher, time)
            await runner.rests()
            return Bot(store, Sales(store, time), runner)

        async def crash() -> None:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
            running.clear()

        yield start
        await crash()


@pytest.fixture
async def bot(run: Run, store: Store, producer: Producer, channel: FakeChannel) -> Bot:
    """The first one, whose channel is in order."""
    return await run(_file_of(store))


@pytest.fixture
def backup(store: Store, tmp_path: Path) -> Callable[[], Awaitable[Path]]:
    async def make() -> Path:
        file = tmp_path / "backup.db"
        await back_up(store.url, file)
        return file

    return make


Backup: TypeAlias = Callable[[], Awaitable[Path]]


def _file_of(store: Store) -> Path:
    return Path(store.url.removeprefix("sqlite+aiosqlite:///"))


def _texts(channel: FakeChannel) -> list[str]:
    return [text(message) if message["embeds"] else message["content"] for message in channel.shown]


def tracks(channel: FakeChannel) -> list[str]:
    """What was sold, by the titles of shared messages and the headlines of others."""
    return [
        (embed.get("title") or message["content"]).split(" · ")[1]
        for message in channel.shown
        for embed in message["embeds"]
    ]


async def test_sales_told_since_the_backup_are_not_told_again(
    bot: Bot, backup: Backup, run: Run, producer: Producer, channel: FakeChannel
) -> None:
    await bot.sales.sell(producer, "before")
    await bot.runner.works()
    file = await backup()
    for name in ("one", "two"):
        await bot.sales.sell(producer, name)
        await bot.runner.works()
    told, places = _texts(channel), await bot.places()

    restored = await run(file)
    # In another order, by which they get other numbers.
    await restored.sales.sell(producer, "two", "one", "three")
    await restored.runner.works()
    assert len(channel.shown) == len(told) + 1
    after = await restored.places()
    assert after["payment:2"] == places["payment:3"]
    assert after["payment:3"] == places["payment:2"]
    assert "Track three" in _texts(channel)[-1]
    assert await restored.open(producer) == {}
    # What stood there shows what holds now: the number that opens this very sale.
    numbers = [message["embeds"][0]["footer"]["text"] for message in channel.shown]
    assert "Track one · Lease" in _texts(channel)[1]
    assert "Track two · Lease" in _texts(channel)[2]
    assert numbers[1:3] == ["Sale #1003", "Sale #1002"]


async def test_a_burst_is_found_payment_by_payment(
    bot: Bot, backup: Backup, run: Run, producer: Producer, channel: FakeChannel
) -> None:
    file = await backup()
    names = [f"n{place}" for place in range(25)]
    await bot.sales.sell(producer, *names)
    await bot.runner.works()
    shown = len(channel.shown)
    assert shown < 25

    restored = await run(file)
    await restored.sales.sell(producer, *names[:13])
    await restored.runner.works()
    await restored.sales.sell(producer, *names[13:], "new")
    await restored.runner.works()
    assert len(channel.shown) == shown + 1
    assert await restored.open(producer) == {}
    for message in channel.shown[:-1]:
        assert len({embed.get("title") for embed in message["embeds"]}) == len(message["embeds"])
    assert sorted(tracks(channel)) == sorted(f"Track {name}" for name in [*names, "new"])


async def test_a_free_sale_is_found_by_its_time_and_number(
    bot: Bot, backup: Backup, run: Run, producer: Producer, channel: FakeChannel
) -> None:
    file = await backup()
    free = bot.sales.payment("free", amount=0, intent=None, charge=None)
    free = replace(free, lines=(replace(free.lines[0], amount=0),))
    await bot.sales.record(producer, free)
    await bot.runner.works()
    restored = await run(file)
    await restored.sales.record(producer, free)
    await restored.runner.works()
    assert len(channel.shown) == 1
    assert await restored.open(producer) == {}


@pytest.mark.parametrize("settled_since", [False, True])
async def test_replies_told_since_the_backup_are_not_told_again(
    bot: Bot,
    backup: Backup,
    run: Run,
    producer: Producer,
    channel: FakeChannel,
    settled_since: bool,
) -> None:
    await bot.sales.sell(producer, "one")
    await bot.runner.works()
    file = await backup()
    first, both = bot.sales.refunded("one", 1000), bot.sales.refunded("one", 1000, 500)
    if settled_since:
        # Then the reply's second line says what it could not say before.
        await bot.sales.record(producer, replace(first, movement=None))
    else:
        await bot.sales.record(producer, first)
    await bot.runner.works()
    assert len(channel.shown) == 2

    restored = await run(file)
    await restored.sales.record(producer, both)
    await restored.runner.works()
    replies = [one["content"] for one in channel.shown if "message_reference" in one]
    assert [line.split(" · ")[0] for line in replies] == [
        "↩ $10.00 refunded",
        "↩ $5.00 refunded",
    ]
    assert await restored.open(producer) == {}


async def test_two_refunds_of_one_amount_are_two(
    bot: Bot, backup: Backup, run: Run, producer: Producer, channel: FakeChannel
) -> None:
    await bot.sales.sell(producer, "one")
    await bot.runner.works()
    file = await backup()
    await bot.sales.record(producer, bot.sales.refunded("one", 1000))
    await bot.runner.works()
    restored = await run(file)
    await restored.sales.record(producer, bot.sales.refunded("one", 1000, 1000))
    await restored.runner.works()
    assert sum("$10.00 refunded" in one["content"] for one in channel.shown) == 2


async def test_reply_killed_while_it_was_posted_is_taken_for_no_other(
    bot: Bot, run: Run, producer: Producer, channel: FakeChannel
) -> None:
    await bot.sales.sell(producer, "one")
    await bot.sales.record(producer, bot.sales.refunded("one", 1000))
    await bot.runner.works()
    [(reply, message_id)] = [
        (subject, id_) for subject, id_ in (await bot.places()).items() if "reply:" in subject
    ]
    # As a kill leaves it between Discord's writing and ours.
    is_reply = tables.outbox.c.kind == "reply"
    async with bot.store.write() as connection:
        await connection.execute(update(tables.outbox).where(is_reply).values(state="sending"))
        await connection.execute(delete(messages).where(messages.c.subject.like("reply:%")))
    await bot.sales.record(producer, bot.sales.refunded("one", 1000, 1000))

    again = await run(_file_of(bot.store))
    await again.runner.works()
    assert len(channel.shown) == 3
    assert (await again.places())[reply] == message_id
    assert await again.open(producer) == {}


async def test_payouts_and_digests_told_since_the_backup_are_not_told_again(
    bot: Bot,
    backup: Backup,
    run: Run,
    producer: Producer,
    channel: FakeChannel,
    time: VirtualTime,
) -> None:
    async def tell(to: Bot, period: str) -> None:
        key = f"digest:daily:{period}"
        payload = {"what": "digest", "cadence": "daily", "period": period}
        async with to.store.write() as connection:
            how = {"kind": "notice", "subject": key, "key": key}
            await outbox.put(connection, producer.id, now=time.now, payload=payload, **how)
        await to.runner.works()

    await bot.sales.pay_out(producer, "pending")
    file = await backup()
    time.passes(days=1)
    await bot.sales.pay_out(producer, "in_transit")
    await tell(bot, "2026-11-22")
    assert len(channel.shown) == 2

    restored = await run(file)
    await restored.sales.pay_out(producer, "paid")
    await tell(restored, "2026-11-22")
    assert len(channel.shown) == 2
    assert "paid out" in text(channel.shown[0])
    time.passes(days=1)
    await tell(restored, "2026-11-23")
    assert len(channel.shown) == 3
    assert await restored.open(producer) == {}


async def test_an_empty_store_tells_nothing_again_either(
    bot: Bot,
    run: Run,
    producer: Producer,
    channel: FakeChannel,
    empty_database: Path,
    tmp_path: Path,
    time: VirtualTime,
) -> None:
    await bot.sales.sell(producer, "one", "two")
    await bot.runner.works()
    assert len(channel.shown) == 2
    time.passes(minutes=1)
    fresh = await run(Path(shutil.copyfile(empty_database, tmp_path / "new.db")))
    async with fresh.store.write() as connection:
        made = await producers.ensure(connection, livemode=True, account="", timezone="UTC")
        await producers.set_channel(connection, made.id, 100, CHANNEL)
    await fresh.sales.sell(made, "one", "two", "three")
    await fresh.runner.works()
    assert len(channel.shown) == 3


async def test_it_goes_on_where_it_was_killed(
    bot: Bot, backup: Backup, run: Run, producer: Producer, channel: FakeChannel
) -> None:
    file = await backup()
    names = ["one", "two", "three", "four"]
    for name in names:
        await bot.sales.sell(producer, name)
        await bot.runner.works()
    restored = await run(file)
    await restored.sales.sell(producer, "one", "new")
    await restored.runner.works()
    again = await run(file)
    await again.sales.sell(producer, "two", "newer")
    await again.runner.works()
    once_more = await run(file)
    await once_more.sales.sell(producer, "three", "four")
    await once_more.runner.works()
    told = tracks(channel)
    assert sorted(told) == sorted(f"Track {name}" for name in [*names, "new", "newer"])


async def test_messages_of_others_and_of_before_are_no_news(
    bot: Bot,
    backup: Backup,
    run: Run,
    producer: Producer,
    channel: FakeChannel,
    fake: FakeDiscord,
    time: VirtualTime,
) -> None:
    file = await backup()
    await bot.sales.sell(producer, "one")
    await bot.runner.works()
    [ours] = channel.shown
    fake.guild.say(channel, "another person")
    _by_a_person(ours)
    restored = await run(file)
    await restored.sales.sell(producer, "one")
    await restored.runner.works()
    assert len(channel.shown) == 3


def _by_a_person(message: Json) -> None:
    message["author"] = {**message["author"], "id": "500", "bot": False}


async def test_history_is_read_once_a_run(
    bot: Bot, producer: Producer, channel: FakeChannel, fake: FakeDiscord
) -> None:
    for name in ("one", "two", "three"):
        await bot.sales.sell(producer, name)
        await bot.runner.works()
    assert len(channel.shown) == 3
    assert len(fake.asked("GET", "/messages")) == 1


@pytest.mark.parametrize("times", [2, 50])
async def test_history_that_cannot_be_read_holds_up_no_sale_for_long(
    bot: Bot,
    producer: Producer,
    channel: FakeChannel,
    fake: FakeDiscord,
    times: int,
) -> None:
    fake.fail("GET", "/messages", status=500, times=times)
    await bot.sales.sell(producer, "one")
    await bot.runner.works()
    await bot.runner.passes(minutes=1)
    assert len(channel.shown) == 1


async def test_an_old_message_is_not_looked_at(
    bot: Bot,
    backup: Backup,
    run: Run,
    producer: Producer,
    channel: FakeChannel,
    time: VirtualTime,
) -> None:
    file = await backup()
    sold = bot.sales.payment("one")
    await bot.sales.record(producer, sold)
    await bot.runner.works()
    time.now += timedelta(days=40)
    restored = await run(file)
    await restored.sales.record(producer, sold)
    await restored.runner.works()
    assert len(channel.shown) == 2


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (
            "TEST MODE · ↩ **$3.00 refunded to the buyer** · A",
            "TEST MODE · 🌱 First sale of “A”.",
            False,
        ),
        (
            "TEST MODE · ↩ **$3.00 refunded to the buyer** · A\n$1.00 left",
            "TEST MODE · ↩ **$3.00 is on its way back to the buyer** · A",
            True,
        ),
        ("↩ **$3.00 refunded to the buyer**", "↩ **$4.00 refunded to the buyer**", False),
        ("⚠️ **Disputed:** $29.95 · A", "⚠️ **Dispute won:** $29.95 · A", False),
    ],
)
def test_replies_are_told_apart_by_how_they_begin(one: str, other: str, same: bool) -> None:
    assert (dedupe.head_of(one) == dedupe.head_of(other)) is same


@pytest.mark.parametrize(
    ("draft", "found", "same"),
    [
        ("🌱 First sale of “A”.", "🌱 First sale of “A”.", True),
        ("🌱 First sale of “A”.", "🌱 First sales of “B”, “A”.", True),
        ("🌱 First sale of “A”.", "🌱 First sale of “B”.", False),
        ("🌱 First sale of “A”.", "🌱 First sales of “B”, “C” and 7 more.", True),
        ("🌱 First sale of “A”.", "↩ $10.00 refunded to the buyer · “A”", False),
        ("🎉 100 sales in total.", "🎉 200 sales in total.", False),
        ("🎉 300 sales in total.", "🎉 300 sales in all.", True),
        ("🎉 1,300 sales in total.", "🎉 300 sales in all.", False),
        (
            "🎉 100 sales in total.",
            "TEST MODE · 🌱 First sale of “A”.\n🎉 100 sales in total.",
            True,
        ),
        (
            "📈 March 10, 2026 is your best day so far: $9.00 before fees.",
            "📈 March 10, 2026 is your best day so far: $8.00 before fees.",
            True,
        ),
        (
            "📈 March 10, 2026 is your best day so far: $9.00 before fees.",
            "📈 March 11, 2026 is your best day so far: $9.00 before fees.",
            False,
        ),
    ],
)
def test_milestone_is_found_among_others(draft: str, found: str, same: bool) -> None:
    assert dedupe.shows_milestone(draft, found) is same
