"""Money as Stripe counts it: decimals, conversion, and who takes a fee."""

from pathlib import Path

from bot.domain.money import Money
from bot.domain.payment import Fees
from fakes.stripe import Terms
from tests.journey.live_bot import LiveBot, live_bot
from tests.journey.shop import Shop


async def test_yen_have_no_decimals(tmp_path: Path) -> None:
    async with live_bot(tmp_path, terms=Terms(currency="jpy")) as bot:
        await bot.happen(bot.account.buy(Shop(bot.account).priced(3000, "jpy")))
        sale = await bot.sale()
        assert sale.price == Money(3000, "jpy")
        assert sale.share is not None
        # 2.9 % are 87 yen; the 30 cents are 45.
        assert sale.share.fees == Fees(stripe=132)
        assert sale.left == Money(2868, "jpy")


async def test_dinars_have_three_decimals(tmp_path: Path) -> None:
    async with live_bot(tmp_path, terms=Terms(currency="kwd")) as bot:
        shop = Shop(bot.account)
        await bot.happen(bot.account.buy(shop.priced(9_990, "kwd"), shop.priced(5_000, "kwd")))
        sales = await bot.sales()
        (payment,) = await bot.payments()
        assert [sale.price for sale in sales] == [Money(9_990, "kwd"), Money(5_000, "kwd")]
        assert payment.movement is not None
        assert sum(sale.left.amount for sale in sales) == payment.movement.net


async def test_a_price_in_another_currency_is_kept_beside_what_settled(
    bot: LiveBot, shop: Shop
) -> None:
    await bot.happen(bot.account.buy(shop.priced(10_000, "eur"), shop.priced(3_333, "eur")))
    sales = await bot.sales()
    (payment,) = await bot.payments()
    assert payment.movement is not None
    assert payment.movement.currency == "usd"
    assert payment.movement.gross == 14_400  # at 1.08
    assert [sale.price for sale in sales] == [Money(10_000, "eur"), Money(3_333, "eur")]
    shares = [sale.share for sale in sales if sale.share is not None]
    assert {share.currency for share in shares} == {"usd"}
    assert sum(share.gross for share in shares) == payment.movement.gross
    assert sum(share.net for share in shares) == payment.movement.net


async def test_what_the_buyer_saw_under_adaptive_pricing_is_kept(bot: LiveBot, shop: Shop) -> None:
    await bot.happen(bot.account.buy(shop.lease, presented=(2790, "eur")))
    (payment,) = await bot.payments()
    assert (payment.amount, payment.currency) == (2999, "usd")
    assert (payment.presented_amount, payment.presented_currency) == (2790, "eur")
    assert (await bot.sale()).price == Money(2999, "usd")


async def test_the_platforms_fee_and_the_tax_are_told_apart_from_stripes(tmp_path: Path) -> None:
    async with live_bot(tmp_path, terms=Terms(tax=1900)) as bot:
        shop = Shop(bot.account)
        await bot.happen(bot.account.buy(shop.lease, shop.neon_lease, application_fee=325))
        shares = [sale.share for sale in await bot.sales() if sale.share is not None]
        # Of 6499: 218 for Stripe, 19 % of that for the tax office, 325 for the platform.
        assert sum(share.fees.stripe for share in shares) == 218
        assert sum(share.fees.tax for share in shares) == 41
        assert sum(share.fees.platform for share in shares) == 325
        assert sum(share.net for share in shares) == 6499 - 218 - 41 - 325
