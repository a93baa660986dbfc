"""The figures of a period, out of the totals kept ready.

The tracks that sold most, and those that left most, in a period.

Which licenses sold most in a period, and how many buyers were new: out of the kept sums.

The currencies that a producer's money came in.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    bindparam,
    case,
    func,
    literal_column,
    or_,
    select,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.period import PeriodBefore, Span, day_start
from bot.domain.sale import Producer
from bot.domain.totals import (
    CurrencyTotals,
    LicenseTotals,
    Purchases,
    Statistics,
    TrackTotals,
    projected,
)
from bot.store.books import problem_log
from bot.store.books.booking import ALL, EVER
from bot.store.books.purchases import NOT_SALES
from bot.store.queries.series import series
from bot.store.queries.spans import Spans, rows_of, whole
from bot.store.tables import entries, licenses, list_totals, purchase_totals, totals, tracks

_AMOUNTS = tuple(column.name for column in totals.c if not column.primary_key)
_REFUNDS = ("refund", "refund_reversal")


async def statistics(
    connection: AsyncConnection, producer: Producer, span: Span, currency: str | None = None
) -> Statistics:
    """A period, set against the one before it (while it goes on, at the same point).

    `currency`: the one to be shown first, and in the chart; else the producer's, or the one with
    the most sales. A refund or a dispute counts on the day it moved money, not on that of its sale.
    """
    spans = rows_of(span)
    parts = _ready(producer, "now", spans)
    if span.before is not None:
        parts += _up_to(producer, "before", span.before)
    rows = (await connection.execute(union_all(*parts))).all()
    running = _totals(row for row in rows if row.part == "now")
    before = _totals(row for row in rows if row.part == "before")
    shown = _shown(running, before, (currency, producer.preferences.currency))
    found = Statistics(
        span=span,
        currency=shown,
        totals=_first(running, shown),
        before=before,
        by_count=(),
        by_revenue=(),
        purchases=await purchases(connection, producer, spans),
        unreadable=await problem_log.hiding_fees_now(connection, producer.id),
    )
    return found if shown is None else await _in_detail(connection, producer, found, shown, spans)


async def _in_detail(
    connection: AsyncConnection,
    producer: Producer,
    found: Statistics,
    currency: str,
    spans: Spans,
) -> Statistics:
    """With what is told of one currency alone."""
    by_count, by_revenue = await best_tracks(connection, producer, spans, currency)
    drawn = await series(connection, producer, found.span, currency)
    own = next((one for one in found.totals if one.currency == currency), None)
    return replace(
        found,
        by_count=by_count,
        by_revenue=by_revenue,
        licenses=await best_licenses(connection, producer, spans, currency),
        series=drawn,
        projected=projected(found.span, own, drawn, producer.timezone) if own else None,
    )


def _shown(
    running: Sequence[CurrencyTotals],
    before: Sequence[CurrencyTotals],
    wanted: Iterable[str | None],
) -> str | None:
    """The first currency wanted that moved; else the one with the most sales."""
    moved = [one.currency for one in (*running, *before)]
    return next((code for code in wanted if code in moved), moved[0] if moved else None)


def _first(totals: Iterable[CurrencyTotals], currency: str | None) -> tuple[CurrencyTotals, ...]:
    return tuple(sorted(totals, key=lambda one: one.currency != currency))


def _up_to(producer: Producer, part: str, before: PeriodBefore) -> list[Select[Any]]:
    """Whole days by their rows, and what had come of the last day by its entries."""
    last = _local(before.end, producer.timezone)
    midnight = day_start(last, producer.timezone)
    parts = _ready(producer, part, whole(before.first, last))
    if midnight < before.end:
        parts.append(_from_entries(producer, part, midnight, before.end))
    return parts


def _local(moment: datetime, timezone: str) -> date:
    return moment.astimezone(ZoneInfo(timezone)).date()


def _part(name: str) -> ColumnElement[str]:
    return literal_column(f"'{name}'").label("part")


def _ready(producer: Producer, part: str, spans: Spans) -> list[Select[Any]]:
    return [
        _READY.add_columns(_part(part)).where(
            totals.c.producer_id == producer.id,
            totals.c.span == span,
            totals.c.start.in_(starts),
        )
        for span, starts in spans.items()
    ]


def _from_entries(producer: Producer, part: str, start: datetime, end: datetime) -> Select[Any]:
    of_time = (entries.c.at >= start, entries.c.at < end)
    return _OF_ENTRIES.add_columns(_part(part)).where(
        entries.c.producer_id == producer.id, *of_time
    )


def _of_kind(amount: ColumnElement[int] | int, *kinds: str) -> ColumnElement[int]:
    return func.sum(case((entries.c.kind.in_(kinds), amount), else_=0))


def _sources(kind: str) -> ColumnElement[int]:
    """One refund is one entry a line, and still one refund."""
    money = (entries.c.kind == kind) & (entries.c.gross != 0)
    return func.count(case((money, entries.c.source)).distinct())


# Put together once: making a statement of so many columns takes longer than running it.
_READY = (
    select(totals.c.currency, *(func.sum(totals.c[name]).label(name) for name in _AMOUNTS))
    .where(totals.c.track_id == ALL)
    .group_by(totals.c.currency)
)

# The same sums as `bot.store.books.booking` makes, of the entries themselves.
_ENTRY_AMOUNTS: dict[str, ColumnElement[int]] = {
    "sales": _of_kind(1, "sale"),
    "gross": _of_kind(entries.c.gross, "sale"),
    "tax": _of_kind(entries.c.tax, "sale"),
    "returned_tax": -_of_kind(entries.c.tax, *_REFUNDS, "dispute"),
    "stripe_fee": func.sum(entries.c.stripe_fee),
    "fee_tax": func.sum(entries.c.fee_tax),
    "platform_fee": func.sum(entries.c.platform_fee),
    "withheld_tax": func.sum(entries.c.withheld_tax),
    "refunds": _sources("refund") - _sources("refund_reversal"),
    "refunded": -_of_kind(entries.c.gross, *_REFUNDS),
    "disputed": -_of_kind(entries.c.gross, "dispute"),
    "net": func.sum(entries.c.net),
    "unsettled": _of_kind(case((entries.c.booked, 0), else_=1), "sale"),
}
_OF_ENTRIES = select(
    entries.c.currency, *(_ENTRY_AMOUNTS[name].label(name) for name in _AMOUNTS)
).group_by(entries.c.currency)


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


BEST = 5


class _TrackSum(NamedTuple):
    track_id: int
    name: str
    currency: str
    sales: int
    gross: int
    net: int


async def best_tracks(
    connection: AsyncConnection,
    producer: Producer,
    spans: Spans,
    currency: str,
) -> tuple[tuple[TrackTotals, ...], tuple[TrackTotals, ...]]:
    """The best tracks by count (over all currencies) and by net (in one)."""
    rows = await connection.execute(
        _best_tracks(*sorted(spans)),
        {"producer": producer.id, "currency": currency, **spans},
    )
    sums = [_TrackSum(*row[:3], *map(int, row[3:])) for row in rows]
    return tuple(_by_count(sums)), tuple(_by_revenue(sums, currency))


# Put together once: making such a statement takes longer than running it.
@cache
def _best_tracks(*kinds: str) -> Select[Any]:
    """To be run with a producer, the revenue's currency, and for each kind of span its starts."""
    names = ("sales", "gross", "net")
    rows = union_all(*(_of_tracks(kind) for kind in kinds)).subquery()
    each = (
        select(
            rows.c.track_id,
            rows.c.currency,
            *(func.sum(rows.c[name]).label(name) for name in names),
        )
        .group_by(rows.c.track_id, rows.c.currency)
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
        .where(each.c.currency == bindparam("currency"), each.c.net > 0)
        .order_by(each.c.net.desc(), each.c.track_id)
        .limit(BEST)
    )
    return (
        select(each.c.track_id, tracks.c.name, each.c.currency, *(each.c[name] for name in names))
        .join_from(each, tracks, tracks.c.id == each.c.track_id)
        .where(or_(each.c.track_id.in_(by_count), each.c.track_id.in_(by_revenue)))
    )


def _of_tracks(kind: str) -> Select[Any]:
    return select(totals).where(
        totals.c.producer_id == bindparam("producer"),
        totals.c.span == kind,
        totals.c.start.in_(bindparam(kind, expanding=True)),
        totals.c.track_id != ALL,
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


async def best_licenses(
    connection: AsyncConnection, producer: Producer, spans: Spans, currency: str
) -> tuple[LicenseTotals, ...]:
    """The licenses that sold most in one currency, those with the higher income first if equal."""
    rows = await connection.execute(
        _best_licenses(*sorted(spans)),
        {"producer": producer.id, "currency": currency, **spans},
    )
    return tuple(
        LicenseTotals(
            license=row.name, currency=currency, sales=int(row.sales), gross=int(row.gross)
        )
        for row in rows
    )


async def purchases(connection: AsyncConnection, producer: Producer, spans: Spans) -> Purchases:
    """How often was bought in a period, and by whom."""
    names = Purchases.__dataclass_fields__
    parts = [
        select(*(purchase_totals.c[name] for name in names)).where(
            purchase_totals.c.producer_id == producer.id,
            purchase_totals.c.span == span,
            purchase_totals.c.start.in_(starts),
        )
        for span, starts in spans.items()
    ]
    rows = union_all(*parts).subquery()
    sums = select(*(func.coalesce(func.sum(rows.c[name]), 0) for name in names))
    return Purchases(*map(int, (await connection.execute(sums)).one()))


# Put together once: making such a statement takes longer than running it.
@cache
def _best_licenses(*kinds: str) -> Select[Any]:
    """To be run with a producer, a currency, and for each kind of span its starts."""
    rows = union_all(*_of_licenses(kinds)).subquery()
    sold, gross = func.sum(rows.c.sales), func.sum(rows.c.gross)
    return (
        select(rows.c.name, sold.label("sales"), gross.label("gross"))
        .group_by(rows.c.id, rows.c.name)
        .having(sold > 0)
        .order_by(sold.desc(), gross.desc(), rows.c.id)
        .limit(BEST)
    )


def _of_licenses(kinds: tuple[str, ...]) -> Iterator[Select[Any]]:
    for kind in kinds:
        yield (
            select(
                licenses.c.id,
                licenses.c.name,
                list_totals.c.sales,
                (list_totals.c.gross - list_totals.c.tax).label("gross"),
            )
            .join_from(
                licenses,
                list_totals,
                (list_totals.c.producer_id == licenses.c.producer_id)
                & (list_totals.c.track_id == ALL)
                & (list_totals.c.license_id == licenses.c.id),
            )
            .where(
                licenses.c.producer_id == bindparam("producer"),
                list_totals.c.span == kind,
                list_totals.c.start.in_(bindparam(kind, expanding=True)),
                list_totals.c.state.not_in(NOT_SALES),
                list_totals.c.currency == bindparam("currency"),
            )
        )


async def currencies(connection: AsyncConnection, producer: Producer) -> list[str]:
    """Lower-case ISO codes: what is shown first by choice, then by the number of sales."""
    rows = await connection.execute(
        select(totals.c.currency, totals.c.sales).where(
            totals.c.producer_id == producer.id,
            totals.c.span == EVER[0],
            totals.c.start == EVER[1],
            totals.c.track_id == ALL,
        )
    )
    rank = producer.preferences.rank
    return [row.currency for row in sorted(rows, key=lambda row: rank(row.currency, row.sales))]
