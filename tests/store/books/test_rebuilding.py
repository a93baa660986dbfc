"""Sums put up anew for another time zone."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from bot.domain.sale import Producer
from bot.store.books import rebuilding
from bot.store.books.rebuilding import rebuild
from bot.store.engine import Store
from bot.store.tables import list_totals, purchase_totals, totals
from tests.factories import lease, paid, refunded, settled
from tests.store.samples import write

EVENING = datetime(2026, 3, 31, 22, 0, tzinfo=UTC)


async def test_another_time_zone_moves_sales_to_other_days(
    store: Store, producer: Producer
) -> None:
    await write(store, producer, settled(paid("a", lease("A"), lease("B"), at=EVENING)))
    assert await _days(store) == {20260331}
    async with store.write() as connection:
        await rebuild(connection, producer.id, "Asia/Tokyo")
    assert await _days(store) == {20260401}

    # What comes later is added to the new sums, and taken off them.
    moved = replace(producer, timezone="Asia/Tokyo")
    await write(store, moved, refunded(settled(paid("a", lease("A"), lease("B"), at=EVENING))))
    async with store.read() as connection:
        all_tracks = totals.c.track_id == 0
        row = (
            await connection.execute(select(totals).where(totals.c.span == "ever", all_tracks))
        ).one()
    assert (row.sales, row.gross, row.refunds, row.refunded) == (2, 6000, 1, 6000)


async def test_batches_cut_nothing_off(
    store: Store, producer: Producer, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = [refunded(settled(paid(f"{i}", lease("A"), lease("B"))), 1500) for i in range(5)]
    await write(store, producer, *many)
    before = await _all_sums(store)
    monkeypatch.setattr(rebuilding, "_FETCH", 3)
    monkeypatch.setattr(rebuilding, "_HELD", 1)
    async with store.write() as connection:
        await rebuild(connection, producer.id, producer.timezone)
    assert await _all_sums(store) == before


async def test_an_empty_store_has_nothing_to_rebuild(store: Store, producer: Producer) -> None:
    async with store.write() as connection:
        await rebuild(connection, producer.id, "UTC")
    assert await _days(store) == set()


async def _all_sums(store: Store) -> list[list[tuple[object, ...]]]:
    async with store.read() as connection:
        return [
            sorted(tuple(row) for row in await connection.execute(select(table)))
            for table in (totals, list_totals, purchase_totals)
        ]


async def _days(store: Store) -> set[int]:
    async with store.read() as connection:
        found = await connection.execute(select(totals.c.start).where(totals.c.span == "day"))
        return set(found.scalars())
