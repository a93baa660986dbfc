"""What a producer has chosen, written down and read again."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.preferences import (
    NONE_CHOSEN,
    Cadence,
    Detail,
    Preferences,
    QuietHours,
    Route,
    document,
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
