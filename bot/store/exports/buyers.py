"""Buyers line by line, with what they bought in a time: for export."""

from collections.abc import AsyncIterator
from datetime import datetime

from sqlalchemy import and_, func, literal_column, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.exports import BuyerLine
from bot.domain.payment import PaymentState
from bot.domain.records import Producer
from bot.store.exports.sales import FIRST, LAST, PAGE
from bot.store.tables import buyers, payments

# An expression, for which no index is taken: so a page walks buyers by their ids, and no page
# reads the payments of all of them.
_producer_id = literal_column("+buyers.producer_id", buyers.c.producer_id.type)


async def buyer_lines(
    connection: AsyncConnection,
    producer: Producer,
    start: datetime | None,
    end: datetime | None,
    *,
    page: int = PAGE,
) -> AsyncIterator[list[BuyerLine]]:
    """Who paid for something from `start` on and before `end`, whatever they agreed to."""
    query = (
        select(
            buyers.c.id,
            buyers.c.email,
            buyers.c.name,
            buyers.c.country,
            buyers.c.promotions,
            func.count(payments.c.id),
            func.min(payments.c.created),
            func.max(payments.c.created),
        )
        .join_from(
            buyers,
            payments,
            and_(
                payments.c.buyer_id == buyers.c.id,
                payments.c.producer_id == _producer_id,
                payments.c.created >= (start or FIRST),
                payments.c.created < (end or LAST),
                payments.c.state == PaymentState.PAID.value,
            ),
        )
        .where(_producer_id == producer.id)
        .group_by(buyers.c.id)
        .order_by(buyers.c.id)
        .limit(page)
    )
    after = 0
    while True:
        rows = (await connection.execute(query.where(buyers.c.id > after))).all()
        if rows:
            after = rows[-1].id
            yield [BuyerLine._make(row[1:]) for row in rows]
        if len(rows) < page:
            return
