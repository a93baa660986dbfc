"""A track sold exclusively goes off sale in Stripe, whatever happens meanwhile."""

import asyncio
from pathlib import Path

import pytest

from bot.domain.off_sale import Obstacle, StepKind
from bot.store import tables
from bot.sync.off_sale_sync import TrackWork
from fakes.stripe.cart import NotForSale
from tests.journey.live_bot import LiveBot, Time, live_bot
from tests.journey.shop import Shop
from tests.sync.off_sale.actions import (
    ALL_KINDS,
    BY_HAND,
    DONE,
    OPEN,
    active,
    edits,
    give_back,
    go_ahead,
    happen,
    heard,
    later,
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
    await heard(bot, shop)
    assert (1, "midnight drive") in await bot.rows(tables.tracks, "holder_sale_id", "key")
    found = await steps(bot)
    assert found[StepKind.LINK, link] == (OPEN, None)
    assert await states(bot) == {OPEN}
    assert written(bot) == {}


async def test_before_the_catalogue_was_read_nothing_is_begun(bot: LiveBot, shop: Shop) -> None:
    link = bot.account.link([shop.lease])
    bot.account.take_events()
    bot.account.buy(shop.exclusive)
    await happen(bot)
    assert await bot.rows(tables.steps) == []
    await look(bot)
    await bot.app.off_sale.settle()
    assert active(bot, link, shop.midnight_drive) == [False, False]
    assert await states(bot) == {DONE}


async def test_link_that_sells_other_tracks_is_left_alone(bot: LiveBot, shop: Shop) -> None:
    bundle = bot.account.link([shop.lease, shop.neon_lease])
    opened = bot.account.open(link=bundle)
    await sold(bot, shop)
    assert (await steps(bot))[StepKind.LINK, bundle] == (BY_HAND, Obstacle.SHARED)
    # A Checkout that it had opened is closed all the same.
    with pytest.raises(NotForSale):
        bot.account.complete(opened)


async def test_what_the_producer_does_by_hand_is_ticked(bot: LiveBot, shop: Shop) -> None:
    bot.stripe.faults.read_only |= ALL_KINDS
    link = bot.account.link([shop.lease])
    await sold(bot, shop)
    found = await steps(bot)
    assert set(found.values()) == {(BY_HAND, Obstacle.DENIED), (DONE, None)}
    await bot.hear()
    bot.time.pass_(minutes=5)
    bot.account.archive(link)
    await happen(bot)
    assert (await steps(bot))[StepKind.LINK, link] == (DONE, None)
    assert await edits(bot) == 1


async def test_step_done_without_an_event_is_found_by_reading(bot: LiveBot, shop: Shop) -> None:
    bot.stripe.faults.read_only |= ALL_KINDS
    link = bot.account.link([shop.lease])
    await sold(bot, shop)
    bot.account.archive(link)
    bot.account.take_events()
    await later(bot)
    found = await steps(bot)
    assert found[StepKind.LINK, link] == (DONE, None)
    assert found[StepKind.PRODUCT, shop.midnight_drive] == (BY_HAND, Obstacle.DENIED)


async def test_a_product_that_other_tracks_need_stays(bot: LiveBot, shop: Shop) -> None:
    club = subscription(bot, shop.midnight_drive)
    await sold(bot, shop)
    assert active(bot, shop.midnight_drive, club) == [True, True]
    assert active(bot, shop.lease, shop.exclusive) == [False, False]
    assert (StepKind.PRODUCT, shop.midnight_drive) not in await steps(bot)


async def test_a_price_added_this_moment_keeps_its_product(bot: LiveBot, shop: Shop) -> None:
    await look(bot)
    added = subscription(bot, shop.midnight_drive)
    bot.account.take_events()
    bot.account.buy(shop.exclusive)
    await happen(bot)
    assert active(bot, shop.midnight_drive, added, shop.lease) == [True, True, False]


async def test_a_default_price_goes_with_its_product(bot: LiveBot, shop: Shop) -> None:
    bot.account.change(shop.midnight_drive, default_price=shop.lease)
    await sold(bot, shop)
    assert (StepKind.PRICE, shop.lease) not in await steps(bot)
    assert active(bot, shop.midnight_drive) == [False]
    assert await states(bot) == {DONE}


async def test_default_price_of_a_shared_product_is_left_alone(bot: LiveBot, shop: Shop) -> None:
    club = subscription(bot, shop.midnight_drive)
    bot.account.change(shop.midnight_drive, default_price=shop.lease)
    await sold(bot, shop)
    assert (await steps(bot))[StepKind.PRICE, shop.lease] == (BY_HAND, Obstacle.DEFAULT)
    bot.time.pass_(minutes=5)
    bot.account.change(shop.midnight_drive, default_price=club)
    await happen(bot)
    assert active(bot, shop.lease) == [False]
    assert await states(bot) == {DONE}


async def test_checkout_of_a_link_that_names_the_track_is_closed(bot: LiveBot, shop: Shop) -> None:
    product = bot.account.product("Basic Lease")
    price = bot.account.price(product, 2999)
    link = bot.account.link([price], metadata={"track": "midnight drive"})
    other = bot.account.link([price], metadata={"track": "Neon Rain"})
    session, open_still = bot.account.open(link=link), bot.account.open(link=other)
    await sold(bot, shop)
    assert active(bot, link, other, price) == [False, True, True]
    with pytest.raises(NotForSale):
        bot.account.complete(session)
    bot.account.complete(open_still)


async def test_off_sale_that_runs_is_woken_and_stops(bot: LiveBot, shop: Shop) -> None:
    await look(bot)
    running = asyncio.create_task(bot.app.off_sale.run())
    done = asyncio.Event()
    bot.app.off_sale.announce = done.set
    bot.account.buy(shop.exclusive)
    await bot.happen()
    await done.wait()
    bot.app.off_sale.stop()
    await running
    assert await states(bot) == {DONE}


async def test_off_sale_without_a_key_does_nothing(tmp_path: Path) -> None:
    async with live_bot(tmp_path, key=False) as bot:
        running = asyncio.create_task(bot.app.off_sale.run())
        bot.app.off_sale.stop()
        await running


async def test_the_alert_is_edited_once_for_all_of_them(bot: LiveBot, shop: Shop) -> None:
    for _ in range(40):
        bot.account.link([shop.lease])
    await heard(bot, shop)
    await bot.hear()
    await bot.app.off_sale.settle()
    assert await edits(bot) == 1
    assert len((await state(bot)).steps) == 44


async def test_a_stripe_that_is_down_is_asked_again_and_again(bot: LiveBot, shop: Shop) -> None:
    link = bot.account.link([shop.lease])
    await heard(bot, shop)
    bot.stripe.faults.down = True
    await bot.app.off_sale.settle()
    assert (await steps(bot))[StepKind.LINK, link] == (OPEN, Obstacle.DOWN)
    for _ in range(5):
        bot.time.pass_(hours=1)
        await bot.app.off_sale.settle()
    bot.stripe.faults.clear()
    bot.time.pass_(hours=1)
    await bot.app.off_sale.settle()
    assert await states(bot) == {DONE}


async def test_a_key_that_may_by_now_is_tried_again(bot: LiveBot, shop: Shop) -> None:
    bot.stripe.faults.read_only |= ALL_KINDS
    await sold(bot, shop)
    bot.stripe.faults.clear()
    await later(bot)
    assert await states(bot) == {DONE}


async def test_checkout_paid_at_this_moment_is_no_obstacle(bot: LiveBot, shop: Shop) -> None:
    bot.account.open(shop.lease)
    await heard(bot, shop)
    bot.stripe.faults.fail_next(1, 400, path="POST /v1/checkout/sessions/{id}/expire")
    await bot.app.off_sale.settle()
    assert await states(bot) == {DONE}


async def test_checkout_that_cannot_be_closed_is_tried_again(bot: LiveBot, shop: Shop) -> None:
    session = bot.account.open(shop.lease)
    bot.stripe.faults.read_only.add("checkout.session")
    await sold(bot, shop)
    assert (await steps(bot))[StepKind.SESSION, ""] == (BY_HAND, Obstacle.DENIED)
    bot.stripe.faults.clear()
    await later(bot)
    assert await states(bot) == {DONE}
    with pytest.raises(NotForSale):
        bot.account.complete(session)


async def test_an_unexpected_error_holds_up_no_other_track(
    bot: LiveBot, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    await heard(bot, shop)

    async def fall_over(*_: object, **__: object) -> None:
        raise KeyError("never foreseen")

    with monkeypatch.context() as patch:
        patch.setattr(TrackWork, "do", fall_over)
        await bot.app.off_sale.settle()
        await bot.app.off_sale.settle()
    assert OPEN in await states(bot)
    bot.time.pass_(minutes=6)
    await bot.app.off_sale.settle()
    assert await states(bot) == {DONE}


async def test_an_object_that_is_gone_is_done(bot: LiveBot, shop: Shop) -> None:
    await heard(bot, shop)
    bot.stripe.faults.fail_next(1, 404, path="POST /v1/prices/{id}")
    await bot.app.off_sale.settle()
    assert await states(bot) == {DONE}


async def test_links_hidden_from_the_key_are_left_alone(bot: LiveBot, shop: Shop) -> None:
    bot.stripe.faults.denied.add("payment_link")
    await sold(bot, shop)
    assert (await steps(bot))[StepKind.LINK, ""] == (BY_HAND, Obstacle.UNSEEN)
    assert active(bot, shop.midnight_drive) == [False]
    bot.stripe.faults.clear()
    bot.time.pass_(hours=1)
    await look(bot)
    assert await states(bot) == {DONE}


async def test_what_a_crash_left_undone_is_done_after_it(tmp_path: Path) -> None:
    time = Time()
    async with live_bot(tmp_path, time=time) as bot:
        shop = Shop(bot.account)
        link = bot.account.link([shop.lease])
        await look(bot)
        bot.account.buy(shop.exclusive)
        await bot.happen()
        account = bot.account
    async with live_bot(tmp_path, time=time, account=account) as again:
        await again.app.off_sale.settle()
        assert await states(again) == {DONE}
        assert active(again, link) == [False]


async def test_track_that_may_be_sold_again_stays_on_sale(bot: LiveBot, shop: Shop) -> None:
    link = bot.account.link([shop.lease])
    bought = await heard(bot, shop)
    await give_back(bot, bought, keep_off=False)
    assert active(bot, link, shop.lease) == [True, True]
    assert await bot.rows(tables.steps) == []


async def test_steps_done_before_a_refund_stay_switched_off(bot: LiveBot, shop: Shop) -> None:
    link = bot.account.link([shop.lease])
    bought = await sold(bot, shop)
    await give_back(bot, bought, keep_off=False)
    assert active(bot, link, shop.lease) == [False, False]
    left = await state(bot)
    assert not left.off
    assert {step.object for step in left.steps} == {
        link,
        shop.lease,
        shop.exclusive,
        shop.midnight_drive,
    }
    bot.time.pass_(minutes=5)
    bot.account.change(link, active=True)
    await happen(bot)
    assert link not in {step.object for step in (await state(bot)).steps}


async def test_a_track_kept_off_stays_off(bot: LiveBot, shop: Shop) -> None:
    bought = await sold(bot, shop)
    await give_back(bot, bought, keep_off=True)
    price = bot.account.price(shop.midnight_drive, 100)
    link = bot.account.link([price])
    await happen(bot)
    assert active(bot, price, link) == [False, False]
    assert "exclusively" not in bot.account.get("payment_link", link)["inactive_message"]


async def test_link_switched_on_by_the_producer_stays_on(bot: LiveBot, shop: Shop) -> None:
    link = bot.account.link([shop.lease])
    await sold(bot, shop)
    bot.time.pass_(minutes=5)
    bot.account.change(link, active=True)
    await happen(bot)
    assert (await steps(bot))[StepKind.LINK, link] == (BY_HAND, Obstacle.BACK)
    assert active(bot, link) == [True]
    await go_ahead(bot)
    assert active(bot, link) == [False]
    assert await states(bot) == {DONE}


async def test_a_renamed_track_that_was_sold_still_goes_off_sale(bot: LiveBot, shop: Shop) -> None:
    bot.stripe.faults.read_only |= ALL_KINDS
    link = bot.account.link([shop.lease])
    await sold(bot, shop)
    bot.time.pass_(minutes=5)
    bot.account.change(shop.midnight_drive, name="Noon Walk")
    await happen(bot)
    found = await steps(bot)
    assert found[StepKind.PRODUCT, shop.midnight_drive] == (BY_HAND, Obstacle.RENAMED)
    assert found[StepKind.LINK, link] == (BY_HAND, Obstacle.RENAMED)
    bot.stripe.faults.clear()
    await look(bot)
    await bot.app.off_sale.settle()
    assert active(bot, link, shop.midnight_drive) == [True, True]
    await go_ahead(bot)
    assert active(bot, link, shop.midnight_drive) == [False, False]
    assert await states(bot) == {DONE}
