"""Lists of sales, one sale by its number, and what completes as one types.

What leads from one record to the next: a sale's track, and the sales of a track or a payout.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    func,
    not_,
    or_,
    select,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.item_names import track_key
from bot.domain.period import day_start
from bot.domain.sale import (
    PAGE,
    PaymentRecord,
    Producer,
    Sale,
    SaleFilter,
    SaleSort,
    SalesPage,
    SaleState,
    SaleTotals,
    page_within,
)
from bot.store.books import problem_log
from bot.store.books.buyers import buyers_called, typed_prefix
from bot.store.books.payments import NEWEST_FIRST, SHOWN_SALES, load_by_number, sale_of
from bot.store.books.track_rows import find_license, find_track
from bot.store.queries.currencies import in_order_of_currencies
from bot.store.queries.suggestions import SUGGESTIONS
from bot.store.tables import (
    IS_SALE,
    count_if,
    fees_of,
    payments,
    sales,
    total,
    tracks,
    without_index,
)

# No sale is outside of these, and every calendar can reckon with them.
_FIRST_DAY, _LAST_DAY = date(1980, 1, 1), date(9000, 1, 1)
# The longest number, and how one begins.
_DIGITS = 7
_NUMBER = re.compile(rf"[1-9][0-9]{{0,{_DIGITS - 1}}}")


async def page(
    connection: AsyncConnection, producer: Producer, wanted: SaleFilter, page: int, now: datetime
) -> SalesPage:
    """A page (from 0; the last one where there are fewer) of what matches."""
    where = await _matching(connection, producer, wanted)
    totals = await _totals(connection, producer, where) if where is not None else ()
    count = sum(row.matching for row in totals)
    if where is None or not count:
        return SalesPage(sales=(), page=0, count=0, totals=())
    page = page_within(page, count)
    if wanted.sort is SaleSort.LARGEST:
        ids = await _largest(connection, where, totals, page * PAGE)
    else:
        oldest = wanted.sort is SaleSort.OLDEST
        order = (sales.c.sold, sales.c.id) if oldest else NEWEST_FIRST
        query = select(sales.c.id).where(*where).order_by(*order).limit(PAGE).offset(page * PAGE)
        ids = list(await connection.scalars(query))
    return SalesPage(
        sales=await _in_order(connection, ids, now),
        page=page,
        count=count,
        totals=tuple(_sale_totals(row) for row in totals if row.sales),
        unreadable=await problem_log.hiding_fees_now(connection, producer.id),
    )


async def nearest(
    connection: AsyncConnection, producer: Producer, wanted: SaleFilter
) -> tuple[SaleFilter, int] | None:
    """For filters that no sale matches: those that are left without as few of them as can be, if
    any sale matches these, and how many do."""
    fewer = (
        replace(wanted, since=None, until=None),
        replace(wanted, status=None),
        replace(wanted, since=None, until=None, status=None),
        replace(wanted, license=None),
        replace(wanted, buyer=None),
        replace(wanted, track=None),
        SaleFilter(sort=wanted.sort),
    )
    for wider in fewer:
        where = await _matching(connection, producer, wider) if wider != wanted else None
        totals = await _totals(connection, producer, where) if where is not None else ()
        if totals:
            return wider, sum(row.matching for row in totals)
    return None


async def _matching(
    connection: AsyncConnection, producer: Producer, wanted: SaleFilter
) -> list[ColumnElement[bool]] | None:
    """What the sales asked for have in common; None when there is no such thing to look for."""
    where = [sales.c.producer_id == producer.id]
    if wanted.track is not None:
        where.append(sales.c.track_id == await find_track(connection, producer.id, wanted.track))
    if wanted.license is not None:
        license_id = await find_license(connection, producer.id, wanted.license)
        where.append(sales.c.license_id == license_id)
    if wanted.buyer is not None:
        typed = typed_prefix(wanted.buyer)
        if not typed:
            return None
        where.append(sales.c.buyer_id.in_(buyers_called(producer.id, typed)))
    if wanted.status == "conflict":
        where.append(sales.c.conflict.is_(True))
    elif wanted.status == SaleState.DISPUTED.value:
        where.append(sales.c.state.in_((SaleState.DISPUTED.value, SaleState.DISPUTE_LOST.value)))
    elif wanted.status is not None:
        where.append(sales.c.state == wanted.status)
    if wanted.since is not None:
        since = min(max(wanted.since, _FIRST_DAY), _LAST_DAY)
        where.append(sales.c.sold >= day_start(since, producer.timezone))
    if wanted.until is not None:
        until = min(max(wanted.until, _FIRST_DAY), _LAST_DAY)
        where.append(sales.c.sold < day_start(until + timedelta(days=1), producer.timezone))
    return [*where, sales.c.state != SaleState.FAILED.value]


async def _totals(
    connection: AsyncConnection, producer: Producer, where: Iterable[ColumnElement[bool]]
) -> list[Row[Any]]:
    """What matches comes to by settlement currency, in the producer's order."""
    rows = await connection.execute(
        select(
            sales.c.settled_currency.label("currency"),
            func.count().label("matching"),
            count_if(IS_SALE).label("sales"),
            total(sales.c.gross).label("gross"),
            total(sales.c.tax - sales.c.returned_tax).label("tax"),
            total(fees_of(sales.c)).label("fees"),
            total(sales.c.remaining).label("left"),
            count_if(and_(IS_SALE, not_(sales.c.settled))).label("unsettled"),
        )
        .where(*where)
        .group_by(sales.c.settled_currency)
    )
    by_currency = {row.currency: row for row in rows}
    counts = {code: row.matching for code, row in by_currency.items()}
    order = await in_order_of_currencies(connection, producer, counts)
    return [by_currency[code] for code in order]


def _sale_totals(row: Row[Any]) -> SaleTotals:
    sums = row._asdict()
    del sums["matching"]
    return SaleTotals(**sums, refunded=row.gross - row.tax - row.fees - row.left)


async def _largest(
    connection: AsyncConnection,
    where: Iterable[ColumnElement[bool]],
    totals: Iterable[Row[Any]],
    offset: int,
) -> list[int]:
    """The ids of a page after `offset` others, the largest of the first currency first."""
    ids: list[int] = []
    for row in totals:
        if len(ids) < PAGE and offset < row.matching:
            query = (
                select(sales.c.id)
                .where(*where, sales.c.settled_currency == row.currency)
                .order_by(sales.c.gross.desc(), sales.c.id.desc())
            )
            ids += await connection.scalars(query.limit(PAGE - len(ids)).offset(offset))
        offset = max(0, offset - row.matching)
    return ids


async def by_number(
    connection: AsyncConnection, producer: Producer, number: int, now: datetime
) -> tuple[PaymentRecord, Sale] | None:
    """A sale by its number, with the payment it is part of."""
    record = await load_by_number(connection, producer, number, now)
    if record is None:
        return None
    return record, next(sale for sale in record.sales if sale.number == number)


async def suggest(
    connection: AsyncConnection, producer: Producer, typed: str, now: datetime
) -> list[Sale]:
    """At most 25 sales whose number begins as `typed` does ("#10", "1042"), newest first.

    The very number comes first. Nothing typed yet: the newest ones. No number: those of tracks with
    that in their name, and of buyers who are called so.
    """
    digits = typed.strip().removeprefix("#").strip()
    listed = and_(sales.c.producer_id == producer.id, sales.c.state != "failed")
    if not _NUMBER.fullmatch(digits):
        its = listed if not digits else and_(listed, _about(producer, typed))
        newest = select(sales.c.id).where(its).order_by(*NEWEST_FIRST).limit(SUGGESTIONS)
        return list(await _shown(connection, newest, now))
    ranges = union_all(*_numbers_beginning(int(digits), listed)).subquery()
    found = await _shown(connection, select(ranges.c.id), now)
    exact_first = sorted(found, key=lambda sale: (sale.number != int(digits), -sale.number))
    return exact_first[:SUGGESTIONS]


def _about(producer: Producer, typed: str) -> ColumnElement[bool]:
    key, prefix = track_key(typed), typed_prefix(typed)
    of_track = select(tracks.c.id).where(
        tracks.c.producer_id == producer.id, tracks.c.key.contains(key, autoescape=True)
    )
    about = sales.c.track_id.in_(of_track)
    return or_(about, sales.c.buyer_id.in_(buyers_called(producer.id, prefix))) if prefix else about


def _numbers_beginning(prefix: int, listed: ColumnElement[bool]) -> Iterator[Select[tuple[int]]]:
    """For each length a number may have, the newest sales that begin so."""
    for power in (10**more for more in range(_DIGITS)):
        some = (
            select(sales.c.id)
            .where(listed, sales.c.number.between(prefix * power, (prefix + 1) * power - 1))
            .order_by(sales.c.number.desc())
            .limit(SUGGESTIONS)
            .subquery()
        )
        yield select(some.c.id)


async def _in_order(
    connection: AsyncConnection, ids: Sequence[int], now: datetime
) -> tuple[Sale, ...]:
    rows = await connection.execute(SHOWN_SALES.add_columns(sales.c.id).where(sales.c.id.in_(ids)))
    by_id = {row.id: sale_of(row, now) for row in rows}
    return tuple(by_id[id_] for id_ in ids)


async def _shown(
    connection: AsyncConnection, ids: Select[tuple[int]], now: datetime
) -> tuple[Sale, ...]:
    rows = await connection.execute(SHOWN_SALES.where(sales.c.id.in_(ids)).order_by(*NEWEST_FIRST))
    return tuple(sale_of(row, now) for row in rows)


SHOWN = 25
"""As many as a menu of Discord's holds."""


async def track_of(connection: AsyncConnection, producer: Producer, number: int) -> str | None:
    """The name of the track of which a sale is a license; None where there is no such sale."""
    query = select(tracks.c.name).join(sales, sales.c.track_id == tracks.c.id)
    its = sales.c.producer_id == producer.id, sales.c.number == number
    name: str | None = await connection.scalar(query.where(*its))
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
