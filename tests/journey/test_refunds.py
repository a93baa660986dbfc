"""Money given back: the sale's record and alert follow, with one short reply for each refund."""

from bot.domain.money import Money
from bot.domain.sale import Sale, SaleState
from bot.store import tables
from tests.journey.live_bot import LiveBot
from tests.journey.shop import Shop


async def _net(bot: LiveBot) -> int:
    return sum(net for (net,) in await bot.rows(tables.day_totals, "net"))


def _states(sales: list[Sale]) -> list[SaleState]:
    return [sale.state for sale in sales]


async def test_a_refund_in_full_keeps_stripes_fee(bot: LiveBot, shop: Shop) -> None:
    bought = await bot.happen(bot.account.buy(shop.lease))
    await bot.hear()
    refund = await bot.happen(bot.account.refund(bought))
    sale = await bot.sale()
    assert (sale.state, sale.refunded) == (SaleState.REFUNDED, Money(2999, "usd"))
    assert sale.left == Money(-117, "usd")
    assert await _net(bot) == -117
    assert await bot.hear() == [
        ("edit", "edit:payment:1"),
        ("reply", f"reply:refund:{refund}"),
    ]


async def test_two_refunds_in_part_are_told_one_by_one(bot: LiveBot, shop: Shop) -> None:
    bought = await bot.happen(bot.account.buy(shop.lease))
    first = await bot.happen(bot.account.refund(bought, 1000))
    assert _states(await bot.sales()) == [SaleState.PARTLY_REFUNDED]
    second = await bot.happen(bot.account.refund(bought, 500))
    sale = await bot.sale()
    assert (sale.refunded.amount, sale.left.amount) == (1500, 2999 - 117 - 1500)
    assert await bot.told("reply") == [f"reply:refund:{first}", f"reply:refund:{second}"]
    assert await bot.rows(tables.day_totals, "refunds", "refunded") == [(2, 1500)]


async def test_a_refund_of_one_tracks_price_is_that_tracks(bot: LiveBot, shop: Shop) -> None:
    bought = await bot.happen(bot.account.buy(shop.lease, shop.neon_lease, shop.paper_lease))
    await bot.happen(bot.account.refund(bought, 3500))
    assert _states(await bot.sales()) == [SaleState.PAID, SaleState.REFUNDED, SaleState.PAID]
    await bot.happen(bot.account.refund(bought))
    assert _states(await bot.sales()) == [SaleState.REFUNDED] * 3


async def test_a_pending_refund_is_told_at_once_and_booked_later(bot: LiveBot, shop: Shop) -> None:
    bought = await bot.happen(bot.account.buy(shop.lease))
    refund = await bot.happen(bot.account.refund(bought, pending=True))
    assert (await bot.sale()).left == Money(-117, "usd")
    bot.account.complete_refund(refund)
    bot.account.take_events()
    await bot.later(seconds=5)
    (payment,) = await bot.payments()
    assert payment.refunds[0].movement is not None
    assert (await bot.sale()).left == Money(-117, "usd")
    assert await bot.told("reply") == [f"reply:refund:{refund}"]


async def test_a_refund_that_fails_later_is_undone_and_told(bot: LiveBot, shop: Shop) -> None:
    bought = await bot.happen(bot.account.buy(shop.lease))
    refund = await bot.happen(bot.account.refund(bought))
    bot.time.pass_(days=5)
    await bot.happen(bot.account.fail_refund(refund))
    sale = await bot.sale()
    assert (sale.state, sale.refunded.amount, sale.left.amount) == (SaleState.PAID, 0, 2882)
    assert await _net(bot) == 2882
    assert await bot.told("reply") == [
        f"reply:refund:{refund}",
        f"reply:refund_failed:{refund}",
    ]


async def test_money_that_comes_back_late_after_a_failed_refund_is_looked_for(
    bot: LiveBot, shop: Shop
) -> None:
    bought = bot.account.buy(shop.lease)
    refund = bot.account.refund(bought)
    bot.account.fail_refund(refund)
    failed = bot.account.get("refund", refund)
    bot.account.books.change(refund, failure_balance_transaction=None)
    await bot.happen()
    assert (await bot.sale()).left.amount == -117
    bot.account.books.change(refund, **failed)
    await bot.later(seconds=5)
    assert (await bot.sale()).left.amount == 2882


async def test_a_sale_first_heard_of_when_it_is_refunded_is_announced_only(
    bot: LiveBot, shop: Shop
) -> None:
    bought = bot.account.buy(shop.lease)
    await bot.happen(bot.account.refund(bought))
    assert (await bot.sale()).state is SaleState.REFUNDED
    assert await bot.outbox() == [("announce", "announce:payment:1")]


async def test_a_refund_at_another_days_rate_takes_what_stripe_took(
    bot: LiveBot, shop: Shop
) -> None:
    bought = await bot.happen(bot.account.buy(shop.priced(10_000, "eur")))
    bot.account.terms.rates["eur"] = 1.10
    await bot.happen(bot.account.refund(bought))
    sale = await bot.sale()
    assert sale.refunded == Money(10_000, "eur")
    assert sale.share is not None
    assert sale.left == Money(10_800 - sale.share.fees.total - 11_000, "usd")


async def test_a_platform_that_gives_its_fee_back_is_counted(bot: LiveBot, shop: Shop) -> None:
    bought = await bot.happen(bot.account.buy(shop.lease, application_fee=300))
    await bot.happen(bot.account.refund(bought, application_fee=300))
    assert (await bot.sale()).left == Money(-117, "usd")
