"""Bank debits and the like: Checkout is done, the money comes days later, or never."""

import pytest

from bot.domain.money import Money
from bot.domain.sale import SaleState
from bot.store import tables
from fakes.stripe import Purchase
from tests.journey.house import House
from tests.journey.shop import ANA, Shop

pytestmark = pytest.mark.counted


def order(home: House, shop: Shop) -> Purchase:
    return home.account.buy(shop.lease, buyer=ANA, method="sepa_debit")


async def test_an_unpaid_checkout_is_listed_as_pending_and_not_told(
    home: House, shop: Shop
) -> None:
    order(home, shop)
    await home.happen()
    assert (await home.sale()).state is SaleState.PENDING
    assert await home.outbox() == []


async def test_an_unpaid_checkout_is_no_sale_in_any_total(home: House, shop: Shop) -> None:
    order(home, shop)
    await home.happen()
    page = await home.listed()
    assert (page.count, page.totals) == (1, ())
    assert await home.rows(tables.totals) == []
    assert await home.rows(tables.entries) == []


async def test_it_is_told_as_a_sale_when_the_money_comes(home: House, shop: Shop) -> None:
    ordered = order(home, shop)
    await home.happen()
    number = (await home.sale()).number
    home.time.pass_(days=4)
    await home.work()
    home.account.arrive(ordered)
    await home.happen()
    sale = await home.sale()
    assert (sale.state, sale.number) == (SaleState.PAID, number)
    assert sale.share is not None
    assert sale.sold.date().isoformat() == "2026-11-24"
    assert await home.outbox() == [("announce", "announce:payment:1")]
    (total,) = (await home.listed()).totals
    assert (total.sales, total.gross, total.unsettled) == (1, 2999, 0)


async def test_a_payment_that_fails_is_never_told_and_no_longer_listed(
    home: House, shop: Shop
) -> None:
    ordered = order(home, shop)
    await home.happen()
    home.time.pass_(days=4)
    home.account.bounce(ordered)
    await home.happen()
    await home.catch_up()
    assert await home.listed(status="failed") == await home.listed(track="nothing of the kind")
    assert (await home.listed()).count == 0
    assert await home.rows(tables.sales, "state") == [("failed",)]
    assert await home.rows(tables.totals) == []
    assert await home.outbox() == []


async def test_a_payment_whose_end_no_event_tells_is_found_by_the_daily_look(
    home: House, shop: Shop
) -> None:
    paid, bounced = order(home, shop), order(home, shop)
    await home.happen()
    await home.catch_up()
    home.account.arrive(paid)
    home.account.bounce(bounced)
    home.account.take_events()
    home.time.pass_(days=1)
    await home.work()
    assert sorted(await home.rows(tables.sales, "state")) == [("failed",), ("paid",)]
    assert len(await home.told("announce")) == 1


async def test_a_pending_exclusive_holds_no_rights_until_it_is_paid(
    home: House, shop: Shop
) -> None:
    ordered = home.account.buy(shop.exclusive, method="sepa_debit")
    await home.happen()
    home.time.pass_(days=1)
    home.account.buy(shop.lease)
    await home.happen()
    assert await home.rows(tables.tracks, "name", "holder_sale_id") == [("Midnight Drive", None)]
    home.time.pass_(days=1)
    home.account.arrive(ordered)
    await home.happen()
    (total,) = (await home.listed()).totals
    assert total.gross == Money(2999 + 49_900, "usd").amount
    assert not any(sale.conflict for sale in await home.sales())
    assert await home.rows(tables.tracks, "name", "holder_sale_id") == [("Midnight Drive", 1)]
