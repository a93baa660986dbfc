"""What becomes of a track that is off sale once it is sold again, or kept off."""

from bot.domain.off_sale import Obstacle, StepKind
from bot.store import tables
from tests.journey.live_bot import LiveBot
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
    bot: LiveBot, shop: Shop
) -> None:
    link = bot.account.link([shop.lease])
    await look(bot)
    bought = bot.account.buy(shop.exclusive)
    await bot.happen()
    await give_back(bot, bought, keep_off=False)
    assert active(bot, link, shop.lease) == [True, True]
    assert await bot.rows(tables.steps) == []


async def test_what_was_switched_off_stays_off_until_the_producer_switches_it_on(
    bot: LiveBot, shop: Shop
) -> None:
    link = bot.account.link([shop.lease])
    await look(bot)
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
    await look(bot)
    bought = await sold(bot, shop)
    await give_back(bot, bought, keep_off=True)
    price = bot.account.price(shop.midnight_drive, 100)
    link = bot.account.link([price])
    await happen(bot)
    assert active(bot, price, link) == [False, False]
    assert "exclusively" not in bot.account.get("payment_link", link)["inactive_message"]


async def test_the_producers_own_word_is_not_fought(bot: LiveBot, shop: Shop) -> None:
    link = bot.account.link([shop.lease])
    await look(bot)
    await sold(bot, shop)
    bot.time.pass_(minutes=5)
    bot.account.change(link, active=True)
    await happen(bot)
    assert (await steps(bot))[StepKind.LINK, link] == (BY_HAND, Obstacle.BACK)
    assert active(bot, link) == [True]
    await go_ahead(bot)
    assert active(bot, link) == [False]
    assert await states(bot) == {DONE}


async def test_a_new_name_does_not_save_what_was_sold_from_going_off_sale(
    bot: LiveBot, shop: Shop
) -> None:
    bot.stripe.faults.read_only |= ALL_KINDS
    link = bot.account.link([shop.lease])
    await look(bot)
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
