"""The figures of a period, out of the totals kept ready."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    case,
    func,
    literal_column,
    select,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.ledger.answers import CurrencyTotals, Statistics
from bot.ledger.periods import Before, Span, day_start
from bot.ledger.records import Producer
from bot.store.best_tracks import Spans, best_tracks
from bot.store.booking import ALL, EVER
from bot.store.tables import entries, totals

_AMOUNTS = tuple(column.name for column in totals.c if not column.primary_key)
_REFUNDS = ("refund", "refund_reversal")


async def statistics(connection: AsyncConnection, producer: Producer, span: Span) -> Statistics:
    """A period, set against the one before it (while it goes on, at the same point); best tracks.

    A refund or a dispute counts on the day it moved money, not on the day of its sale.
    """
    spans = rows_of(span)
    parts = _ready(producer, "now", spans)
    if span.before is not None:
        parts += _up_to(producer, "before", span.before)
    rows = (await connection.execute(union_all(*parts))).all()
    running = _totals(row for row in rows if row.part == "now")
    by_count, by_revenue = await best_tracks(connection, producer, spans, running)
    return Statistics(
        span=span,
        totals=running,
        before=_totals(row for row in rows if row.part == "before"),
        by_count=by_count,
        by_revenue=by_revenue,
    )


def rows_of(span: Span) -> Spans:
    """The rows of a period. Those of days to come hold nothing yet."""
    if span.first is None:
        return {EVER[0]: [EVER[1]]}
    return _whole(span.first, span.last + timedelta(days=1))


def _whole(first: date, end: date) -> Spans:
    """The rows that hold the days from `first` until before `end`: months where they are whole."""
    spans: Spans = defaultdict(list)
    while first < end:
        month = _next_month(first)
        whole = first.day == 1 and month <= end
        spans["month" if whole else "day"].append(_number(first))
        first = month if whole else first + timedelta(days=1)
    return spans


def _up_to(producer: Producer, part: str, before: Before) -> list[Select[Any]]:
    """Whole days by their rows, and what had come of the last day by its entries."""
    last = _local(before.end, producer.timezone)
    midnight = day_start(last, producer.timezone)
    parts = _ready(producer, part, _whole(before.first, last))
    if midnight < before.end:
        parts.append(_from_entries(producer, part, midnight, before.end))
    return parts


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

# The same sums as `bot.store.booking` makes, of the entries themselves.
_ENTRY_AMOUNTS: dict[str, ColumnElement[int]] = {
    "sales": _of_kind(1, "sale"),
    "gross": _of_kind(entries.c.gross, "sale"),
    "stripe_fee": func.sum(entries.c.stripe_fee),
    "fee_tax": func.sum(entries.c.fee_tax),
    "platform_fee": func.sum(entries.c.platform_fee),
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
