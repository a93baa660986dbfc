"""Lists end: in time, and whatever Discord says then."""

import pytest
from structlog.testing import capture_logs

from cogs.kit.list_view import ListView
from tests import factories as make
from tests.cogs.house import House, labels, said


async def test_a_list_that_cannot_be_closed_any_more_is_let_be(house: House) -> None:
    await house.write(*(make.paid(str(i)) for i in range(11)))
    listed = await house.ask("sales")
    house.env.inject_error("PATCH", "/webhooks/*", status=404, code=10015)
    with capture_logs() as logs:
        await house.env.advance_time(15 * 60)
    assert [one["event"] for one in logs] == ["list not closed"]
    assert labels(listed)["Next page"]


async def test_a_list_that_breaks_down_says_so(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> bool:
        raise RuntimeError("secret")

    await house.write(*(make.paid(str(i)) for i in range(11)))
    listed = await house.ask("sales")
    monkeypatch.setattr(ListView, "interaction_check", broken)
    words = said(await house.click(listed, "Next page"))
    assert "Something went wrong on my side." in words
    assert "secret" not in words
    assert len(house.env.errors) == 1
