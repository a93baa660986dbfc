"""An exclusive is sold: whatever in Stripe still sells the track is switched off, at once."""

import asyncio
from pathlib import Path

import pytest

from bot.domain.off_sale import Obstacle, StepKind
from bot.store import tables
from fakes.stripe.cart import NotForSale
from tests.journey.live_bot import LiveBot, live_bot
from tests.journey.shop import Shop
from tests.sync.shelves.doing import (
    ALL_KINDS,
    BY_HAND,
    DONE,
    OPEN,
    active,
    edits,
    happen,
    look,
    sold,
    state,
    states,
    steps,
    subscription,
    written,
)


async def test_all_that_sells_the_track_is_switched_off(bot: LiveBot, shop: Shop) -> None:
    links = [bot.account.link([price]) for price in (shop.lease, shop.exclusive)]
    other = bot.account.link([shop.neon_lease])
    by_link = bot.account.open(link=links[0])
    by_page = bot.account.open(shop.lease)
    elsewhere = bot.account.open(shop.neon_lease)
    await look(bot)
    await sold(bot, shop)
    assert await states(bot) == {DONE}
    assert active(bot, *links, shop.midnight_drive, shop.lease, shop.exclusive) == [False] * 5
    assert active(bot, other, shop.neon_rain, shop.neon_lease) == [True] * 3
    for session in (by_link, by_page):
        with pytest.raises(NotForSale):
            bot.account.complete(session)
    bot.account.complete(elsewhere)
    shown = bot.account.get("payment_link", links[0])
    assert "sold exclusively" in shown["inactive_message"]


async def test_the_steps_are_written_with_the_mark_itself(bot: LiveBot, shop: Shop) -> None:
    link = bot.account.link([shop.lease])
    await look(bot)
    bot.account.buy(shop.exclusive)
    await bot.happen()
    assert (1, "midnight drive") in await bot.rows(tables.tracks, "holder_sale_id", "key")
    found = await steps(bot)
    assert found[StepKind.LINK, link] == (OPEN, None)
    assert await states(bot) == {OPEN}
    assert written(bot) == {}


async def test_before_the_catalogue_was_read_nothing_is_begun(bot: LiveBot, shop: Shop) -> None:
    link = bot.account.link([shop.lease])
    bot.account.take_events()
    await sold(bot, shop)
    assert await bot.rows(tables.steps) == []
    await look(bot)
    await bot.app.off_sale.settle()
    assert active(bot, link, shop.midnight_drive) == [False, False]
    assert await states(bot) == {DONE}


async def test_a_link_that_sells_other_tracks_too_is_left_to_the_producer(
    bot: LiveBot, shop: Shop
) -> None:
    bundle = bot.account.link([shop.lease, shop.neon_lease])
    opened = bot.account.open(link=bundle)
    await look(bot)
    await sold(bot, shop)
    assert (await steps(bot))[StepKind.LINK, bundle] == (BY_HAND, Obstacle.SHARED)
    # A Checkout that it had opened is closed all the same.
    with pytest.raises(NotForSale):
        bot.account.complete(opened)


async def test_what_the_producer_does_by_hand_is_ticked(bot: LiveBot, shop: Shop) -> None:
    bot.stripe.faults.read_only |= ALL_KINDS
    link = bot.account.link([shop.lease])
    await look(bot)
    await sold(bot, shop)
    found = await steps(bot)
    assert set(found.values()) == {(BY_HAND, Obstacle.DENIED), (DONE, None)}
    await bot.hear()
    bot.time.pass_(minutes=5)
    bot.account.archive(link)
    await happen(bot)
    assert (await steps(bot))[StepKind.LINK, link] == (DONE, None)
    assert await edits(bot) == 1


async def test_what_no_event_told_of_is_ticked_by_the_hourly_reading(
    bot: LiveBot, shop: Shop
) -> None:
    bot.stripe.faults.read_only |= ALL_KINDS
    link = bot.account.link([shop.lease])
    await look(bot)
    await sold(bot, shop)
    bot.account.archive(link)
    bot.account.take_events()
    bot.time.pass_(hours=1)
    await look(bot)
    await bot.app.off_sale.settle()
    found = await steps(bot)
    assert found[StepKind.LINK, link] == (DONE, None)
    assert found[StepKind.PRODUCT, shop.midnight_drive] == (BY_HAND, Obstacle.DENIED)


async def test_a_product_that_other_tracks_need_stays(bot: LiveBot, shop: Shop) -> None:
    club = subscription(bot, shop.midnight_drive)
    await look(bot)
    await sold(bot, shop)
    assert active(bot, shop.midnight_drive, club) == [True, True]
    assert active(bot, shop.lease, shop.exclusive) == [False, False]
    assert (StepKind.PRODUCT, shop.midnight_drive) not in await steps(bot)


async def test_a_price_added_this_moment_keeps_its_product(bot: LiveBot, shop: Shop) -> None:
    await look(bot)
    added = subscription(bot, shop.midnight_drive)
    bot.account.take_events()
    await sold(bot, shop)
    assert active(bot, shop.midnight_drive, added, shop.lease) == [True, True, False]


async def test_a_default_price_goes_with_its_product(bot: LiveBot, shop: Shop) -> None:
    bot.account.change(shop.midnight_drive, default_price=shop.lease)
    await look(bot)
    await sold(bot, shop)
    assert (StepKind.PRICE, shop.lease) not in await steps(bot)
    assert active(bot, shop.midnight_drive) == [False]
    assert await states(bot) == {DONE}


async def test_a_default_price_of_a_shared_product_is_left_to_the_producer(
    bot: LiveBot, shop: Shop
) -> None:
    club = subscription(bot, shop.midnight_drive)
    bot.account.change(shop.midnight_drive, default_price=shop.lease)
    await look(bot)
    await sold(bot, shop)
    assert (await steps(bot))[StepKind.PRICE, shop.lease] == (BY_HAND, Obstacle.DEFAULT)
    bot.time.pass_(minutes=5)
    bot.account.change(shop.midnight_drive, default_price=club)
    await happen(bot)
    assert active(bot, shop.lease) == [False]
    assert await states(bot) == {DONE}


async def test_a_checkout_of_a_link_that_alone_names_the_track_is_closed(
    bot: LiveBot, shop: Shop
) -> None:
    product = bot.account.product("Basic Lease")
    price = bot.account.price(product, 2999)
    link = bot.account.link([price], metadata={"track": "midnight drive"})
    other = bot.account.link([price], metadata={"track": "Neon Rain"})
    session, open_still = bot.account.open(link=link), bot.account.open(link=other)
    await look(bot)
    await sold(bot, shop)
    assert active(bot, link, other, price) == [False, True, True]
    with pytest.raises(NotForSale):
        bot.account.complete(session)
    bot.account.complete(open_still)


async def test_while_it_runs_it_is_woken_and_stops(bot: LiveBot, shop: Shop) -> None:
    await look(bot)
    running = asyncio.create_task(bot.app.off_sale.run())
    done = asyncio.Event()
    bot.app.off_sale._announce = done.set
    bot.account.buy(shop.exclusive)
    await bot.happen()
    await done.wait()
    bot.app.off_sale.stop()
    await running
    assert await states(bot) == {DONE}


async def test_without_a_key_it_has_nothing_to_do(tmp_path: Path) -> None:
    async with live_bot(tmp_path, key=False) as bot:
        running = asyncio.create_task(bot.app.off_sale.run())
        bot.app.off_sale.stop()
        await running


async def test_the_alert_is_edited_once_for_all_of_them(bot: LiveBot, shop: Shop) -> None:
    for _ in range(40):
        bot.account.link([shop.lease])
    await look(bot)
    bot.account.buy(shop.exclusive)
    await bot.happen()
    await bot.hear()
    await bot.app.off_sale.settle()
    assert await edits(bot) == 1
    assert len((await state(bot)).steps) == 44
