"""All that the buyer of a sale has bought."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.ledger.answers import BuyerRecord
from bot.ledger.money import Money
from bot.ledger.records import Producer, SaleState
from bot.store.people import buyer_of
from bot.store.shown import NEWEST_FIRST, SHOWN_SALES, sale_of
from bot.store.tables import sales


async def of_sale(
    connection: AsyncConnection, producer: Producer, number: int, now: datetime, shown: int = 25
) -> BuyerRecord | None:
    """The buyer of a producer's sale, with the newest `shown` of all they bought, as of `now`.

    None where there is no such sale. Sales still pending are among them, but not among what was
    spent; those whose payment failed are left out.
    """
    listed = _of_its_buyer(producer, number)
    query = SHOWN_SALES.where(*listed).order_by(*NEWEST_FIRST).limit(shown)
    rows = (await connection.execute(query)).all()
    if not rows:
        return None
    sums = (await connection.execute(_SUMS.where(*listed))).all()
    newest = rows[0]
    return BuyerRecord(
        buyer=buyer_of(newest),
        sales=tuple(sale_of(row, now) for row in rows),
        count=sum(row.sales for row in sums),
        payments=sum(row.payments for row in sums),
        first=min(row.first for row in sums),
        spent=tuple(Money(int(row.spent), row.currency) for row in sums if row.payments),
    )


def _of_its_buyer(producer: Producer, number: int) -> tuple[ColumnElement[bool], ...]:
    its_buyer = (
        select(sales.c.buyer_id)
        .where(sales.c.producer_id == producer.id, sales.c.number == number)
        .scalar_subquery()
    )
    return (
        sales.c.buyer_id == its_buyer,
        sales.c.producer_id == producer.id,
        sales.c.state != SaleState.FAILED.value,
    )


_is_paid = sales.c.state.in_([state.value for state in SaleState if state.is_sale])
# A payment is in one currency, so those of each add up.
_SUMS: Select[Any] = (
    select(
        sales.c.currency,
        func.count().label("sales"),
        func.min(sales.c.sold).label("first"),
        func.count(sales.c.payment_id.distinct()).filter(_is_paid).label("payments"),
        func.sum(sales.c.amount - sales.c.refunded).filter(_is_paid).label("spent"),
    )
    .group_by(sales.c.currency)
    .order_by(func.count().desc(), sales.c.currency)
)
