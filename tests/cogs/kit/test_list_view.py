"""Lists end: in time, and whatever Discord says then."""

import pytest
from structlog.testing import capture_logs

from bot.domain.sale import Producer
from cogs.kit.list_view import ListView
from tests import factories as make
from tests.cogs.house import House, answer_of, labels, said
from tests.store import samples


async def test_a_list_that_cannot_be_closed_any_more_is_let_be(
    house: House, producer: Producer
) -> None:
    await samples.write(house.store, producer, *(make.paid(str(i)) for i in range(11)))
    listed = await house.ask("sales")
    house.env.inject_error("PATCH", "/webhooks/*", status=404, code=10015)
    with capture_logs() as logs:
        await house.env.advance_time(15 * 60)
    assert [one["event"] for one in logs] == ["list not closed"]
    assert labels(listed) == {"◀": False, "▶": True}


async def test_a_list_that_breaks_down_says_so(
    house: House, producer: Producer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> bool:
        raise RuntimeError("secret")

    await samples.write(house.store, producer, *(make.paid(str(i)) for i in range(11)))
    listed = await house.ask("sales")
    monkeypatch.setattr(ListView, "interaction_check", broken)
    words = said(await house.owner.click(answer_of(listed).message, label="▶"))
    assert "Something went wrong on my side." in words
    assert "secret" not in words
    assert len(house.env.errors) == 1
