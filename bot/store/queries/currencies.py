"""The order in which a producer's currencies are shown, the same in every answer."""

from collections.abc import Mapping

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


async def in_order_of_currencies(
    connection: AsyncConnection, producer: Producer, sales: Mapping[str, int]
) -> list[str]:
    """Currencies, with the number of sales in each, in that order.

    Those in which nothing has settled yet come last, unless one is shown first by choice.
    """
    place = {code: number for number, code in enumerate(await currency_order(connection, producer))}

    def key(code: str) -> tuple[bool, int, int, str]:
        after_choice, fewest, name = producer.preferences.rank(code, sales[code])
        return after_choice, place.get(code, len(place)), fewest, name

    return sorted(sales, key=key)
