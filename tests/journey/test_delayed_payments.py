"""Bank debits and the like: Checkout is done, the money comes days later, or never."""

import pytest

from bot.domain.money import Money
from bot.domain.sale import SaleState
from bot.store import tables
from fakes.stripe import Purchase
from tests.journey.live_bot import LiveBot
from tests.journey.shop import ANA, Shop

pytestmark = pytest.mark.counted


def order(bot: LiveBot, shop: Shop) -> Purchase:
    return bot.account.buy(shop.lease, buyer=ANA, method="sepa_debit")


async def test_an_unpaid_checkout_is_listed_as_pending_not_told_and_in_no_total(
    bot: LiveBot, shop: Shop
) -> None:
    order(bot, shop)
    await bot.happen()
    assert (await bot.sale()).state is SaleState.PENDING
    assert await bot.outbox() == []
    page = await bot.listed()
    assert (page.count, page.totals) == (1, ())
    assert await bot.rows(tables.day_totals) == []
    assert await bot.rows(tables.entries) == []


async def test_it_is_told_as_a_sale_when_the_money_comes(bot: LiveBot, shop: Shop) -> None:
    ordered = order(bot, shop)
    await bot.happen()
    number = (await bot.sale()).number
    await bot.later(days=4)
    await bot.happen(bot.account.arrive(ordered))
    sale = await bot.sale()
    assert (sale.state, sale.number) == (SaleState.PAID, number)
    assert sale.share is not None
    assert sale.sold.date().isoformat() == "2026-11-24"
    assert await bot.outbox() == [("announce", "announce:payment:1")]
    (total,) = (await bot.listed()).totals
    assert (total.sales, total.gross, total.unsettled) == (1, 2999, 0)


async def test_a_payment_that_fails_is_never_told_and_no_longer_listed(
    bot: LiveBot, shop: Shop
) -> None:
    ordered = order(bot, shop)
    await bot.happen()
    bot.time.pass_(days=4)
    await bot.happen(bot.account.bounce(ordered))
    await bot.catch_up()
    assert await bot.listed(status="failed") == await bot.listed(track="nothing of the kind")
    assert (await bot.listed()).count == 0
    assert await bot.rows(tables.sales, "state") == [("failed",)]
    assert await bot.rows(tables.day_totals) == []
    assert await bot.outbox() == []


async def test_a_payment_whose_end_no_event_tells_is_found_by_the_daily_look(
    bot: LiveBot, shop: Shop
) -> None:
    paid, bounced = order(bot, shop), order(bot, shop)
    await bot.happen()
    await bot.catch_up()
    bot.account.arrive(paid)
    bot.account.bounce(bounced)
    bot.account.take_events()
    await bot.later(days=1)
    assert sorted(await bot.rows(tables.sales, "state")) == [("failed",), ("paid",)]
    assert len(await bot.told("announce")) == 1


async def test_a_pending_exclusive_holds_no_rights_until_it_is_paid(
    bot: LiveBot, shop: Shop
) -> None:
    ordered = await bot.happen(bot.account.buy(shop.exclusive, method="sepa_debit"))
    bot.time.pass_(days=1)
    await bot.happen(bot.account.buy(shop.lease))
    assert await bot.rows(tables.tracks, "name", "holder_sale_id") == [("Midnight Drive", None)]
    bot.time.pass_(days=1)
    await bot.happen(bot.account.arrive(ordered))
    (total,) = (await bot.listed()).totals
    assert total.gross == Money(2999 + 49_900, "usd").amount
    assert not any(sale.conflict for sale in await bot.sales())
    assert await bot.rows(tables.tracks, "name", "holder_sale_id") == [("Midnight Drive", 1)]
