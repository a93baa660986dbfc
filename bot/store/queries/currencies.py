"""The currencies that a producer's money came in."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.records import Producer
from bot.store.books.booking import ALL, EVER
from bot.store.tables import totals


async def currencies(connection: AsyncConnection, producer: Producer) -> list[str]:
    """Lower-case ISO codes: what is shown first by choice, then by the number of sales."""
    rows = await connection.execute(
        select(totals.c.currency, totals.c.sales).where(
            totals.c.producer_id == producer.id,
            totals.c.span == EVER[0],
            totals.c.start == EVER[1],
            totals.c.track_id == ALL,
        )
    )
    rank = producer.preferences.rank
    return [row.currency for row in sorted(rows, key=lambda row: rank(row.currency, row.sales))]
