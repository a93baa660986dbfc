"""Very many open Checkouts: closed page by page, and nothing waits for all of them."""

import asyncio
from pathlib import Path

from bot.domain.json_access import Json
from bot.domain.off_sale import Obstacle, StepKind
from bot.stripe_api.api import SESSIONS_AT_ONCE
from tests.fakes.stripe.leaps import leaping
from tests.journey.live_bot import LiveBot, Time, live_bot
from tests.journey.shop import Shop
from tests.sync.off_sale.actions import (
    DONE,
    OPEN,
    active,
    look,
    sold,
    states,
    steps,
)

LIST = "/v1/checkout/sessions"
EXPIRE = "POST /v1/checkout/sessions/{id}/expire"
LINK, PRICE = "POST /v1/payment_links/{id}", "POST /v1/prices/{id}"


def _still_open(bot: LiveBot) -> int:
    books = bot.account.books
    sessions = (books.get("checkout.session", id_) for id_ in books.all("checkout.session"))
    return sum(session["status"] == "open" for session in sessions)


def _visit(bot: LiveBot, shop: Shop, times: int) -> list[str]:
    """So many visits of each of two links; the links."""
    links = [bot.account.link([price]) for price in (shop.lease, shop.exclusive)]
    for _ in range(times):
        for link in links:
            bot.account.open(link=link)
    return links


async def test_each_page_is_closed_before_the_next_is_asked_for(bot: LiveBot, shop: Shop) -> None:
    _visit(bot, shop, 60)
    await look(bot)
    closed: list[int] = []

    def called(path: str) -> float:
        if path == LIST:
            closed.append(bot.stripe.calls.paths[EXPIRE])
        return 0.0

    bot.stripe.faults.latency = called
    await sold(bot, shop)
    assert closed[:3] == [0, SESSIONS_AT_ONCE, 2 * SESSIONS_AT_ONCE]
    assert (_still_open(bot), await states(bot)) == (0, {DONE})


async def test_each_page_has_the_patience_that_one_call_has(bot: LiveBot, shop: Shop) -> None:
    _visit(bot, shop, 100)
    await look(bot)
    bot.stripe.faults.latency = lambda path: 6.0 if path == LIST else 0.0
    with leaping(bot.stripe) as leaps:
        await sold(bot, shop)
    assert leaps.seconds > 20
    assert _still_open(bot) == 0
    # The time that leapt may have run out for a call next to these: that one is made again.
    bot.time.pass_(hours=1)
    await bot.app.off_sale.settle()
    assert await states(bot) == {DONE}


async def test_links_and_prices_do_not_wait_for_the_checkouts(bot: LiveBot, shop: Shop) -> None:
    links = _visit(bot, shop, 60)
    await look(bot)
    answers = asyncio.Event()

    async def wait(_: float) -> None:
        await answers.wait()

    bot.stripe.sleep = wait
    bot.stripe.faults.latency = lambda path: 1.0 if path == LIST else 0.0
    bot.account.buy(shop.exclusive)
    await bot.happen()
    switched_off = asyncio.Event()

    def changed(_: Json) -> None:
        if not any(active(bot, *links, shop.midnight_drive, shop.lease, shop.exclusive)):
            switched_off.set()

    bot.account.listen(changed)
    working = asyncio.create_task(bot.app.off_sale.settle())
    await switched_off.wait()
    assert _still_open(bot) == 120
    answers.set()
    await working
    assert (_still_open(bot), await states(bot)) == (0, {DONE})


async def test_another_track_does_not_wait_for_the_checkouts(bot: LiveBot, shop: Shop) -> None:
    rain = bot.account.price(shop.neon_rain, 45_000, metadata={"exclusive": "true"})
    link = bot.account.link([shop.neon_lease])
    _visit(bot, shop, 1)
    await look(bot)
    asked, answers, switched_off = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def wait(_: float) -> None:
        asked.set()
        await answers.wait()

    bot.stripe.sleep = wait
    bot.stripe.faults.latency = lambda path: 1.0 if path == LIST else 0.0
    bot.account.listen(lambda _: None if active(bot, link) == [True] else switched_off.set())
    running = asyncio.create_task(bot.app.off_sale.run())
    bot.account.buy(shop.exclusive)
    await bot.happen()
    await asked.wait()
    bot.account.buy(rain)
    await bot.happen()
    await switched_off.wait()
    assert _still_open(bot) == 2
    bot.app.off_sale.stop()
    answers.set()
    await running


async def test_page_without_an_answer_is_asked_for_again(bot: LiveBot, shop: Shop) -> None:
    _visit(bot, shop, 60)
    await look(bot)
    pages = 0

    def called(path: str) -> float:
        nonlocal pages
        pages += path == LIST
        # Only the very first page is answered.
        bot.stripe.faults.down = path == LIST and pages > 1
        return 0.0

    bot.stripe.faults.latency = called
    await sold(bot, shop)
    assert _still_open(bot) == 120 - SESSIONS_AT_ONCE
    assert (await steps(bot))[StepKind.SESSION, ""] == (OPEN, Obstacle.DOWN)
    bot.stripe.faults.clear()
    bot.time.pass_(minutes=1)
    await bot.app.off_sale.settle()
    assert (_still_open(bot), await states(bot)) == (0, {DONE})


async def test_a_stop_between_two_pages_is_heeded_and_a_restart_goes_on(tmp_path: Path) -> None:
    time = Time()
    async with live_bot(tmp_path, time=time) as bot:
        shop, account = Shop(bot.account), bot.account
        _visit(bot, shop, 60)
        await look(bot)
        bot.account.buy(shop.exclusive)
        await bot.happen()

        def called(path: str) -> float:
            if path == EXPIRE:
                bot.app.off_sale.stop()
            return 0.0

        bot.stripe.faults.latency = called
        await bot.app.off_sale.settle()
        assert bot.stripe.calls.paths[LIST] == 1
        assert _still_open(bot) == 120 - SESSIONS_AT_ONCE
    time.pass_(seconds=5)
    async with live_bot(tmp_path, time=time, account=account) as bot:
        await bot.app.off_sale.settle()
        assert (_still_open(bot), await states(bot)) == (0, {DONE})
        closed = [object_ for kind, object_ in await steps(bot) if kind is StepKind.SESSION]
        assert len([object_ for object_ in closed if object_]) == 120
