"""Midnight moves while sales go on."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.sale import Producer
from bot.store.books import moving, producers, rebuilding
from bot.store.books.rebuilding import rebuild
from bot.store.engine import Store
from bot.store.tables import buyer_counts, buyer_totals, list_totals, purchase_totals, totals
from bot.sync.account_scope import AccountScope, Midnight
from tests.factories import BEN, disputed, exclusive, lease, paid, refunded, settled
from tests.store.samples import write

LATE = datetime(2026, 3, 31, 22, 30, tzinfo=UTC)
"""Already April in Berlin, still March in New York."""
SUMS = (totals, list_totals, purchase_totals, buyer_totals, buyer_counts)
HISTORY = [
    settled(paid("1", exclusive(), lease("Other"), at=LATE)),
    refunded(settled(paid("2", lease("Other"), at=LATE)), 1000, at=LATE),
    *(settled(paid(f"m{i}", at=LATE + timedelta(hours=7 * i), buyer=BEN)) for i in range(8)),
    paid("open", at=LATE),
]
MEANWHILE = [
    settled(paid("new", lease("A"), lease("B"), at=LATE - timedelta(days=1))),
    refunded(settled(paid("m3", at=LATE + timedelta(hours=21), buyer=BEN))),
    disputed(settled(paid("1", exclusive(), lease("Other"), at=LATE))),
    settled(paid("open", at=LATE)),
]


class Stopped(Exception):
    """The bot is killed."""


class Busy:
    """A store in which something is sold after every transaction; it may stop after some."""

    def __init__(self, store: Store, producer: Producer, *, stop_after: int | None = None) -> None:
        self.read = store.read
        self._store = store
        # With the zone as the worker knew it before.
        self._producer = producer
        self._meanwhile = list(MEANWHILE)
        self._stop_after = stop_after
        self.transactions = 0

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        if self.transactions == self._stop_after:
            raise Stopped
        self.transactions += 1
        async with self._store.write() as connection:
            yield connection
        if self._meanwhile:
            await write(self._store, self._producer, self._meanwhile.pop(0))


Sums = dict[str, list[tuple[object, ...]]]


async def _sums(store: Store) -> Sums:
    """All that count and are not zero."""
    async with store.read() as connection:
        found = {}
        for table in SUMS:
            keys = len(table.primary_key.columns)
            rows = [tuple(row) for row in await connection.execute(select(table))]
            counting = [row for row in rows if any(row[keys:]) and "next" not in str(row)]
            found[table.name] = sorted(counting, key=str)
        return found


async def _counted_anew(store: Store, producer: Producer) -> Sums:
    async with store.write() as connection:
        zone = (await producers.by_id(connection, producer.id)).timezone
        await rebuild(connection, producer.id, zone)
    return await _sums(store)


async def _zone(store: Store, producer: Producer) -> str:
    async with store.read() as connection:
        return (await producers.by_id(connection, producer.id)).timezone


@pytest.fixture(autouse=True)
def in_small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moving, "_HELD", 1)
    monkeypatch.setattr(rebuilding, "_FETCH", 3)


async def test_midnight_moves_while_sales_go_on(store: Store, producer: Producer) -> None:
    await write(store, producer, *HISTORY)
    busy = Busy(store, producer)
    await moving.move(cast("Store", busy), producer.id, "Europe/Berlin")
    assert busy.transactions > len(MEANWHILE)
    assert await _zone(store, producer) == "Europe/Berlin"
    moved = await _sums(store)
    assert moved == await _counted_anew(store, producer)
    async with store.read() as connection:
        assert await moving.unfinished(connection) == {}


@pytest.mark.parametrize("transactions", [1, 3, 6])
async def test_what_a_stop_cuts_off_changes_nothing_and_is_finished_later(
    store: Store, producer: Producer, transactions: int
) -> None:
    await write(store, producer, *HISTORY)
    busy = Busy(store, producer, stop_after=transactions)
    with pytest.raises(Stopped):
        await moving.move(cast("Store", busy), producer.id, "Europe/Berlin")
    assert await _zone(store, producer) == producer.timezone
    as_ever = await _sums(store)
    books = AccountScope(livemode=None, timezone=None)
    await Midnight(store, books).run()
    assert await _zone(store, producer) == "Europe/Berlin"
    moved = await _sums(store)
    assert moved == await _counted_anew(store, producer)
    assert moved != as_ever
    async with store.write() as connection:
        await producers.set_timezone(connection, await _now(connection, producer), "UTC")
        back = await _now(connection, producer)
        await producers.set_timezone(connection, back, producer.timezone)
    assert await _sums(store) == as_ever


async def test_a_zone_that_the_settings_fix_ends_a_move(store: Store, producer: Producer) -> None:
    await write(store, producer, *HISTORY)
    before = await _sums(store)
    busy = cast("Store", Busy(store, producer, stop_after=3))
    with pytest.raises(Stopped):
        await moving.move(busy, producer.id, "Europe/Berlin")
    await Midnight(store, AccountScope(livemode=None, timezone=producer.timezone)).run()
    async with store.read() as connection:
        assert await moving.unfinished(connection) == {}
        spans = set(await connection.scalars(select(totals.c.span)))
    assert spans == {"day", "month", "ever"}
    assert await _sums(store) != before, "what was sold meanwhile counts"


async def test_of_two_moves_the_later_one_counts(store: Store, producer: Producer) -> None:
    await write(store, producer, *HISTORY)

    class Interrupted(Busy):
        @asynccontextmanager
        async def write(self) -> AsyncIterator[AsyncConnection]:
            async with super().write() as connection:
                yield connection
            if self.transactions == 2:
                await moving.move(store, producer.id, "Asia/Tokyo")

    with pytest.raises(moving.Overtaken):
        await moving.move(cast("Store", Interrupted(store, producer)), producer.id, "Europe/Berlin")
    assert await _zone(store, producer) == "Asia/Tokyo"
    assert await _sums(store) == await _counted_anew(store, producer)


async def _now(connection: AsyncConnection, producer: Producer) -> Producer:
    return await producers.by_id(connection, producer.id)
