"""What a period comes to: its totals, its pieces next to the period before, its projection.

Money is in minor units of its currency; times are aware UTC datetimes, days are the producer's own.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from bot.domain.money import Money
from bot.domain.period import PeriodKind, Span, day_start

MOST_DAYS = 62
"""A longer range is cut into months."""
MOST_MONTHS = 36
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
    """The whole period before, piece for piece; it may have more or fewer. Empty if there is
    none, or none that would stand in line."""


def grain_of(span: Span, since: date | None = None) -> Grain:
    """What a period is cut into. `since`: the day all time begins with."""
    first = span.first or since or span.last
    days = (span.last - first).days + 1
    match span.kind:
        case PeriodKind.ALL:
            return _months_or_years(days)
        case PeriodKind.YEAR:
            return Grain.MONTH
        case PeriodKind.DAY:
            return Grain.HOUR
        case PeriodKind.WEEK | PeriodKind.MONTH:
            return Grain.DAY
        case PeriodKind.QUARTER | PeriodKind.RANGE:
            if days == 1:
                return Grain.HOUR
            return Grain.DAY if days <= MOST_DAYS else _months_or_years(days)


def _months_or_years(days: int) -> Grain:
    return Grain.MONTH if days <= MOST_MONTHS * 30 else Grain.YEAR


def in_line(span: Span, grain: Grain) -> bool:
    """Whether the period before can stand behind this one, piece for piece."""
    fine = grain in (Grain.HOUR, Grain.DAY)
    return span.before is not None and (fine or span.kind in (PeriodKind.QUARTER, PeriodKind.YEAR))


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


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrencyTotals:
    """The books of a period in one settlement currency, in minor units."""

    currency: str
    sales: int = 0
    gross: int = 0
    tax: int = 0
    """What of `gross` is tax that buyers paid: the seller owes it to the state."""
    returned_tax: int = 0
    """What refunds and disputes gave back of tax, positive."""
    stripe_fee: int = 0
    fee_tax: int = 0
    platform_fee: int = 0
    withheld_tax: int = 0
    """Tax kept from the seller."""
    refunds: int = 0
    """How many."""
    refunded: int = 0
    """What they took, positive."""
    disputed: int = 0
    """What disputes took and have not given back, positive (their fee is in stripe_fee)."""
    net: int = 0
    """gross − tax − fees − refunded − disputed + returned_tax."""
    unsettled: int = 0
    """Sales whose fees are not known yet: their net is still before fees."""

    @property
    def fees(self) -> int:
        """All that was kept: Stripe's, the tax on it, the platform's, and withheld tax."""
        return self.stripe_fee + self.fee_tax + self.platform_fee + self.withheld_tax

    @property
    def no_fee_known(self) -> bool:
        """Whether every sale still counts before its fees."""
        return 0 < self.sales == self.unsettled and not self.fees


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackTotals:
    """What one track brought in a period, in minor units of one currency."""

    track: str
    currency: str
    sales: int
    gross: int
    net: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenseTotals:
    """What the licenses of one name brought in a period, in minor units of one currency."""

    license: str
    currency: str
    sales: int
    gross: int
    """What they were sold for without tax, before fees and refunds."""


@dataclass(frozen=True, slots=True)
class Purchases:
    """How often buyers bought. A buyer without an email counts as a new one each time."""

    purchases: int
    """Payments, whatever was in them."""
    new_buyers: int
    """Buyers whose first purchase it was."""
    repeat_buyers: int
    """Buyers whose second purchase it was."""

    @property
    def returning(self) -> int:
        """Purchases by buyers who had bought before."""
        return self.purchases - self.new_buyers


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """All that `/stats` says of a period."""

    span: Span
    currency: str | None
    """The one shown first and drawn; None when nothing moved, now or before."""
    totals: tuple[CurrencyTotals, ...]
    """The currency shown first, then most sales first; empty when nothing moved."""
    before: tuple[CurrencyTotals, ...]
    """The period before it, while this one goes on up to the same point; empty for all time."""
    by_count: tuple[TrackTotals, ...]
    """Best five, one row a track: `sales` in whatever currency, its money in its main one."""
    by_revenue: tuple[TrackTotals, ...]
    """Best five by net, of the currency shown first."""
    licenses: tuple[LicenseTotals, ...] = ()
    """Best five by count, of the currency shown first."""
    purchases: Purchases = Purchases(0, 0, 0)
    series: Series | None = None
    """Of the currency shown first."""
    projected: Money | None = None
    """What will be left at the month's end, roughly; None if it would mislead."""
    unreadable: str = ""
    """The permission for lack of which Stripe does not tell the key any fees; empty if it does."""


ENOUGH_DAYS = 7
"""Of fewer one cannot conclude: a week has its own shape."""
ENOUGH_SALES = 10
FEW_UNSETTLED = 10
"""Of so many sales one may still count before its fees."""
LARGEST_DAY = 2
"""One day that brought more than this part (a half) says nothing of the other days."""
_SECOND = timedelta(seconds=1)
_DIGITS = 2
"""That can be honest."""


def projected(span: Span, totals: CurrencyTotals, series: Series, timezone: str) -> Money | None:
    """What will be left at the end of the running month, roughly; None if it would mislead."""
    if span.kind is not PeriodKind.MONTH or not span.going_on or span.start is None:
        return None
    if not _enough_to_project(totals, series):
        return None
    end = day_start(span.last + timedelta(days=1), timezone)
    passed, whole = span.end - span.start, end - span.start
    if passed < timedelta(days=ENOUGH_DAYS) or end - span.end < timedelta(days=1):
        return None
    # In plain seconds: a timedelta cannot hold what all that money times a month comes to.
    net = totals.net * (whole // _SECOND) // (passed // _SECOND)
    step = 10 ** max(len(str(net)) - _DIGITS, 0)
    return Money((net + step // 2) // step * step, totals.currency)


def _enough_to_project(totals: CurrencyTotals, series: Series) -> bool:
    largest = max((point.amounts.net for point in series.points), default=0)
    return (
        totals.sales >= ENOUGH_SALES
        and totals.unsettled * FEW_UNSETTLED <= totals.sales
        and 0 < largest * LARGEST_DAY <= totals.net
    )
