"""The pieces of a period and of the one before it, in one currency."""

from datetime import date, timedelta

from sqlalchemy import BigInteger, case, func, select, type_coerce
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.period import Span, day_of, day_start, number_of
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
from bot.store.tables import day_totals, entries

_HOUR = 3600


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
        select(piece, func.sum(day_totals.c.sales), func.sum(day_totals.c.net))
        .where(
            day_totals.c.producer_id == producer.id,
            day_totals.c.currency == currency,
            day_totals.c.day.between(number_of(first), number_of(last)),
        )
        .group_by(piece)
    )
    amounts = ((day_of(day), Amounts(int(sales), int(net))) for day, sales, net in rows)
    return pieces(first, last, grain, amounts)


async def _hours(
    connection: AsyncConnection, producer: Producer, currency: str, day: date
) -> dict[int, Amounts]:
    """By how many hours of the day had passed."""
    start = day_start(day, producer.timezone)
    seconds = type_coerce(entries.c.at, BigInteger) - int(start.timestamp())
    hour = (seconds // _HOUR).label("hour")
    sold = func.sum(case((entries.c.kind == "sale", 1), else_=0))
    rows = await connection.execute(
        select(hour, sold, func.sum(entries.c.net))
        .where(
            entries.c.producer_id == producer.id,
            entries.c.at >= start,
            entries.c.at < day_start(day + timedelta(days=1), producer.timezone),
            entries.c.currency == currency,
        )
        .group_by(hour)
    )
    return {hour: Amounts(int(sales), int(net)) for hour, sales, net in rows}
