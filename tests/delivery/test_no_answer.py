"""What is no answer of Discord's: the same again with the same nonce, until it is told once."""

from typing import Any

import discord
import pytest

from bot.delivery import discord_api
from bot.delivery.discord_api import request
from fakes.discord.guild import FakeChannel, text
from fakes.discord.server import FakeDiscord
from tests.delivery.conftest import Start
from tests.delivery.shop import Shop

PAGE = "<html><head><title>Access denied</title></head></html>"
NO_ANSWERS: dict[str, dict[str, Any]] = {
    "a proxy's 400": {"status": 400, "page": PAGE},
    "a proxy's 401": {"status": 401, "page": PAGE},
    "a proxy's 403": {"status": 403, "page": PAGE},
    "a proxy's 404": {"status": 404, "page": PAGE},
    "a proxy's 413": {"status": 413, "page": PAGE},
    "a proxy's 429": {"status": 429, "page": PAGE, "via": False},
    "a page with 200": {"status": 200, "page": PAGE},
    "an empty 200": {"status": 200, "page": ""},
    "other JSON with 200": {"status": 200},
    "JSON that breaks off": {"cut": True},
    "a 429 without its wait": {"status": 429, "retry_after": None},
    "silence": {"hang": True},
}
FAULTS = pytest.mark.parametrize("fault", NO_ANSWERS.values(), ids=NO_ANSWERS.keys())


@pytest.fixture(autouse=True)
def _briefly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discord_api, "LIMIT", 0.2)


@FAULTS
@pytest.mark.parametrize("done", [True, False], ids=["made", "not made"])
async def test_no_answer_to_a_sale_repeats_it_until_it_is_told_once(
    shop: Shop, fault: dict[str, Any], done: bool
) -> None:
    shop.fake.fail("POST", "/messages", times=8, done=done, **fault)
    await shop.sold("midnight")
    await shop.passes(minutes=10)
    assert len(shop.fake.asked("POST")) > 1
    assert len({sent.body["nonce"] for sent in shop.fake.asked("POST")}) == 1
    assert len(shop.channel.shown) == 1
    assert await shop.states() == {}


@FAULTS
async def test_no_answer_to_an_edit_repeats_it_until_it_is_made(
    shop: Shop, fault: dict[str, Any]
) -> None:
    await shop.sold("midnight")
    shop.fake.fail("PATCH", "/messages", times=8, **fault)
    await shop.recorded(shop.settled("midnight"))
    await shop.passes(minutes=10)
    assert "$28.82" in text(shop.channel.shown[0])
    assert await shop.states() == {}


@FAULTS
async def test_no_answer_about_the_channel_lets_alerts_wait(
    closed: Shop, start: Start, fault: dict[str, Any]
) -> None:
    closed.fake.fail("GET", f"/channels/{closed.channel.id}", times=5, **fault)
    await closed.sell("midnight")
    runner = await start()
    assert closed.channel.shown == []
    await runner.passes(minutes=5)
    assert len(closed.channel.shown) == 1


async def test_no_answer_for_hours_is_told_once_in_the_end(shop: Shop) -> None:
    fault = shop.fake.fail("POST", "/messages", times=10_000, status=403, page=PAGE)
    await shop.sold("midnight", "dawn")
    await shop.passes(hours=5)
    assert await shop.states() == {"sending": 2}
    fault.times = 0
    await shop.passes(minutes=2)
    assert len(shop.channel.shown) == 2
    assert await shop.states() == {}


async def test_request_cut_short_in_a_global_limit_lets_others_go_on(
    client: discord.Client, fake: FakeDiscord, channel: FakeChannel
) -> None:
    """discord.py itself would leave its lock shut, and no request would ever be made again."""
    client.http._global_over.clear()  # noqa: SLF001 - discord.py's
    with pytest.raises(TimeoutError):
        async with request(client):
            await client.fetch_channel(channel.id)
    async with request(client):
        assert (await client.fetch_channel(channel.id)).id == channel.id
