"""Money given back: the sale's record and alert follow, with one short reply for each refund."""

from bot.domain.money import Money
from bot.domain.sale import Sale, SaleState
from bot.store import tables
from tests.journey.house import House
from tests.journey.shop import Shop


async def _net(home: House) -> int:
    rows = await home.rows(tables.totals, "span", "track_id", "net")
    return sum(net for span, track_id, net in rows if (span, track_id) == ("ever", 0))


def _states(sales: list[Sale]) -> list[SaleState]:
    return [sale.state for sale in sales]


async def test_a_refund_in_full_keeps_stripes_fee(home: House, shop: Shop) -> None:
    bought = home.account.buy(shop.lease)
    await home.happen()
    await home.hear()
    refund = home.account.refund(bought)
    await home.happen()
    sale = await home.sale()
    assert (sale.state, sale.refunded) == (SaleState.REFUNDED, Money(2999, "usd"))
    assert sale.left == Money(-117, "usd")
    assert await _net(home) == -117
    assert await home.hear() == [
        ("edit", "edit:payment:1"),
        ("reply", f"reply:refund:{refund}"),
    ]


async def test_two_refunds_in_part_are_told_one_by_one(home: House, shop: Shop) -> None:
    bought = home.account.buy(shop.lease)
    await home.happen()
    first = home.account.refund(bought, 1000)
    await home.happen()
    assert _states(await home.sales()) == [SaleState.PARTLY_REFUNDED]
    second = home.account.refund(bought, 500)
    await home.happen()
    sale = await home.sale()
    assert (sale.refunded.amount, sale.left.amount) == (1500, 2999 - 117 - 1500)
    assert await home.told("reply") == [f"reply:refund:{first}", f"reply:refund:{second}"]
    ever = await home.rows(tables.totals, "span", "track_id", "refunds", "refunded")
    assert ("ever", 0, 2, 1500) in ever


async def test_a_refund_of_one_tracks_price_is_that_tracks(home: House, shop: Shop) -> None:
    bought = home.account.buy(shop.lease, shop.neon_lease, shop.paper_lease)
    await home.happen()
    home.account.refund(bought, 3500)
    await home.happen()
    assert _states(await home.sales()) == [SaleState.PAID, SaleState.REFUNDED, SaleState.PAID]
    home.account.refund(bought)
    await home.happen()
    assert _states(await home.sales()) == [SaleState.REFUNDED] * 3


async def test_any_other_refund_is_divided_over_the_tracks(home: House, shop: Shop) -> None:
    bought = home.account.buy(shop.lease, shop.neon_lease)
    await home.happen()
    home.account.refund(bought, 1000)
    await home.happen()
    refunded = [sale.refunded.amount for sale in await home.sales()]
    assert refunded == [461, 539]
    assert _states(await home.sales()) == [SaleState.PARTLY_REFUNDED] * 2


async def test_a_pending_refund_is_told_at_once_and_booked_later(home: House, shop: Shop) -> None:
    bought = home.account.buy(shop.lease)
    await home.happen()
    refund = home.account.refund(bought, pending=True)
    await home.happen()
    assert (await home.sale()).left == Money(-117, "usd")
    home.account.complete_refund(refund)
    home.account.take_events()
    home.time.pass_(seconds=5)
    await home.work()
    (payment,) = await home.payments()
    assert payment.refunds[0].movement is not None
    assert (await home.sale()).left == Money(-117, "usd")
    assert await home.told("reply") == [f"reply:refund:{refund}"]


async def test_a_refund_that_fails_later_is_undone_and_told(home: House, shop: Shop) -> None:
    bought = home.account.buy(shop.lease)
    await home.happen()
    refund = home.account.refund(bought)
    await home.happen()
    home.time.pass_(days=5)
    home.account.fail_refund(refund)
    await home.happen()
    sale = await home.sale()
    assert (sale.state, sale.refunded.amount, sale.left.amount) == (SaleState.PAID, 0, 2882)
    assert await _net(home) == 2882
    assert await home.told("reply") == [
        f"reply:refund:{refund}",
        f"reply:refund_failed:{refund}",
    ]


async def test_money_that_comes_back_late_after_a_failed_refund_is_looked_for(
    home: House, shop: Shop
) -> None:
    bought = home.account.buy(shop.lease)
    refund = home.account.refund(bought)
    home.account.fail_refund(refund)
    failed = home.account.get("refund", refund)
    home.account.books.change(refund, failure_balance_transaction=None)
    await home.happen()
    assert (await home.sale()).left.amount == -117
    home.account.books.change(refund, **failed)
    home.time.pass_(seconds=5)
    await home.work()
    assert (await home.sale()).left.amount == 2882


async def test_a_sale_first_heard_of_when_it_is_refunded_is_announced_only(
    home: House, shop: Shop
) -> None:
    bought = home.account.buy(shop.lease)
    home.account.refund(bought)
    await home.happen()
    assert (await home.sale()).state is SaleState.REFUNDED
    assert await home.outbox() == [("announce", "announce:payment:1")]


async def test_a_refund_at_another_days_rate_takes_what_stripe_took(
    home: House, shop: Shop
) -> None:
    bought = home.account.buy(shop.priced(10_000, "eur"))
    await home.happen()
    home.account.terms.rates["eur"] = 1.10
    home.account.refund(bought)
    await home.happen()
    sale = await home.sale()
    assert sale.refunded == Money(10_000, "eur")
    assert sale.share is not None
    assert sale.left == Money(10_800 - sale.share.fees.total - 11_000, "usd")


async def test_a_platform_that_gives_its_fee_back_is_counted(home: House, shop: Shop) -> None:
    bought = home.account.buy(shop.lease, application_fee=300)
    await home.happen()
    home.account.refund(bought, application_fee=300)
    await home.happen()
    assert (await home.sale()).left == Money(-117, "usd")
