"""The pieces of a period and of the one before it, in one currency, out of the kept sums."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    case,
    func,
    literal,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.period import Span, day_of, day_start
from bot.domain.sale import Producer
from bot.domain.totals import (
    Amounts,
    Grain,
    Point,
    Series,
    begun,
    grain_of,
    hours,
    in_line,
    pieces,
)
from bot.store.books.booking import ALL
from bot.store.queries.spans import Spans, each_day, whole
from bot.store.tables import entries, totals

_HOUR = 3600
_NOW, _BEFORE = 0, 1


class _Wanted(NamedTuple):
    """The days of a period, or of the one before."""

    part: int
    first: date
    last: date


async def series(
    connection: AsyncConnection, producer: Producer, span: Span, currency: str
) -> Series:
    """The pieces that a chart shows. They add up to the totals of the same period."""
    since = span.first or await _first_month(connection, producer) or span.last
    grain = grain_of(span, since)
    wanted = [_Wanted(_NOW, since, span.last)]
    if span.before is not None and in_line(span, grain):
        wanted.append(_Wanted(_BEFORE, span.before.first, span.before.last))
    query = _hours if grain is Grain.HOUR else _pieces
    found = await query(connection, producer, currency, wanted, grain)
    return Series(
        currency=currency,
        grain=grain,
        points=tuple(found[_NOW]),
        begun=begun(found[_NOW], span, grain, producer.timezone),
        before=tuple(found.get(_BEFORE, ())),
    )


async def _first_month(connection: AsyncConnection, producer: Producer) -> date | None:
    first = await connection.scalar(
        select(func.min(totals.c.start)).where(
            totals.c.producer_id == producer.id, totals.c.span == "month"
        )
    )
    return day_of(first) if first else None


async def _pieces(
    connection: AsyncConnection,
    producer: Producer,
    currency: str,
    wanted: Iterable[_Wanted],
    grain: Grain,
) -> dict[int, list[Point]]:
    selects = [
        _rows(producer, currency, one.part, span, starts)
        for one in wanted
        for span, starts in _spans(one, grain).items()
    ]
    rows = (await connection.execute(union_all(*selects))).all()
    return {
        one.part: pieces(
            one.first,
            one.last,
            grain,
            (
                (day_of(row.start), Amounts(row.sales, row.net))
                for row in rows
                if row.part == one.part
            ),
        )
        for one in wanted
    }


def _spans(one: _Wanted, grain: Grain) -> Spans:
    if grain is Grain.DAY:
        return each_day(one.first, one.last)
    return whole(one.first, one.last + timedelta(days=1))


def _rows(
    producer: Producer, currency: str, part: int, span: str, starts: list[int]
) -> Select[Any]:
    return select(literal(part).label("part"), totals.c.start, totals.c.sales, totals.c.net).where(
        totals.c.producer_id == producer.id,
        totals.c.span == span,
        totals.c.start.in_(starts),
        totals.c.track_id == ALL,
        totals.c.currency == currency,
    )


async def _hours(
    connection: AsyncConnection,
    producer: Producer,
    currency: str,
    wanted: Iterable[_Wanted],
    _: Grain,
) -> dict[int, list[Point]]:
    selects = [_of_day(producer, currency, one) for one in wanted]
    rows = (await connection.execute(union_all(*selects))).all()
    found: dict[int, dict[int, Amounts]] = {one.part: {} for one in wanted}
    for row in rows:
        found[row.part][row.hour] = Amounts(int(row.sales), int(row.net))
    return {one.part: hours(one.first, producer.timezone, found[one.part]) for one in wanted}


def _of_day(producer: Producer, currency: str, one: _Wanted) -> Select[Any]:
    """No sums are kept of hours: they are made of the day's entries."""
    start = day_start(one.first, producer.timezone)
    end = day_start(one.first + timedelta(days=1), producer.timezone)
    seconds = type_coerce(entries.c.at, BigInteger) - int(start.timestamp())
    hour = (seconds // _HOUR).label("hour")
    columns: tuple[ColumnElement[Any], ...] = (
        literal(one.part).label("part"),
        hour,
        func.sum(case((entries.c.kind == "sale", 1), else_=0)).label("sales"),
        func.sum(entries.c.net).label("net"),
    )
    return (
        select(*columns)
        .where(
            entries.c.producer_id == producer.id,
            entries.c.at >= start,
            entries.c.at < end,
            entries.c.currency == currency,
        )
        .group_by(hour)
    )
