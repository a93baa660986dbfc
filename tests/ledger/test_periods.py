from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ledger.answers import Period
from bot.ledger.periods import day_number, day_start, month_number, period_range, range_before

ZONES = [
    "UTC",
    "America/New_York",
    "Europe/Berlin",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "America/Santiago",  # its clock changes at midnight
    "America/Havana",
    "Asia/Beirut",
]
zones = st.sampled_from(ZONES)
moments = st.datetimes(
    datetime(2012, 1, 2),  # noqa: DTZ001 - the strategy adds the zone
    datetime(2035, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
bounded = st.sampled_from([period for period in Period if period is not Period.ALL])


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@given(bounded, moments, zones)
def test_a_period_holds_the_present_and_follows_the_one_before(
    period: Period, now: datetime, zone: str
) -> None:
    start, end = period_range(period, now, zone)
    before = range_before(period, now, zone)
    assert start is not None
    assert before is not None
    assert start <= now == end
    assert before[0] <= before[1] <= start
    assert before[0] < start


@given(bounded, moments, zones)
def test_a_period_begins_with_a_day(period: Period, now: datetime, zone: str) -> None:
    start, _ = period_range(period, now, zone)
    assert start is not None
    second = timedelta(seconds=1)
    assert day_number(start - second, zone) < day_number(start, zone)


@given(moments, st.sampled_from(["UTC", "America/New_York", "Europe/Berlin", "Asia/Kolkata"]))
def test_at_the_very_start_of_a_month_nothing_of_the_one_before_counts(
    now: datetime, zone: str
) -> None:
    start, _ = period_range(Period.MONTH, now, zone)
    assert start is not None
    before = range_before(Period.MONTH, start, zone)
    assert before is not None
    assert before[0] == before[1]


@given(moments, zones)
def test_days_begin_where_their_number_changes(moment: datetime, zone: str) -> None:
    day = moment.astimezone(ZoneInfo(zone)).date()
    start, end = day_start(day, zone), day_start(day + timedelta(days=1), zone)
    assert start <= moment < end
    assert day_number(moment, zone) == int(f"{day:%Y%m%d}")
    assert month_number(moment, zone) == int(f"{day:%Y%m}")


NEW_YORK = "America/New_York"


@pytest.mark.parametrize(
    ("period", "now", "start", "before"),
    [
        (
            Period.TODAY,
            "2026-10-15T18:30-04:00",
            "2026-10-15T00:00-04:00",
            ("2026-10-14T00:00-04:00", "2026-10-14T18:30-04:00"),
        ),
        (
            Period.WEEK,  # a Thursday
            "2026-10-15T18:30-04:00",
            "2026-10-12T00:00-04:00",
            ("2026-10-05T00:00-04:00", "2026-10-08T18:30-04:00"),
        ),
        (
            Period.MONTH,
            "2026-10-15T18:30-04:00",
            "2026-10-01T00:00-04:00",
            ("2026-09-01T00:00-04:00", "2026-09-15T18:30-04:00"),
        ),
        (
            Period.YEAR,
            "2026-10-15T18:30-04:00",
            "2026-01-01T00:00-05:00",
            ("2025-01-01T00:00-05:00", "2025-10-15T18:30-04:00"),
        ),
        (
            Period.MONTH,  # February has no 31st: all of it
            "2026-03-31T10:00-04:00",
            "2026-03-01T00:00-05:00",
            ("2026-02-01T00:00-05:00", "2026-03-01T00:00-05:00"),
        ),
        (
            Period.YEAR,  # the year before has no 29 February: all of that month
            "2024-02-29T10:00-05:00",
            "2024-01-01T00:00-05:00",
            ("2023-01-01T00:00-05:00", "2023-03-01T00:00-05:00"),
        ),
        (
            Period.TODAY,  # across the change to summer time
            "2026-03-09T18:30-04:00",
            "2026-03-09T00:00-04:00",
            ("2026-03-08T00:00-05:00", "2026-03-08T18:30-04:00"),
        ),
        (
            Period.TODAY,  # the hour that the day before did not have
            "2026-03-09T02:30-04:00",
            "2026-03-09T00:00-04:00",
            ("2026-03-08T00:00-05:00", "2026-03-08T03:30-04:00"),
        ),
        (
            Period.TODAY,  # local evening, next day in UTC
            "2026-10-15T23:59-04:00",
            "2026-10-15T00:00-04:00",
            ("2026-10-14T00:00-04:00", "2026-10-14T23:59-04:00"),
        ),
    ],
)
def test_periods_are_compared_at_the_same_point(
    period: Period, now: str, start: str, before: tuple[str, str]
) -> None:
    assert period_range(period, utc(now), NEW_YORK) == (utc(start), utc(now))
    assert range_before(period, utc(now), NEW_YORK) == (utc(before[0]), utc(before[1]))


def test_all_time_has_no_beginning_and_nothing_before_it() -> None:
    now = utc("2026-10-15T18:30-04:00")
    assert period_range(Period.ALL, now, NEW_YORK) == (None, now)
    assert range_before(Period.ALL, now, NEW_YORK) is None


def test_where_midnight_is_skipped_the_day_begins_with_the_change() -> None:
    # In Santiago the clock went from 24:00 on 5 September 2026 to 1:00 on the 6th.
    assert day_start(date(2026, 9, 6), "America/Santiago") == utc("2026-09-06T04:00+00:00")


def test_days_have_as_many_hours_as_the_clock_gives_them() -> None:
    spring = day_start(date(2026, 3, 9), NEW_YORK) - day_start(date(2026, 3, 8), NEW_YORK)
    autumn = day_start(date(2026, 11, 2), NEW_YORK) - day_start(date(2026, 11, 1), NEW_YORK)
    assert (spring, autumn) == (timedelta(hours=23), timedelta(hours=25))
