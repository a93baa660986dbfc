"""What Discord's answers mean.

How long to wait before the next try.

Which messages fail while others pass.
"""

import socket
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import aiohttp
import discord
import pytest

from bot.delivery.retry import RULES, FailingMessages, FailureKind, failure_of, pauses
from tests.delivery.virtual_time import NOON


def answer(
    status: int, code: int = 0, headers: dict[str, str] | None = None
) -> discord.HTTPException:
    named = {"Content-Type": "application/json"} | (headers or {})
    response = SimpleNamespace(status=status, reason="", headers=named)
    return discord.HTTPException(cast("Any", response), {"code": code, "message": "no"})


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (401, 0, FailureKind.HALTED),
        (403, 50001, FailureKind.BLOCKED),
        (403, 50013, FailureKind.BLOCKED),
        (403, 0, FailureKind.BLOCKED),
        (404, 10003, FailureKind.BLOCKED),
        (404, 10004, FailureKind.BLOCKED),
        (404, 10008, FailureKind.GONE),
        (404, 0, FailureKind.BLOCKED),
        (400, 50035, FailureKind.REFUSED),
        (400, 160002, FailureKind.UNREFERENCED),
        (400, 30046, FailureKind.LATER),
        (429, 30046, FailureKind.LATER),
        (429, 0, FailureKind.RETRY),
        (408, 0, FailureKind.RETRY),
        (500, 0, FailureKind.RETRY),
        (503, 0, FailureKind.RETRY),
        (413, 0, FailureKind.REFUSED),
        (413, 40005, FailureKind.REFUSED),
        (400, 200000, FailureKind.REFUSED),
        (400, 240000, FailureKind.REFUSED),
        (400, 160005, FailureKind.REFUSED),
        (403, 50024, FailureKind.REFUSED),
        (403, 50005, FailureKind.REFUSED),
        (400, 50083, FailureKind.BLOCKED),
    ],
)
def test_an_answer_has_a_verdict(status: int, code: int, kind: FailureKind) -> None:
    assert failure_of(answer(status, code)).kind is kind


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 413, 418, 451])
@pytest.mark.parametrize("kind", ["text/html", "application/json; charset=utf-8", ""])
def test_a_refusal_that_is_not_discords_is_no_answer(status: int, kind: str) -> None:
    failure = failure_of(answer(status, headers={"Content-Type": kind}))
    assert (failure.kind, failure.made, failure.general) == (FailureKind.RETRY, True, False)


def test_what_no_other_message_would_pass_either_is_general() -> None:
    assert failure_of(answer(429)).general
    assert failure_of(discord.RateLimited(40.0)).general
    assert not failure_of(answer(429, 30046)).general
    assert not failure_of(answer(500)).general
    assert not failure_of(TimeoutError()).general


def test_a_refusal_that_no_row_names_is_not_repeated() -> None:
    assert failure_of(answer(418, 12345)).kind is FailureKind.REFUSED


def test_every_row_says_why() -> None:
    assert all(rule.reason for rule in RULES)


def test_a_row_for_any_code_stands_below_those_that_name_one() -> None:
    closed: set[int | None] = set()
    for rule in RULES:
        assert rule.status not in closed, rule
        if rule.code is None:
            closed.add(rule.status)


def test_the_reason_names_status_and_code_and_nothing_of_the_message() -> None:
    assert failure_of(answer(403, 50013)).reason.endswith("(HTTP 403, code 50013)")


@pytest.mark.parametrize("status", [500, 502, 503, 504, 524])
def test_after_trouble_at_discord_the_message_may_exist(status: int) -> None:
    assert failure_of(answer(status)).made


@pytest.mark.parametrize("status", [400, 403, 404, 429])
def test_after_a_refusal_it_does_not_exist(status: int) -> None:
    assert not failure_of(answer(status)).made


def test_discords_wish_to_be_left_alone_is_heard() -> None:
    assert failure_of(answer(429, headers={"Retry-After": "12.5"})).wait == 12.5
    assert failure_of(discord.RateLimited(40.0)).wait == 40.0


def test_a_retry_after_that_is_no_number_is_passed_over() -> None:
    assert failure_of(answer(429, headers={"Retry-After": "Wed, 21 Oct 2026"})).wait == 0


def test_where_no_connection_was_made_nothing_was_sent() -> None:
    key = cast("Any", SimpleNamespace(ssl=False, host="discord.com", port=443))
    refused = aiohttp.ClientConnectorError(key, OSError(111, "refused"))
    dns = aiohttp.ClientConnectorDNSError(key, socket.gaierror(-2, "unknown"))
    for error in (refused, dns, aiohttp.ConnectionTimeoutError()):
        assert failure_of(error).kind is FailureKind.RETRY
        assert not failure_of(error).made


def test_where_the_connection_broke_nobody_knows() -> None:
    errors = (
        aiohttp.ServerDisconnectedError(),
        aiohttp.ClientPayloadError(),
        ConnectionResetError(104, "reset"),
        TimeoutError(),
    )
    for error in errors:
        assert failure_of(error).kind is FailureKind.RETRY
        assert failure_of(error).made


def test_pauses_after_failures_grow_to_a_minute_and_are_never_quite_the_same() -> None:
    backoff = pauses()
    for longest in (1, 2, 4, 8, 16, 32, 60, 60):
        assert longest / 2 <= backoff.next() <= longest
    assert len({pauses().next() for _ in range(200)}) > 100


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
