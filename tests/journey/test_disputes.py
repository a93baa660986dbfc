"""Banks that ask for the money back: the money follows, and each turn is told once."""

import pytest

from bot.domain.money import Money
from bot.domain.sale import SaleState
from bot.store import tables
from fakes.stripe import Purchase
from tests.journey.live_bot import LiveBot
from tests.journey.shop import Shop

FEE = 1500


@pytest.fixture
async def bought(bot: LiveBot, shop: Shop) -> Purchase:
    purchase = await bot.happen(bot.account.buy(shop.lease))
    await bot.hear()
    return purchase


async def test_a_dispute_takes_the_money_and_a_fee(bot: LiveBot, bought: Purchase) -> None:
    dispute = await bot.happen(bot.account.dispute(bought))
    sale = await bot.sale()
    assert sale.state is SaleState.DISPUTED
    assert sale.left == Money(2882 - 2999 - FEE, "usd")
    assert await bot.hear() == [
        ("edit", "edit:payment:1"),
        ("reply", f"reply:dispute_opened:{dispute}"),
    ]
    day = await bot.rows(tables.day_totals, "disputed", "stripe_fee", "refunds")
    assert day == [(2999, 117 + FEE, 0)]


async def test_a_dispute_won_gives_the_money_back_but_not_the_fee(
    bot: LiveBot, bought: Purchase
) -> None:
    dispute = await bot.happen(bot.account.dispute(bought))
    bot.time.pass_(days=20)
    await bot.happen(bot.account.win(dispute))
    sale = await bot.sale()
    assert (sale.state, sale.left.amount) == (SaleState.PAID, 2882 - FEE)
    assert await bot.told("reply") == [
        f"reply:dispute_opened:{dispute}",
        f"reply:dispute_won:{dispute}",
    ]


async def test_a_dispute_lost_is_told_and_ends_the_rights(bot: LiveBot, bought: Purchase) -> None:
    dispute = await bot.happen(bot.account.dispute(bought))
    await bot.happen(bot.account.lose(dispute))
    sale = await bot.sale()
    assert (sale.state, sale.left.amount) == (SaleState.DISPUTE_LOST, 2882 - 2999 - FEE)
    assert not sale.state.holds_rights
    assert (await bot.told("reply"))[-1] == f"reply:dispute_lost:{dispute}"


async def test_evidence_that_is_sent_is_no_news(bot: LiveBot, bought: Purchase) -> None:
    dispute = await bot.happen(bot.account.dispute(bought))
    await bot.hear()
    await bot.happen(bot.account.answer(dispute))
    assert await bot.hear() == [("edit", "edit:payment:1")]


async def test_an_inquiry_moves_no_money(bot: LiveBot, bought: Purchase) -> None:
    inquiry = await bot.happen(bot.account.dispute(bought, inquiry=True))
    assert (await bot.sale()).state is SaleState.PAID
    await bot.happen(bot.account.close_inquiry(inquiry))
    sale = await bot.sale()
    assert (sale.state, sale.left.amount) == (SaleState.PAID, 2882)
    assert await bot.told("reply") == [
        f"reply:inquiry:{inquiry}",
        f"reply:dispute_closed:{inquiry}",
    ]


async def test_an_inquiry_can_become_a_dispute(bot: LiveBot, bought: Purchase) -> None:
    inquiry = await bot.happen(bot.account.dispute(bought, inquiry=True))
    await bot.happen(bot.account.escalate(inquiry))
    assert (await bot.sale()).state is SaleState.DISPUTED
    assert await bot.told("reply") == [
        f"reply:inquiry:{inquiry}",
        f"reply:dispute_opened:{inquiry}",
    ]


async def test_a_verdict_that_no_event_tells_is_found_by_the_daily_look(
    bot: LiveBot, bought: Purchase
) -> None:
    dispute = await bot.happen(bot.account.dispute(bought))
    await bot.catch_up()
    bot.account.lose(dispute)
    bot.account.take_events()
    await bot.later(days=1)
    assert (await bot.sale()).state is SaleState.DISPUTE_LOST
    calls = bot.stripe.calls.total
    await bot.later(days=9)
    assert bot.stripe.calls.total == calls


async def test_a_refund_and_a_dispute_of_one_sale_are_both_told(
    bot: LiveBot, bought: Purchase
) -> None:
    refund = bot.account.refund(bought, 1000)
    dispute = await bot.happen(bot.account.dispute(bought, 1999))
    assert sorted(await bot.told("reply")) == [
        f"reply:dispute_opened:{dispute}",
        f"reply:refund:{refund}",
    ]
    assert (await bot.sale()).left.amount == 2882 - 1000 - 1999 - FEE
