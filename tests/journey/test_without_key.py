"""No API key: sales are told from their events alone, as far as these tell."""

import pytest

from bot.domain.item_names import UNNAMED_TRACK
from bot.domain.money import Money
from bot.domain.payout import PayoutState
from bot.domain.sale import SaleState
from bot.store import tables
from tests.journey.house import House
from tests.journey.shop import ANA, Shop


@pytest.fixture
def home(keyless: House) -> House:
    return keyless


async def test_a_sale_is_told_without_its_fees(home: House, shop: Shop) -> None:
    home.account.buy(shop.lease, buyer=ANA)
    await home.happen()
    sale = await home.sale()
    assert (sale.price, sale.share, sale.left) == (Money(2999, "usd"), None, Money(2999, "usd"))
    assert (sale.buyer.name, sale.payout.state) == ("Ana Lima", PayoutState.UNKNOWN)
    assert sale.track == UNNAMED_TRACK
    await home.catch_up()
    assert await home.outbox() == [("announce", "announce:payment:1")]


async def test_a_sale_is_named_by_the_metadata_of_its_payment_link(home: House, shop: Shop) -> None:
    link = home.account.link(
        [shop.lease], metadata={"track": "Midnight Drive", "license": "Exclusive Rights"}
    )
    home.account.buy(shop.lease, link=link)
    await home.happen()
    sale = await home.sale()
    assert (sale.track, sale.license, sale.exclusive) == (
        "Midnight Drive",
        "Exclusive Rights",
        True,
    )


async def test_a_charge_alone_tells_of_no_sale_until_its_checkout_does(
    home: House, shop: Shop
) -> None:
    home.account.buy(shop.lease)
    charge, intent, checkout, booked = home.account.take_events()
    await home.deliver([charge, intent, booked])
    await home.work()
    assert await home.outbox() == []
    assert await home.rows(tables.events, "state") == [("waiting",)] * 3
    home.time.pass_(days=1)
    await home.deliver([checkout])
    await home.work()
    assert len(await home.sales()) == 1
    assert await home.rows(tables.events, "state") == [("done",)] * 4


async def test_refunds_are_told_and_taken_off(home: House, shop: Shop) -> None:
    bought = home.account.buy(shop.lease)
    await home.happen()
    await home.hear()
    part = home.account.refund(bought, 1000)
    await home.happen()
    sale = await home.sale()
    assert (sale.state, sale.refunded.amount) == (SaleState.PARTLY_REFUNDED, 1000)
    assert await home.hear() == [
        ("edit", "edit:payment:1"),
        ("reply", f"reply:refund:{part}"),
    ]
    rest = home.account.refund(bought)
    await home.happen()
    assert (await home.sale()).state is SaleState.REFUNDED
    assert ("reply", f"reply:refund:{rest}") in await home.hear()


async def test_a_refund_whose_sale_is_not_known_yet_waits_for_it(home: House, shop: Shop) -> None:
    bought = home.account.buy(shop.lease)
    bought_events = home.account.take_events()
    home.account.refund(bought)
    await home.happen()
    assert await home.outbox() == []
    await home.deliver(bought_events)
    await home.work()
    assert (await home.sale()).state is SaleState.REFUNDED
    assert await home.outbox() == [("announce", "announce:payment:1")]


async def test_disputes_are_told_with_the_money_they_take(home: House, shop: Shop) -> None:
    bought = home.account.buy(shop.lease)
    await home.happen()
    dispute = home.account.dispute(bought)
    await home.happen()
    sale = await home.sale()
    assert sale.state is SaleState.DISPUTED
    assert sale.left == Money(2999 - 2999 - 1500, "usd")
    home.account.win(dispute)
    await home.happen()
    assert (await home.sale()).state is SaleState.PAID
    assert await home.told("reply") == [
        f"reply:dispute_opened:{dispute}",
        f"reply:dispute_won:{dispute}",
    ]


async def test_a_delayed_payment_is_told_when_it_comes(home: House, shop: Shop) -> None:
    paid = home.account.buy(shop.lease, method="sepa_debit")
    bounced = home.account.buy(shop.lease, method="sepa_debit")
    await home.happen()
    assert [sale.state for sale in await home.sales()] == [SaleState.PENDING] * 2
    assert await home.outbox() == []
    home.time.pass_(days=3)
    home.account.arrive(paid)
    home.account.bounce(bounced)
    await home.happen()
    assert sorted(await home.rows(tables.sales, "state")) == [("failed",), ("paid",)]
    assert len(await home.outbox()) == 1


async def test_a_free_sale_is_told(home: House, shop: Shop) -> None:
    home.account.buy(shop.lease, discount=2999)
    await home.happen()
    assert (await home.sale()).price == Money(0, "usd")
    assert len(await home.outbox()) == 1


async def test_payouts_are_told_by_their_events(home: House, shop: Shop) -> None:
    home.account.buy(shop.lease)
    home.time.pass_(days=3)
    payout = home.account.pay_out()
    await home.happen()
    home.account.payout_paid(payout)
    await home.happen()
    home.account.fail_payout(payout)
    await home.happen()
    assert await home.rows(tables.payouts, "status", "due") == [("failed", None)]
    assert [each for each in await home.outbox() if "payout" in each[1]] == [
        ("announce", f"announce:payout:{payout}"),
        ("edit", f"edit:payout:{payout}"),
        ("reply", f"reply:payout_failed:{payout}"),
    ]


async def test_test_and_live_sales_are_kept_apart(home: House, shop: Shop) -> None:
    home.account.buy(shop.lease, buyer=ANA)
    test = home.account.take_events()
    live = [event | {"livemode": True, "id": f"{event['id']}Live"} for event in test]
    await home.deliver([*test, *live])
    await home.work()
    assert await home.rows(tables.producers, "livemode", "next_number") == [
        (False, 1002),
        (True, 1002),
    ]
    assert len(await home.sales()) == 1
    assert (await home.producer()).livemode
