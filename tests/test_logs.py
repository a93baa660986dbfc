"""Logs: one formatter for ours and the libraries' lines, and nothing private in any."""

import io
import json
import logging
import subprocess
import sys
import warnings
from collections.abc import Callable
from typing import Any

import pytest
import structlog

from bot.logs import LogFormat, Redaction, configure_logs

TOKEN = "MTE0NTY3ODkwMTIzNDU2Nzg5MA.GabcDe.abcdefghijklmnopqrstuvwxyz0123456789AB"
PRIVATE = [
    "joe@example.com",
    "Joe.O'Neil+beats@mail.example.co.uk",
    "jörg@exämple.de",
    "joe%40example.com",
    "j•••@example.com",
    "whsec_abcDEF123+/=",
    "sk_live_abc123",
    "sk_test_abc123",
    "rk_live_abc123",
    "rk_test_abc_123",
    "pi_1_secret_abc123DEF",
    TOKEN,
    "v1=5257a869e7ecebeda32affa62cdca3fa51cad7e77a0e56ff536d0ce8e108d8bd",
    "Bearer abcdefghijklmnopqrstuvwxyz",
    "://bot:hunter2@localhost/db",
    "://bot:hunter2@db.example.com/db",
    "/webhooks/1234567890/aW50ZXJhY3Rpb246MTIzNDU2Nzg5",
]
ORDINARY = [
    "evt_1PqXYZabcdefghijklmnop",
    "checkout.session.completed",
    "https://discord.com/api/v10/channels/1145678901234567890/messages",
    "Midnight Drive @ 140 bpm",
    "<@1145678901234567890>",
    "#1042 for $1,234.50",
    "2026-03-01T12:00:00+00:00",
    "sqlite+aiosqlite:///producer-bot.db",
    "Bot started",
    "sk_",
]


Written = Callable[[], str]


@pytest.fixture(params=["console", "json"])
def written(request: pytest.FixtureRequest) -> Written:
    """Logs to memory in both formats; answers with what was written so far."""
    stream = io.StringIO()
    log_format: LogFormat = request.param
    configure_logs(log_format, secrets=["hunter2-as-a-token"], stream=stream)
    return stream.getvalue


@pytest.fixture
def lines() -> Callable[[], list[dict[str, Any]]]:
    """Logs to memory as JSON; answers with the lines so far, read back."""
    stream = io.StringIO()
    configure_logs("json", stream=stream)
    return lambda: [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.mark.parametrize("private", PRIVATE)
def test_what_is_private_is_replaced(private: str) -> None:
    shown = Redaction().text(f"before {private} after")
    assert shown.startswith("before ")
    assert shown.endswith(" after")
    assert "[" in shown
    for part in ("joe", "jörg", "j•", "Neil", "hunter2", "abc", "5257", "aW50"):
        assert part not in shown


@pytest.mark.parametrize("ordinary", ORDINARY)
def test_what_is_ordinary_stays(ordinary: str) -> None:
    assert Redaction().text(ordinary) == ordinary


def test_known_secrets_are_hidden_whatever_they_look_like() -> None:
    redaction = Redaction(["correct horse", "correct horse battery", "short", ""])
    assert redaction.text("a correct horse battery, short") == "a [secret], short"


@pytest.mark.parametrize("text", ["a" * 200_000, "a@" * 50_000, "://:" * 50_000, "a-." * 50_000])
def test_no_text_takes_long_to_search(text: str) -> None:
    # Were any pattern quadratic, this would take minutes.
    assert Redaction().text(text)


def test_values_are_searched_however_deep() -> None:
    private = {"joe@example.com": ["joe@example.com", {1: ("joe@example.com", 7, None, True)}]}
    shown = Redaction().value(private)
    assert shown == {"[email]": ["[email]", {"1": ["[email]", 7, None, True]}]}


def test_an_object_is_searched_as_it_prints() -> None:
    assert Redaction().value(ValueError("joe@example.com")) == "ValueError('[email]')"


@pytest.mark.parametrize("private", [*PRIVATE, "hunter2-as-a-token"])
def test_neither_ours_nor_a_librarys_line_shows_it(written: Written, private: str) -> None:
    structlog.get_logger().info(private, value=private, inside={"list": [private]})
    logging.getLogger("discord.http").warning("%s in a message", private)
    logging.getLogger("aiohttp.server").error(private)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn(private, stacklevel=1)
    assert private not in written()
    assert written().count("in a message") == 1


def _fail(message: str) -> None:
    raise ValueError(message)


@pytest.mark.parametrize("private", [*PRIVATE, "hunter2-as-a-token"])
def test_exceptions_are_told_without_it(written: Written, private: str) -> None:
    for logger in (structlog.get_logger(), logging.getLogger("stripe")):
        try:
            _fail(private)
        except ValueError:
            logger.exception("it failed")
    assert private not in written()
    assert written().count("ValueError") >= 2
    assert "Traceback" in written()


def test_no_local_variable_is_shown(written: Written) -> None:
    buyer = "the name of a buyer"
    try:
        _fail("with " + str(len(buyer)))
    except ValueError:
        structlog.get_logger().exception("it failed")
    assert "with 19" in written()
    assert "the name of" not in written()


def test_a_json_line_says_when_who_and_how_bad(
    lines: Callable[[], list[dict[str, Any]]],
) -> None:
    structlog.get_logger("bot.sync").warning("stripe is slow", seconds=2.5)
    logging.getLogger("discord.gateway").info("connected to %s", "gateway")
    ours, theirs = lines()
    assert (ours["event"], ours["level"], ours["seconds"]) == ("stripe is slow", "warning", 2.5)
    assert ours["logger"] == "bot.sync"
    assert ours["timestamp"].endswith("Z")
    assert (theirs["event"], theirs["level"]) == ("connected to gateway", "info")
    assert theirs["logger"] == "discord.gateway"


def test_details_for_developers_are_left_out(
    lines: Callable[[], list[dict[str, Any]]],
) -> None:
    structlog.get_logger().debug("detail")
    logging.getLogger("discord.http").debug("detail")
    assert lines() == []


def test_configured_twice_each_line_is_written_once() -> None:
    first, second = io.StringIO(), io.StringIO()
    configure_logs("json", stream=first)
    configure_logs("json", stream=second)
    logging.getLogger("discord").warning("once")
    assert (first.getvalue(), second.getvalue().count("once")) == ("", 1)


def test_a_line_that_cannot_be_written_is_dropped_whole(
    written: Written, capsys: pytest.CaptureFixture[str]
) -> None:
    class Unprintable:
        def __repr__(self) -> str:
            raise RuntimeError("joe@example.com")

    structlog.get_logger().info("joe@example.com", value=Unprintable())
    structlog.get_logger().info("the next")
    assert "the next" in written()
    assert "joe@" not in written() + "".join(capsys.readouterr())


@pytest.mark.parametrize(
    ("error", "lines_written"),
    [("ValueError('joe@example.com')", True), ("KeyboardInterrupt", False)],
)
def test_an_error_nobody_caught_is_logged_too(error: str, lines_written: bool) -> None:
    program = f"from bot.logs import configure_logs\nconfigure_logs('json')\nraise {error}"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert bool(done.stderr) is lines_written
    assert "joe@" not in done.stderr
    if lines_written:
        assert "ValueError: [email]" in json.loads(done.stderr)["exception"]
