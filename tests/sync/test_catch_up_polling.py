"""Without webhooks, or while none comes, Stripe is asked often enough and not too often."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.domain import test_sale
from bot.domain.polling import Polling
from bot.domain.test_sale import Progress, Step
from tests.journey.live_bot import LiveBot, live_bot
from tests.journey.shop import ANA, BEN, Shop
from tests.sync import actions
from tests.sync.test_catch_up import notices
from tests.sync.world import World

EVENTS = "/v1/events"
BASE = timedelta(seconds=648)
ALONE: dict[str, Any] = {
    "stripe_webhook_secret": None,
    "public_url": "https://beats.example.com",
}


@pytest.fixture
def world() -> World:
    """A shop that has sold nothing yet, made so long ago that Stripe lists no event of it."""
    world = World()
    world.time.pass_(days=31)
    return world


@pytest.fixture
def shop(world: World) -> Shop:
    made = Shop(world.account)
    world.account.take_events()
    return made


@pytest.fixture
async def alone(tmp_path: Path, world: World, shop: Shop) -> AsyncIterator[LiveBot]:
    """A bot without webhooks, up for a day."""
    async with live_bot(tmp_path, time=world.time, account=world.account, **ALONE) as opened:
        await actions.backfill_task_of(opened).work()
        assert opened.app.recovery is not None
        await opened.app.recovery.catalogue.step()
        await actions.let_pass(opened, days=1)
        yield opened


@pytest.fixture
async def hooked(tmp_path: Path, world: World, shop: Shop) -> AsyncIterator[LiveBot]:
    """A bot whose webhooks have come so far, up for an hour."""
    async with live_bot(tmp_path, time=world.time, account=world.account) as opened:
        await actions.backfill_task_of(opened).work()
        await actions.let_pass(opened, hours=1)
        opened.account.buy(shop.lease, buyer=BEN)
        await opened.happen()
        await actions.let_pass(opened, minutes=1)
        yield opened


def how(bot: LiveBot) -> Polling:
    polling = actions.catch_up_of(bot).how()
    assert polling is not None
    return polling


async def announced(bot: LiveBot) -> int:
    return len(await bot.told("announce"))


async def test_a_sale_is_found_within_the_interval_and_once(alone: LiveBot, shop: Shop) -> None:
    alone.account.buy(shop.lease, buyer=ANA)
    await actions.let_pass(alone, seconds=how(alone).every().total_seconds() + 5)
    assert await announced(alone) == 1
    await actions.let_pass(alone, hours=1)
    assert await announced(alone) == 1
    assert (await alone.sale()).share is not None
    assert await notices(alone) == []


async def test_after_a_sale_the_next_is_found_within_seconds(alone: LiveBot, shop: Shop) -> None:
    alone.account.buy(shop.lease, buyer=ANA)
    while not await announced(alone):
        await actions.let_pass(alone, minutes=1)
    for seconds in (30, 40, 50):
        await actions.let_pass(alone, seconds=seconds)
        alone.account.buy(shop.lease, buyer=BEN)
        await actions.let_pass(alone, seconds=6)
    assert await announced(alone) == 4


async def test_an_exclusive_sale_takes_its_track_off_sale(alone: LiveBot, shop: Shop) -> None:
    link = alone.account.link([shop.exclusive])
    await actions.let_pass(alone, minutes=17)
    alone.account.buy(shop.exclusive, buyer=ANA)
    await actions.let_pass(alone, minutes=17)
    await alone.app.off_sale.settle()
    assert not alone.account.get("payment_link", link)["active"]


async def test_a_command_makes_the_bot_ask_at_once_and_often(alone: LiveBot, shop: Shop) -> None:
    alone.account.buy(shop.lease, buyer=ANA)
    alone.app.client.asked()
    await actions.let_pass(alone, seconds=1)
    assert await announced(alone) == 1
    assert how(alone).next == alone.time() + timedelta(seconds=4)


async def test_a_buyer_who_comes_back_from_paying_is_told_of_at_once(
    alone: LiveBot, shop: Shop
) -> None:
    address = alone.hook.url.removesuffix("/webhooks/stripe")
    async with aiohttp.ClientSession() as browser:
        await browser.post(f"{address}/buy/{shop.lease}", allow_redirects=False)
        (session,) = alone.account.books.all("checkout.session")
        await actions.let_pass(alone, minutes=25)
        alone.account.complete(session, buyer=BEN)
        await browser.get(f"{address}/bought?session_id={session}")
        await actions.let_pass(alone, seconds=1)
        assert await announced(alone) == 1
        alone.stripe.calls.reset()
        for _ in range(3):
            await browser.get(f"{address}/bought?session_id=cs_made_up")
            await actions.let_pass(alone, seconds=1)
        assert alone.stripe.calls.paths[EVENTS] <= 1


async def test_a_page_that_is_reloaded_without_end_asks_no_more(alone: LiveBot, shop: Shop) -> None:
    address = alone.hook.url.removesuffix("/webhooks/stripe")
    async with aiohttp.ClientSession() as browser:
        await browser.post(f"{address}/buy/{shop.lease}", allow_redirects=False)
        (session,) = alone.account.books.all("checkout.session")
        await actions.let_pass(alone, hours=1)
        alone.stripe.calls.reset()
        for _ in range(60):
            await browser.get(f"{address}/bought?session_id={session}")
            await actions.let_pass(alone, seconds=1)
    assert alone.stripe.calls.paths[EVENTS] <= 25 + 60 / 5


async def test_a_test_sale_goes_through_without_a_secret_of_stripes(alone: LiveBot) -> None:
    class Enough(Exception):
        """Discord is not there to post it."""

    async def report(progress: Progress) -> None:
        if len(progress.steps) == 2:
            assert [step for step, _ in progress.steps] == [Step.ACCEPTED, Step.STORED]
            raise Enough

    with pytest.raises(Enough):
        await alone.app.test_sales.run(await alone.producer(), report)


async def test_what_nobody_signed_is_refused(alone: LiveBot) -> None:
    event = test_sale.event("forged", alone.time(), livemode=False)
    assert await alone.hook.send(event) == 400


async def test_a_day_without_sales_takes_one_read_an_interval(alone: LiveBot) -> None:
    alone.stripe.calls.reset()
    await actions.let_pass(alone, days=1)
    assert set(alone.stripe.calls.paths) == {EVENTS}
    assert 120 <= alone.stripe.calls.total <= timedelta(days=1) / BASE + 1


async def test_the_whole_catalog_is_read_once_a_day_while_events_are_listed(
    alone: LiveBot,
) -> None:
    assert alone.app.recovery is not None
    catalogue = alone.app.recovery.catalogue
    for denied, reads in ((False, 1), (True, 23)):
        alone.stripe.calls.reset()
        for _ in range(23):
            if denied:
                alone.stripe.faults.denied.add("event")
            await actions.let_pass(alone, hours=1)
            await catalogue.step()
        assert alone.stripe.calls.paths["/v1/products"] == reads


async def test_a_clock_that_was_ahead_loses_no_sale(alone: LiveBot, shop: Shop) -> None:
    """For an hour, the bot believed that it was two days later."""
    alone.time.pass_(days=2)
    await actions.let_pass(alone, hours=1)
    alone.time.pass_(days=-2)
    alone.account.buy(shop.lease, buyer=ANA)
    await actions.let_pass(alone, minutes=17)
    assert await announced(alone) == 1
    alone.account.buy(shop.lease, buyer=BEN)
    await actions.let_pass(alone, minutes=17)
    assert await announced(alone) == 2


async def test_what_was_borrowed_is_known_after_a_restart(
    tmp_path: Path, alone: LiveBot, world: World
) -> None:
    for _ in range(3):
        alone.app.client.asked()
        await actions.let_pass(alone, minutes=10)
    borrowed = how(alone).borrowed
    assert borrowed > 100
    async with live_bot(tmp_path, time=world.time, account=world.account, **ALONE) as again:
        await actions.let_pass(again, seconds=1)
        assert abs(how(again).borrowed - borrowed) < 10
        assert how(again).used == pytest.approx(how(alone).used, rel=0.1)


async def test_webhooks_that_fall_silent_are_replaced_until_they_are_back(
    hooked: LiveBot, shop: Shop
) -> None:
    assert not how(hooked).alone
    hooked.account.buy(shop.lease, buyer=ANA)
    lost = hooked.account.take_events()
    await actions.let_pass(hooked, minutes=22)
    assert how(hooked).alone
    assert [notice["what"] for notice in await notices(hooked)] == ["webhooks_missing"]
    assert await announced(hooked) == 2
    hooked.account.buy(shop.lease, buyer=BEN)
    hooked.account.take_events()
    await actions.let_pass(hooked, seconds=how(hooked).every().total_seconds() + 5)
    assert await announced(hooked) == 3
    # One comes: they are back.
    await hooked.take(lost[:1])
    await actions.let_pass(hooked, seconds=2)
    assert not how(hooked).alone
    assert [notice["what"] for notice in await notices(hooked)][-1] == "webhooks_back"
    assert await announced(hooked) == 3


async def test_silence_is_known_after_a_restart(
    tmp_path: Path, hooked: LiveBot, shop: Shop, world: World
) -> None:
    hooked.account.buy(shop.lease, buyer=ANA)
    hooked.account.take_events()
    await actions.let_pass(hooked, minutes=22)
    async with live_bot(tmp_path, time=world.time, account=world.account) as again:
        await actions.let_pass(again, seconds=1)
        assert how(again).alone


async def test_a_test_sale_of_our_own_is_no_webhook(hooked: LiveBot, shop: Shop) -> None:
    hooked.account.buy(shop.lease, buyer=ANA)
    hooked.account.take_events()
    await actions.let_pass(hooked, minutes=22)
    await actions.catch_up_of(hooked).take_webhook(
        b"{}", {"id": "evt_own", "type": test_sale.TYPE}, hooked.time()
    )
    await actions.let_pass(hooked, seconds=2)
    assert how(hooked).alone


async def test_one_lost_webhook_of_many_is_no_silence(hooked: LiveBot, shop: Shop) -> None:
    hooked.account.buy(shop.lease, buyer=ANA)
    hooked.account.take_events()
    hooked.time.pass_(minutes=1)
    hooked.account.buy(shop.lease, buyer=BEN)
    await hooked.happen()
    await actions.let_pass(hooked, minutes=70)
    assert not how(hooked).alone
    assert await announced(hooked) == 3


async def test_webhooks_that_come_are_trusted_for_an_hour(hooked: LiveBot, shop: Shop) -> None:
    await actions.let_pass(hooked, hours=1)
    hooked.stripe.calls.reset()
    for _ in range(11):
        hooked.account.buy(shop.lease, buyer=BEN)
        await hooked.happen()
        await actions.let_pass(hooked, minutes=5)
    assert hooked.stripe.calls.paths[EVENTS] <= 1
