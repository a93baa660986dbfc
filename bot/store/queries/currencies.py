"""The order in which a producer's currencies are shown, the same in every answer."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.sale import Producer
from bot.store.tables import day_totals, total


async def currency_order(connection: AsyncConnection, producer: Producer) -> list[str]:
    """The currencies money came in, as ISO codes in lower case: the one that is shown first by
    choice, then those with the most sales."""
    rows = await connection.execute(
        select(day_totals.c.currency, total(day_totals.c.sales))
        .where(day_totals.c.producer_id == producer.id)
        .group_by(day_totals.c.currency)
    )
    return [code for code, _ in sorted(rows, key=lambda row: producer.preferences.rank(*row))]
