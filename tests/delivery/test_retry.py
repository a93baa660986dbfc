"""What Discord's answers mean."""

import socket
from types import SimpleNamespace
from typing import Any, cast

import aiohttp
import discord
import pytest

from bot.delivery.retry import RULES, Verdict, judge


def answer(
    status: int, code: int = 0, headers: dict[str, str] | None = None
) -> discord.HTTPException:
    named = {"Content-Type": "application/json"} | (headers or {})
    response = SimpleNamespace(status=status, reason="", headers=named)
    return discord.HTTPException(cast("Any", response), {"code": code, "message": "no"})


@pytest.mark.parametrize(
    ("status", "code", "verdict"),
    [
        (401, 0, Verdict.HALTED),
        (403, 50001, Verdict.BLOCKED),
        (403, 50013, Verdict.BLOCKED),
        (403, 0, Verdict.BLOCKED),
        (404, 10003, Verdict.BLOCKED),
        (404, 10004, Verdict.BLOCKED),
        (404, 10008, Verdict.GONE),
        (404, 0, Verdict.BLOCKED),
        (400, 50035, Verdict.REFUSED),
        (400, 160002, Verdict.UNREFERENCED),
        (400, 30046, Verdict.LATER),
        (429, 30046, Verdict.LATER),
        (429, 0, Verdict.RETRY),
        (408, 0, Verdict.RETRY),
        (500, 0, Verdict.RETRY),
        (503, 0, Verdict.RETRY),
        (413, 0, Verdict.REFUSED),
        (413, 40005, Verdict.REFUSED),
        (400, 200000, Verdict.REFUSED),
        (400, 240000, Verdict.REFUSED),
        (400, 160005, Verdict.REFUSED),
        (403, 50024, Verdict.REFUSED),
        (403, 50005, Verdict.REFUSED),
        (400, 50083, Verdict.BLOCKED),
    ],
)
def test_an_answer_has_a_verdict(status: int, code: int, verdict: Verdict) -> None:
    assert judge(answer(status, code)).verdict is verdict


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 413, 418, 451])
@pytest.mark.parametrize("kind", ["text/html", "application/json; charset=utf-8", ""])
def test_a_refusal_that_is_not_discords_is_no_answer(status: int, kind: str) -> None:
    failure = judge(answer(status, headers={"Content-Type": kind}))
    assert (failure.verdict, failure.made, failure.general) == (Verdict.RETRY, True, False)


def test_what_no_other_message_would_pass_either_is_general() -> None:
    assert judge(answer(429)).general
    assert judge(discord.RateLimited(40.0)).general
    assert not judge(answer(429, 30046)).general
    assert not judge(answer(500)).general
    assert not judge(TimeoutError()).general


def test_a_refusal_that_no_row_names_is_not_repeated() -> None:
    assert judge(answer(418, 12345)).verdict is Verdict.REFUSED


def test_every_row_says_why() -> None:
    assert all(rule.reason for rule in RULES)


def test_a_row_for_any_code_stands_below_those_that_name_one() -> None:
    closed: set[int | None] = set()
    for rule in RULES:
        assert rule.status not in closed, rule
        if rule.code is None:
            closed.add(rule.status)


def test_the_reason_names_status_and_code_and_nothing_of_the_message() -> None:
    assert judge(answer(403, 50013)).reason.endswith("(HTTP 403, code 50013)")


@pytest.mark.parametrize("status", [500, 502, 503, 504, 524])
def test_after_trouble_at_discord_the_message_may_exist(status: int) -> None:
    assert judge(answer(status)).made


@pytest.mark.parametrize("status", [400, 403, 404, 429])
def test_after_a_refusal_it_does_not_exist(status: int) -> None:
    assert not judge(answer(status)).made


def test_discords_wish_to_be_left_alone_is_heard() -> None:
    assert judge(answer(429, headers={"Retry-After": "12.5"})).wait == 12.5
    assert judge(discord.RateLimited(40.0)).wait == 40.0


def test_a_retry_after_that_is_no_number_is_passed_over() -> None:
    assert judge(answer(429, headers={"Retry-After": "Wed, 21 Oct 2026"})).wait == 0


def test_where_no_connection_was_made_nothing_was_sent() -> None:
    key = cast("Any", SimpleNamespace(ssl=False, host="discord.com", port=443))
    refused = aiohttp.ClientConnectorError(key, OSError(111, "refused"))
    dns = aiohttp.ClientConnectorDNSError(key, socket.gaierror(-2, "unknown"))
    for error in (refused, dns, aiohttp.ConnectionTimeoutError()):
        assert judge(error).verdict is Verdict.RETRY
        assert not judge(error).made


def test_where_the_connection_broke_nobody_knows() -> None:
    errors = (
        aiohttp.ServerDisconnectedError(),
        aiohttp.ClientPayloadError(),
        ConnectionResetError(104, "reset"),
        TimeoutError(),
    )
    for error in errors:
        assert judge(error).verdict is Verdict.RETRY
        assert judge(error).made
