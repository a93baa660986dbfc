"""Answers come in time, to the asker alone, and errors in plain words."""

import asyncio
import re
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection
from structlog.testing import capture_logs

from bot.domain.sale import Producer
from bot.store.books import producers
from bot.store.engine import StoreUnavailable
from tests import factories as make
from tests.cogs.house import House, labels, said

SECRET = "ana.lima@example.com owes 30"


async def broken(*_: object, **__: object) -> Any:
    raise RuntimeError(SECRET)


async def gone(*_: object, **__: object) -> Any:
    raise StoreUnavailable("disk full at /var/lib/bot.db")


def slow_down(monkeypatch: pytest.MonkeyPatch) -> None:
    """The store takes a minute (of Discord's simulated time)."""

    async def slowly(connection: AsyncConnection) -> Producer | None:
        await asyncio.sleep(60)
        return await current(connection)

    current = producers.current
    monkeypatch.setattr("bot.store.books.producers.current", slowly)


def reference_in(words: str) -> str:
    found = re.search(r"`([0-9a-f]{8})`", words)
    assert found is not None
    return found[1]


async def test_a_fault_is_told_with_a_reference_that_the_log_has(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.queries.sales.page", broken)
    with capture_logs() as logs:
        words = said(await house.ask("sales"))
    assert "Something went wrong on my side." in words
    assert SECRET not in words
    [line] = [one for one in logs if one["event"] == "answer failed"]
    assert line["reference"] == reference_in(words)
    assert line["where"] == "sales"
    assert len(house.env.errors) == 1


async def test_a_database_out_of_reach_is_told_as_such(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.queries.stats.statistics", gone)
    with capture_logs() as logs:
        words = said(await house.ask("stats"))
    assert "My database cannot be reached right now; nothing is lost." in words
    assert "/var/lib" not in words
    [line] = [one for one in logs if one["event"] == "answer failed"]
    assert line["reference"] == reference_in(words)
    assert line["reason"]
    assert "exc_info" not in line
    assert len(house.env.errors) == 1


async def test_a_button_that_fails_tells_it_too(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.write(make.paid("1"))
    alert = await house.alert()
    monkeypatch.setattr("bot.store.queries.buyers.of_sale", broken)
    with capture_logs() as logs:
        words = said(await house.owner.click(alert, label="Buyer"))
    assert SECRET not in words
    [line] = [one for one in logs if one["event"] == "answer failed"]
    assert line["reference"] == reference_in(words)
    assert line["where"] == "BuyersCog.buyer_of"


async def test_a_page_button_that_fails_leaves_the_list_as_it_is(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.write(*(make.paid(str(i)) for i in range(11)))
    listed = await house.ask("sales")
    with monkeypatch.context() as broken_store:
        broken_store.setattr("bot.store.queries.sales.page", broken)
        words = said(await house.click(listed, "Next page"))
    assert "Something went wrong" in words
    assert labels(listed)["Next page"]
    await house.click(listed, "Next page")
    assert "11 sales · Page 2 of 2" in said(listed)


async def test_completion_that_fails_shows_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.queries.sales.suggest", broken)
    with capture_logs() as logs:
        assert await house.complete("sale", "sale", "") == []
    assert [one["event"] for one in logs] == ["completion failed"]
    assert SECRET not in str(logs)


@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("sales", {}),
        ("sale", {"sale": "1001"}),
        ("buyer", {"sale": "1001"}),
        ("stats", {}),
        ("exclusive", {}),
        ("settings show", {}),
    ],
)
async def test_an_answer_that_takes_long_is_announced_first(
    house: House, monkeypatch: pytest.MonkeyPatch, command: str, options: dict[str, str]
) -> None:
    await house.write(make.paid("1"))
    slow_down(monkeypatch)
    answer = await house.ask(command, **options)
    assert answer.deferred
    assert answer.ephemeral
    # The page of settings looks twice: before Stripe is asked, and after it.
    await house.env.advance_time(120)
    assert said(answer).strip()


async def test_slow_pages_turn_too(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    await house.write(*(make.paid(str(i)) for i in range(11)))
    listed = await house.ask("sales")
    slow_down(monkeypatch)
    turned = await house.click(listed, "Next page")
    assert turned.deferred
    await house.env.advance_time(60)
    assert "11 sales · Page 2 of 2" in said(listed)
    refused = await house.ask("sale", sale="99999")
    assert refused.deferred
    await house.env.advance_time(60)
    assert "There is no sale #99999." in said(refused)


async def test_an_answer_that_discord_does_not_take_any_more_is_only_logged(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.queries.sales.page", broken)
    house.env.inject_error("POST", "/interactions/*", status=404, code=10062)
    with capture_logs() as logs:
        await house.ask("sales")
    assert [one["event"] for one in logs] == ["answer failed", "answer not delivered"]
    assert len(house.env.errors) == 1
