"""A period cut into hours, days, months or years, beside the period before it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from bot.domain.periods import Kind, Span, day_start

DAYS = 62
"""A longer range is cut into months."""
MONTHS = 36
"""What is longer than that is cut into years."""
_HOUR = timedelta(hours=1)


class Grain(StrEnum):
    """What a period is cut into."""

    HOUR = "hour"
    DAY = "day"
    MONTH = "month"
    YEAR = "year"


class Amounts(NamedTuple):
    """What came in: sales, and what they left after fees and refunds, in minor units."""

    sales: int
    net: int


NOTHING = Amounts(0, 0)


class Point(NamedTuple):
    """A piece of a period."""

    day: date
    """Its first one."""
    hour: int
    """At which it begins, for an hour of a day: some days have one twice, some lack one."""
    amounts: Amounts


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """A period's pieces in one currency. The pieces add up to the period's totals."""

    currency: str
    grain: Grain
    points: tuple[Point, ...]
    begun: int
    """How many of them have begun; the rest is still to come."""
    before: tuple[Point, ...]
    """The whole period before, piece for piece; it may have more or fewer. Empty where there is
    none, or none that would stand in line."""


def grain_of(span: Span, since: date | None = None) -> Grain:
    """What a period is cut into. `since`: the day all time begins with."""
    first = span.first or since or span.last
    days = (span.last - first).days + 1
    match span.kind:
        case Kind.ALL:
            return _months_or_years(days)
        case Kind.YEAR:
            return Grain.MONTH
        case Kind.DAY:
            return Grain.HOUR
        case Kind.WEEK | Kind.MONTH:
            return Grain.DAY
        case Kind.RANGE:
            if days == 1:
                return Grain.HOUR
            return Grain.DAY if days <= DAYS else _months_or_years(days)


def _months_or_years(days: int) -> Grain:
    return Grain.MONTH if days <= MONTHS * 30 else Grain.YEAR


def in_line(span: Span, grain: Grain) -> bool:
    """Whether the period before can stand behind this one, piece for piece."""
    fine = grain in (Grain.HOUR, Grain.DAY)
    return span.before is not None and (span.kind is Kind.YEAR or fine)


def _piece_of(day: date, grain: Grain) -> date:
    """The first day of the piece that a day is in."""
    if grain is Grain.YEAR:
        return day.replace(month=1, day=1)
    return day.replace(day=1) if grain is Grain.MONTH else day


def pieces(
    first: date, last: date, grain: Grain, found: Iterable[tuple[date, Amounts]]
) -> list[Point]:
    """Every piece from a day to another, with the sums of what was found in it."""
    sums: dict[date, Amounts] = {}
    for day, amounts in found:
        piece = _piece_of(day, grain)
        sales, net = sums.get(piece, NOTHING)
        sums[piece] = Amounts(sales + amounts.sales, net + amounts.net)
    points = []
    day = _piece_of(first, grain)
    while day <= last:
        points.append(Point(day, 0, sums.get(day, NOTHING)))
        day = _after(day, grain)
    return points


def hours(day: date, timezone: str, found: Mapping[int, Amounts]) -> list[Point]:
    """The hours of a day, by how many have passed since its beginning: 23, 24 or 25."""
    start, end = day_start(day, timezone), day_start(day + timedelta(days=1), timezone)
    count = -(-(end - start) // _HOUR)
    zone = ZoneInfo(timezone)
    return [
        Point(day, (start + _HOUR * i).astimezone(zone).hour, found.get(i, NOTHING))
        for i in range(count)
    ]


def begun(points: Iterable[Point], span: Span, grain: Grain, timezone: str) -> int:
    """How many of a period's pieces have begun at its end, or by now."""
    local = (span.end - timedelta(microseconds=1)).astimezone(ZoneInfo(timezone))
    if grain is Grain.HOUR:
        passed = span.end - day_start(span.last, timezone)
        return min(-(-passed // _HOUR), len(list(points)))
    return sum(point.day <= local.date() for point in points)


def _after(day: date, grain: Grain) -> date:
    if grain is Grain.YEAR:
        return day.replace(year=day.year + 1)
    if grain is Grain.MONTH:
        return (day + timedelta(days=31)).replace(day=1)
    return day + timedelta(days=1)
