"""Times of day as people type them."""

import pytest

from bot.domain.hours import clock_time, minute_of_day


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("22:00", "22:00"),
        ("7", "07:00"),
        ("7.30", "07:30"),
        ("22h15", "22:15"),
        ("10 pm", "22:00"),
        ("10:30PM", "22:30"),
        ("12 am", "00:00"),
        ("12pm", "12:00"),
        (" 24:00 ", "00:00"),
    ],
)
def test_a_time_is_understood_however_it_is_written(typed: str, shown: str) -> None:
    assert clock_time(minute_of_day(typed)) == shown


@pytest.mark.parametrize("typed", ["", "late", "25", "22:60", "24:01", "13 pm", "0 am", "٧", "-1"])
def test_what_is_no_time_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="no"):
        minute_of_day(typed)
