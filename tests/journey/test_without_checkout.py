"""Payments made through the API: a sale where their metadata names the track."""

from bot.domain.money import Money
from bot.domain.sale import SaleState
from tests.journey.live_bot import LiveBot
from tests.journey.shop import ANA

NAMED = {"track": "Midnight Drive", "license": "Premium Lease"}


async def test_it_is_told_at_once_and_read_when_no_checkout_came(bot: LiveBot) -> None:
    await bot.happen(bot.account.pay(4900, metadata=NAMED, buyer=ANA))
    sale = await bot.sale()
    assert (sale.track, sale.license, sale.price) == (
        "Midnight Drive",
        "Premium Lease",
        Money(4900, "usd"),
    )
    assert await bot.hear() == [("announce", "announce:payment:1")]
    assert bot.stripe.calls.total == 0
    await bot.later(seconds=5)
    sale = await bot.sale()
    assert (sale.number, sale.left, sale.buyer.name) == (1001, Money(4728, "usd"), "Ana Lima")
    assert await bot.hear() == [("edit", "edit:payment:1")]


async def test_it_is_one_sale_and_asked_about_once(bot: LiveBot) -> None:
    bot.account.pay(4900, metadata=NAMED)
    await bot.take_slowly(1)
    await bot.catch_up()
    assert bot.stripe.calls.paths == {
        "/v1/checkout/sessions": 1,
        "/v1/payment_intents/{id}": 1,
    }
    assert await bot.told("announce") == ["announce:payment:1"]


async def test_the_metadata_can_make_it_exclusive(bot: LiveBot) -> None:
    bot.account.pay(90_000, metadata={"track": "Midnight Drive", "exclusive": "yes"})
    await bot.happen()
    assert (await bot.sale()).exclusive


async def test_its_refund_is_told(bot: LiveBot) -> None:
    paid = await bot.happen(bot.account.pay(4900, metadata=NAMED))
    refund = await bot.happen(bot.account.refund(paid))
    await bot.catch_up()
    assert (await bot.sale()).state is SaleState.REFUNDED
    assert await bot.told("reply") == [f"reply:refund:{refund}"]


async def test_a_checkout_that_hands_its_track_on_to_the_payment_is_one_sale(
    bot: LiveBot,
) -> None:
    beat = bot.account.product("Midnight Drive – Basic Lease")
    price = bot.account.price(beat, 2999)
    bot.account.take_events()
    bot.account.buy(price, intent_metadata={"track": "Midnight Drive"}, buyer=ANA)
    await bot.take_slowly(0.4)
    await bot.catch_up()
    sale = await bot.sale()
    assert (sale.license, sale.buyer.name) == ("Basic Lease", "Ana Lima")
    assert bot.stripe.calls.paths == {"/v1/checkout/sessions/{id}": 1}
    assert await bot.told("announce") == ["announce:payment:1"]
