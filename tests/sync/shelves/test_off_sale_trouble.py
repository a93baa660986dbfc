"""A track goes off sale whatever Stripe, the key and the machine do meanwhile."""

from pathlib import Path

import pytest

from bot.domain.off_sale import Obstacle, StepKind
from fakes.stripe.cart import NotForSale
from tests.journey.live_bot import LiveBot, Time, live_bot
from tests.journey.shop import Shop
from tests.sync.shelves.doing import (
    ALL_KINDS,
    BY_HAND,
    DONE,
    OPEN,
    active,
    look,
    sold,
    states,
    steps,
)


async def test_a_stripe_that_is_down_is_asked_again_and_again(bot: LiveBot, shop: Shop) -> None:
    link = bot.account.link([shop.lease])
    await look(bot)
    bot.account.buy(shop.exclusive)
    await bot.happen()
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
    await look(bot)
    await sold(bot, shop)
    bot.stripe.faults.clear()
    bot.time.pass_(hours=1)
    await look(bot)
    await bot.app.off_sale.settle()
    assert await states(bot) == {DONE}


async def test_a_checkout_that_is_paid_at_this_very_moment_is_no_obstacle(
    bot: LiveBot, shop: Shop
) -> None:
    bot.account.open(shop.lease)
    await look(bot)
    bot.account.buy(shop.exclusive)
    await bot.happen()
    bot.stripe.faults.fail_next(1, 400, path="POST /v1/checkout/sessions/{id}/expire")
    await bot.app.off_sale.settle()
    assert await states(bot) == {DONE}


async def test_a_checkout_that_cannot_be_closed_is_said_and_tried_again(
    bot: LiveBot, shop: Shop
) -> None:
    session = bot.account.open(shop.lease)
    bot.stripe.faults.read_only.add("checkout.session")
    await look(bot)
    await sold(bot, shop)
    assert (await steps(bot))[StepKind.SESSION, ""] == (BY_HAND, Obstacle.DENIED)
    bot.stripe.faults.clear()
    bot.time.pass_(hours=1)
    await look(bot)
    await bot.app.off_sale.settle()
    assert await states(bot) == {DONE}
    with pytest.raises(NotForSale):
        bot.account.complete(session)


async def test_what_nobody_foresaw_holds_up_no_other_track(
    bot: LiveBot, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    await look(bot)
    bot.account.buy(shop.exclusive)
    await bot.happen()

    async def fall_over(*_: object, **__: object) -> None:
        raise KeyError("never foreseen")

    with monkeypatch.context() as patch:
        patch.setattr(bot.app.off_sale._steps, "do", fall_over)
        await bot.app.off_sale.settle()
        await bot.app.off_sale.settle()
    assert OPEN in await states(bot)
    bot.time.pass_(minutes=6)
    await bot.app.off_sale.settle()
    assert await states(bot) == {DONE}


async def test_an_object_that_is_gone_is_done(bot: LiveBot, shop: Shop) -> None:
    await look(bot)
    bot.account.buy(shop.exclusive)
    await bot.happen()
    bot.stripe.faults.fail_next(1, 404, path="POST /v1/prices/{id}")
    await bot.app.off_sale.settle()
    assert await states(bot) == {DONE}


async def test_links_that_nobody_may_see_are_left_to_the_producer(bot: LiveBot, shop: Shop) -> None:
    bot.stripe.faults.denied.add("payment_link")
    await look(bot)
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
