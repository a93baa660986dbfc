"""From a buyer's Checkout to the books and the outbox, through the real route and store."""

from bot.domain.money import Money
from bot.domain.payment import Consent, Fees
from bot.domain.payout import PayoutState
from bot.domain.sale import SaleState
from bot.store import tables
from fakes.stripe import Item
from tests.journey.live_bot import LiveBot
from tests.journey.shop import ANA, BEN, Shop

ONE_CALL = {"/v1/checkout/sessions/{id}": 1}


async def test_a_lease_is_recorded_whole_and_told_once(bot: LiveBot, shop: Shop) -> None:
    await bot.happen(bot.account.buy(shop.lease, buyer=ANA))
    sale = await bot.sale()
    assert (sale.number, sale.track, sale.license) == (1001, "Midnight Drive", "Basic Lease")
    assert not sale.exclusive
    assert sale.price == Money(2999, "usd")
    assert sale.share is not None
    assert sale.share.fees == Fees(stripe=117)  # 2.9 % and 30 cents
    assert sale.left == Money(2882, "usd")
    assert sale.state is SaleState.PAID
    assert (sale.buyer.name, sale.buyer.email, sale.buyer.country) == (
        "Ana Lima",
        "ana.lima@example.com",
        "BR",
    )
    assert sale.payout.state is PayoutState.PENDING
    assert await bot.outbox() == [("announce", "announce:payment:1")]


async def test_what_the_buyer_answered_about_news_is_kept(bot: LiveBot, shop: Shop) -> None:
    bot.account.buy(shop.lease, buyer=BEN)
    await bot.happen(bot.account.buy(shop.neon_lease, buyer=ANA))
    answers = dict(await bot.rows(tables.buyers, "email", "promotions"))
    assert answers == {BEN.email: "opt_in", ANA.email: None}
    assert {one.buyer.promotions for one in await bot.payments()} == {Consent.OPT_IN, None}


async def test_nothing_is_left_to_ask_about_a_settled_sale(bot: LiveBot, shop: Shop) -> None:
    await bot.happen(bot.account.buy(shop.lease))
    await bot.catch_up()
    assert bot.stripe.calls.paths == ONE_CALL
    assert set((await bot.event_states()).values()) == {"done"}
    assert await bot.outbox() == [("announce", "announce:payment:1")]


async def test_three_tracks_in_one_checkout_share_the_fees_to_the_cent(
    bot: LiveBot, shop: Shop
) -> None:
    await bot.happen(bot.account.buy(shop.lease, shop.neon_lease, shop.paper_lease))
    three = await bot.sales()
    assert [sale.number for sale in three] == [1001, 1002, 1003]
    assert [sale.track for sale in three] == ["Midnight Drive", "Neon Rain", "Paper Moon"]
    assert [sale.price.amount for sale in three] == [2999, 3500, 1999]
    (payment,) = await bot.payments()
    assert payment.movement is not None
    shares = [sale.share for sale in three if sale.share is not None]
    # 276 cents over 8498: each fee's remainder goes to whom it belongs to most.
    assert [share.fees.stripe for share in shares] == [97, 114, 65]
    assert sum(share.fees.stripe for share in shares) == payment.movement.fees.total == 276
    assert sum(share.net for share in shares) == payment.movement.net == 8222
    assert await bot.told("announce") == ["announce:payment:1"]


async def test_a_cart_longer_than_a_page_is_read_to_its_end(bot: LiveBot, shop: Shop) -> None:
    prices = [shop.priced(1000 + place) for place in range(14)]
    await bot.happen(bot.account.buy(*prices))
    page = await bot.listed()
    assert page.count == 14
    (payment,) = await bot.payments()
    assert [line.amount for line in payment.lines] == [1000 + place for place in range(14)]
    assert len(bot.stripe.calls.paths) == 2


async def test_a_quantity_is_one_sale_at_the_whole_price(bot: LiveBot, shop: Shop) -> None:
    await bot.happen(bot.account.buy(Item(shop.lease, 3)))
    sale = await bot.sale()
    assert sale.quantity == 3
    assert sale.price == Money(8997, "usd")


async def test_a_discount_is_off_the_lines_it_was_given_on(bot: LiveBot, shop: Shop) -> None:
    await bot.happen(bot.account.buy(shop.lease, shop.neon_lease, discount=1000))
    prices = [sale.price.amount for sale in await bot.sales()]
    assert prices == [2538, 2961]
    assert sum(prices) == 2999 + 3500 - 1000


async def test_tax_is_part_of_what_the_buyer_paid(bot: LiveBot, shop: Shop) -> None:
    await bot.happen(bot.account.buy(shop.lease, tax=570))
    assert (await bot.sale()).price == Money(3569, "usd")


async def test_a_free_sale_is_recorded_at_nothing(bot: LiveBot, shop: Shop) -> None:
    await bot.happen(bot.account.buy(shop.lease, discount=2999, buyer=ANA))
    await bot.catch_up()
    sale = await bot.sale()
    assert sale.price == Money(0, "usd")
    assert sale.share is not None
    assert sale.left == Money(0, "usd")
    assert sale.state is SaleState.PAID
    assert await bot.outbox() == [("announce", "announce:payment:1")]
    assert bot.stripe.calls.paths == ONE_CALL


async def test_products_per_track_and_products_per_license_are_one_track(
    bot: LiveBot, shop: Shop
) -> None:
    await bot.happen(bot.account.buy(shop.lease))
    # Made once the other is known: a track keeps the spelling seen first.
    apart = bot.account.product("midnight  drive – Premium Lease")
    await bot.happen(bot.account.buy(bot.account.price(apart, 5900)))
    assert [sale.track for sale in await bot.sales()] == ["Midnight Drive"] * 2
    assert [sale.license for sale in await bot.sales()] == ["Basic Lease", "Premium Lease"]


async def test_sales_through_a_payment_link_are_named_by_its_metadata(bot: LiveBot) -> None:
    unnamed = bot.account.product("Exclusive Rights")
    price = bot.account.price(unnamed, 30_000)
    link = bot.account.link([price], metadata={"track": "Velvet Static"})
    await bot.happen(bot.account.buy(price, link=link))
    sale = await bot.sale()
    assert (sale.track, sale.license, sale.exclusive) == (
        "Velvet Static",
        "Exclusive Rights",
        True,
    )
