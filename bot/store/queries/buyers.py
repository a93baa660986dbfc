"""All that the buyer of a sale has bought.

All buyers, by what they spent, how often or when they bought: a page at a time.

Without a search an index walks them; what a search finds is few, and is sorted here.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, func, literal_column, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.money import Money
from bot.domain.sale import (
    PAGE,
    PURCHASES,
    BuyerRecord,
    BuyerSort,
    BuyersPage,
    ListedBuyer,
    Producer,
    SaleSort,
    SaleState,
    page_within,
)
from bot.store.books.buyer_sums import ANY
from bot.store.books.buyers import buyer_of, typed_prefix
from bot.store.books.finding import buyers_called, require_few_buyers
from bot.store.books.payments import SHOWN_SALES, few_in_order, sale_of
from bot.store.tables import (
    HAS_BOUGHT,
    buyer_counts,
    buyer_totals,
    buyers,
    sales,
)


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


_totals = buyer_totals.c
# As expressions, for which no index is taken: another one leaves fewer rows.
_producer_id = literal_column("+buyers.producer_id", buyers.c.producer_id.type)
_PAID_FOR = text("+buyer_totals.payments > 0")
_HAS_BOUGHT = text(f"buyers.{HAS_BOUGHT}")


class _Counted(NamedTuple):
    everyone: int
    repeats: int
    currencies: tuple[str, ...]
    """In which anybody has paid: the one that leads, then the others by how many buyers."""
    leading: int
    """How many have paid in the first of them."""


async def page(
    connection: AsyncConnection, producer: Producer, search: str | None, sort: BuyerSort, page: int
) -> BuyersPage:
    """A page (from 0; the last one where there are fewer) of all buyers or those who match.

    `search`: how a word of their name or email begins. Raises TooManyBuyers when that fits more
    than a thousand.
    """
    counted = await _counted(connection, producer)
    if search is not None:
        ids, repeats = await _found(connection, producer, search, sort, counted.currencies)
        count = len(ids)
        page = page_within(page, count, PAGE)
        ids = ids[page * PAGE : (page + 1) * PAGE]
    else:
        count, repeats = counted.everyone, counted.repeats
        page = page_within(page, count, PAGE)
        ids = await _walked(connection, producer, sort, page * PAGE, counted)
    by_spend = sort is BuyerSort.SPEND and bool(ids)
    return BuyersPage(
        buyers=await _listed(connection, producer, ids, counted.currencies),
        page=page,
        count=count,
        repeats=repeats,
        currency=counted.currencies[0] if by_spend else None,
    )


async def _counted(connection: AsyncConnection, producer: Producer) -> _Counted:
    found = await connection.execute(
        select(buyer_counts).where(
            buyer_counts.c.producer_id == producer.id, buyer_counts.c.buyers > 0
        )
    )
    rows = {row.currency: row for row in found}
    every = rows.pop(ANY, None)
    chosen = producer.preferences.currency
    currencies = sorted(rows, key=lambda code: (code != chosen, -rows[code].buyers, code))
    return _Counted(
        everyone=every.buyers if every else 0,
        repeats=every.repeats if every else 0,
        currencies=tuple(currencies),
        leading=rows[currencies[0]].buyers if currencies else 0,
    )


async def _walked(
    connection: AsyncConnection, producer: Producer, sort: BuyerSort, offset: int, counted: _Counted
) -> list[int]:
    """The ids of so many buyers as fill a page, after `offset` others."""
    if sort is BuyerSort.SPEND:
        return await _by_spend(connection, producer, offset, counted)
    if sort is BuyerSort.RECENT:
        query = (
            select(buyers.c.id)
            .where(buyers.c.producer_id == producer.id, _HAS_BOUGHT)
            .order_by(buyers.c.latest.desc(), buyers.c.id.desc())
        )
    else:
        query = (
            select(_totals.buyer_id)
            .where(_totals.producer_id == producer.id, _totals.currency == ANY, _PAID_FOR)
            .order_by(_totals.payments.desc(), _totals.buyer_id.desc())
        )
    return list(await connection.scalars(query.limit(PAGE).offset(offset)))


async def _by_spend(
    connection: AsyncConnection, producer: Producer, offset: int, counted: _Counted
) -> list[int]:
    """Each buyer once: in the first of the currencies in which they have paid."""
    ids: list[int] = []
    for place, code in enumerate(counted.currencies):
        own = _paid_in(producer, code, counted.currencies[:place])
        query = own.order_by(_totals.spent.desc(), _totals.buyer_id.desc())
        ids += await connection.scalars(query.limit(PAGE - len(ids)).offset(offset))
        if len(ids) == PAGE:
            break
        if offset:
            passed = counted.leading if place == 0 else await _size(connection, own)
            offset = max(0, offset - passed)
    return ids


def _paid_in(producer: Producer, code: str, not_in: Sequence[str]) -> Select[tuple[int]]:
    other = buyer_totals.alias("other")
    query = select(_totals.buyer_id).where(
        _totals.producer_id == producer.id, _totals.currency == code, _PAID_FOR
    )
    if not not_in:
        return query
    return query.where(
        ~select(other.c.buyer_id)
        .where(
            other.c.producer_id == producer.id,
            other.c.buyer_id == _totals.buyer_id,
            other.c.currency.in_(not_in),
            other.c.payments > 0,
        )
        .exists()
    )


async def _size(connection: AsyncConnection, query: Select[tuple[int]]) -> int:
    return await connection.scalar(select(func.count()).select_from(query.subquery())) or 0


async def _found(
    connection: AsyncConnection,
    producer: Producer,
    search: str,
    sort: BuyerSort,
    currencies: Sequence[str],
) -> tuple[list[int], int]:
    """The ids of all who match, in order; and how many of them have bought more than once."""
    prefix = typed_prefix(search)
    if not prefix:
        return [], 0
    await require_few_buyers(connection, producer.id, prefix)
    rows = await connection.execute(
        select(buyers.c.id, buyers.c.latest, _totals.currency, _totals.payments, _totals.spent)
        .join_from(buyers, buyer_totals, _of_buyer(producer))
        .where(buyers.c.id.in_(buyers_called(producer.id, prefix)), _PAID_FOR)
    )
    keys: dict[int, tuple[Any, ...]] = {}
    repeats = 0
    for id_, latest, code, payments, spent in rows:
        repeats += code == ANY and payments > 1
        key = _key(sort, latest, code, payments, spent, currencies)
        keys[id_] = max(keys.get(id_, key), key)
    return sorted(keys, key=lambda id_: (keys[id_], id_), reverse=True), repeats


def _key(
    sort: BuyerSort,
    latest: datetime,
    code: str,
    payments: int,
    spent: int,
    currencies: Sequence[str],
) -> tuple[Any, ...]:
    if sort is BuyerSort.RECENT:
        return (latest,)
    if sort is BuyerSort.COUNT:
        return (payments if code == ANY else 0,)
    place = len(currencies) if code == ANY else currencies.index(code)
    return (-place, spent)


def _of_buyer(producer: Producer) -> ColumnElement[bool]:
    return (_totals.buyer_id == buyers.c.id) & (_totals.producer_id == producer.id)


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
        .order_by(sales.c.sold.desc(), sales.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    found = await connection.execute(
        select(buyers, number.label("number")).where(
            _producer_id == producer.id, buyers.c.id.in_(ids)
        )
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
    licenses: int
    by_currency: dict[str, tuple[int, int]]
    """How many licenses were bought in each, and what was spent."""

    def spent(self, order: Sequence[str | None]) -> tuple[Money, ...]:
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
    found = await connection.execute(
        select(buyer_totals).where(
            _totals.producer_id == producer.id, _totals.buyer_id.in_(ids), _totals.payments > 0
        )
    )
    sums = {id_: Spending(0, 0, {}) for id_ in ids}
    for row in found:
        if row.currency == ANY:
            counts = {"payments": row.payments, "licenses": row.licenses}
            sums[row.buyer_id] = sums[row.buyer_id]._replace(**counts)
        else:
            sums[row.buyer_id].by_currency[row.currency] = (row.licenses, row.spent)
    return sums
