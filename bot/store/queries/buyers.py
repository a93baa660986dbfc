"""All that the buyer of a sale has bought; and all buyers, a page at a time."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, case, false, func, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.money import Money
from bot.domain.sale import (
    PAGE,
    BuyerRecord,
    BuyerSort,
    BuyersPage,
    ListedBuyer,
    Producer,
    SaleSort,
    SaleState,
    page_within,
)
from bot.store.books.buyers import buyer_of, buyers_called, typed_prefix
from bot.store.books.payments import NEWEST_FIRST, SHOWN_SALES, few_in_order, sale_of
from bot.store.queries.currencies import currency_order, in_order_of_currencies
from bot.store.tables import IS_SALE, NOT_SALES, buyers, count_if, sales, total, without_index


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
    listed = (
        sales.c.buyer_id == buyer_id,
        sales.c.producer_id == producer.id,
        sales.c.state != SaleState.FAILED,
    )
    every = select(func.count(), func.min(sales.c.sold)).where(*listed)
    count, first = (await connection.execute(every)).one()
    if not count:
        return None
    page = page_within(page, count)
    currencies = await currency_order(connection, producer)
    order = few_in_order(sales, sort, next(iter(currencies), None))
    query = SHOWN_SALES.where(*listed).order_by(*order).limit(PAGE).offset(page * PAGE)
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
        spent=sums.spent(currencies),
    )


async def page(
    connection: AsyncConnection, producer: Producer, search: str | None, sort: BuyerSort, page: int
) -> BuyersPage:
    """A page (from 0; the last one where there are fewer) of all buyers or those who match.

    `search`: how a word of their name or email begins.
    """
    bought = [buyers.c.producer_id == producer.id, buyers.c.latest.is_not(None)]
    paid = [sales.c.producer_id == producer.id, IS_SALE]
    if search is not None:
        prefix = typed_prefix(search)
        called = buyers_called(producer.id, prefix).where(true() if prefix else false())
        bought.append(buyers.c.id.in_(called))
        paid.append(sales.c.buyer_id.in_(called))
    counted = select(func.count(), func.count(buyers.c.second)).where(*bought)
    count, repeats = (await connection.execute(counted)).one()
    page = page_within(page, count)
    currencies = await _currencies(connection, producer)
    if sort is BuyerSort.SPEND:
        ids = await _by_spend(connection, currencies, paid, page * PAGE)
    else:
        if sort is BuyerSort.RECENT:
            query = select(buyers.c.id).where(*bought)
            query = query.order_by(buyers.c.latest.desc(), buyers.c.id.desc())
        else:
            query = select(sales.c.buyer_id).where(*paid).group_by(sales.c.buyer_id)
            query = query.order_by(_PURCHASES.desc(), sales.c.buyer_id.desc())
        ids = list(await connection.scalars(query.limit(PAGE).offset(page * PAGE)))
    return BuyersPage(
        buyers=await _listed(connection, producer, ids, currencies),
        page=page,
        count=count,
        repeats=repeats,
        currency=currencies[0] if ids and sort is BuyerSort.SPEND else None,
    )


# Every payment has a first line, so each counts once.
_PURCHASES = count_if(sales.c.position == 0)
# What a buyer is without: nothing once their bank took it back.
_SPENT = total(
    case(
        (sales.c.state == SaleState.DISPUTE_LOST.value, 0), else_=sales.c.amount - sales.c.refunded
    )
)


async def _currencies(connection: AsyncConnection, producer: Producer) -> list[str]:
    """In which anything was paid, in the producer's order."""
    found = await connection.execute(
        select(sales.c.currency, func.count().label("sales"))
        .where(sales.c.producer_id == producer.id, IS_SALE)
        .group_by(sales.c.currency)
    )
    counts = {row.currency: row.sales for row in found}
    return await in_order_of_currencies(connection, producer, counts)


async def _by_spend(
    connection: AsyncConnection,
    currencies: Sequence[str],
    paid: Sequence[ColumnElement[bool]],
    offset: int,
) -> list[int]:
    """Each buyer once: in the first of the currencies in which they have paid."""
    earlier = sales.alias("earlier")
    ids: list[int] = []
    for place, code in enumerate(currencies):
        own = select(sales.c.buyer_id).where(*paid, sales.c.currency == code)
        if place:
            before = select(earlier.c.id).where(
                earlier.c.producer_id == sales.c.producer_id,
                earlier.c.buyer_id == sales.c.buyer_id,
                earlier.c.currency.in_(currencies[:place]),
                earlier.c.state.not_in(NOT_SALES),
            )
            own = own.where(~before.exists())
        own = own.group_by(sales.c.buyer_id)
        query = own.order_by(_SPENT.desc(), sales.c.buyer_id.desc())
        ids += await connection.scalars(query.limit(PAGE - len(ids)).offset(offset))
        if len(ids) == PAGE:
            break
        if offset:
            size = select(func.count()).select_from(own.subquery())
            offset = max(0, offset - (await connection.scalar(size) or 0))
    return ids


async def _listed(
    connection: AsyncConnection, producer: Producer, ids: Sequence[int], currencies: Sequence[str]
) -> tuple[ListedBuyer, ...]:
    number = (
        select(sales.c.number)
        .where(
            sales.c.buyer_id == buyers.c.id,
            sales.c.producer_id == producer.id,
            sales.c.state != SaleState.FAILED.value,
        )
        .order_by(*NEWEST_FIRST)
        .limit(1)
        .scalar_subquery()
    )
    found = await connection.execute(
        select(buyers, number.label("number")).where(buyers.c.id.in_(ids))
    )
    rows = {row.id: row for row in found}
    sums = await spending(connection, producer, ids)
    return tuple(
        ListedBuyer(
            buyer=buyer_of(rows[id_]),
            number=rows[id_].number,
            payments=sums[id_].payments,
            licenses=sums[id_].licenses,
            latest=rows[id_].latest,
            spent=sums[id_].spent(currencies),
        )
        for id_ in ids
    )


class Spending(NamedTuple):
    """What one buyer comes to."""

    payments: int
    by_currency: dict[str, tuple[int, int]]
    """How many licenses were bought in each, and what was spent."""

    @property
    def licenses(self) -> int:
        return sum(count for count, _ in self.by_currency.values())

    def spent(self, order: Sequence[str]) -> tuple[Money, ...]:
        """By currency, in this order; of the rest first in which most was bought."""

        def place(code: str) -> tuple[int, int, str]:
            ordered = order.index(code) if code in order else len(order)
            return ordered, -self.by_currency[code][0], code

        codes = sorted(self.by_currency, key=place)
        return tuple(Money(self.by_currency[code][1], code) for code in codes)


async def spending(
    connection: AsyncConnection, producer: Producer, ids: Sequence[int]
) -> dict[int, Spending]:
    """What some buyers come to, by their ids."""
    currency = without_index("currency")
    found = await connection.execute(
        select(sales.c.buyer_id, currency, _PURCHASES, func.count(), _SPENT)
        .where(sales.c.producer_id == producer.id, sales.c.buyer_id.in_(ids), IS_SALE)
        .group_by(sales.c.buyer_id, currency)
    )
    sums = {id_: Spending(0, {}) for id_ in ids}
    for buyer_id, code, payments, licenses, spent in found:
        known = sums[buyer_id]
        known.by_currency[code] = (licenses, spent)
        sums[buyer_id] = known._replace(payments=known.payments + payments)
    return sums
