"""The figures of a period: what the books of its days come to, its best tracks and licenses, and
its pieces for a chart, with those of the period before.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, ColumnElement, Row, Select, and_, case, func, select, type_coerce
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.export_lines import bounds
from bot.domain.period import PeriodBefore, Span, day_of, day_start, number_of
from bot.domain.sale import Producer
from bot.domain.totals import (
    Amounts,
    CurrencyTotals,
    Grain,
    LicenseTotals,
    Point,
    Purchases,
    Series,
    Statistics,
    TrackTotals,
    begun,
    grain_of,
    hours,
    in_line,
    pieces,
    projected,
)
from bot.store.books import problem_log
from bot.store.books.day_totals import AMOUNTS
from bot.store.queries.currencies import currency_order
from bot.store.tables import (
    IS_SALE,
    buyers,
    count_if,
    day_totals,
    entries,
    licenses,
    sales,
    total,
    tracks,
)

BEST = 5


async def statistics(
    connection: AsyncConnection, producer: Producer, span: Span, currency: str | None = None
) -> Statistics:
    """A period, set against the one before it (while it goes on, at the same point).

    `currency`: the one to be shown first, and in the chart; else the producer's first one that
    moved. A refund or a dispute counts on the day it moved money, not on that of its sale.
    """
    rows = (await connection.execute(_of_days(producer, span.first, span.last))).all()
    running = _totals(rows)
    before = await _before(connection, producer, span.before) if span.before else ()
    moved = {one.currency for one in (*running, *before)}
    order = [code for code in await currency_order(connection, producer) if code in moved]
    shown = currency if currency in moved else next(iter(order), None)
    found = Statistics(
        span=span,
        currency=shown,
        totals=tuple(
            sorted(running, key=lambda one: (one.currency != shown, order.index(one.currency)))
        ),
        before=before,
        by_count=(),
        by_revenue=(),
        purchases=await _purchases(connection, producer, span, rows),
        unreadable=await problem_log.hiding_fees_now(connection, producer.id),
    )
    if shown is None:
        return found
    by_count, by_revenue = await _best_tracks(connection, producer, span, shown)
    drawn = await series(connection, producer, span, shown)
    own = next((one for one in found.totals if one.currency == shown), None)
    return replace(
        found,
        by_count=by_count,
        by_revenue=by_revenue,
        licenses=await _best_licenses(connection, producer, span, shown),
        series=drawn,
        projected=projected(span, own, drawn, producer.timezone) if own else None,
    )


async def totals_between(
    connection: AsyncConnection, producer: Producer, start: datetime | None, end: datetime | None
) -> tuple[CurrencyTotals, ...]:
    """What came from `start` on and before `end` (None: no such bound), most sales first."""
    return _totals(await connection.execute(_of_entries(producer, start, end)))


# Put together once: making a statement of so many columns takes longer than running it.
_DAYS = select(
    day_totals.c.currency,
    *(total(day_totals.c[name]).label(name) for name in (*AMOUNTS, "purchases")),
).group_by(day_totals.c.currency)
_ENTRIES = select(
    entries.c.currency, *(amount.label(name) for name, amount in AMOUNTS.items())
).group_by(entries.c.currency)


def _of_days(producer: Producer, first: date | None, last: date) -> Select[Any]:
    query = _DAYS.where(day_totals.c.producer_id == producer.id)
    if first is None:
        return query
    return query.where(day_totals.c.day.between(number_of(first), number_of(last)))


def _of_entries(producer: Producer, start: datetime | None, end: datetime | None) -> Select[Any]:
    return _ENTRIES.where(entries.c.producer_id == producer.id, *_within(entries.c.at, start, end))


def _within(
    moment: ColumnElement[datetime], start: datetime | None, end: datetime | None
) -> Iterator[ColumnElement[bool]]:
    if start is not None:
        yield moment >= start
    if end is not None:
        yield moment < end


async def _before(
    connection: AsyncConnection, producer: Producer, before: PeriodBefore
) -> tuple[CurrencyTotals, ...]:
    """Whole days as they are kept, and of the last day what had come by then."""
    last = before.end.astimezone(ZoneInfo(producer.timezone)).date()
    midnight = day_start(last, producer.timezone)
    rows: list[Row[Any]] = []
    if before.first < last:
        days = _of_days(producer, before.first, last - timedelta(days=1))
        rows += await connection.execute(days)
    if midnight < before.end:
        rows += await connection.execute(_of_entries(producer, midnight, before.end))
    return _totals(rows)


def _totals(rows: Iterable[Row[Any]]) -> tuple[CurrencyTotals, ...]:
    """Rows put together; what came to nothing in every respect is left out."""
    sums: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(AMOUNTS, 0))
    for row in rows:
        for name in AMOUNTS:
            sums[row.currency][name] += getattr(row, name)
    moved = (
        CurrencyTotals(currency=code, **one) for code, one in sums.items() if any(one.values())
    )
    return tuple(sorted(moved, key=lambda one: (-one.sales, one.currency)))


async def _purchases(
    connection: AsyncConnection, producer: Producer, span: Span, rows: Iterable[Row[Any]]
) -> Purchases:
    """How often was bought in a period, and how many bought for the first or second time ever."""
    times = bounds(span, producer.timezone)
    new, repeat = (
        count_if(and_(column.is_not(None), *_within(column, *times)))
        for column in (buyers.c.first, buyers.c.second)
    )
    found = await connection.execute(select(new, repeat).where(buyers.c.producer_id == producer.id))
    return Purchases(sum(row.purchases for row in rows), *found.one())


class _TrackSum(NamedTuple):
    track_id: int
    currency: str
    sales: int
    gross: int
    net: int


async def _best_tracks(
    connection: AsyncConnection, producer: Producer, span: Span, currency: str
) -> tuple[tuple[TrackTotals, ...], tuple[TrackTotals, ...]]:
    """The best tracks by count (over all currencies) and by net (in one)."""
    is_sale = entries.c.kind == "sale"
    found = await connection.execute(
        select(
            entries.c.track_id,
            entries.c.currency,
            count_if(is_sale),
            total(case((is_sale, entries.c.gross), else_=0)),
            total(entries.c.net),
        )
        .where(
            entries.c.producer_id == producer.id,
            *_within(entries.c.at, *bounds(span, producer.timezone)),
        )
        .group_by(entries.c.track_id, entries.c.currency)
    )
    sums = [_TrackSum(*row) for row in found]
    by_count = _by_count(sums)
    earning = [one for one in sums if one.currency == currency and one.net > 0]
    by_revenue = sorted(earning, key=lambda one: (-one.net, one.track_id))[:BEST]
    ids = {one.track_id for one in (*by_count, *by_revenue)}
    named = await connection.execute(
        select(tracks.c.id, tracks.c.name).where(tracks.c.id.in_(sorted(ids)))
    )
    names: dict[int, str] = dict(named.all())
    first, second = (
        tuple(
            TrackTotals(track=names[id_], currency=code, sales=sold, gross=gross, net=net)
            for id_, code, sold, gross, net in best
        )
        for best in (by_count, by_revenue)
    )
    return first, second


def _by_count(sums: Iterable[_TrackSum]) -> list[_TrackSum]:
    """One a track; its money is in the currency that most of its sales settled in."""
    tracks_of: dict[int, list[_TrackSum]] = defaultdict(list)
    for one in sums:
        tracks_of[one.track_id].append(one)
    best = []
    for own in tracks_of.values():
        largest = max(own, key=lambda one: (one.sales, one.currency))
        best.append(largest._replace(sales=sum(one.sales for one in own)))
    sold = [one for one in best if one.sales > 0]
    return sorted(sold, key=lambda one: (-one.sales, one.track_id))[:BEST]


async def _best_licenses(
    connection: AsyncConnection, producer: Producer, span: Span, currency: str
) -> tuple[LicenseTotals, ...]:
    """The licenses that sold most in one currency, those with the higher income first if equal."""
    sold = func.count().label("sales")
    gross = total(sales.c.gross - sales.c.tax).label("gross")
    best = (
        select(sales.c.license_id, sold, gross)
        .where(
            sales.c.producer_id == producer.id,
            sales.c.settled_currency == currency,
            IS_SALE,
            *_within(sales.c.sold, *bounds(span, producer.timezone)),
        )
        .group_by(sales.c.license_id)
        .order_by(sold.desc(), gross.desc(), sales.c.license_id)
        .limit(BEST)
        .subquery()
    )
    rows = await connection.execute(
        select(licenses.c.name, best.c.sales, best.c.gross)
        .join_from(best, licenses, licenses.c.id == best.c.license_id)
        .order_by(best.c.sales.desc(), best.c.gross.desc(), best.c.license_id)
    )
    return tuple(
        LicenseTotals(license=name, currency=currency, sales=sales, gross=gross)
        for name, sales, gross in rows
    )


async def series(
    connection: AsyncConnection, producer: Producer, span: Span, currency: str
) -> Series:
    """The pieces that a chart shows. They add up to the totals of the same period."""
    since = span.first or await _first_month(connection, producer) or span.last
    grain = grain_of(span, since)
    asked = connection, producer, currency, grain
    points = await _points(*asked, since, span.last)
    before: list[Point] = []
    if span.before is not None and in_line(span, grain):
        before = await _points(*asked, span.before.first, span.before.last)
    return Series(
        currency=currency,
        grain=grain,
        points=tuple(points),
        begun=begun(points, span, grain, producer.timezone),
        before=tuple(before),
    )


async def _first_month(connection: AsyncConnection, producer: Producer) -> date | None:
    first = await connection.scalar(
        select(func.min(day_totals.c.day)).where(day_totals.c.producer_id == producer.id)
    )
    return day_of(first).replace(day=1) if first else None


async def _points(
    connection: AsyncConnection,
    producer: Producer,
    currency: str,
    grain: Grain,
    first: date,
    last: date,
) -> list[Point]:
    if grain is Grain.HOUR:
        found = await _hours(connection, producer, currency, first)
        return hours(first, producer.timezone, found)
    # Years are put together from months.
    month = day_totals.c.day // 100 * 100 + 1
    piece = (day_totals.c.day if grain is Grain.DAY else month).label("piece")
    rows = await connection.execute(
        select(piece, total(day_totals.c.sales), total(day_totals.c.net))
        .where(
            day_totals.c.producer_id == producer.id,
            day_totals.c.currency == currency,
            day_totals.c.day.between(number_of(first), number_of(last)),
        )
        .group_by(piece)
    )
    amounts = ((day_of(day), Amounts(sales, net)) for day, sales, net in rows)
    return pieces(first, last, grain, amounts)


async def _hours(
    connection: AsyncConnection, producer: Producer, currency: str, day: date
) -> dict[int, Amounts]:
    """By how many hours of the day had passed."""
    start = day_start(day, producer.timezone)
    seconds = type_coerce(entries.c.at, BigInteger) - int(start.timestamp())
    hour = (seconds // 3600).label("hour")
    rows = await connection.execute(
        select(hour, count_if(entries.c.kind == "sale"), total(entries.c.net))
        .where(
            entries.c.producer_id == producer.id,
            entries.c.at >= start,
            entries.c.at < day_start(day + timedelta(days=1), producer.timezone),
            entries.c.currency == currency,
        )
        .group_by(hour)
    )
    return {hour: Amounts(sales, net) for hour, sales, net in rows}
