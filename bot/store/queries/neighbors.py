"""What leads from one record to the next: a sale's track, and the sales of a track or a payout."""

from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.records import Producer, Sale, SaleState
from bot.store.books.finding import without_index
from bot.store.books.sale_rows import NEWEST_FIRST, SHOWN_SALES, sale_of
from bot.store.on_sale.names import find_track
from bot.store.tables import payments, sales, tracks

SHOWN = 25
"""As many as a menu of Discord's holds."""


async def track_of(connection: AsyncConnection, producer: Producer, number: int) -> str | None:
    """The name of the track of which a sale is a license; None where there is no such sale."""
    query = select(tracks.c.name).join(sales, sales.c.track_id == tracks.c.id)
    name: str | None = await connection.scalar(
        query.where(sales.c.producer_id == producer.id, sales.c.number == number)
    )
    return name


async def of_track(
    connection: AsyncConnection, producer: Producer, name: str, now: datetime
) -> tuple[Sale, ...]:
    """The newest sales of a track."""
    track_id = await find_track(connection, producer.id, name)
    if track_id is None:
        return ()
    newest = select(sales.c.id).where(
        sales.c.producer_id == producer.id,
        sales.c.track_id == track_id,
        sales.c.state != SaleState.FAILED.value,
    )
    return await _shown(connection, newest.order_by(*NEWEST_FIRST).limit(SHOWN), now)


async def of_payout(
    connection: AsyncConnection, producer: Producer, payout: str, now: datetime
) -> tuple[Sale, ...]:
    """The sales whose money is in a payout; of many the ones recorded last."""
    paid = (
        select(payments.c.id)
        .where(payments.c.producer_id == producer.id, payments.c.payout == payout)
        .order_by(payments.c.id.desc())
        .limit(SHOWN)
    )
    # By their payments: walked by time, an old payout would have every later sale looked at.
    inside = select(sales.c.id).where(
        without_index("producer_id") == producer.id, sales.c.payment_id.in_(paid)
    )
    return await _shown(connection, inside.order_by(*NEWEST_FIRST).limit(SHOWN), now)


async def _shown(
    connection: AsyncConnection, ids: Select[tuple[int]], now: datetime
) -> tuple[Sale, ...]:
    rows = await connection.execute(SHOWN_SALES.where(sales.c.id.in_(ids)).order_by(*NEWEST_FIRST))
    return tuple(sale_of(row, now) for row in rows)
