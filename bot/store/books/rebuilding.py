"""Counting the sums anew from their rows: for another time zone, and to check them by."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import datetime
from functools import partial
from itertools import groupby
from typing import Any, TypeAlias

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncResult

from bot.store.books.booking import Booking
from bot.store.books.payment_rows import EntryRow, SaleRow
from bot.store.books.purchases import NOT_SALES
from bot.store.tables import (
    buyer_counts,
    buyer_totals,
    entries,
    list_totals,
    purchase_totals,
    sales,
    totals,
)

# Sums held in memory before they are written; a few hundred bytes each.
_HELD = 4_000
# Rows that are counted in one go; in between, commands have their turn.
_FETCH = 100


_New: TypeAlias = Callable[[], Booking]
_Write: TypeAlias = Callable[[Booking], Awaitable[None]]


async def rebuild(connection: AsyncConnection, producer_id: int, timezone: str) -> None:
    """Put all sums of a producer up anew, those by days by the days of `timezone`.

    Reads every entry and sale once: a minute or two for a million sales.
    """
    for table in (totals, list_totals, purchase_totals, buyer_totals, buyer_counts):
        await connection.execute(delete(table).where(table.c.producer_id == producer_id))

    async def write(booking: Booking) -> None:
        await booking.write(connection, producer_id)

    await count(connection, producer_id, partial(Booking, timezone), write)


async def count(
    connection: AsyncConnection,
    producer_id: int,
    new: _New,
    write: _Write,
    held: int = _HELD,
) -> None:
    """Read every entry and sale of a producer, and write what they come to.

    `new` makes what collects them, `write` keeps it whenever it has grown to `held` rows.
    """
    await _count_entries(connection, producer_id, new, write, held)
    await _count_sales(connection, producer_id, new, write, held)
    await _count_purchases(connection, producer_id, new, write)


async def _count_entries(
    connection: AsyncConnection, producer_id: int, new: _New, write: _Write, held: int
) -> None:
    rows = await connection.stream(
        select(*(entries.c[name] for name in EntryRow._fields))
        .where(entries.c.producer_id == producer_id)
        .order_by(entries.c.payment_id)
    )
    booking = new()
    # A payment's entries are to be taken together: what a batch cuts off waits for the next.
    rest: list[EntryRow] = []
    async for batch in _in_turns(rows):
        rest += [EntryRow(*row) for row in batch]
        groups = [list(group) for _, group in groupby(rest, key=lambda row: row.payment_id)]
        rest = groups.pop()
        for group in groups:
            booking.entries(group)
        if len(booking) > held:
            await write(booking)
            booking = new()
    booking.entries(rest)
    await write(booking)


async def _count_sales(
    connection: AsyncConnection, producer_id: int, new: _New, write: _Write, held: int
) -> None:
    rows = await connection.stream(
        select(*(sales.c[name] for name in SaleRow._fields))
        .where(sales.c.producer_id == producer_id)
        .order_by(sales.c.id)
    )
    booking = new()
    async for batch in _in_turns(rows):
        for row in batch:
            booking.sale(SaleRow(*row))
        if len(booking) > held:
            await write(booking)
            booking = new()
    await write(booking)


async def _count_purchases(
    connection: AsyncConnection, producer_id: int, new: _New, write: _Write
) -> None:
    """Days and months are few: they are all held until the end."""
    rows = await connection.stream(
        select(sales.c.buyer_id, sales.c.payment_id, func.min(sales.c.sold).label("at"))
        .where(sales.c.producer_id == producer_id, sales.c.state.not_in(NOT_SALES))
        .group_by(sales.c.buyer_id, sales.c.payment_id)
        .order_by(sales.c.buyer_id)
    )
    booking = new()
    buyer_id, earliest = 0, list[datetime]()
    async for batch in _in_turns(rows):
        for row in batch:
            if row.buyer_id != buyer_id:
                booking.buyer(earliest)
                buyer_id, earliest = row.buyer_id, []
            booking.purchase(row.at)
            earliest = sorted([*earliest, row.at])[:2]
    booking.buyer(earliest)
    await write(booking)


async def _in_turns(rows: AsyncResult[Any]) -> AsyncIterator[Sequence[Any]]:
    async for batch in rows.partitions(_FETCH):
        yield batch
        await asyncio.sleep(0)
