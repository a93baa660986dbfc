"""The simulated account's time."""

from datetime import UTC, datetime, timedelta

import pytest

from fakes.clock import StoryClock

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def test_it_stands_at_the_moment_it_is_set_to_and_is_the_present_once_let_go() -> None:
    clock = StoryClock(lambda: NOW)
    clock.set(NOW - timedelta(days=3))

    assert clock() == NOW - timedelta(days=3)

    clock.release()
    assert clock() == NOW


def test_it_never_goes_back() -> None:
    clock = StoryClock(lambda: NOW)
    clock.set(NOW - timedelta(days=3))

    with pytest.raises(ValueError, match="never goes back"):
        clock.set(NOW - timedelta(days=4))
