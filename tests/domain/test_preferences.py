"""Preferences as they are stored, chosen from menus, and typed: times of day."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.preferences import (
    NONE_CHOSEN,
    Cadence,
    Detail,
    NotOffered,
    Preferences,
    QuietHours,
    Route,
    Setting,
    chosen,
    clock_time,
    document,
    minute_of_day,
    nights,
    quiet_value,
    read,
)

EVERYTHING = Preferences(
    currency="eur",
    digest=Cadence.WEEKLY,
    digest_hour=7,
    digest_empty=True,
    quiet=QuietHours(22 * 60, 8 * 60),
    email=Detail.FULL,
    marks=False,
    channels={Route.PAYOUTS: 42},
    language="es",
)


@pytest.mark.parametrize("chosen", [NONE_CHOSEN, EVERYTHING])
def test_what_was_written_is_read_again(chosen: Preferences) -> None:
    assert read(document(chosen)) == chosen


@pytest.mark.parametrize("kept", ["", "{", "[]", "null", "7", '"x"', "{}"])
def test_what_is_no_document_counts_as_nothing_chosen(kept: str) -> None:
    assert read(kept) == NONE_CHOSEN


def test_what_is_not_understood_counts_as_not_chosen_and_the_rest_holds() -> None:
    kept = """{"digest": "hourly", "digest_hour": 24, "digest_empty": 1, "quiet": {"start": 5},
        "email": null, "marks": "no", "language": 3, "currency": "usd", "from": "the future",
        "channels": {"payouts": 42, "weather": 1, "returns": "x", "digests": true}}"""
    assert read(kept) == Preferences(currency="usd", channels={Route.PAYOUTS: 42})


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists))
def test_whatever_stands_in_a_document_raises_nothing(value: object) -> None:
    fields = ("currency", "digest", "digest_hour", "quiet", "email", "channels", "language")
    assert isinstance(read(json.dumps(dict.fromkeys(fields, value))), Preferences)


@pytest.mark.parametrize(
    ("hours", "inside", "outside"),
    [
        (QuietHours(22 * 60, 8 * 60), (22 * 60, 0, 8 * 60 - 1), (8 * 60, 12 * 60, 22 * 60 - 1)),
        (QuietHours(60, 120), (60, 119), (59, 120, 0)),
        (QuietHours(60, 60), (), (0, 60, 61)),
    ],
)
def test_quiet_hours_may_go_past_midnight(
    hours: QuietHours, inside: tuple[int, ...], outside: tuple[int, ...]
) -> None:
    assert all(hours.holds(minute) for minute in inside)
    assert not any(hours.holds(minute) for minute in outside)


def test_what_is_offered_can_be_chosen() -> None:
    assert chosen(NONE_CHOSEN, Setting.DIGEST, "daily") == Preferences(digest=Cadence.DAILY)
    assert chosen(Preferences(quiet=QuietHours(1, 2)), Setting.QUIET, "off") == NONE_CHOSEN


@pytest.mark.parametrize(
    ("what", "value"),
    [
        (Setting.DIGEST, "hourly"),
        (Setting.QUIET, "99999-3"),
        (Setting.QUIET, "60-120"),
        (Setting.EMAIL, ""),
        (Setting.MARKS, "perhaps"),
    ],
)
def test_what_is_not_offered_is_refused(what: Setting, value: str) -> None:
    with pytest.raises(NotOffered):
        chosen(NONE_CHOSEN, what, value)


def test_quiet_hours_of_ones_own_stay_on_offer() -> None:
    own = Preferences(quiet=QuietHours(60, 120))
    assert nights(own)[0] == own.quiet
    assert chosen(own, Setting.QUIET, quiet_value(own.quiet)) == own


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
