"""The figures of a period, out of the totals kept ready."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    case,
    func,
    literal_column,
    or_,
    select,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.ledger.periods import day_start, period_range, range_before
from bot.ledger.records import (
    CurrencyTotals,
    Period,
    Producer,
    Statistics,
    TrackTotals,
)
from bot.store.booking import ALL, EVER
from bot.store.tables import entries, totals, tracks

BEST = 5

_AMOUNTS = tuple(column.name for column in totals.c if not column.primary_key)
_REFUNDS = ("refund", "refund_reversal")

Spans: TypeAlias = dict[str, list[int]]
"""Rows of `totals` by the starts of each kind of span."""


async def statistics(
    connection: AsyncConnection, producer: Producer, period: Period, now: datetime
) -> Statistics:
    """The running period, set against the one before it at the same point; best tracks.

    A refund or a dispute counts on the day it moved money, not on the day of its sale.
    """
    start, end = period_range(period, now, producer.timezone)
    before = range_before(period, now, producer.timezone)
    spans = _running(period, start, now, producer.timezone)
    parts = _ready(producer, "now", spans)
    if before is not None:
        parts += _up_to(producer, "before", *before)
    rows = (await connection.execute(union_all(*parts))).all()
    running = _totals(row for row in rows if row.part == "now")
    by_count, by_revenue = await _best(connection, producer, spans, running)
    return Statistics(
        period=period,
        start=start,
        end=end,
        totals=running,
        before=_totals(row for row in rows if row.part == "before"),
        before_start=before[0] if before else None,
        before_end=before[1] if before else None,
        by_count=by_count,
        by_revenue=by_revenue,
    )


def _running(period: Period, start: datetime | None, now: datetime, timezone: str) -> Spans:
    """The rows of a period that goes on: they hold nothing yet of what is to come."""
    if start is None:
        return {EVER[0]: [EVER[1]]}
    first, today = _local(start, timezone), _local(now, timezone)
    if period in (Period.TODAY, Period.WEEK):
        return _whole(first, today + timedelta(days=1))
    return _whole(first, _next_month(today))


def _whole(first: date, end: date) -> Spans:
    """The rows that hold the days from `first` until before `end`: months where they are whole."""
    spans: Spans = defaultdict(list)
    while first < end:
        month = _next_month(first)
        whole = first.day == 1 and month <= end
        spans["month" if whole else "day"].append(_number(first))
        first = month if whole else first + timedelta(days=1)
    return spans


def _up_to(producer: Producer, part: str, start: datetime, end: datetime) -> list[Select[Any]]:
    """Whole days by their rows, and what had come of the last day by its entries."""
    last = _local(end, producer.timezone)
    midnight = day_start(last, producer.timezone)
    parts = _ready(producer, part, _whole(_local(start, producer.timezone), last))
    return [*parts, _from_entries(producer, part, midnight, end)]


def _local(moment: datetime, timezone: str) -> date:
    return moment.astimezone(ZoneInfo(timezone)).date()


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)


def _number(day: date) -> int:
    return day.year * 10_000 + day.month * 100 + day.day


def _part(name: str) -> ColumnElement[str]:
    return literal_column(f"'{name}'").label("part")


def _ready(producer: Producer, part: str, spans: Spans) -> list[Select[Any]]:
    return [
        select(
            _part(part),
            totals.c.currency,
            *(func.sum(totals.c[name]).label(name) for name in _AMOUNTS),
        )
        .where(
            totals.c.producer_id == producer.id,
            totals.c.span == span,
            totals.c.start.in_(starts),
            totals.c.track_id == ALL,
        )
        .group_by(totals.c.currency)
        for span, starts in spans.items()
    ]


def _from_entries(producer: Producer, part: str, start: datetime, end: datetime) -> Select[Any]:
    """The same sums as `bot.store.booking` makes, of the entries themselves."""
    row = entries.c
    amounts = {
        "sales": _of_kind(1, "sale"),
        "gross": _of_kind(row.gross, "sale"),
        "stripe_fee": func.sum(row.stripe_fee),
        "fee_tax": func.sum(row.fee_tax),
        "platform_fee": func.sum(row.platform_fee),
        "refunds": _sources("refund") - _sources("refund_reversal"),
        "refunded": -_of_kind(row.gross, *_REFUNDS),
        "disputed": -_of_kind(row.gross, "dispute"),
        "net": func.sum(row.net),
        "unsettled": _of_kind(case((row.booked, 0), else_=1), "sale"),
    }
    return (
        select(_part(part), row.currency, *(amounts[name].label(name) for name in _AMOUNTS))
        .where(row.producer_id == producer.id, row.at >= start, row.at < end)
        .group_by(row.currency)
    )


def _of_kind(amount: ColumnElement[int] | int, *kinds: str) -> ColumnElement[int]:
    return func.sum(case((entries.c.kind.in_(kinds), amount), else_=0))


def _sources(kind: str) -> ColumnElement[int]:
    """One refund is one entry a line, and still one refund."""
    money = (entries.c.kind == kind) & (entries.c.gross != 0)
    return func.count(case((money, entries.c.source)).distinct())


def _totals(rows: Iterable[Row[Any]]) -> tuple[CurrencyTotals, ...]:
    """Parts put together; what came to nothing in every respect is left out."""
    sums: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(_AMOUNTS, 0))
    for row in rows:
        for name in _AMOUNTS:
            # PostgreSQL adds up big integers to decimals.
            sums[row.currency][name] += int(getattr(row, name))
    moved = (
        CurrencyTotals(currency=code, **one) for code, one in sums.items() if any(one.values())
    )
    return tuple(sorted(moved, key=lambda one: (-one.sales, one.currency)))


class _TrackSum(NamedTuple):
    track_id: int
    name: str
    currency: str
    sales: int
    gross: int
    net: int


_Best: TypeAlias = tuple[TrackTotals, ...]


async def _best(
    connection: AsyncConnection,
    producer: Producer,
    spans: Spans,
    running: Sequence[CurrencyTotals],
) -> tuple[_Best, _Best]:
    """The best tracks by count (over all currencies) and by net (in the first currency)."""
    if not running:
        return (), ()
    currency = running[0].currency
    rows = await connection.execute(_best_query(producer, spans, currency))
    sums = [_TrackSum(*row[:3], *map(int, row[3:])) for row in rows]
    return tuple(_by_count(sums)), tuple(_by_revenue(sums, currency))


def _best_query(producer: Producer, spans: Spans, currency: str) -> Select[Any]:
    (span, starts), *others = spans.items()
    assert not others
    names = ("sales", "gross", "net")
    each = (
        select(
            totals.c.track_id,
            totals.c.currency,
            *(func.sum(totals.c[name]).label(name) for name in names),
        )
        .where(
            totals.c.producer_id == producer.id,
            totals.c.span == span,
            totals.c.start.in_(starts),
            totals.c.track_id != ALL,
        )
        .group_by(totals.c.track_id, totals.c.currency)
        .cte("each")
    )
    sold = func.sum(each.c.sales)
    by_count = (
        select(each.c.track_id)
        .group_by(each.c.track_id)
        .having(sold > 0)
        .order_by(sold.desc(), each.c.track_id)
        .limit(BEST)
    )
    by_revenue = (
        select(each.c.track_id)
        .where(each.c.currency == currency, each.c.net > 0)
        .order_by(each.c.net.desc(), each.c.track_id)
        .limit(BEST)
    )
    return (
        select(each.c.track_id, tracks.c.name, each.c.currency, *(each.c[name] for name in names))
        .join_from(each, tracks, tracks.c.id == each.c.track_id)
        .where(or_(each.c.track_id.in_(by_count), each.c.track_id.in_(by_revenue)))
    )


def _by_count(sums: Iterable[_TrackSum]) -> Iterator[TrackTotals]:
    """One row a track; its money is in the currency that most of its sales settled in."""
    tracks_of: dict[int, list[_TrackSum]] = defaultdict(list)
    for one in sums:
        tracks_of[one.track_id].append(one)
    counts = {track_id: sum(one.sales for one in own) for track_id, own in tracks_of.items()}
    for track_id in sorted(counts, key=lambda track_id: (-counts[track_id], track_id))[:BEST]:
        main = max(tracks_of[track_id], key=lambda one: (one.sales, one.currency))
        if counts[track_id] > 0:
            yield _track_totals(main, counts[track_id])


def _by_revenue(sums: Iterable[_TrackSum], currency: str) -> Iterator[TrackTotals]:
    earning = [one for one in sums if one.currency == currency and one.net > 0]
    for one in sorted(earning, key=lambda one: (-one.net, one.track_id))[:BEST]:
        yield _track_totals(one, one.sales)


def _track_totals(one: _TrackSum, count: int) -> TrackTotals:
    return TrackTotals(
        track=one.name, currency=one.currency, sales=count, gross=one.gross, net=one.net
    )
