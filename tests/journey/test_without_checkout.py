"""Payments made through the API: a sale where their metadata names the track."""

from bot.domain.money import Money
from bot.domain.sale import SaleState
from tests.journey.house import House
from tests.journey.shop import ANA

NAMED = {"track": "Midnight Drive", "license": "Premium Lease"}


async def test_it_is_told_at_once_and_read_when_no_checkout_came(home: House) -> None:
    home.account.pay(4900, metadata=NAMED, buyer=ANA)
    await home.happen()
    sale = await home.sale()
    assert (sale.track, sale.license, sale.price) == (
        "Midnight Drive",
        "Premium Lease",
        Money(4900, "usd"),
    )
    assert await home.hear() == [("announce", "announce:payment:1")]
    assert home.stripe.calls.total == 0
    home.time.pass_(seconds=5)
    await home.work()
    sale = await home.sale()
    assert (sale.number, sale.left, sale.buyer.name) == (1001, Money(4728, "usd"), "Ana Lima")
    assert await home.hear() == [("edit", "edit:payment:1")]


async def test_it_is_one_sale_and_asked_about_once(home: House) -> None:
    home.account.pay(4900, metadata=NAMED)
    for event in home.account.take_events():
        home.time.pass_(seconds=1)
        await home.deliver([event])
        await home.work()
    await home.catch_up()
    assert home.stripe.calls.paths == {
        "/v1/checkout/sessions": 1,
        "/v1/payment_intents/{id}": 1,
    }
    assert await home.told("announce") == ["announce:payment:1"]


async def test_the_metadata_can_make_it_exclusive(home: House) -> None:
    home.account.pay(90_000, metadata={"track": "Midnight Drive", "exclusive": "yes"})
    await home.happen()
    assert (await home.sale()).exclusive


async def test_its_refund_is_told(home: House) -> None:
    paid = home.account.pay(4900, metadata=NAMED)
    await home.happen()
    refund = home.account.refund(paid)
    await home.happen()
    await home.catch_up()
    assert (await home.sale()).state is SaleState.REFUNDED
    assert await home.told("reply") == [f"reply:refund:{refund}"]


async def test_a_checkout_that_hands_its_track_on_to_the_payment_is_one_sale(
    home: House,
) -> None:
    beat = home.account.product("Midnight Drive – Basic Lease")
    price = home.account.price(beat, 2999)
    home.account.take_events()
    home.account.buy(price, intent_metadata={"track": "Midnight Drive"}, buyer=ANA)
    for event in home.account.take_events():
        home.time.pass_(seconds=0.4)
        await home.deliver([event])
        await home.work()
    await home.catch_up()
    sale = await home.sale()
    assert (sale.license, sale.buyer.name) == ("Basic Lease", "Ana Lima")
    assert home.stripe.calls.paths == {"/v1/checkout/sessions/{id}": 1}
    assert await home.told("announce") == ["announce:payment:1"]
