"""Days, months and the periods people ask for, on the producer's own calendar.

A period begins at local midnight, a week on Monday. Time zones are IANA names; every moment in
and out is an aware UTC datetime. If a clock change skips a local time, it stands for the
moment of the change; if one occurs twice, for the first.
"""

from calendar import monthrange
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from bot.domain.period_vocabulary import (
    DatePart,
    PeriodToken,
    PeriodWord,
    Weekday,
    period_tokens,
)

Clock: TypeAlias = Callable[[], datetime]
"""Answers with the present moment as an aware UTC datetime."""


EARLIEST = date(2000, 1, 1)
"""Stripe did not exist before."""
_DAY = timedelta(days=1)


class Period(StrEnum):
    """A running period, by the word for it."""

    TODAY = "today"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"
    ALL = "all"


class PeriodKind(StrEnum):
    """What a period is on the calendar."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    RANGE = "range"
    """From a day to a day."""
    ALL = "all"


class PeriodBefore(NamedTuple):
    """The period before another one: its days, and how much of it is compared."""

    name: str
    """As `Span.name`."""
    first: date
    last: date
    start: datetime
    end: datetime
    """Its end; while the other one goes on, the same point in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A period, as it stands at a moment."""

    name: str
    """What `parse_period` reads as this one again: `month`, `30d`, `2026-09`, `2026-q3`,
    `2026-09-01..2026-09-15`, `2026-09-01..` (until now)."""
    kind: PeriodKind
    first: date | None
    """Its first day; None for all time."""
    last: date
    """Its last day, which may be still to come. A range and all time end today at the latest."""
    start: datetime | None
    end: datetime
    """Before which it ends: the present, while it goes on."""
    going_on: bool
    before: PeriodBefore | None
    """None for all time."""


class PeriodFault(StrEnum):
    """What is wrong with a period as typed."""

    UNREADABLE = "unreadable"
    TO_COME = "to_come"
    TOO_EARLY = "too_early"
    BACKWARDS = "backwards"
    """It ends before it begins."""


class BadPeriod(ValueError):
    """What was typed is no period in the past."""

    def __init__(self, why: PeriodFault) -> None:
        super().__init__(why.value)
        self.why = why


class _Days(NamedTuple):
    """A period by its days."""

    name: str
    kind: PeriodKind
    first: date | None
    last: date


def day_start(day: date, timezone: str) -> datetime:
    """The moment a local day begins."""
    return _moment(day, time(), timezone)


def day_number(moment: datetime, timezone: str) -> int:
    """The local day of a moment as yyyymmdd."""
    return number_of(moment.astimezone(ZoneInfo(timezone)))


def number_of(day: date) -> int:
    """A day as yyyymmdd."""
    return day.year * 10_000 + day.month * 100 + day.day


def day_of(number: int) -> date:
    """The day that `number_of` writes so."""
    return date(number // 10_000, number // 100 % 100, number % 100)


def parse_period(text: str, now: datetime, timezone: str, *, day_first: bool = False) -> Span:
    """The period that was typed. Raises BadPeriod, also for one that has not begun.

    Days, months, quarters and years as people write them, in English and Spanish: `today`,
    `last week`, `last 30 days`, `october`, `Q3`, `2025`, `Oct 3`, `monday`; from one of these to
    another (`2026-09-01..2026-09-15`, `march to june`), or until now (`since march`). Without a
    year it is the latest that has begun. A period that goes on ends `now`.

    `day_first`: whether 9/1 is the 9th of January.
    """
    today = now.astimezone(ZoneInfo(timezone)).date()
    tokens = period_tokens(text, day_first=day_first)
    try:
        days = _days_meant(tokens, today) if tokens else None
    except (ValueError, OverflowError):  # no such day
        days = None
    if days is None:
        raise BadPeriod(PeriodFault.UNREADABLE)
    if days.first is not None:
        _require_past(days.first, days.last, today)
    if days.kind is PeriodKind.RANGE:
        days = days._replace(last=min(days.last, today))
    return _span(days, now, timezone)


def _require_past(first: date, last: date, today: date) -> None:
    if last < first:
        raise BadPeriod(PeriodFault.BACKWARDS)
    if first > today:
        raise BadPeriod(PeriodFault.TO_COME)
    if first < EARLIEST:
        raise BadPeriod(PeriodFault.TOO_EARLY)


def _days_meant(tokens: list[PeriodToken], today: date) -> _Days | None:
    since = tokens[0] is PeriodWord.SINCE
    if since:
        tokens = tokens[1:]
    if PeriodWord.TO in tokens:
        middle = tokens.index(PeriodWord.TO)
        first, last = tokens[:middle], tokens[middle + 1 :]
        return _from_to(first, last, today) if last else _since(first, today)
    if len(tokens) == 2 and all(isinstance(one, DatePart) and one.month for one in tokens):
        return _from_to(tokens[:1], tokens[1:], today)
    return _since(tokens, today) if since else _one(tokens, today)


def _since(tokens: Sequence[PeriodToken], today: date) -> _Days | None:
    """From the first day of a period until now."""
    days = _one(tokens, today)
    if days is None or days.first is None:
        return days
    return _range(days.first, max(today, days.first))._replace(name=f"{days.first}..")


def _from_to(
    first: Sequence[PeriodToken], last: Sequence[PeriodToken], today: date
) -> _Days | None:
    since, until = _date_part(first), _date_part(last)
    if since is not None and until is not None:
        return _from_date_to_date(since, until, today)
    begin, end = _one(first, today), _one(last, today)
    if begin is None or begin.first is None or end is None:
        return None
    start = begin.first
    if end.last is not None and start > end.last and isinstance(first[0], Weekday):
        start -= timedelta(days=7)
    return _range(start, end.last)


def _from_date_to_date(since: DatePart, until: DatePart, today: date) -> _Days | None:
    """What one date leaves out, the other says: `Sep 1 - 15, 2026`, `nov to feb 2026`."""
    if until.month is None and until.day is not None:
        until = until._replace(month=since.month)
    if since.month is None and since.day is not None:
        since = since._replace(month=until.month)
    one_year = (since.month or 0, since.quarter or 0) <= (until.month or 0, until.quarter or 0)
    if since.year is None and until.year is not None:
        since = since._replace(year=until.year if one_year else until.year - 1)
    begin = _dated(since, today)
    if begin is None or begin.first is None:
        return None
    if until.year is None:
        until = until._replace(year=begin.first.year if one_year else begin.first.year + 1)
    end = _dated(until, today)
    return None if end is None else _range(begin.first, end.last)


def _one(tokens: Sequence[PeriodToken], today: date) -> _Days | None:
    """A period that is not written as one from a day to a day."""
    said = [token for token in tokens if token is not PeriodWord.THIS]
    last = PeriodWord.LAST in said
    rest = [token for token in said if token is not PeriodWord.LAST]
    match rest:
        case [PeriodWord.TODAY | PeriodWord.ALL as word] if not last:
            return _running(Period(word.value), today)
        case [PeriodWord.YESTERDAY] if not last:
            return _day(today - _DAY)
        case [PeriodWord.WEEK | PeriodWord.MONTH | PeriodWord.QUARTER | PeriodWord.YEAR as word]:
            running = _around(PeriodKind(word.value), today)
            assert running.first is not None
            if last:
                return _around(running.kind, running.first - _DAY)
            return running if word is PeriodWord.QUARTER else running._replace(name=word.value)
        case [PeriodWord.AGO, int(count), PeriodWord() as unit] | [
            int(count),
            PeriodWord() as unit,
            PeriodWord.AGO,
        ] if not last:
            day = _back(today, count, unit)
            return None if day is None else _day(day)
        case [int(count), PeriodWord() as unit]:
            return _latest(count, unit, today)
        case [Weekday(number)]:
            day = today - _DAY * ((today.weekday() - number) % 7)
            return _day(day - _DAY * 7 if last and day == today else day)
    part = _date_part(rest)
    return None if part is None else _dated(part, today, over=last)


def _running(period: Period, today: date) -> _Days:
    if period is Period.ALL:
        return _Days(period.value, PeriodKind.ALL, None, today)
    return _around(PeriodKind.DAY, today)._replace(name=period.value)


_UNITS = {
    PeriodWord.DAY: ("d", 1),
    PeriodWord.WEEK: ("d", 7),
    PeriodWord.MONTH: ("m", 1),
    PeriodWord.QUARTER: ("m", 3),
    PeriodWord.YEAR: ("m", 12),
}


def _latest(count: int, unit: PeriodWord, today: date) -> _Days | None:
    """The last so many days, of which today is one; months end on today's day of the month."""
    first = _back(today + _DAY, count, unit)
    if first is None or not count:
        return None
    letter, each = _UNITS[unit]
    return _range(first, today)._replace(name=f"{count * each}{letter}")


def _back(today: date, count: int, unit: PeriodWord) -> date | None:
    """The day so long ago; a month that lacks its day has its last one instead."""
    if unit not in _UNITS:
        return None
    letter, each = _UNITS[unit]
    if letter == "d":
        return today - _DAY * (count * each)
    months = today.year * 12 + today.month - 1 - count * each
    year, month = months // 12, months % 12 + 1
    return date(year, month, min(today.day, monthrange(year, month)[1]))


def _date_part(tokens: Sequence[PeriodToken]) -> DatePart | None:
    """A date of which each part is written once; its day of the week says nothing more."""
    part = DatePart()
    for token in tokens:
        if isinstance(token, Weekday):
            continue
        if token is PeriodWord.QUARTER and part.day is not None:
            part = DatePart(part.year, part.month, None, part.day)
            continue
        more = _as_date_part(token)
        if more is None or any(
            a is not None and b is not None for a, b in zip(part, more, strict=True)
        ):
            return None
        part = DatePart(*(b if a is None else a for a, b in zip(part, more, strict=True)))
    return None if part == DatePart() else part


def _as_date_part(token: PeriodToken) -> DatePart | None:
    if isinstance(token, int):
        return DatePart(day=token)
    if token is PeriodWord.AGO:
        return DatePart(month=8)
    return token if isinstance(token, DatePart) else None


def _dated(part: DatePart, today: date, *, over: bool = False) -> _Days | None:
    """The days of a date; without a year, of the latest that has begun or, if so said, is over."""
    if part.year is not None:
        return _written(part)
    for back in range(10):  # February 29 is in every fourth or eighth year
        try:
            days = _written(part._replace(year=today.year - back))
        except ValueError:
            continue
        if days is None or days.first is None:
            return None
        if (days.last if over else days.first - _DAY) < today:
            return days
    return None


def _written(part: DatePart) -> _Days | None:
    year, month, day, quarter = part
    assert year is not None
    match month, day, quarter:
        case None, None, None:
            return _around(PeriodKind.YEAR, date(year, 1, 1))
        case None, None, int(quarter) if quarter <= 4:
            return _around(PeriodKind.QUARTER, date(year, quarter * 3, 1))
        case int(month), None, None:
            return _around(PeriodKind.MONTH, date(year, month, 1))
        case int(month), int(day), None:
            return _day(date(year, month, day))
    return None


def _around(kind: PeriodKind, day: date) -> _Days:
    """The day, week, month, quarter or year that a day is in."""
    if kind is PeriodKind.YEAR:
        return _Days(f"{day:%Y}", kind, day.replace(month=1, day=1), day.replace(month=12, day=31))
    if kind is PeriodKind.QUARTER:
        quarter = (day.month + 2) // 3
        last = day.replace(month=quarter * 3, day=monthrange(day.year, quarter * 3)[1])
        name = f"{day:%Y}-q{quarter}"
        return _Days(name, kind, day.replace(month=quarter * 3 - 2, day=1), last)
    if kind is PeriodKind.MONTH:
        _, length = monthrange(day.year, day.month)
        return _Days(f"{day:%Y-%m}", kind, day.replace(day=1), day.replace(day=length))
    if kind is PeriodKind.WEEK:
        monday = day - _DAY * day.weekday()
        return _range(monday, monday + _DAY * 6)
    return _day(day)


def _range(first: date, last: date) -> _Days:
    week = first.weekday() == 0 and last - first == _DAY * 6
    kind = PeriodKind.WEEK if week else PeriodKind.RANGE
    return _Days(f"{first}..{last}", kind, first, last)


def _day(day: date) -> _Days:
    return _Days(day.isoformat(), PeriodKind.DAY, day, day)


def _span(days: _Days, now: datetime, timezone: str) -> Span:
    local = now.astimezone(ZoneInfo(timezone))
    going_on = days.last >= local.date()
    return Span(
        name=days.name,
        kind=days.kind,
        first=days.first,
        last=days.last,
        start=None if days.first is None else day_start(days.first, timezone),
        end=now if going_on else day_start(days.last + _DAY, timezone),
        going_on=going_on,
        before=_before(days, local, going_on, timezone),
    )


def _before(days: _Days, local: datetime, going_on: bool, timezone: str) -> PeriodBefore | None:
    """The period before, up to the same point while the one asked for goes on.

    The same point is the same local time of the day, the same day of the week, the same day of
    the month, or the same date. Where the period before has no such day (31 March: February) it
    is that month's end. The period before a range has as many days as the range.
    """
    if days.first is None:
        return None
    last = days.first - _DAY
    length = days.last - days.first
    name, _, first, _ = (
        _range(last - length, last) if days.kind is PeriodKind.RANGE else _around(days.kind, last)
    )
    assert first is not None
    start, end = day_start(first, timezone), day_start(days.first, timezone)
    if going_on:
        # A clock change can push the same point out of its period.
        end = min(max(start, _same_point(days, local, first, timezone)), end)
    return PeriodBefore(name, first, last, start, end)


def _same_point(days: _Days, local: datetime, first_before: date, timezone: str) -> datetime:
    if days.kind not in (PeriodKind.MONTH, PeriodKind.YEAR):
        assert days.first is not None
        return _moment(first_before + (local.date() - days.first), local.time(), timezone)
    month = first_before
    if days.kind is PeriodKind.YEAR:
        month = first_before.replace(month=local.month)
    _, length = monthrange(month.year, month.month)
    if local.day > length:
        return day_start(month.replace(day=length) + _DAY, timezone)
    return _moment(month.replace(day=local.day), local.time(), timezone)


def _moment(day: date, at: time, timezone: str) -> datetime:
    return datetime.combine(day, at, ZoneInfo(timezone)).astimezone(UTC)
