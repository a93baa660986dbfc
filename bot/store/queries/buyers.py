"""All that the buyer of a sale has bought."""

from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.answers import BuyerRecord, SaleSort
from bot.domain.paging import PURCHASES, page_within
from bot.domain.records import Producer, SaleState
from bot.store.books.buyers import buyer_of
from bot.store.books.sale_rows import SHOWN_SALES, few_in_order, sale_of
from bot.store.queries.buyers_page import spending
from bot.store.tables import sales


async def of_sale(
    connection: AsyncConnection,
    producer: Producer,
    number: int,
    now: datetime,
    page: int = 0,
    sort: SaleSort = SaleSort.NEWEST,
) -> BuyerRecord | None:
    """The buyer of a producer's sale, with a page (from 0) of all they bought, as of `now`.

    The last page where there are fewer; None where there is no such sale. Sales still pending are
    among them, but not among what was spent; those whose payment failed are left out.
    """
    its_buyer = select(sales.c.buyer_id).where(
        sales.c.producer_id == producer.id, sales.c.number == number
    )
    buyer_id = await connection.scalar(its_buyer)
    if buyer_id is None:
        return None
    listed = _all_of(producer, buyer_id)
    every = select(func.count(), func.min(sales.c.sold)).where(*listed)
    count, first = (await connection.execute(every)).one()
    if not count:
        return None
    page = page_within(page, count, PURCHASES)
    order = few_in_order(sales, sort, producer.preferences.currency)
    query = SHOWN_SALES.where(*listed).order_by(*order).limit(PURCHASES).offset(page * PURCHASES)
    rows = (await connection.execute(query)).all()
    sums = (await spending(connection, producer, [buyer_id]))[buyer_id]
    return BuyerRecord(
        buyer=buyer_of(rows[0]),
        number=number,
        sales=tuple(sale_of(row, now) for row in rows),
        page=page,
        count=count,
        payments=sums.payments,
        first=first,
        sort=sort,
        spent=sums.spent([producer.preferences.currency]),
    )


def _all_of(producer: Producer, buyer_id: int) -> tuple[ColumnElement[bool], ...]:
    return (
        sales.c.buyer_id == buyer_id,
        sales.c.producer_id == producer.id,
        sales.c.state != SaleState.FAILED.value,
    )
