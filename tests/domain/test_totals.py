"""Periods cut into pieces.

What a month may come to, and when it is not said.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from bot.domain.money import Money
from bot.domain.period import parse_period
from bot.domain.totals import (
    NOTHING,
    Amounts,
    CurrencyTotals,
    Grain,
    Point,
    Series,
    begun,
    grain_of,
    hours,
    in_line,
    pieces,
    projected,
)

NEW_YORK = "America/New_York"
NOW = datetime.fromisoformat("2026-10-15T18:30-04:00").astimezone(UTC)


@pytest.mark.parametrize(
    ("period", "grain", "compared"),
    [
        ("today", Grain.HOUR, True),
        ("2026-03-08", Grain.HOUR, True),
        ("2026-03-08..2026-03-08", Grain.HOUR, True),
        ("week", Grain.DAY, True),
        ("2026-02", Grain.DAY, True),
        ("2026-08-01..2026-10-01", Grain.DAY, True),
        ("2026-08-01..2026-10-02", Grain.MONTH, False),
        ("2025", Grain.MONTH, True),
        ("2024..2026", Grain.MONTH, False),
        ("2000..2026", Grain.YEAR, False),
    ],
)
def test_period_by_its_length_is_cut_into_pieces(period: str, grain: Grain, compared: bool) -> None:
    span = parse_period(period, NOW, NEW_YORK)
    assert (grain_of(span), in_line(span, grain)) == (grain, compared)


def test_all_time_has_months_until_they_become_too_many() -> None:
    span = parse_period("all", NOW, NEW_YORK)
    assert grain_of(span) is Grain.MONTH
    assert grain_of(span, date(2024, 1, 1)) is Grain.MONTH
    assert grain_of(span, date(2020, 1, 1)) is Grain.YEAR
    assert not in_line(span, Grain.MONTH)


@pytest.mark.parametrize(
    ("grain", "first", "sums"),
    [
        (Grain.DAY, date(2025, 12, 30), [(1, 5), (0, 0), (1, -7), (0, 0)]),
        (Grain.MONTH, date(2025, 12, 1), [(1, 5), (1, -7)]),
        (Grain.YEAR, date(2025, 1, 1), [(1, 5), (1, -7)]),
    ],
)
def test_each_piece_has_what_was_found_in_it(
    grain: Grain, first: date, sums: list[tuple[int, int]]
) -> None:
    found = [(date(2025, 12, 30), Amounts(1, 5)), (date(2026, 1, 1), Amounts(1, -7))]
    points = pieces(date(2025, 12, 30), date(2026, 1, 2), grain, found)
    assert points[0].day == first
    assert [point.amounts for point in points] == sums


def test_a_day_has_the_hours_that_the_clock_gives_it() -> None:
    spring = [point.hour for point in hours(date(2026, 3, 8), NEW_YORK, {})]
    autumn = [point.hour for point in hours(date(2026, 11, 1), NEW_YORK, {24: Amounts(1, 5)})]
    assert spring == [0, 1, *range(3, 24)]
    assert autumn == [0, 1, 1, *range(2, 24)]
    lord_howe = hours(date(2026, 4, 5), "Australia/Lord_Howe", {24: Amounts(1, 5)})
    assert [point.amounts for point in lord_howe[24:]] == [(1, 5)]  # it has 24 and a half


@pytest.mark.parametrize(
    ("period", "count"), [("today", 19), ("week", 4), ("month", 15), ("year", 10), ("2025", 12)]
)
def test_what_is_still_to_come_has_not_begun(period: str, count: int) -> None:
    span = parse_period(period, NOW, NEW_YORK)
    assert span.first is not None
    grain = grain_of(span)
    points = (
        hours(span.first, NEW_YORK, {})
        if grain is Grain.HOUR
        else pieces(span.first, span.last, grain, [])
    )
    assert begun(points, span, grain, NEW_YORK) == count
    assert {point.amounts for point in points} == {NOTHING}


def test_at_midnight_nothing_of_the_new_day_has_begun() -> None:
    midnight = datetime(2026, 10, 1, 4, tzinfo=UTC)
    span = parse_period("month", midnight + timedelta(seconds=1), NEW_YORK)
    points = pieces(span.last.replace(day=1), span.last, Grain.DAY, [])
    assert begun(points, span, Grain.DAY, NEW_YORK) == 1


def _projected(
    day: str = "2026-09-11",
    period: str = "month",
    days: tuple[int, ...] = (300, 300, 400),
    **other: Any,
) -> Money | None:
    now = datetime.fromisoformat(day).replace(tzinfo=UTC)
    points = tuple(Point(date(2026, 9, i + 1), 0, Amounts(5, net)) for i, net in enumerate(days))
    series = Series(currency="usd", grain=Grain.DAY, points=points, begun=len(points), before=())
    totals = {"currency": "usd", "sales": 20, "gross": 1200, "net": sum(days), **other}
    return projected(parse_period(period, now, "UTC"), CurrencyTotals(**totals), series, "UTC")


def test_it_goes_on_as_until_now_and_is_rounded() -> None:
    assert _projected() == Money(3000, "usd")  # ten days of thirty
    assert _projected("2026-09-11T12:00") == Money(2900, "usd")
    assert _projected(days=(3, 3, 4)) == Money(30, "usd")
    assert _projected(days=(10**17, 10**17)) == Money(6 * 10**17, "usd")


@pytest.mark.parametrize(
    "case",
    [
        pytest.param({"day": "2026-09-07"}, id="the first days"),
        pytest.param({"day": "2026-09-30T12:00"}, id="the last day"),
        pytest.param({"sales": 9}, id="few sales"),
        pytest.param({"unsettled": 3}, id="many still before fees"),
        pytest.param({"days": (1, 1, 10)}, id="one day that brought most"),
        pytest.param({"days": (5, -6, 1)}, id="nothing left"),
        pytest.param({"days": (1000, -990)}, id="all but nothing left"),
        pytest.param({"period": "2026-08"}, id="over"),
        pytest.param({"period": "year"}, id="not a month"),
    ],
)
def test_none_where_it_would_mislead(case: dict[str, Any]) -> None:
    assert _projected(**case) is None
