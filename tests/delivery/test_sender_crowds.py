"""Many at once share messages; what is too old shows up in a summary."""

import pytest

from bot.domain.import_progress import ImportProgress
from bot.domain.sale import Producer
from bot.store.books.sync_progress import note_import
from bot.store.engine import Store
from fakes.discord.guild import FakeChannel, text
from fakes.discord.server import FakeDiscord
from tests.delivery.conftest import Start, States
from tests.delivery.sales import Sales
from tests.delivery.virtual_time import NOON, VirtualTime


@pytest.mark.parametrize("count", [6, 10])
async def test_many_at_once_share_a_message_with_a_menu(
    start: Start, sales: Sales, producer: Producer, channel: FakeChannel, count: int
) -> None:
    await sales.sell(producer, *(f"t{number}" for number in range(count)))
    await start()
    [message] = channel.shown
    assert len(message["embeds"]) == count
    [row] = message["components"]
    assert len(row["components"][0]["options"]) == count


async def test_each_of_a_shared_message_lives_on(
    start: Start, sales: Sales, producer: Producer, channel: FakeChannel, fake: FakeDiscord
) -> None:
    names = [f"t{number}" for number in range(8)]
    await sales.sell(producer, *names)
    runner = await start()
    await sales.record(producer, sales.settled("t3"))
    await runner.works()
    [message] = channel.shown
    assert [f"Track {name}" in text(message) for name in names] == [True] * 8
    assert text(message).count("$28.82") == 1
    assert len(fake.asked("PATCH")) == 1


async def test_edits_of_a_shared_message_that_are_due_at_once_are_one_call(
    start: Start, sales: Sales, producer: Producer, channel: FakeChannel, fake: FakeDiscord
) -> None:
    names = [f"t{number}" for number in range(10)]
    await sales.sell(producer, *names)
    runner = await start()
    await sales.record(producer, *(sales.settled(name) for name in names))
    await runner.works()
    assert len(fake.asked("PATCH")) == 1
    assert text(channel.shown[0]).count("$28.82") == 10


@pytest.mark.slow
async def test_five_hundred_sales_are_told_in_fifty_messages_in_order(
    start: Start,
    sales: Sales,
    producer: Producer,
    channel: FakeChannel,
    fake: FakeDiscord,
    states: States,
) -> None:
    subjects = await sales.sell_many(producer, 500)
    runner = await start()
    assert len(channel.shown) == 50
    told = [embed["author"]["name"] for message in channel.shown for embed in message["embeds"]]
    assert told == [f"Sale #{number}" for number in range(1001, 1501)]
    assert fake.refused_by_rate == 0
    await sales.ask_for(producer, "edit", *subjects)
    await runner.works()
    assert len(fake.asked("PATCH")) == 50
    assert await states() == {}


async def test_what_waited_three_days_is_told_in_one_summary(
    start: Start,
    sales: Sales,
    producer: Producer,
    channel: FakeChannel,
    time: VirtualTime,
    states: States,
    store: Store,
) -> None:
    await sales.sell(producer, "a", "b", "c")
    time.passes(hours=73)
    await sales.sell(producer, "fresh")
    await start()
    summary, alert = channel.shown
    assert "3 sales" in text(summary)
    assert "Track fresh" in text(alert)
    assert await states() == {}


async def test_what_was_summarized_is_not_edited(
    start: Start,
    sales: Sales,
    producer: Producer,
    channel: FakeChannel,
    time: VirtualTime,
    fake: FakeDiscord,
    states: States,
) -> None:
    await sales.sell(producer, "a", "b")
    time.passes(hours=73)
    runner = await start()
    await sales.record(producer, sales.settled("a"))
    await runner.works()
    assert fake.asked("PATCH") == []
    assert await states() == {}


async def test_a_summary_holds_all_that_waited_however_many(
    start: Start, sales: Sales, producer: Producer, channel: FakeChannel, time: VirtualTime
) -> None:
    await sales.sell_many(producer, 230)
    time.passes(hours=73)
    await start()
    [summary] = channel.shown
    assert "230 sales" in text(summary)


@pytest.mark.slow
async def test_three_hundred_first_sales_at_once_are_few_messages(
    start: Start,
    sales: Sales,
    producer: Producer,
    channel: FakeChannel,
    fake: FakeDiscord,
    store: Store,
    states: States,
) -> None:
    """As they come: each with its milestone behind it, some with fees that settled since."""
    async with store.write() as connection:
        past = ImportProgress(start=NOON, end=NOON, done_until=NOON)
        await note_import(connection, True, past)
    names = [f"t{number}" for number in range(300)]
    for name in names:
        await sales.sell(producer, name)
    await sales.record(producer, *(sales.settled(name) for name in names[:50]))
    runner = await start()
    shared = [len(message["embeds"]) for message in channel.shown if message["components"]]
    milestones = [text(message) for message in channel.shown if not message["components"]]
    assert shared == [10] * 30
    assert 1 <= len(milestones) <= 4
    assert "First sales of “Track t0”, “Track t1”" in milestones[0]
    assert "300 sales in all." in milestones[-1]
    assert await states() == {}
    fake.seen.clear()
    await sales.record(producer, sales.refunded("t7", 2999))
    await runner.works()
    assert "refunded" in text(channel.shown[0])
    assert len(fake.asked("PATCH")) == 1


async def test_milestones_of_one_shared_message_are_told_under_it(
    start: Start, sales: Sales, producer: Producer, channel: FakeChannel, store: Store
) -> None:
    async with store.write() as connection:
        past = ImportProgress(start=NOON, end=NOON, done_until=NOON)
        await note_import(connection, True, past)
    await sales.sell(producer, *(f"t{number}" for number in range(8)))
    await start()
    alert, milestones = channel.shown
    assert milestones["message_reference"]["message_id"] == alert["id"]
    assert "and 3 more" in text(milestones)
