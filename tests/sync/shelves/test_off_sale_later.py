"""What becomes of a track that is off sale once it is sold again, or kept off."""

from bot.domain.off_sale import Obstacle, StepKind
from bot.store import tables
from tests.journey.house import House
from tests.journey.shop import Shop
from tests.sync.shelves.doing import (
    ALL_KINDS,
    BY_HAND,
    DONE,
    active,
    give_back,
    go_ahead,
    happen,
    look,
    sold,
    state,
    states,
    steps,
)


async def test_once_it_may_be_sold_again_nothing_more_is_switched_off(
    home: House, shop: Shop
) -> None:
    link = home.account.link([shop.lease])
    await look(home)
    bought = home.account.buy(shop.exclusive)
    await home.happen()
    await give_back(home, bought, keep_off=False)
    assert active(home, link, shop.lease) == [True, True]
    assert await home.rows(tables.steps) == []


async def test_what_was_switched_off_stays_off_until_the_producer_switches_it_on(
    home: House, shop: Shop
) -> None:
    link = home.account.link([shop.lease])
    await look(home)
    bought = await sold(home, shop)
    await give_back(home, bought, keep_off=False)
    assert active(home, link, shop.lease) == [False, False]
    left = await state(home)
    assert not left.off
    assert {step.object for step in left.steps} == {
        link,
        shop.lease,
        shop.exclusive,
        shop.midnight_drive,
    }
    home.time.pass_(minutes=5)
    home.account.change(link, active=True)
    await happen(home)
    assert link not in {step.object for step in (await state(home)).steps}


async def test_a_track_kept_off_stays_off(home: House, shop: Shop) -> None:
    await look(home)
    bought = await sold(home, shop)
    await give_back(home, bought, keep_off=True)
    price = home.account.price(shop.midnight_drive, 100)
    link = home.account.link([price])
    await happen(home)
    assert active(home, price, link) == [False, False]
    assert "exclusively" not in home.account.get("payment_link", link)["inactive_message"]


async def test_the_producers_own_word_is_not_fought(home: House, shop: Shop) -> None:
    link = home.account.link([shop.lease])
    await look(home)
    await sold(home, shop)
    home.time.pass_(minutes=5)
    home.account.change(link, active=True)
    await happen(home)
    assert (await steps(home))[StepKind.LINK, link] == (BY_HAND, Obstacle.BACK)
    assert active(home, link) == [True]
    await go_ahead(home)
    assert active(home, link) == [False]
    assert await states(home) == {DONE}


async def test_a_new_name_does_not_save_what_was_sold_from_going_off_sale(
    home: House, shop: Shop
) -> None:
    home.stripe.faults.read_only |= ALL_KINDS
    link = home.account.link([shop.lease])
    await look(home)
    await sold(home, shop)
    home.time.pass_(minutes=5)
    home.account.change(shop.midnight_drive, name="Noon Walk")
    await happen(home)
    found = await steps(home)
    assert found[StepKind.PRODUCT, shop.midnight_drive] == (BY_HAND, Obstacle.RENAMED)
    assert found[StepKind.LINK, link] == (BY_HAND, Obstacle.RENAMED)
    home.stripe.faults.clear()
    await look(home)
    await home.app.off_sale.settle()
    assert active(home, link, shop.midnight_drive) == [True, True]
    await go_ahead(home)
    assert active(home, link, shop.midnight_drive) == [False, False]
    assert await states(home) == {DONE}
