"""A database that cannot be used: said once, and that it can be again."""

import pytest
from structlog.testing import capture_logs

from bot.store import outage
from bot.store.outage import Outage


async def test_an_outage_is_said_once_and_so_is_its_end() -> None:
    trouble = Outage("write")
    trouble.is_over()
    with capture_logs() as lines:
        for _ in range(50):
            trouble.goes_on("disk full")
        trouble.is_over()
        trouble.is_over()
    assert [(line["log_level"], line["to"]) for line in lines] == [
        ("error", "write"),
        ("info", "write"),
    ]
    assert lines[0]["reason"] == "disk full"


async def test_an_outage_that_lasts_is_said_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outage, "REMIND_SECONDS", 0.0)
    trouble = Outage("read")
    trouble.is_over()
    with capture_logs() as lines:
        trouble.goes_on("gone")
        trouble.goes_on("gone")
    assert len(lines) == 2


async def test_what_never_worked_is_left_to_whoever_opens_it() -> None:
    with capture_logs() as lines:
        Outage("write").goes_on("no such folder")
    assert lines == []
