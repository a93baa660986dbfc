"""Many at once share messages; what is too old shows up in a summary."""

import pytest

from bot.domain.import_progress import ImportProgress
from bot.store.books.sync_progress import note_import
from fakes.discord.guild import text
from tests.delivery.conftest import Start
from tests.delivery.shop import Shop
from tests.delivery.virtual_time import NOON


@pytest.mark.parametrize("count", [6, 10])
async def test_many_at_once_share_a_message_with_a_menu(
    closed: Shop, start: Start, count: int
) -> None:
    await closed.sell(*(f"t{number}" for number in range(count)))
    await start()
    [message] = closed.channel.shown
    assert len(message["embeds"]) == count
    [row] = message["components"]
    assert len(row["components"][0]["options"]) == count


async def test_each_of_a_shared_message_lives_on(closed: Shop, start: Start) -> None:
    names = [f"t{number}" for number in range(8)]
    await closed.sell(*names)
    runner = await start()
    await closed.record(closed.settled("t3"))
    await runner.works()
    [message] = closed.channel.shown
    assert [f"Track {name}" in text(message) for name in names] == [True] * 8
    assert text(message).count("$28.82") == 1
    assert len(closed.fake.asked("PATCH")) == 1


async def test_edits_of_a_shared_message_that_are_due_at_once_are_one_call(
    closed: Shop, start: Start
) -> None:
    names = [f"t{number}" for number in range(10)]
    await closed.sell(*names)
    runner = await start()
    await closed.record(*(closed.settled(name) for name in names))
    await runner.works()
    assert len(closed.fake.asked("PATCH")) == 1
    assert text(closed.channel.shown[0]).count("$28.82") == 10


@pytest.mark.slow
async def test_five_hundred_sales_are_told_in_fifty_messages_in_order(
    closed: Shop, start: Start
) -> None:
    subjects = await closed.sales.sell_many(closed.producer, 500)
    runner = await start()
    assert len(closed.channel.shown) == 50
    told = [
        embed["footer"]["text"] for message in closed.channel.shown for embed in message["embeds"]
    ]
    assert told == [f"Sale #{number}" for number in range(1001, 1501)]
    assert closed.fake.refused_by_rate == 0
    await closed.ask_for("edit", *subjects)
    await runner.works()
    assert len(closed.fake.asked("PATCH")) == 50
    assert await closed.states() == {}


async def test_what_waited_three_days_is_told_in_one_summary(closed: Shop, start: Start) -> None:
    await closed.sell("a", "b", "c")
    closed.time.passes(hours=73)
    await closed.sell("fresh")
    await start()
    summary, alert = closed.channel.shown
    assert "3 sales" in text(summary)
    assert "Track fresh" in text(alert)
    assert await closed.states() == {}


async def test_what_was_summarized_is_not_edited(closed: Shop, start: Start) -> None:
    await closed.sell("a", "b")
    closed.time.passes(hours=73)
    runner = await start()
    await closed.record(closed.settled("a"))
    await runner.works()
    assert closed.fake.asked("PATCH") == []
    assert await closed.states() == {}


async def test_a_summary_holds_all_that_waited_however_many(closed: Shop, start: Start) -> None:
    await closed.sales.sell_many(closed.producer, 230)
    closed.time.passes(hours=73)
    await start()
    [summary] = closed.channel.shown
    assert "230 sales" in text(summary)


@pytest.mark.slow
async def test_three_hundred_first_sales_at_once_are_few_messages(
    closed: Shop, start: Start
) -> None:
    """As they come: each with its milestone behind it, some with fees that settled since."""
    async with closed.store.write() as connection:
        past = ImportProgress(start=NOON, end=NOON, done_until=NOON)
        await note_import(connection, True, past)
    names = [f"t{number}" for number in range(300)]
    for name in names:
        await closed.sell(name)
    await closed.record(*(closed.settled(name) for name in names[:50]))
    runner = await start()
    shared = [len(message["embeds"]) for message in closed.channel.shown if message["components"]]
    milestones = [text(message) for message in closed.channel.shown if not message["components"]]
    assert shared == [10] * 30
    assert 1 <= len(milestones) <= 4
    assert "First sales of “Track t0”, “Track t1”" in milestones[0]
    assert "300 sales in total." in milestones[-1]
    assert await closed.states() == {}
    closed.fake.seen.clear()
    await closed.record(closed.refunded("t7", 2999))
    await runner.works()
    assert "refunded" in text(closed.channel.shown[0])
    assert len(closed.fake.asked("PATCH")) == 1


async def test_milestones_of_one_shared_message_are_told_under_it(
    closed: Shop, start: Start
) -> None:
    async with closed.store.write() as connection:
        past = ImportProgress(start=NOON, end=NOON, done_until=NOON)
        await note_import(connection, True, past)
    await closed.sell(*(f"t{number}" for number in range(8)))
    await start()
    alert, milestones = closed.channel.shown
    assert milestones["message_reference"]["message_id"] == alert["id"]
    assert "and 3 more" in text(milestones)
