"""What one may write after `since:`."""

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogs.kit.period_options import since_day
from cogs.kit.permission import Say

TODAY = date(2026, 3, 10)


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("2026-02-14", date(2026, 2, 14)),
        ("2026-2-4", date(2026, 2, 4)),
        ("2025-09", date(2025, 9, 1)),
        ("2025", date(2025, 1, 1)),
        ("30d", date(2026, 2, 8)),
        ("30 days", date(2026, 2, 8)),
        ("2w", date(2026, 2, 24)),
        (" Today ", TODAY),
        ("yesterday", date(2026, 3, 9)),
        ("0001-01-01", date(1970, 1, 1)),
        ("99999w", date(1970, 1, 1)),
        ("9999-12-31", date(2200, 1, 1)),
    ],
)
def test_a_day_a_month_a_year_or_how_long_ago(typed: str, day: date) -> None:
    assert since_day(typed, TODAY) == day


@given(st.text(alphabet="0123456789-dw x", max_size=12), st.dates(date(1970, 1, 2)))
def test_whatever_is_typed_gives_a_day_one_can_reckon_with(typed: str, today: date) -> None:
    with suppress(Say):
        assert date(1970, 1, 1) <= since_day(typed, today) <= date(2200, 1, 1)


@given(st.text(max_size=50).filter(lambda typed: not any(map(str.isdigit, typed))))
def test_what_is_no_day_is_refused_in_one_line(typed: str) -> None:
    if typed.strip().casefold() not in ("today", "yesterday"):
        with pytest.raises(Say, match=r"^[^\n]*is not a day that I know[^\n]*$"):
            since_day(typed, TODAY)
