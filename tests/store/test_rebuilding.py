"""Sums put up anew for another time zone."""

from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import select

from bot.ledger.records import Producer
from bot.store.engine import Store
from bot.store.rebuilding import rebuild
from bot.store.tables import totals
from tests.store.samples import lease, paid, refunded, settled, write

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


async def test_an_empty_store_has_nothing_to_rebuild(store: Store, producer: Producer) -> None:
    async with store.write() as connection:
        await rebuild(connection, producer.id, "UTC")
    assert await _days(store) == set()


async def _days(store: Store) -> set[int]:
    async with store.read() as connection:
        found = await connection.execute(select(totals.c.start).where(totals.c.span == "day"))
        return set(found.scalars())
