"""Days, months and the periods of `/stats`, on the producer's own calendar.

A period begins at local midnight, a week on Monday. Time zones are IANA names; every moment in
and out is an aware UTC datetime. Where a clock change swallows a local time, it stands for the
moment of the change; where one comes twice, for its first coming.
"""

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.ledger.answers import Period


def day_start(day: date, timezone: str) -> datetime:
    """The moment a local day begins."""
    return _moment(day, time(), timezone)


def day_number(moment: datetime, timezone: str) -> int:
    """The local day of a moment as yyyymmdd."""
    day = moment.astimezone(ZoneInfo(timezone))
    return day.year * 10_000 + day.month * 100 + day.day


def month_number(moment: datetime, timezone: str) -> int:
    """The local month of a moment as yyyymm."""
    return day_number(moment, timezone) // 100


def period_range(period: Period, now: datetime, timezone: str) -> tuple[datetime | None, datetime]:
    """From when (None for all time) until `now` the running period goes."""
    first = _first_day(period, now.astimezone(ZoneInfo(timezone)).date())
    return (day_start(first, timezone) if first else None), now


def range_before(period: Period, now: datetime, timezone: str) -> tuple[datetime, datetime] | None:
    """The period before the running one, up to the same point; None for all time.

    The same point is the same local time of the day, the same day of the week, the same day of
    the month, or the same date. Where the period before has no such day (31 March: February) it
    is that month's end.
    """
    local = now.astimezone(ZoneInfo(timezone))
    first = _first_day(period, local.date())
    if first is None:
        return None
    first_before = _first_day(period, first - timedelta(days=1))
    assert first_before is not None
    start, end = day_start(first_before, timezone), day_start(first, timezone)
    # A clock change can push the same point out of its period.
    return start, min(max(start, _same_point(period, local, first_before, timezone)), end)


def _first_day(period: Period, today: date) -> date | None:
    match period:
        case Period.TODAY:
            return today
        case Period.WEEK:
            return today - timedelta(days=today.weekday())
        case Period.MONTH:
            return today.replace(day=1)
        case Period.YEAR:
            return today.replace(month=1, day=1)
        case Period.ALL:
            return None


def _same_point(period: Period, local: datetime, first_before: date, timezone: str) -> datetime:
    if period in (Period.TODAY, Period.WEEK):
        day = first_before + timedelta(days=local.weekday() if period is Period.WEEK else 0)
        return _moment(day, local.time(), timezone)
    month = first_before if period is Period.MONTH else first_before.replace(month=local.month)
    _, days = monthrange(month.year, month.month)
    if local.day > days:
        return day_start(month.replace(day=days) + timedelta(days=1), timezone)
    return _moment(month.replace(day=local.day), local.time(), timezone)


def _moment(day: date, at: time, timezone: str) -> datetime:
    return datetime.combine(day, at, ZoneInfo(timezone)).astimezone(UTC)
