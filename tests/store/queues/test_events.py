"""What becomes of the events in the inbox."""

from datetime import timedelta

from sqlalchemy import select

from bot.store.engine import Store
from bot.store.queues import events
from bot.store.queues.inbox import Inbox, Incoming
from bot.store.queues.work_queue import Item
from bot.store.tables import events as table
from tests.store.queues.test_inbox import NOON, incoming

ITEM = Item(True, "payment:pi_1")


async def put(store: Store, *arrivals: Incoming) -> None:
    async with Inbox(store) as inbox:
        for arrival in arrivals:
            await inbox.put(arrival)


async def about(store: Store, item: Item = ITEM) -> list[str]:
    async with store.read() as connection:
        return [event.id for event in await events.about(connection, item)]


async def test_an_event_comes_back_as_it_was_put(store: Store) -> None:
    await put(store, incoming("evt_1"))
    async with store.read() as connection:
        [event] = await events.about(connection, ITEM)
    assert (event.id, event.subject, event.state) == ("evt_1", "payment:pi_1", "pending")
    assert (event.received, event.attempts, event.body) == (NOON, 0, '{"object": "event"}')


async def test_events_about_one_object_come_oldest_first_whatever_their_arrival(
    store: Store,
) -> None:
    late = incoming("evt_late")._replace(created=NOON + timedelta(seconds=9))
    await put(store, late, incoming("evt_b"), incoming("evt_a"))
    assert await about(store) == ["evt_b", "evt_a", "evt_late"]


async def test_events_of_another_object_or_mode_or_left_alone_are_not_among_them(
    store: Store,
) -> None:
    await put(
        store,
        incoming("evt_1"),
        incoming("evt_2")._replace(subject="payment:pi_2"),
        incoming("evt_3")._replace(livemode=False),
        incoming("evt_4", "foreign"),
        incoming("evt_5", "ignored"),
    )
    assert await about(store) == ["evt_1"]
    assert await about(store, Item(False, "payment:pi_1")) == ["evt_3"]


async def test_a_finished_event_is_no_longer_due_but_still_known(store: Store) -> None:
    await put(store, incoming("evt_1"), incoming("evt_2"), incoming("evt_3"))
    async with store.write() as connection:
        first, second, _ = await events.about(connection, ITEM)
        await events.finish(connection, [first.sequence], "done")
        await events.finish(connection, [second.sequence], "failed", "no such payment")
        await events.finish(connection, [], "done")
        assert await events.counts(connection) == {"done": 1, "failed": 1, "pending": 1}
        rows = await connection.execute(
            select(table.c.due, table.c.error).order_by(table.c.sequence)
        )
        assert rows.all() == [(None, None), (None, "no such payment"), (NOON, None)]
    assert await about(store) == ["evt_1", "evt_2", "evt_3"]


async def test_the_latest_arrival_is_told(store: Store) -> None:
    async with store.read() as connection:
        assert await events.latest(connection) is None
        assert await events.counts(connection) == {}
    later = NOON + timedelta(seconds=1.5)
    await put(store, incoming("evt_1"), incoming("evt_2")._replace(received=later))
    async with store.read() as connection:
        assert await events.latest(connection) == later
