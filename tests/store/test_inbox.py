"""The inbox: durable before it answers, once for each id, fast because many share a commit.

What becomes of the events in the inbox.
"""

import asyncio
import os
import sqlite3
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text

from bot.store import engine, inbox
from bot.store.engine import Store, StoreUnavailable, open_store
from bot.store.inbox import GROUP, Inbox, Incoming
from bot.store.tables import events
from bot.store.tables import events as table
from bot.store.work_queue import Item
from fakes.failures import FailingDisk
from tests.store.conftest import ON_POSTGRESQL

sqlite_only = pytest.mark.skipif(ON_POSTGRESQL, reason="speaks of SQLite's file")
NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


def incoming(event_id: str, state: str = "pending") -> Incoming:
    return Incoming(
        id=event_id,
        type="checkout.session.completed",
        livemode=True,
        account="",
        subject="payment:pi_1",
        created=NOON - timedelta(seconds=2),
        received=NOON,
        state=state,
        body='{"object": "event"}',
    )


async def stored(store: Store) -> list[str]:
    """Ids of what is in the inbox, in the order of arrival."""
    async with store.read() as connection:
        query = select(events.c.id).order_by(events.c.sequence)
        return list((await connection.execute(query)).scalars())


async def test_event_put_is_stored_when_put_returns(store: Store) -> None:
    async with Inbox(store) as inbox:
        assert await inbox.put(incoming("evt_1"))
        assert await stored(store) == ["evt_1"]


async def test_event_put_is_kept_as_it_came(store: Store) -> None:
    async with Inbox(store) as inbox:
        await inbox.put(incoming("evt_1"))
    async with store.read() as connection:
        row = (await connection.execute(select(events))).one()
    assert (row.type, row.livemode, row.account) == ("checkout.session.completed", True, "")
    assert (row.subject, row.body) == ("payment:pi_1", '{"object": "event"}')
    assert (row.created, row.received) == (NOON - timedelta(seconds=2), NOON)
    assert (row.state, row.due, row.attempts) == ("pending", NOON, 0)


@pytest.mark.parametrize("state", ["ignored", "foreign"])
async def test_event_ignored_is_never_due(store: Store, state: str) -> None:
    async with Inbox(store) as inbox:
        await inbox.put(incoming("evt_1", state))
    async with store.read() as connection:
        assert (await connection.execute(select(events.c.due))).scalar_one() is None


async def test_event_put_twice_is_stored_once(store: Store) -> None:
    async with Inbox(store) as inbox:
        assert await inbox.put(incoming("evt_1"))
        assert not await inbox.put(incoming("evt_1"))
    async with Inbox(store) as inbox:
        assert not await inbox.put(incoming("evt_1"))
    assert await stored(store) == ["evt_1"]


async def test_two_equal_events_at_once_make_one_new(store: Store) -> None:
    async with Inbox(store) as inbox:
        answers = await asyncio.gather(
            *(inbox.put(incoming(name)) for name in ["evt_1", "evt_2", "evt_1", "evt_1"])
        )
    assert answers == [True, True, False, False]
    assert await stored(store) == ["evt_1", "evt_2"]


async def test_events_waiting_share_a_commit_in_order(store: Store) -> None:
    commits: list[None] = []
    names = [f"evt_{number}" for number in range(3 * GROUP)]
    async with Inbox(store, arrived=lambda: commits.append(None)) as inbox:
        assert all(await asyncio.gather(*(inbox.put(incoming(name)) for name in names)))
    assert len(commits) == 3
    assert await stored(store) == names


@sqlite_only
async def test_commit_that_fails_is_reported_to_all_waiting_and_the_next_works(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "BUSY_SECONDS", 0)
    async with open_store(database_url) as store, Inbox(store) as inbox:
        other = sqlite3.connect(tmp_path / "store.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        refused = await asyncio.gather(
            *(inbox.put(incoming(f"evt_{number}")) for number in range(3)), return_exceptions=True
        )
        other.rollback()
        other.close()
        assert [type(answer) for answer in refused] == [StoreUnavailable] * 3
        assert "locked" in str(refused[0])
        assert await inbox.put(incoming("evt_1"))
        assert await stored(store) == ["evt_1"]


@sqlite_only
async def test_full_disk_is_reported_to_all_waiting(store: Store) -> None:
    async with store.write() as connection:
        await connection.execute(text("PRAGMA max_page_count=1"))
    async with Inbox(store) as inbox:
        answers = await asyncio.gather(
            *(inbox.put(incoming(f"evt_{number}")) for number in range(GROUP)),
            return_exceptions=True,
        )
        assert {str(answer) for answer in answers} == {"database or disk is full"}
        assert await stored(store) == []
        async with store.write() as connection:
            await connection.execute(text("PRAGMA max_page_count=1000000"))
        assert await inbox.put(incoming("evt_1"))


@sqlite_only
async def test_disk_error_is_reported_to_all_waiting(store: Store, tmp_path: Path) -> None:
    async with Inbox(store) as inbox:
        assert await inbox.put(incoming("evt_0"))
        with FailingDisk(os.getpid()).failing():
            answers = await asyncio.gather(
                *(inbox.put(incoming(f"evt_{number}")) for number in range(GROUP)),
                return_exceptions=True,
            )
        assert {str(answer) for answer in answers} == {"disk I/O error"}
        assert await stored(store) == ["evt_0"]
        assert await inbox.put(incoming("evt_1"))
        assert await stored(store) == ["evt_0", "evt_1"]


async def test_event_not_storable_leaves_the_others_stored(store: Store) -> None:
    names = ["evt_1", "evt_\ud800", "evt_2"]
    async with Inbox(store) as inbox:
        answers = await asyncio.gather(
            *(inbox.put(incoming(name)) for name in names), return_exceptions=True
        )
    assert [answers[0], answers[2]] == [True, True]
    assert isinstance(answers[1], StoreUnavailable)
    assert await stored(store) == ["evt_1", "evt_2"]


async def test_sender_hanging_up_leaves_the_others_stored(store: Store) -> None:
    async with Inbox(store) as inbox:
        gone = asyncio.create_task(inbox.put(incoming("evt_1")))
        stays = asyncio.create_task(inbox.put(incoming("evt_2")))
        await asyncio.sleep(0)
        gone.cancel()
        assert await stays
    assert await stored(store) == ["evt_1", "evt_2"]


async def test_close_stores_all_waiting_and_refuses_more(store: Store) -> None:
    inbox = Inbox(store)
    async with inbox:
        waiting = [asyncio.create_task(inbox.put(incoming(f"evt_{n}"))) for n in range(9)]
        await asyncio.sleep(0)
    assert all(await asyncio.gather(*waiting))
    assert len(await stored(store)) == 9
    with pytest.raises(StoreUnavailable, match="closed"):
        await inbox.put(incoming("evt_late"))


_PUT_FOR_EVER = """
import asyncio, itertools, sys
from bot.store.engine import open_store
from bot.store.inbox import Inbox
from tests.store.test_inbox import incoming

async def main():
    numbers = itertools.count()
    async with open_store(sys.argv[1]) as store, Inbox(store) as inbox:
        async def put():
            for number in numbers:
                await inbox.put(incoming(f"evt_{number}"))
                print(f"evt_{number}", flush=True)
        await asyncio.gather(*(put() for _ in range(32)))

asyncio.run(main())
"""


async def test_acknowledged_events_survive_a_kill(database_url: str) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _PUT_FOR_EVER, database_url, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    acknowledged = [await process.stdout.readline() for _ in range(500)]
    process.kill()
    rest, _ = await process.communicate()
    lines = [*acknowledged, *rest.splitlines(keepends=True)]
    # The kill may have cut the last line short.
    told = {line.decode().strip() for line in lines if line.endswith(b"\n")}
    async with open_store(database_url) as store:
        assert len(told) >= 500
        assert told <= set(await stored(store))


ITEM = Item(True, "payment:pi_1")


async def put(store: Store, *arrivals: Incoming) -> None:
    async with Inbox(store) as inbox:
        for arrival in arrivals:
            await inbox.put(arrival)


async def about(store: Store, item: Item = ITEM) -> list[str]:
    async with store.read() as connection:
        return [event.id for event in await inbox.about(connection, item)]


async def test_event_read_equals_what_was_put(store: Store) -> None:
    await put(store, incoming("evt_1"))
    async with store.read() as connection:
        [event] = await inbox.about(connection, ITEM)
    assert (event.id, event.subject, event.state) == ("evt_1", "payment:pi_1", "pending")
    assert (event.received, event.attempts, event.body) == (NOON, 0, '{"object": "event"}')


async def test_events_of_one_object_come_oldest_first(store: Store) -> None:
    late = incoming("evt_late")._replace(created=NOON + timedelta(seconds=9))
    await put(store, late, incoming("evt_b"), incoming("evt_a"))
    assert await about(store) == ["evt_b", "evt_a", "evt_late"]


async def test_events_of_another_object_or_mode_are_left_out(store: Store) -> None:
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


async def test_event_finished_is_not_due_but_known(store: Store) -> None:
    await put(store, incoming("evt_1"), incoming("evt_2"), incoming("evt_3"))
    async with store.write() as connection:
        first, second, _ = await inbox.about(connection, ITEM)
        await inbox.finish(connection, [first.sequence], "done")
        await inbox.finish(connection, [second.sequence], "failed", "no such payment")
        await inbox.finish(connection, [], "done")
        assert await inbox.counts(connection) == {"done": 1, "failed": 1, "pending": 1}
        rows = await connection.execute(
            select(table.c.due, table.c.error).order_by(table.c.sequence)
        )
        assert rows.all() == [(None, None), (None, "no such payment"), (NOON, None)]
    assert await about(store) == ["evt_1", "evt_2", "evt_3"]


async def test_latest_is_the_newest_arrival(store: Store) -> None:
    async with store.read() as connection:
        assert await inbox.latest(connection) is None
        assert await inbox.counts(connection) == {}
    later = NOON + timedelta(seconds=1.5)
    await put(store, incoming("evt_1"), incoming("evt_2")._replace(received=later))
    async with store.read() as connection:
        assert await inbox.latest(connection) == later
