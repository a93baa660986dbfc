"""Conflicts that somebody has come to terms about, or has not after all."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, TextClause, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.sale import Producer
from bot.store.books.judging import judge
from bot.store.books.moving import booking_of
from bot.store.books.rows import SaleRow
from bot.store.on_sale.off_sale_steps import tell_holder
from bot.store.tables import HOLDS_RIGHTS, sales

_CONFLICT = (sales.c.conflict.is_(True), text("sales.conflict"))
ACCEPTED = (sales.c.accepted.is_not(None), text(f"sales.{HOLDS_RIGHTS}"))
"""Of sales that somebody has accepted and that were not given back."""


async def accept(
    connection: AsyncConnection, producer: Producer, number: int, *, by: int, now: datetime
) -> bool:
    """Accept that a sale collides with an exclusive, for who says so (`by`: their Discord id).

    It is no conflict any more, so its license is valid, until it turns out to be of another track.
    False where it is no conflict: nothing happens then.
    """
    row = await _find(connection, producer, number, *_CONFLICT)
    if row is None:
        return False
    accepted = {"conflict": False, "accepted_by": by, "accepted": now}
    never_withdrawn = {"withdrawn_by": None, "withdrawn": None}
    await _write(connection, row, accepted | never_withdrawn)
    await _book(connection, producer, row, [row._replace(conflict=False)])
    await tell_holder(connection, producer.id, row.payment_id, now)
    return True


async def withdraw(
    connection: AsyncConnection, producer: Producer, number: int, *, by: int, now: datetime
) -> bool:
    """Take back that a sale was accepted, for who says so: it is judged as if it never had been.

    False where it is not accepted (any more), or was given back: nothing happens then.
    """
    row = await _find(connection, producer, number, *ACCEPTED)
    if row is None:
        return False
    withdrawn = {"withdrawn_by": by, "withdrawn": now}
    await _write(connection, row, {"accepted_by": None, "accepted": None} | withdrawn)
    judged = await judge(connection, producer.id, [row.payment_id], [row.track_id])
    await _book(connection, producer, row, [one for one in judged if one.id == row.id])
    await tell_holder(connection, producer.id, row.payment_id, now)
    return True


async def _find(
    connection: AsyncConnection,
    producer: Producer,
    number: int,
    *which: ColumnElement[bool] | TextClause,
) -> SaleRow | None:
    found = await connection.execute(
        select(*(sales.c[name] for name in SaleRow._fields)).where(
            sales.c.producer_id == producer.id, sales.c.number == number, *which
        )
    )
    row = found.first()
    return None if row is None else SaleRow(*row)


async def _write(connection: AsyncConnection, row: SaleRow, values: dict[str, Any]) -> None:
    await connection.execute(update(sales).where(sales.c.id == row.id).values(values))


async def _book(
    connection: AsyncConnection, producer: Producer, before: SaleRow, after: Sequence[SaleRow]
) -> None:
    """Have the sums follow a sale, where it is another one now."""
    booking = await booking_of(connection, producer.id)
    for row in after:
        booking.sale(before, -1)
        booking.sale(row)
    await booking.write(connection, producer.id)
