"""A platform that gives its fee back: with a refund or by itself, told, counted, and audited."""

from pathlib import Path

import pytest

from bot.domain.money import Money
from bot.store import tables
from bot.store.books import payments
from bot.text.alert_replies import reply
from bot.text.sales import sale_record
from tests.journey.house import House, house
from tests.journey.shop import Shop
from tests.sync import ways
from tests.text.limits import text

pytestmark = pytest.mark.counted

# Of a lease of $29.99 Stripe keeps $1.17, and the platform $3.00.
PRICE, FEE, PLATFORM = 2999, 117, 300
SOURCES = "rak_balance_transaction_source_read"


async def said(home: House) -> tuple[str, str]:
    """The last reply, and what /sale says."""
    producer, sale = await home.producer(), await home.sale()
    async with home.app.store.read() as connection:
        record = await payments.load(connection, producer, sale.payment_id, home.time())
    assert record is not None
    _, what, object_id = (await home.told("reply"))[-1].split(":", 2)
    return reply(what, record, object_id), text(sale_record(record, sale))


async def sell(home: House, shop: Shop) -> str:
    bought = home.account.buy(shop.lease, application_fee=PLATFORM)
    await home.happen()
    await home.hear()
    return bought.paid_with()[1]


async def test_what_comes_back_with_a_refund_is_told_with_it(home: House, shop: Shop) -> None:
    charge = await sell(home, shop)
    home.account.refund(charge, application_fee=PLATFORM)
    await home.happen()
    told, record = await said(home)
    assert "platform fee of $3.00 returned" in told
    assert "Stripe keeps its fee of $1.17" in told
    assert (await home.sale()).left == Money(-FEE, "usd")
    assert "Platform fee returned" in record
    assert [key for kind, key in await home.hear() if kind == "reply"] == [
        (await home.told("reply"))[-1]
    ]
    assert (await ways.audit(home)).equal


async def test_what_stays_with_the_platform_is_told_too(home: House, shop: Shop) -> None:
    charge = await sell(home, shop)
    home.account.refund(charge)
    await home.happen()
    told, _ = await said(home)
    assert "platform fee of $3.00 not returned" in told
    assert (await home.sale()).left == Money(-FEE - PLATFORM, "usd")


async def test_of_two_refunds_each_tells_what_came_back_with_it(home: House, shop: Shop) -> None:
    charge = await sell(home, shop)
    home.account.refund(charge, 1000, application_fee=100)
    await home.happen()
    assert "$1.00 of the platform fee of $3.00 returned" in (await said(home))[0]
    home.time.pass_(hours=2)
    home.account.refund(charge, 500)
    await home.happen()
    told, record = await said(home)
    assert "platform fee of $3.00 not returned" in told
    assert "$1.00 of the platform fee of $3.00 returned" in record
    assert (await ways.audit(home)).equal


async def test_what_comes_back_by_itself_is_found_and_told(home: House, shop: Shop) -> None:
    await ways.look(home)
    charge = await sell(home, shop)
    home.time.pass_(days=2)
    home.account.return_fee(charge, 120)
    assert home.account.take_events() == []
    home.time.pass_(hours=1)
    await ways.look(home)
    told, record = await said(home)
    assert "**The platform gave you $1.20 of its fee back**" in told
    assert "Platform fee returned" in record
    assert (await home.sale()).left == Money(PRICE - FEE - PLATFORM + 120, "usd")
    assert [kind for kind, _ in await home.hear()] == ["edit", "reply"]
    await ways.look(home)
    assert await home.hear() == []
    assert (await ways.audit(home)).equal


async def test_what_was_given_back_stays_when_the_payment_is_read_again(
    home: House, shop: Shop
) -> None:
    await ways.look(home)
    charge = await sell(home, shop)
    home.time.pass_(days=1)
    home.account.return_fee(charge, 300)
    home.time.pass_(hours=1)
    await ways.look(home)
    home.account.refund(charge, 500)
    await home.happen()
    assert (await home.sale()).left == Money(PRICE - FEE - 500, "usd")
    assert (await ways.audit(home)).equal


async def test_the_statistics_take_it_on_its_day(home: House, shop: Shop) -> None:
    charge = await sell(home, shop)
    home.time.pass_(days=40)
    home.account.refund(charge, application_fee=PLATFORM)
    await home.happen()
    sums = await home.rows(tables.totals, "span", "start", "track_id", "platform_fee", "net")
    by_month = {
        start: (fee, net) for span, start, track, fee, net in sums if (span, track) == ("month", 0)
    }
    assert sorted(by_month.values()) == [(-PLATFORM, -PRICE + PLATFORM), (PLATFORM, 2582)]


async def test_in_another_currency_it_counts_as_it_settled(home: House, shop: Shop) -> None:
    bought = home.account.buy(shop.priced(10_000, "eur"), application_fee=1000)
    await home.happen()
    home.account.refund(bought, application_fee=1000)
    await home.happen()
    sale = await home.sale()
    assert sale.share is not None
    assert sale.left == Money(-sale.share.fees.stripe, "usd")
    assert (await ways.audit(home)).equal


async def test_nobody_is_asked_where_no_platform_takes_anything(home: House, shop: Shop) -> None:
    home.account.buy(shop.lease)
    await home.happen()
    home.stripe.calls.reset()
    await ways.look(home)
    assert home.stripe.calls.paths["/v1/balance_transactions"] == 0


@pytest.mark.parametrize("between", [0, 50])
async def test_the_import_brings_it(tmp_path: Path, between: int) -> None:
    async with house(tmp_path) as home:
        shop = Shop(home.account)
        bought = home.account.buy(shop.lease, shop.neon_lease, application_fee=400)
        home.time.pass_(days=between + 1)
        home.account.return_fee(bought, 150)
        home.time.pass_(days=2)
        refunded = home.account.buy(shop.lease, application_fee=PLATFORM)
        home.account.refund(refunded, application_fee=PLATFORM)
        home.time.pass_(days=1)
        home.account.take_events()
        await ways.backfill_task_of(home).work()
        returned = [sum(moved.net for moved in each.fee_returns) for each in await home.payments()]
        assert sorted(returned) == [150, 300]
        assert (await ways.audit(home)).equal
        again = await ways.import_by_command(home)
        assert (again.payments.new, again.payments.changed) == (0, 0)


async def test_one_that_is_missing_here_is_found_by_the_audit(home: House, shop: Shop) -> None:
    charge = await sell(home, shop)
    home.account.return_fee(charge, 120)
    home.time.pass_(hours=1)
    (difference,) = (await ways.audit(home)).differences
    assert (difference.kind, difference.what, difference.stripe) == ("fee_return", "missing", 120)


async def test_another_platforms_fee_is_no_beat_sale(home: House, shop: Shop) -> None:
    await sell(home, shop)
    _, charge = home.account.pay(9900, description="Mixing").paid_with()
    home.account.books.change(charge, application_fee="fee_of_another")
    home.account.return_fee(charge, 500)
    home.account.take_events()
    home.time.pass_(hours=1)
    found = await ways.audit(home)
    assert found.equal
    assert found.others["usd", "adjustment"].net == 500


async def test_a_key_that_may_not_see_it_still_reads_the_refund(home: House, shop: Shop) -> None:
    await ways.look(home)
    charge = await sell(home, shop)
    home.account.refund(charge, application_fee=PLATFORM)
    home.stripe.faults.lacking = {SOURCES}
    await home.happen()
    assert (await home.sale()).refunded.amount == PRICE
    home.stripe.faults.clear()
    home.time.pass_(hours=1)
    await ways.look(home)
    assert (await home.sale()).left == Money(-FEE, "usd")


async def test_what_a_key_may_not_see_is_not_told_as_not_returned(home: House, shop: Shop) -> None:
    await ways.look(home)
    charge = await sell(home, shop)
    home.account.refund(charge, application_fee=PLATFORM)
    home.stripe.faults.lacking = {SOURCES}
    await home.happen()
    for words in await said(home):
        assert "not returned" not in words
        assert f"is not known: my Stripe key may not read that (`{SOURCES}`)" in words


async def test_what_a_key_may_not_see_is_read_once_it_may(home: House, shop: Shop) -> None:
    """However many looks later: from when on it could not be read is remembered."""
    await ways.look(home)
    charge = await sell(home, shop)
    home.stripe.faults.lacking = {SOURCES}
    home.account.return_fee(charge, PLATFORM)
    for _ in range(5):
        home.time.pass_(hours=1)
        await ways.look(home)
    home.stripe.faults.clear()
    home.time.pass_(hours=1)
    await ways.look(home)
    assert (await home.sale()).left == Money(PRICE - FEE, "usd")


async def test_a_payout_holds_it(home: House, shop: Shop) -> None:
    charge = await sell(home, shop)
    home.account.refund(charge, 1000, application_fee=100)
    home.time.pass_(days=3)
    payout = home.account.pay_out()
    home.account.send_payout(payout)
    home.account.payout_paid(payout)
    await home.happen()
    amount = home.account.get("payout", payout)["amount"]
    assert sum(net for (net,) in await home.rows(tables.payout_items, "net")) == amount
    assert amount == PRICE - FEE - PLATFORM - 1000 + 100
