"""The public page beside the rest of the bot: what Stripe tells is what it shows."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from tests.journey.live_bot import LiveBot, live_bot
from tests.journey.shop import ANA, BEN, Shop

HOME = "https://beats.example.com"


class Visitor:
    """Somebody with a browser."""

    def __init__(self, bot: LiveBot, session: aiohttp.ClientSession) -> None:
        self.address = bot.hook.url.removesuffix("/webhooks/stripe")
        self.session = session

    async def tracks(self) -> list[str]:
        """What the first page lists."""
        text = (await self.ask("/"))[1]
        return re.findall(r'<h3 dir="auto"><a href="[^"]+">([^<]*)</a>', text)

    async def ask(self, path: str, method: str = "GET") -> tuple[int, str]:
        """Status and text; of a redirect, where it leads to."""
        async with self.session.request(
            method, self.address + path, allow_redirects=False
        ) as answer:
            return answer.status, answer.headers.get("Location") or await answer.text()


@asynccontextmanager
async def visited(bot: LiveBot) -> AsyncIterator[Visitor]:
    async with aiohttp.ClientSession() as session:
        yield Visitor(bot, session)


@pytest.fixture
async def open_house(tmp_path: Path) -> AsyncIterator[LiveBot]:
    async with live_bot(tmp_path, public_url=HOME) as opened:
        yield opened


async def _open_shop(bot: LiveBot) -> Shop:
    shop = Shop(bot.account)
    # The events that `Shop` has taken as not of interest.
    await bot.take(bot.account.events)
    return shop


async def test_what_is_put_on_sale_in_stripe_is_on_the_page(open_house: LiveBot) -> None:
    async with visited(open_house) as visitor:
        assert await visitor.tracks() == []
        await _open_shop(open_house)
        assert await visitor.tracks() == ["Midnight Drive", "Neon Rain", "Paper Moon"]


async def test_an_exclusive_sale_takes_the_track_off_the_page_and_out_of_reach(
    open_house: LiveBot,
) -> None:
    async with visited(open_house) as visitor:
        shop = await _open_shop(open_house)
        assert await visitor.tracks() == ["Midnight Drive", "Neon Rain", "Paper Moon"]
        await open_house.happen(open_house.account.buy(shop.exclusive, buyer=ANA))
        assert await visitor.tracks() == ["Neon Rain", "Paper Moon"]
        assert (await visitor.ask(f"/buy/{shop.lease}", "POST"))[0] == 410
        assert (await visitor.ask(f"/buy/{shop.neon_lease}", "POST"))[0] == 303


async def test_a_refunded_exclusive_can_be_bought_again(open_house: LiveBot) -> None:
    async with visited(open_house) as visitor:
        shop = await _open_shop(open_house)
        bought = await open_house.happen(open_house.account.buy(shop.exclusive, buyer=ANA))
        await open_house.happen(open_house.account.refund(bought))
        assert "Midnight Drive" in await visitor.tracks()


async def test_from_the_button_to_the_license(open_house: LiveBot) -> None:
    async with visited(open_house) as visitor:
        shop = await _open_shop(open_house)
        await visitor.ask(f"/buy/{shop.lease}", "POST")
        (session,) = open_house.account.books.all("checkout.session")
        back = f"/bought?session_id={session}"
        assert "being confirmed" in (await visitor.ask(back))[1]
        await open_house.happen(open_house.account.complete(session, buyer=BEN))
        page = (await visitor.ask(back))[1]
        assert "Your license is ready" in page
        (link,) = re.findall(r'href="\./(license/[^"]+)"', page)
        assert (await open_house.sale()).license == "Basic Lease"
        async with visitor.session.get(f"{visitor.address}/{link}") as document:
            assert (document.status, document.content_type) == (200, "application/pdf")


async def test_two_who_have_the_page_open_cannot_both_begin_to_pay_after_the_first_has(
    open_house: LiveBot,
) -> None:
    async with visited(open_house) as visitor:
        shop = await _open_shop(open_house)
        assert (await visitor.ask(f"/buy/{shop.exclusive}", "POST"))[0] == 303
        (session,) = open_house.account.books.all("checkout.session")
        await open_house.happen(open_house.account.complete(session, buyer=ANA))
        status, page = await visitor.ask(f"/buy/{shop.exclusive}", "POST")
        assert (status, "Sold exclusively" in page) == (410, True)
        assert "Ana" not in page
