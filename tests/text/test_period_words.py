"""Titles of periods can be typed, and so can everything that is suggested."""

from datetime import UTC, date, datetime

import pytest

from bot.domain.period import parse_period
from bot.text.language import speaking
from bot.text.period_words import period_title, suggested_periods

NOW = datetime(2026, 10, 15, 18, tzinfo=UTC)
NAMES = """
    today week month year all 2026-10-14 2026-10-05..2026-10-11 2026-09 2025 2026-q3 30d 3m 1m 1d
    2026-03-01.. 2026-09-28..2026-10-04 2025-12-29..2026-01-04 2026-09-01..2026-09-15
""".split()


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("name", NAMES)
def test_title_of_a_period_is_read_as_that_period(name: str, language: str) -> None:
    span = parse_period(name, NOW, "UTC")
    with speaking(language):
        read = parse_period(period_title(span), NOW, "UTC")
    assert (read.first, read.last, read.end) == (span.first, span.last, span.end)


@pytest.mark.parametrize("today", [date(2026, 10, 15), date(2024, 2, 29), date(2026, 1, 1)])
def test_suggested_periods_fit_a_menu_and_can_be_read(today: date) -> None:
    now = datetime(today.year, today.month, today.day, 18, tzinfo=UTC)
    found = suggested_periods(today)
    assert len(found) <= 25
    assert len(set(found.values())) == len(found)
    for name in found:
        assert parse_period(name, now, "UTC").end <= now


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("30d", "Last 30 days"),
        ("3m", "Last 3 months"),
        ("2026-q3", "Q3 2026"),
        ("2026-03-01..", "Since Mar 1, 2026"),
    ],
)
def test_title_says_what_was_asked_for(name: str, title: str) -> None:
    assert period_title(parse_period(name, NOW, "UTC")) == title
