"""Banks that ask for the money back: the money follows, and each turn is told once."""

import pytest

from bot.domain.money import Money
from bot.domain.sale import SaleState
from bot.store import tables
from fakes.stripe import Purchase
from tests.journey.house import House
from tests.journey.shop import Shop

FEE = 1500


@pytest.fixture
async def bought(home: House, shop: Shop) -> Purchase:
    purchase = home.account.buy(shop.lease)
    await home.happen()
    await home.hear()
    return purchase


async def test_a_dispute_takes_the_money_and_a_fee(home: House, bought: Purchase) -> None:
    dispute = home.account.dispute(bought)
    await home.happen()
    sale = await home.sale()
    assert sale.state is SaleState.DISPUTED
    assert sale.left == Money(2882 - 2999 - FEE, "usd")
    assert await home.hear() == [
        ("edit", "edit:payment:1"),
        ("reply", f"reply:dispute_opened:{dispute}"),
    ]
    ever = await home.rows(tables.totals, "span", "track_id", "disputed", "stripe_fee", "refunds")
    assert ("ever", 0, 2999, 117 + FEE, 0) in ever


async def test_a_dispute_won_gives_the_money_back_but_not_the_fee(
    home: House, bought: Purchase
) -> None:
    dispute = home.account.dispute(bought)
    await home.happen()
    home.time.pass_(days=20)
    home.account.win(dispute)
    await home.happen()
    sale = await home.sale()
    assert (sale.state, sale.left.amount) == (SaleState.PAID, 2882 - FEE)
    assert await home.told("reply") == [
        f"reply:dispute_opened:{dispute}",
        f"reply:dispute_won:{dispute}",
    ]


async def test_a_dispute_lost_is_told_and_ends_the_rights(home: House, bought: Purchase) -> None:
    dispute = home.account.dispute(bought)
    await home.happen()
    home.account.lose(dispute)
    await home.happen()
    sale = await home.sale()
    assert (sale.state, sale.left.amount) == (SaleState.DISPUTE_LOST, 2882 - 2999 - FEE)
    assert not sale.state.holds_rights
    assert (await home.told("reply"))[-1] == f"reply:dispute_lost:{dispute}"


async def test_evidence_that_is_sent_is_no_news(home: House, bought: Purchase) -> None:
    dispute = home.account.dispute(bought)
    await home.happen()
    await home.hear()
    home.account.answer(dispute)
    await home.happen()
    assert await home.hear() == [("edit", "edit:payment:1")]


async def test_an_inquiry_moves_no_money(home: House, bought: Purchase) -> None:
    inquiry = home.account.dispute(bought, inquiry=True)
    await home.happen()
    assert (await home.sale()).state is SaleState.PAID
    home.account.close_inquiry(inquiry)
    await home.happen()
    sale = await home.sale()
    assert (sale.state, sale.left.amount) == (SaleState.PAID, 2882)
    assert await home.told("reply") == [
        f"reply:inquiry:{inquiry}",
        f"reply:dispute_closed:{inquiry}",
    ]


async def test_an_inquiry_can_become_a_dispute(home: House, bought: Purchase) -> None:
    inquiry = home.account.dispute(bought, inquiry=True)
    await home.happen()
    home.account.escalate(inquiry)
    await home.happen()
    assert (await home.sale()).state is SaleState.DISPUTED
    assert await home.told("reply") == [
        f"reply:inquiry:{inquiry}",
        f"reply:dispute_opened:{inquiry}",
    ]


async def test_a_verdict_that_no_event_tells_is_found_by_the_daily_look(
    home: House, bought: Purchase
) -> None:
    dispute = home.account.dispute(bought)
    await home.happen()
    await home.catch_up()
    home.account.lose(dispute)
    home.account.take_events()
    home.time.pass_(days=1)
    await home.work()
    assert (await home.sale()).state is SaleState.DISPUTE_LOST
    calls = home.stripe.calls.total
    home.time.pass_(days=9)
    await home.work()
    assert home.stripe.calls.total == calls


async def test_a_refund_and_a_dispute_of_one_sale_are_both_told(
    home: House, bought: Purchase
) -> None:
    refund = home.account.refund(bought, 1000)
    dispute = home.account.dispute(bought, 1999)
    await home.happen()
    assert sorted(await home.told("reply")) == [
        f"reply:dispute_opened:{dispute}",
        f"reply:refund:{refund}",
    ]
    assert (await home.sale()).left.amount == 2882 - 1000 - 1999 - FEE
