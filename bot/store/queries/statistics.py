"""The figures of a period, out of the totals kept ready."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
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

from bot.domain.answers import CurrencyTotals, Statistics
from bot.domain.periods import Before, Span, day_start
from bot.domain.projection import projected
from bot.domain.records import Producer
from bot.store.books.booking import ALL
from bot.store.queries.best_tracks import best_tracks
from bot.store.queries.series import series
from bot.store.queries.sold_by_license import best_licenses, purchases
from bot.store.queries.spans import Spans, rows_of, whole
from bot.store.queues import problems
from bot.store.tables import entries, totals

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
        unreadable=await problems.hiding_fees_now(connection, producer.id),
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


def _up_to(producer: Producer, part: str, before: Before) -> list[Select[Any]]:
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
