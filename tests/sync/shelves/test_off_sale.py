"""An exclusive is sold: whatever in Stripe still sells the track is switched off, at once."""

import asyncio
from pathlib import Path

import pytest

from bot.domain.off_sale import Obstacle, StepKind
from bot.store import tables
from fakes.stripe.cart import NotForSale
from tests.journey.house import House, house
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


async def test_all_that_sells_the_track_is_switched_off(home: House, shop: Shop) -> None:
    links = [home.account.link([price]) for price in (shop.lease, shop.exclusive)]
    other = home.account.link([shop.neon_lease])
    by_link = home.account.open(link=links[0])
    by_page = home.account.open(shop.lease)
    elsewhere = home.account.open(shop.neon_lease)
    await look(home)
    await sold(home, shop)
    assert await states(home) == {DONE}
    assert active(home, *links, shop.midnight_drive, shop.lease, shop.exclusive) == [False] * 5
    assert active(home, other, shop.neon_rain, shop.neon_lease) == [True] * 3
    for session in (by_link, by_page):
        with pytest.raises(NotForSale):
            home.account.complete(session)
    home.account.complete(elsewhere)
    shown = home.account.get("payment_link", links[0])
    assert "sold exclusively" in shown["inactive_message"]


async def test_the_steps_are_written_with_the_mark_itself(home: House, shop: Shop) -> None:
    link = home.account.link([shop.lease])
    await look(home)
    home.account.buy(shop.exclusive)
    await home.happen()
    assert (1, "midnight drive") in await home.rows(tables.tracks, "holder_sale_id", "key")
    found = await steps(home)
    assert found[StepKind.LINK, link] == (OPEN, None)
    assert await states(home) == {OPEN}
    assert written(home) == {}


async def test_before_the_catalogue_was_read_nothing_is_begun(home: House, shop: Shop) -> None:
    link = home.account.link([shop.lease])
    home.account.take_events()
    await sold(home, shop)
    assert await home.rows(tables.steps) == []
    await look(home)
    await home.app.off_sale.settle()
    assert active(home, link, shop.midnight_drive) == [False, False]
    assert await states(home) == {DONE}


async def test_a_link_that_sells_other_tracks_too_is_left_to_the_producer(
    home: House, shop: Shop
) -> None:
    bundle = home.account.link([shop.lease, shop.neon_lease])
    opened = home.account.open(link=bundle)
    await look(home)
    await sold(home, shop)
    assert (await steps(home))[StepKind.LINK, bundle] == (BY_HAND, Obstacle.SHARED)
    # A Checkout that it had opened is closed all the same.
    with pytest.raises(NotForSale):
        home.account.complete(opened)


async def test_what_the_producer_does_by_hand_is_ticked(home: House, shop: Shop) -> None:
    home.stripe.faults.read_only |= ALL_KINDS
    link = home.account.link([shop.lease])
    await look(home)
    await sold(home, shop)
    found = await steps(home)
    assert set(found.values()) == {(BY_HAND, Obstacle.DENIED), (DONE, None)}
    await home.hear()
    home.time.pass_(minutes=5)
    home.account.archive(link)
    await happen(home)
    assert (await steps(home))[StepKind.LINK, link] == (DONE, None)
    assert await edits(home) == 1


async def test_what_no_event_told_of_is_ticked_by_the_hourly_reading(
    home: House, shop: Shop
) -> None:
    home.stripe.faults.read_only |= ALL_KINDS
    link = home.account.link([shop.lease])
    await look(home)
    await sold(home, shop)
    home.account.archive(link)
    home.account.take_events()
    home.time.pass_(hours=1)
    await look(home)
    await home.app.off_sale.settle()
    found = await steps(home)
    assert found[StepKind.LINK, link] == (DONE, None)
    assert found[StepKind.PRODUCT, shop.midnight_drive] == (BY_HAND, Obstacle.DENIED)


async def test_a_product_that_other_tracks_need_stays(home: House, shop: Shop) -> None:
    club = subscription(home, shop.midnight_drive)
    await look(home)
    await sold(home, shop)
    assert active(home, shop.midnight_drive, club) == [True, True]
    assert active(home, shop.lease, shop.exclusive) == [False, False]
    assert (StepKind.PRODUCT, shop.midnight_drive) not in await steps(home)


async def test_a_price_added_this_moment_keeps_its_product(home: House, shop: Shop) -> None:
    await look(home)
    added = subscription(home, shop.midnight_drive)
    home.account.take_events()
    await sold(home, shop)
    assert active(home, shop.midnight_drive, added, shop.lease) == [True, True, False]


async def test_a_default_price_goes_with_its_product(home: House, shop: Shop) -> None:
    home.account.change(shop.midnight_drive, default_price=shop.lease)
    await look(home)
    await sold(home, shop)
    assert (StepKind.PRICE, shop.lease) not in await steps(home)
    assert active(home, shop.midnight_drive) == [False]
    assert await states(home) == {DONE}


async def test_a_default_price_of_a_shared_product_is_left_to_the_producer(
    home: House, shop: Shop
) -> None:
    club = subscription(home, shop.midnight_drive)
    home.account.change(shop.midnight_drive, default_price=shop.lease)
    await look(home)
    await sold(home, shop)
    assert (await steps(home))[StepKind.PRICE, shop.lease] == (BY_HAND, Obstacle.DEFAULT)
    home.time.pass_(minutes=5)
    home.account.change(shop.midnight_drive, default_price=club)
    await happen(home)
    assert active(home, shop.lease) == [False]
    assert await states(home) == {DONE}


async def test_a_checkout_of_a_link_that_alone_names_the_track_is_closed(
    home: House, shop: Shop
) -> None:
    product = home.account.product("Basic Lease")
    price = home.account.price(product, 2999)
    link = home.account.link([price], metadata={"track": "midnight drive"})
    other = home.account.link([price], metadata={"track": "Neon Rain"})
    session, open_still = home.account.open(link=link), home.account.open(link=other)
    await look(home)
    await sold(home, shop)
    assert active(home, link, other, price) == [False, True, True]
    with pytest.raises(NotForSale):
        home.account.complete(session)
    home.account.complete(open_still)


async def test_while_it_runs_it_is_woken_and_stops(home: House, shop: Shop) -> None:
    await look(home)
    running = asyncio.create_task(home.app.off_sale.run())
    done = asyncio.Event()
    home.app.off_sale._announce = done.set
    home.account.buy(shop.exclusive)
    await home.happen()
    await done.wait()
    home.app.off_sale.stop()
    await running
    assert await states(home) == {DONE}


async def test_without_a_key_it_has_nothing_to_do(tmp_path: Path) -> None:
    async with house(tmp_path, key=False) as home:
        running = asyncio.create_task(home.app.off_sale.run())
        home.app.off_sale.stop()
        await running


async def test_the_alert_is_edited_once_for_all_of_them(home: House, shop: Shop) -> None:
    for _ in range(40):
        home.account.link([shop.lease])
    await look(home)
    home.account.buy(shop.exclusive)
    await home.happen()
    await home.hear()
    await home.app.off_sale.settle()
    assert await edits(home) == 1
    assert len((await state(home)).steps) == 44
