"""Very many open Checkouts: closed page by page, and nothing waits for all of them."""

import asyncio
from pathlib import Path

from bot.domain.json_access import Json
from bot.domain.off_sale import Obstacle, StepKind
from bot.stripe_api.checkout_sessions import AT_ONCE
from tests.fakes.stripe.leaps import leaping
from tests.journey.house import House, Time, house
from tests.journey.shop import Shop
from tests.sync.shelves.doing import DONE, OPEN, active, look, sold, states, steps

LIST = "/v1/checkout/sessions"
EXPIRE = "POST /v1/checkout/sessions/{id}/expire"
LINK, PRICE = "POST /v1/payment_links/{id}", "POST /v1/prices/{id}"


def _still_open(home: House) -> int:
    books = home.account.books
    sessions = (books.get("checkout.session", id_) for id_ in books.all("checkout.session"))
    return sum(session["status"] == "open" for session in sessions)


def _visit(home: House, shop: Shop, times: int) -> list[str]:
    """So many visits of each of two links; the links."""
    links = [home.account.link([price]) for price in (shop.lease, shop.exclusive)]
    for _ in range(times):
        for link in links:
            home.account.open(link=link)
    return links


async def test_each_page_is_closed_before_the_next_is_asked_for(home: House, shop: Shop) -> None:
    _visit(home, shop, 60)
    await look(home)
    closed: list[int] = []

    def called(path: str) -> float:
        if path == LIST:
            closed.append(home.stripe.calls.paths[EXPIRE])
        return 0.0

    home.stripe.faults.latency = called
    await sold(home, shop)
    assert closed[:3] == [0, AT_ONCE, 2 * AT_ONCE]
    assert (_still_open(home), await states(home)) == (0, {DONE})


async def test_each_page_has_the_patience_that_one_call_has(home: House, shop: Shop) -> None:
    _visit(home, shop, 100)
    await look(home)
    home.stripe.faults.latency = lambda path: 6.0 if path == LIST else 0.0
    with leaping(home.stripe) as leaps:
        await sold(home, shop)
    assert leaps.seconds > 20
    assert _still_open(home) == 0
    # The time that leapt may have run out for a call next to these: that one is made again.
    home.time.pass_(hours=1)
    await home.app.off_sale.settle()
    assert await states(home) == {DONE}


async def test_links_and_prices_do_not_wait_for_the_checkouts(home: House, shop: Shop) -> None:
    links = _visit(home, shop, 60)
    await look(home)
    answers = asyncio.Event()

    async def wait(_: float) -> None:
        await answers.wait()

    home.stripe._sleep = wait
    home.stripe.faults.latency = lambda path: 1.0 if path == LIST else 0.0
    home.account.buy(shop.exclusive)
    await home.happen()
    switched_off = asyncio.Event()

    def changed(_: Json) -> None:
        if not any(active(home, *links, shop.midnight_drive, shop.lease, shop.exclusive)):
            switched_off.set()

    home.account.listen(changed)
    working = asyncio.create_task(home.app.off_sale.settle())
    await switched_off.wait()
    assert _still_open(home) == 120
    answers.set()
    await working
    assert (_still_open(home), await states(home)) == (0, {DONE})


async def test_another_track_does_not_wait_for_the_checkouts_either(
    home: House, shop: Shop
) -> None:
    rain = home.account.price(shop.neon_rain, 45_000, metadata={"exclusive": "true"})
    link = home.account.link([shop.neon_lease])
    _visit(home, shop, 1)
    await look(home)
    asked, answers, switched_off = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def wait(_: float) -> None:
        asked.set()
        await answers.wait()

    home.stripe._sleep = wait
    home.stripe.faults.latency = lambda path: 1.0 if path == LIST else 0.0
    home.account.listen(lambda _: None if active(home, link) == [True] else switched_off.set())
    running = asyncio.create_task(home.app.off_sale.run())
    home.account.buy(shop.exclusive)
    await home.happen()
    await asked.wait()
    home.account.buy(rain)
    await home.happen()
    await switched_off.wait()
    assert _still_open(home) == 2
    home.app.off_sale.stop()
    answers.set()
    await running


async def test_what_stripe_did_not_answer_is_gone_on_with_and_what_was_closed_stays_so(
    home: House, shop: Shop
) -> None:
    _visit(home, shop, 60)
    await look(home)
    pages = 0

    def called(path: str) -> float:
        nonlocal pages
        pages += path == LIST
        # Only the very first page is answered.
        home.stripe.faults.down = path == LIST and pages > 1
        return 0.0

    home.stripe.faults.latency = called
    await sold(home, shop)
    assert _still_open(home) == 120 - AT_ONCE
    assert (await steps(home))[StepKind.SESSION, ""] == (OPEN, Obstacle.DOWN)
    home.stripe.faults.clear()
    home.time.pass_(minutes=1)
    await home.app.off_sale.settle()
    assert (_still_open(home), await states(home)) == (0, {DONE})


async def test_a_stop_between_two_pages_is_heeded_and_a_restart_goes_on(tmp_path: Path) -> None:
    time = Time()
    async with house(tmp_path, time=time) as home:
        shop, account = Shop(home.account), home.account
        _visit(home, shop, 60)
        await look(home)
        home.account.buy(shop.exclusive)
        await home.happen()

        def called(path: str) -> float:
            if path == EXPIRE:
                home.app.off_sale.stop()
            return 0.0

        home.stripe.faults.latency = called
        await home.app.off_sale.settle()
        assert home.stripe.calls.paths[LIST] == 1
        assert _still_open(home) == 120 - AT_ONCE
    time.pass_(seconds=5)
    async with house(tmp_path, time=time, account=account) as home:
        await home.app.off_sale.settle()
        assert (_still_open(home), await states(home)) == (0, {DONE})
        closed = [object_ for kind, object_ in await steps(home) if kind is StepKind.SESSION]
        assert len([object_ for object_ in closed if object_]) == 120
