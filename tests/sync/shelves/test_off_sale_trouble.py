"""A track goes off sale whatever Stripe, the key and the machine do meanwhile."""

from pathlib import Path

import pytest

from bot.domain.off_sale import Obstacle, StepKind
from fakes.stripe.cart import NotForSale
from tests.journey.house import House, Time, house
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


async def test_a_stripe_that_is_down_is_asked_again_and_again(home: House, shop: Shop) -> None:
    link = home.account.link([shop.lease])
    await look(home)
    home.account.buy(shop.exclusive)
    await home.happen()
    home.stripe.faults.down = True
    await home.app.off_sale.settle()
    assert (await steps(home))[StepKind.LINK, link] == (OPEN, Obstacle.DOWN)
    for _ in range(5):
        home.time.pass_(hours=1)
        await home.app.off_sale.settle()
    home.stripe.faults.clear()
    home.time.pass_(hours=1)
    await home.app.off_sale.settle()
    assert await states(home) == {DONE}


async def test_a_key_that_may_by_now_is_tried_again(home: House, shop: Shop) -> None:
    home.stripe.faults.read_only |= ALL_KINDS
    await look(home)
    await sold(home, shop)
    home.stripe.faults.clear()
    home.time.pass_(hours=1)
    await look(home)
    await home.app.off_sale.settle()
    assert await states(home) == {DONE}


async def test_a_checkout_that_is_paid_at_this_very_moment_is_no_obstacle(
    home: House, shop: Shop
) -> None:
    home.account.open(shop.lease)
    await look(home)
    home.account.buy(shop.exclusive)
    await home.happen()
    home.stripe.faults.fail_next(1, 400, path="POST /v1/checkout/sessions/{id}/expire")
    await home.app.off_sale.settle()
    assert await states(home) == {DONE}


async def test_a_checkout_that_cannot_be_closed_is_said_and_tried_again(
    home: House, shop: Shop
) -> None:
    session = home.account.open(shop.lease)
    home.stripe.faults.read_only.add("checkout.session")
    await look(home)
    await sold(home, shop)
    assert (await steps(home))[StepKind.SESSION, ""] == (BY_HAND, Obstacle.DENIED)
    home.stripe.faults.clear()
    home.time.pass_(hours=1)
    await look(home)
    await home.app.off_sale.settle()
    assert await states(home) == {DONE}
    with pytest.raises(NotForSale):
        home.account.complete(session)


async def test_what_nobody_foresaw_holds_up_no_other_track(
    home: House, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    await look(home)
    home.account.buy(shop.exclusive)
    await home.happen()

    async def fall_over(*_: object, **__: object) -> None:
        raise KeyError("never foreseen")

    with monkeypatch.context() as patch:
        patch.setattr(home.app.off_sale._shelving, "do", fall_over)
        await home.app.off_sale.settle()
        await home.app.off_sale.settle()
    assert OPEN in await states(home)
    home.time.pass_(minutes=6)
    await home.app.off_sale.settle()
    assert await states(home) == {DONE}


async def test_an_object_that_is_gone_is_done(home: House, shop: Shop) -> None:
    await look(home)
    home.account.buy(shop.exclusive)
    await home.happen()
    home.stripe.faults.fail_next(1, 404, path="POST /v1/prices/{id}")
    await home.app.off_sale.settle()
    assert await states(home) == {DONE}


async def test_links_that_nobody_may_see_are_left_to_the_producer(home: House, shop: Shop) -> None:
    home.stripe.faults.denied.add("payment_link")
    await look(home)
    await sold(home, shop)
    assert (await steps(home))[StepKind.LINK, ""] == (BY_HAND, Obstacle.UNSEEN)
    assert active(home, shop.midnight_drive) == [False]
    home.stripe.faults.clear()
    home.time.pass_(hours=1)
    await look(home)
    assert await states(home) == {DONE}


async def test_what_a_crash_left_undone_is_done_after_it(tmp_path: Path) -> None:
    time = Time()
    async with house(tmp_path, time=time) as home:
        shop = Shop(home.account)
        link = home.account.link([shop.lease])
        await look(home)
        home.account.buy(shop.exclusive)
        await home.happen()
        account = home.account
    async with house(tmp_path, time=time, account=account) as again:
        await again.app.off_sale.settle()
        assert await states(again) == {DONE}
        assert active(again, link) == [False]
