"""Days, months and the periods people ask for, on the producer's own calendar.

A period begins at local midnight, a week on Monday. Time zones are IANA names; every moment in
and out is an aware UTC datetime. If a clock change skips a local time, it stands for the
moment of the change; if one occurs twice, for the first.
"""

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

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
    """What `parse_period` reads as this one again: `month`, `2026-09`, `2026-09-01..2026-09-15`."""
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


def parse_period(text: str, now: datetime, timezone: str) -> Span:
    """The period that was typed. Raises BadPeriod, also for one that has not begun.

    `today`, `week`, `month`, `year`, `all`; `yesterday`, `last week`, `last month`, `last year`;
    a year (2025), a month (2026-09), a day (2026-09-14); from one of these to another
    (`2026-09-01..2026-09-15`, `2026-07 to 2026-09`). A period that goes on ends `now`.
    """
    local = now.astimezone(ZoneInfo(timezone))
    typed = " ".join(text[:100].casefold().replace("/", "-").split())
    days = _word(typed, local.date()) or _written(typed) or _from_to(typed)
    if days is None:
        raise BadPeriod(PeriodFault.UNREADABLE)
    if days.first is not None:
        _require_past(days.first, days.last, local.date())
    if days.kind is PeriodKind.RANGE:
        days = days._replace(last=min(days.last, local.date()))
    return _span(days, now, timezone)


def _require_past(first: date, last: date, today: date) -> None:
    if last < first:
        raise BadPeriod(PeriodFault.BACKWARDS)
    if first > today:
        raise BadPeriod(PeriodFault.TO_COME)
    if first < EARLIEST:
        raise BadPeriod(PeriodFault.TOO_EARLY)


def _word(typed: str, today: date) -> _Days | None:
    if typed == "yesterday":
        return _day(today - _DAY)
    if typed.startswith("last "):
        running = _running(typed.removeprefix("last "), today)
        if running is None or running.first is None or running.kind is PeriodKind.DAY:
            return None
        return _around(running.kind, running.first - _DAY)
    return _running(typed.removeprefix("this "), today)


def _running(word: str, today: date) -> _Days | None:
    if word not in list(Period):
        return None
    period = Period(word)
    if period is Period.ALL:
        return _Days(word, PeriodKind.ALL, None, today)
    kind = PeriodKind.DAY if period is Period.TODAY else PeriodKind(word)
    return _around(kind, today)._replace(name=word)


def _around(kind: PeriodKind, day: date) -> _Days:
    """The day, week, month or year that a day is in."""
    if kind is PeriodKind.YEAR:
        return _Days(f"{day:%Y}", kind, day.replace(month=1, day=1), day.replace(month=12, day=31))
    if kind is PeriodKind.MONTH:
        _, length = monthrange(day.year, day.month)
        return _Days(f"{day:%Y-%m}", kind, day.replace(day=1), day.replace(day=length))
    if kind is PeriodKind.WEEK:
        monday = day - _DAY * day.weekday()
        return _range(monday, monday + _DAY * 6)._replace(kind=kind)
    return _day(day)


def _range(first: date, last: date) -> _Days:
    return _Days(f"{first}..{last}", PeriodKind.RANGE, first, last)


def _day(day: date) -> _Days:
    return _Days(day.isoformat(), PeriodKind.DAY, day, day)


_WRITTEN = "[0-9]{4}(?:-[0-9]{1,2}){0,2}"
_FROM_TO = re.compile(rf"({_WRITTEN})(?: ?(?:\.\.+|…|–|—) ?| (?:to|until|-) | )({_WRITTEN})")


def _written(typed: str) -> _Days | None:
    """A year, a month or a day."""
    if re.fullmatch(_WRITTEN, typed) is None:
        return None
    parts = [int(part) for part in typed.split("-")]
    year, month, day = [*parts, 1, 1][:3]
    try:
        named = date(year, month, day)
    except ValueError:
        return None
    return _around((PeriodKind.YEAR, PeriodKind.MONTH, PeriodKind.DAY)[len(parts) - 1], named)


def _from_to(typed: str) -> _Days | None:
    match = _FROM_TO.fullmatch(typed)
    since, until = (_written(match[1]), _written(match[2])) if match else (None, None)
    if since is None or until is None or since.first is None:
        return None
    return _range(since.first, until.last)


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
