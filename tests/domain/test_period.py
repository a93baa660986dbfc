from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.period import (
    BadPeriod,
    Period,
    PeriodFault,
    PeriodKind,
    day_number,
    day_start,
    parse_period,
)
from bot.domain.period_vocabulary import corrected_period

NEW_YORK = "America/New_York"
# In Santiago the clock changes at midnight.
ZONES = """
    UTC America/New_York Europe/Berlin Asia/Kolkata Asia/Kathmandu Australia/Lord_Howe Pacific/Apia
    America/Santiago America/Havana Asia/Beirut
""".split()
WORDS = """
    today yesterday last this since to ago y a 3 30 1 2025 oct week days d month q3 t1 2026-09 ..
    monday 3rd quarter 9/1 all
""".split()
zones = st.sampled_from(ZONES)
moments = st.datetimes(
    datetime(2012, 1, 2),  # noqa: DTZ001 - the strategy adds the zone
    datetime(2035, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
bounded = st.sampled_from([period for period in Period if period is not Period.ALL])


def local(text: str, zone: str = NEW_YORK) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


@given(bounded, moments, zones)
def test_period_follows_the_one_before_it(period: Period, now: datetime, zone: str) -> None:
    span = parse_period(period, now, zone)
    before = span.before
    assert span.start is not None
    assert span.start <= now == span.end
    assert before.start <= before.end <= span.start
    assert before.start < span.start


@given(bounded, moments, zones)
def test_a_period_begins_with_a_day(period: Period, now: datetime, zone: str) -> None:
    start = parse_period(period, now, zone).start
    assert start is not None
    second = timedelta(seconds=1)
    assert day_number(start - second, zone) < day_number(start, zone)


@given(moments, st.sampled_from(["UTC", "America/New_York", "Europe/Berlin", "Asia/Kolkata"]))
def test_month_at_its_very_start_is_compared_with_nothing(now: datetime, zone: str) -> None:
    start = parse_period("month", now, zone).start
    assert start is not None
    before = parse_period("month", start, zone).before
    assert before.start == before.end


@given(moments, zones)
def test_days_begin_where_their_number_changes(moment: datetime, zone: str) -> None:
    day = moment.astimezone(ZoneInfo(zone)).date()
    start, end = day_start(day, zone), day_start(day + timedelta(days=1), zone)
    assert start <= moment < end
    assert day_number(moment, zone) == int(f"{day:%Y%m%d}")


NOW = local("2026-10-15T18:30")


@pytest.mark.parametrize(
    ("period", "now", "start", "before", "until"),
    [
        ("today", "2026-10-15T18:30", "2026-10-15", "2026-10-14", "2026-10-14T18:30"),
        # A Thursday.
        ("week", "2026-10-15T18:30", "2026-10-12", "2026-10-05", "2026-10-08T18:30"),
        ("month", "2026-10-15T18:30", "2026-10-01", "2026-09-01", "2026-09-15T18:30"),
        ("year", "2026-10-15T18:30", "2026-01-01", "2025-01-01", "2025-10-15T18:30"),
        # February has no 31st, and the year before no 29 February: all of that month.
        ("month", "2026-03-31T10:00", "2026-03-01", "2026-02-01", "2026-03-01"),
        ("year", "2024-02-29T10:00", "2024-01-01", "2023-01-01", "2023-03-01"),
        # Across the change to summer time, and in the hour that the day before did not have.
        ("today", "2026-03-09T18:30", "2026-03-09", "2026-03-08", "2026-03-08T18:30"),
        ("today", "2026-03-09T02:30", "2026-03-09", "2026-03-08", "2026-03-08T03:30"),
        # In the local evening, when it is the next day in UTC.
        ("today", "2026-10-15T23:59", "2026-10-15", "2026-10-14", "2026-10-14T23:59"),
    ],
)
def test_periods_are_compared_at_the_same_point(
    period: str, now: str, start: str, before: str, until: str
) -> None:
    span = parse_period(period, local(now), NEW_YORK)
    assert (span.start, span.end, span.going_on) == (local(start), local(now), True)
    assert (span.before.start, span.before.end) == (local(before), local(until))


def test_all_time_has_no_beginning_and_nothing_before_it() -> None:
    span = parse_period("all", NOW, NEW_YORK)
    assert (span.start, span.end, span.first, span.before) == (None, NOW, None, None)


@pytest.mark.parametrize(
    ("typed", "days", "before"),
    [
        ("2026-09", "2026-09-01..2026-09-30", "2026-08-01..2026-08-31"),
        (" 2026/9 ", "2026-09-01..2026-09-30", "2026-08-01..2026-08-31"),
        ("2024-02", "2024-02-01..2024-02-29", "2024-01-01..2024-01-31"),
        ("2025", "2025-01-01..2025-12-31", "2024-01-01..2024-12-31"),
        ("2026-09-14", "2026-09-14..2026-09-14", "2026-09-13..2026-09-13"),
        ("2026-09-01..2026-09-15", "2026-09-01..2026-09-15", "2026-08-17..2026-08-31"),
        ("2026-09-01 2026-09-15", "2026-09-01..2026-09-15", "2026-08-17..2026-08-31"),
        ("2026-9-1 TO 2026-9-15", "2026-09-01..2026-09-15", "2026-08-17..2026-08-31"),
        ("2026-09-01 - 2026-09-15", "2026-09-01..2026-09-15", "2026-08-17..2026-08-31"),
        ("2026-07..2026-09", "2026-07-01..2026-09-30", "2026-03-31..2026-06-30"),
        ("yesterday", "2026-10-14..2026-10-14", "2026-10-13..2026-10-13"),
        ("last week", "2026-10-05..2026-10-11", "2026-09-28..2026-10-04"),
        ("Last Month", "2026-09-01..2026-09-30", "2026-08-01..2026-08-31"),
        ("last year", "2025-01-01..2025-12-31", "2024-01-01..2024-12-31"),
    ],
)
def test_finished_period_is_compared_with_a_whole_one(typed: str, days: str, before: str) -> None:
    span = parse_period(typed, NOW, NEW_YORK)
    assert f"{span.first}..{span.last}" == days
    assert f"{span.before.first}..{span.before.last}" == before
    assert not span.going_on
    named = parse_period(span.before.name, NOW, NEW_YORK)
    assert (named.first, named.last) == (span.before.first, span.before.last)
    assert span.end == day_start(span.last + timedelta(days=1), NEW_YORK)
    assert span.before.end == span.start


def test_a_named_month_that_goes_on_is_this_month() -> None:
    named, running = (parse_period(typed, NOW, NEW_YORK) for typed in ("2026-10", "month"))
    assert (named.kind, named.before, named.end) == (running.kind, running.before, NOW)


def test_a_range_into_the_future_ends_today_and_is_compared_at_the_same_time_of_the_day() -> None:
    span = parse_period("2026-10-06..2026-12-31", NOW, NEW_YORK)
    assert (span.name, span.kind) == ("2026-10-06..2026-12-31", PeriodKind.RANGE)
    assert (span.last, span.end) == (date(2026, 10, 15), NOW)
    assert span.before.first == date(2026, 9, 26)
    assert span.before.end == local("2026-10-05T18:30")


@given(st.sampled_from(["month", "2026-09", "2025", "2026-09-14", "last week", "2025..2026-03"]))
def test_the_name_of_a_period_is_read_as_that_period(typed: str) -> None:
    span = parse_period(typed, NOW, NEW_YORK)
    again = parse_period(span.name, NOW, NEW_YORK)
    assert (again.name, again.first, again.end) == (span.name, span.first, span.end)
    assert again.before == span.before


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("october", "2026-10"),
        ("Oct", "2026-10"),
        ("november", "2025-11"),
        ("last october", "2025-10"),
        ("October 2025", "2025-10"),
        ("octubre de 2025", "2025-10"),
        ("10/2025", "2025-10"),
        ("ago", "2026-08"),
        ("semana pasada", "2026-10-05..2026-10-11"),
        ("la última semana", "2026-10-05..2026-10-11"),
        ("el mes pasado", "2026-09"),
        ("este año", "year"),
        ("hoy", "today"),
        ("ayer", "2026-10-14"),
        ("todo", "all"),
        ("last 30 days", "30d"),
        ("Últimos 30 días", "30d"),
        ("30d", "30d"),
        ("2w", "14d"),
        ("last two weeks", "14d"),
        ("3 months", "3m"),
        ("past year", "2025"),
        ("1y", "12m"),
        ("Q3", "2026-q3"),
        ("q4 2025", "2025-q4"),
        ("2025 T2", "2025-q2"),
        ("third quarter", "2026-q3"),
        ("3er trimestre 2025", "2025-q3"),
        ("this quarter", "2026-q4"),
        ("last quarter", "2026-q3"),
        ("since march", "2026-03-01.."),
        ("since all", "all"),
        ("desde marzo", "2026-03-01.."),
        ("from march to june", "2026-03-01..2026-06-30"),
        ("entre marzo y junio", "2026-03-01..2026-06-30"),
        ("de noviembre a febrero 2026", "2025-11-01..2026-02-28"),
        ("sep 1-15", "2026-09-01..2026-09-15"),
        ("1–15 sept 2025", "2025-09-01..2025-09-15"),
        ("28 sep to 4 oct", "2026-09-28..2026-10-04"),
        ("last week to yesterday", "2026-10-05..2026-10-14"),
        ("year to date", "2026-01-01..2026-10-15"),
        ("monday", "2026-10-12"),
        ("last thursday", "2026-10-08"),
        ("viernes pasado", "2026-10-09"),
        ("Oct 3", "2026-10-03"),
        ("3rd of october", "2026-10-03"),
        ("3 de octubre de 2025", "2025-10-03"),
        ("Fri, Oct 3, 2025", "2025-10-03"),
        ("feb 29", "2024-02-29"),
        ("9/1", "2026-09-01"),
        ("31/12/2025", "2025-12-31"),
        ("30 days ago", "2026-09-15"),
        ("hace 2 semanas", "2026-10-01"),
    ],
)
def test_period_as_people_write_it_is_understood(typed: str, name: str) -> None:
    span = parse_period(typed, NOW, NEW_YORK)
    assert span.name == name
    assert parse_period(name, NOW, NEW_YORK) == span


def test_period_of_the_last_days_counts_today_as_one_of_them() -> None:
    span = parse_period("last 30 days", NOW, NEW_YORK)
    assert (span.first, span.last, span.end) == (date(2026, 9, 16), date(2026, 10, 15), NOW)
    assert (span.before.first, span.before.last) == (date(2026, 8, 17), date(2026, 9, 15))
    assert span.before.end == local("2026-09-15T18:30")


def test_period_of_the_last_months_ends_with_whole_months_on_their_last_day() -> None:
    span = parse_period("3 months", local("2026-11-30T12:00"), NEW_YORK)
    assert (span.first, span.last) == (date(2026, 9, 1), date(2026, 11, 30))


def test_quarter_is_compared_with_the_quarter_before_it() -> None:
    running, over = (parse_period(typed, NOW, NEW_YORK) for typed in ("quarter", "q1"))
    assert (running.before.name, over.before.name) == ("2026-q3", "2025-q4")
    assert running.before.end == local("2026-07-15T18:30")


def test_slashes_are_read_as_the_reader_writes_them() -> None:
    american, spanish = (
        parse_period("9/1/2026", NOW, NEW_YORK, day_first=day_first) for day_first in (False, True)
    )
    assert (american.first, spanish.first) == (date(2026, 9, 1), date(2026, 1, 9))


@pytest.mark.parametrize(
    ("typed", "better"),
    [("last wek", "last week"), ("lst month", "last month"), ("Septmber 2025", "september 2025")],
)
def test_misspelled_period_is_corrected_word_by_word(typed: str, better: str) -> None:
    assert corrected_period(typed) == better


def test_period_that_is_like_no_other_is_not_corrected() -> None:
    assert corrected_period("soon") is corrected_period("last week") is None


@given(st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join), moments, zones)
def test_known_words_in_any_order_are_a_period_or_refused(
    typed: str, now: datetime, zone: str
) -> None:
    try:
        span = parse_period(typed, now, zone)
    except BadPeriod:
        return
    assert parse_period(span.name, now, zone) == span


TO_COME = ("2027", "2026-11", "9999-12-31", "2026-10-16")
UNREADABLE = (
    *("5", "to 5", "5 to 3", "feb 30", "q3 oct", "oct 5 q3", "30 today", "0 days"),
    *("x days", "last 2 weeks ago", "q5", "13/13/2026"),
    "",
    "soon",
    "last all",
    "2026-13",
    "2026-02-30",
    "0000",
    "٢٠٢٦",
    "..2026-09",
)


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        *((typed, PeriodFault.UNREADABLE) for typed in (*UNREADABLE, "2026-09" * 5_000)),
        *(
            (typed, PeriodFault.TO_COME)
            for typed in ("2027", "2026-11", "9999-12-31", "2026-10-16")
        ),
        *((typed, PeriodFault.TOO_EARLY) for typed in ("0001", "1999-12..2026")),
        ("2026-09-15..2026-09-01", PeriodFault.BACKWARDS),
    ],
)
def test_what_is_no_period_is_refused_with_its_reason(typed: str, why: PeriodFault) -> None:
    with pytest.raises(BadPeriod) as refused:
        parse_period(typed, NOW, NEW_YORK)
    assert refused.value.why is why


@given(
    st.text(max_size=60) | st.from_regex(r"[0-9]{4}-[0-9]{2}(\.\.[0-9]{4}-[0-9]{2})?"),
    moments,
    zones,
)
def test_whatever_is_typed_is_a_period_or_refused(typed: str, now: datetime, zone: str) -> None:
    try:
        span = parse_period(typed, now, zone)
    except BadPeriod:
        return
    assert span.end <= now
    assert span.start is None or span.start <= span.end
    assert span.before is None or span.before.start <= span.before.end <= span.end


def test_where_midnight_is_skipped_the_day_begins_with_the_change() -> None:
    # In Santiago the clock went from 24:00 on 5 September 2026 to 1:00 on the 6th.
    assert day_start(date(2026, 9, 6), "America/Santiago") == local("2026-09-06T04:00", "UTC")


def test_days_have_as_many_hours_as_the_clock_gives_them() -> None:
    spring = day_start(date(2026, 3, 9), NEW_YORK) - day_start(date(2026, 3, 8), NEW_YORK)
    autumn = day_start(date(2026, 11, 2), NEW_YORK) - day_start(date(2026, 11, 1), NEW_YORK)
    assert (spring, autumn) == (timedelta(hours=23), timedelta(hours=25))
