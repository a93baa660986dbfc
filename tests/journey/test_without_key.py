"""No API key: sales are told from their events alone, as far as these tell."""

import pytest

from bot.domain.item_names import UNNAMED_TRACK
from bot.domain.money import Money
from bot.domain.payout import PayoutState
from bot.domain.sale import SaleState
from bot.store import tables
from tests.journey.live_bot import LiveBot
from tests.journey.shop import ANA, Shop


@pytest.fixture
def bot(keyless: LiveBot) -> LiveBot:
    return keyless


async def test_a_sale_is_told_without_its_fees(bot: LiveBot, shop: Shop) -> None:
    await bot.happen(bot.account.buy(shop.lease, buyer=ANA))
    sale = await bot.sale()
    assert (sale.price, sale.share, sale.left) == (Money(2999, "usd"), None, Money(2999, "usd"))
    assert (sale.buyer.name, sale.payout.state) == ("Ana Lima", PayoutState.UNKNOWN)
    assert sale.track == UNNAMED_TRACK
    await bot.catch_up()
    assert await bot.outbox() == [("announce", "announce:payment:1")]


async def test_a_sale_is_named_by_the_metadata_of_its_payment_link(
    bot: LiveBot, shop: Shop
) -> None:
    link = bot.account.link(
        [shop.lease], metadata={"track": "Midnight Drive", "license": "Exclusive Rights"}
    )
    await bot.happen(bot.account.buy(shop.lease, link=link))
    sale = await bot.sale()
    assert (sale.track, sale.license, sale.exclusive) == (
        "Midnight Drive",
        "Exclusive Rights",
        True,
    )


async def test_a_charge_alone_tells_of_no_sale_until_its_checkout_does(
    bot: LiveBot, shop: Shop
) -> None:
    bot.account.buy(shop.lease)
    charge, intent, checkout, booked = bot.account.take_events()
    await bot.take([charge, intent, booked])
    assert await bot.outbox() == []
    assert await bot.rows(tables.events, "state") == [("waiting",)] * 3
    bot.time.pass_(days=1)
    await bot.take([checkout])
    assert len(await bot.sales()) == 1
    assert await bot.rows(tables.events, "state") == [("done",)] * 4


async def test_refunds_are_told_and_taken_off(bot: LiveBot, shop: Shop) -> None:
    bought = await bot.happen(bot.account.buy(shop.lease))
    await bot.hear()
    part = await bot.happen(bot.account.refund(bought, 1000))
    sale = await bot.sale()
    assert (sale.state, sale.refunded.amount) == (SaleState.PARTLY_REFUNDED, 1000)
    assert await bot.hear() == [
        ("edit", "edit:payment:1"),
        ("reply", f"reply:refund:{part}"),
    ]
    rest = await bot.happen(bot.account.refund(bought))
    assert (await bot.sale()).state is SaleState.REFUNDED
    assert ("reply", f"reply:refund:{rest}") in await bot.hear()


async def test_a_refund_whose_sale_is_not_known_yet_waits_for_it(bot: LiveBot, shop: Shop) -> None:
    bought = bot.account.buy(shop.lease)
    bought_events = bot.account.take_events()
    await bot.happen(bot.account.refund(bought))
    assert await bot.outbox() == []
    await bot.take(bought_events)
    assert (await bot.sale()).state is SaleState.REFUNDED
    assert await bot.outbox() == [("announce", "announce:payment:1")]


async def test_disputes_are_told_with_the_money_they_take(bot: LiveBot, shop: Shop) -> None:
    bought = await bot.happen(bot.account.buy(shop.lease))
    dispute = await bot.happen(bot.account.dispute(bought))
    sale = await bot.sale()
    assert sale.state is SaleState.DISPUTED
    assert sale.left == Money(2999 - 2999 - 1500, "usd")
    await bot.happen(bot.account.win(dispute))
    assert (await bot.sale()).state is SaleState.PAID
    assert await bot.told("reply") == [
        f"reply:dispute_opened:{dispute}",
        f"reply:dispute_won:{dispute}",
    ]


async def test_a_delayed_payment_is_told_when_it_comes(bot: LiveBot, shop: Shop) -> None:
    paid = bot.account.buy(shop.lease, method="sepa_debit")
    bounced = await bot.happen(bot.account.buy(shop.lease, method="sepa_debit"))
    assert [sale.state for sale in await bot.sales()] == [SaleState.PENDING] * 2
    assert await bot.outbox() == []
    bot.time.pass_(days=3)
    bot.account.arrive(paid)
    await bot.happen(bot.account.bounce(bounced))
    assert sorted(await bot.rows(tables.sales, "state")) == [("failed",), ("paid",)]
    assert len(await bot.outbox()) == 1


async def test_a_free_sale_is_told(bot: LiveBot, shop: Shop) -> None:
    await bot.happen(bot.account.buy(shop.lease, discount=2999))
    assert (await bot.sale()).price == Money(0, "usd")
    assert len(await bot.outbox()) == 1


async def test_payouts_are_told_by_their_events(bot: LiveBot, shop: Shop) -> None:
    bot.account.buy(shop.lease)
    bot.time.pass_(days=3)
    payout = await bot.happen(bot.account.pay_out())
    await bot.happen(bot.account.payout_paid(payout))
    await bot.happen(bot.account.fail_payout(payout))
    assert await bot.rows(tables.payouts, "status", "due") == [("failed", None)]
    assert [each for each in await bot.outbox() if "payout" in each[1]] == [
        ("announce", f"announce:payout:{payout}"),
        ("edit", f"edit:payout:{payout}"),
        ("reply", f"reply:payout_failed:{payout}"),
    ]


async def test_test_and_live_sales_are_kept_apart(bot: LiveBot, shop: Shop) -> None:
    bot.account.buy(shop.lease, buyer=ANA)
    test = bot.account.take_events()
    live = [event | {"livemode": True, "id": f"{event['id']}Live"} for event in test]
    await bot.take([*test, *live])
    assert await bot.rows(tables.producers, "livemode", "next_number") == [
        (False, 1002),
        (True, 1002),
    ]
    assert len(await bot.sales()) == 1
    assert (await bot.producer()).livemode
