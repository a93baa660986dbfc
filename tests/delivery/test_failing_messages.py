"""Which messages fail while others pass."""

from datetime import timedelta

import pytest

from bot.delivery.failing_messages import FailingMessages
from tests.delivery.virtual_time import NOON


def at(**after: float) -> timedelta:
    return timedelta(**after)


@pytest.fixture
def failing() -> FailingMessages:
    """Message 1 failed, 2 passed, 1 failed again: it is 1's fault."""
    made = FailingMessages()
    assert not made.failed([1], NOON, NOON + at(seconds=28))
    made.passed([2], NOON + at(seconds=30))
    assert not made.failed([1], NOON + at(seconds=31), NOON + at(seconds=59))
    return made


def test_failed_briefly_keeps_its_place() -> None:
    failing = FailingMessages()
    failing.failed([1], NOON, NOON + at(seconds=9))
    assert failing.behind == []
    assert failing.resting(NOON) == frozenset()
    assert not failing.none_passed_since


def test_failed_lets_all_others_have_a_go_and_each_has_its_turn() -> None:
    failing = FailingMessages()
    failing.failed([1, 2], NOON, NOON + at(seconds=28))
    assert failing.behind == [1, 2]
    failing.failed([3], NOON + at(seconds=29), NOON + at(seconds=40))
    assert failing.behind == [1, 2, 3]
    failing.failed([1, 2], NOON + at(seconds=41), NOON + at(seconds=59))
    assert failing.behind == [3, 1, 2]
    failing.passed([3], NOON + at(seconds=61))
    assert failing.behind == [1, 2]


def test_none_passed_since_one_failed_until_another_passes() -> None:
    failing = FailingMessages()
    failing.passed([9], NOON)
    failing.failed([1], NOON, NOON + at(seconds=28))
    assert failing.none_passed_since
    failing.passed([2], NOON + at(seconds=30))
    assert not failing.none_passed_since
    failing.failed([1], NOON + at(seconds=31), NOON + at(seconds=59))
    assert failing.none_passed_since


def test_failed_while_others_pass_rests_ever_longer_and_is_set_aside(
    failing: FailingMessages,
) -> None:
    now = NOON + at(seconds=59)
    assert failing.resting(now) == {1}
    assert failing.behind == [1]
    assert failing.soonest() == now + at(seconds=30)
    rests = []
    for minute in range(2, 8):
        failing.passed([2], NOON + at(minutes=minute))
        aside = failing.failed(
            [1], NOON + at(minutes=minute), now := NOON + at(minutes=minute + 0.5)
        )
        soonest = failing.soonest()
        assert soonest is not None
        rests.append((soonest - now).total_seconds())
    assert rests == [60, 120, 240, 300, 300, 300]
    assert aside


def test_failed_while_nothing_else_passes_is_never_set_aside(failing: FailingMessages) -> None:
    for hour in range(1, 30):
        assert not failing.failed([1], NOON + at(hours=hour), NOON + at(hours=hour))


def test_refused_rests_as_long_as_discord_says_and_is_set_aside_after_an_hour() -> None:
    failing = FailingMessages()
    assert not failing.refused([1], NOON, NOON, wait=900)
    assert failing.soonest() == NOON + at(minutes=15)
    assert failing.refused([1], NOON + at(minutes=61), NOON + at(minutes=61), wait=0)


def test_forgotten_is_known_no_longer(failing: FailingMessages) -> None:
    failing.forget([1])
    assert failing.behind == []
    assert failing.resting(NOON) == frozenset()
    assert failing.soonest() is None
