"""Conflicts that somebody has come to terms about."""

from datetime import datetime

from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.ledger.records import Producer
from bot.store.booking import Booking
from bot.store.rows import SaleRow
from bot.store.steps import tell_holder
from bot.store.tables import sales


async def accept(
    connection: AsyncConnection, producer: Producer, number: int, *, by: int, now: datetime
) -> bool:
    """Accept that a sale collides with an exclusive, for who says so (`by`: their Discord id).

    It is no conflict any more, so its license is valid, until it turns out to be of another track.
    False where it is no conflict: nothing happens then.
    """
    found = await connection.execute(
        select(*(sales.c[name] for name in SaleRow._fields)).where(
            sales.c.producer_id == producer.id,
            sales.c.number == number,
            sales.c.conflict.is_(True),
            text("sales.conflict"),
        )
    )
    row = found.first()
    if row is None:
        return False
    before = SaleRow(*row)
    after = before._replace(conflict=False)
    await connection.execute(
        update(sales)
        .where(sales.c.id == before.id)
        .values(conflict=False, accepted_by=by, accepted=now)
    )
    booking = Booking(producer.timezone)
    booking.sale(before, -1)
    booking.sale(after)
    await booking.write(connection, producer.id)
    await tell_holder(connection, producer.id, before.payment_id, now)
    return True
