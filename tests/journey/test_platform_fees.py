"""A platform that gives its fee back: with a refund or by itself, told, counted, and audited."""

from pathlib import Path

import pytest

from bot.domain.money import Money
from bot.store import tables
from bot.store.books import payments
from bot.text.alert_replies import reply
from bot.text.sale_record import sale_record
from tests.journey.live_bot import LiveBot, live_bot
from tests.journey.shop import Shop
from tests.sync import actions
from tests.text.limits import text

pytestmark = pytest.mark.counted

# Of a lease of $29.99 Stripe keeps $1.17, and the platform $3.00.
PRICE, FEE, PLATFORM = 2999, 117, 300
SOURCES = "rak_balance_transaction_source_read"


async def said(bot: LiveBot) -> tuple[str, str]:
    """The last reply, and what /sale says."""
    producer, sale = await bot.producer(), await bot.sale()
    async with bot.app.store.read() as connection:
        record = await payments.load(connection, producer, sale.payment_id, bot.time())
    assert record is not None
    _, what, object_id = (await bot.told("reply"))[-1].split(":", 2)
    return reply(what, record, object_id), text(sale_record(record, sale, bot.time()))


async def sell(bot: LiveBot, shop: Shop) -> str:
    bought = await bot.happen(bot.account.buy(shop.lease, application_fee=PLATFORM))
    await bot.hear()
    return bought.paid_with()[1]


async def test_what_comes_back_with_a_refund_is_told_with_it(bot: LiveBot, shop: Shop) -> None:
    charge = await sell(bot, shop)
    await bot.happen(bot.account.refund(charge, application_fee=PLATFORM))
    told, record = await said(bot)
    assert "platform fee of $3.00 returned" in told
    assert "Stripe keeps its fee" in told
    assert (await bot.sale()).left == Money(-FEE, "usd")
    assert "Platform fee returned" in record
    assert [key for kind, key in await bot.hear() if kind == "reply"] == [
        (await bot.told("reply"))[-1]
    ]
    assert (await actions.audit(bot)).equal


async def test_what_stays_with_the_platform_is_told_too(bot: LiveBot, shop: Shop) -> None:
    charge = await sell(bot, shop)
    await bot.happen(bot.account.refund(charge))
    told, _ = await said(bot)
    assert "platform keeps its $3.00 fee" in told
    assert (await bot.sale()).left == Money(-FEE - PLATFORM, "usd")


async def test_of_two_refunds_each_tells_what_came_back_with_it(bot: LiveBot, shop: Shop) -> None:
    charge = await sell(bot, shop)
    await bot.happen(bot.account.refund(charge, 1000, application_fee=100))
    assert "$1.00 of the platform fee of $3.00 returned" in (await said(bot))[0]
    bot.time.pass_(hours=2)
    await bot.happen(bot.account.refund(charge, 500))
    told, record = await said(bot)
    assert "platform keeps its $3.00 fee" in told
    assert "$1.00 of the platform fee of $3.00 returned" in record
    assert (await actions.audit(bot)).equal


async def test_what_comes_back_by_itself_is_found_and_told(bot: LiveBot, shop: Shop) -> None:
    await actions.look(bot)
    charge = await sell(bot, shop)
    bot.time.pass_(days=2)
    bot.account.return_fee(charge, 120)
    assert bot.account.take_events() == []
    bot.time.pass_(hours=1)
    await actions.look(bot)
    told, record = await said(bot)
    assert "**The platform returned $1.20 of its fee to you**" in told
    assert "Platform fee returned" in record
    assert (await bot.sale()).left == Money(PRICE - FEE - PLATFORM + 120, "usd")
    assert [kind for kind, _ in await bot.hear()] == ["edit", "reply"]
    await actions.look(bot)
    assert await bot.hear() == []
    assert (await actions.audit(bot)).equal


async def test_what_was_given_back_stays_when_the_payment_is_read_again(
    bot: LiveBot, shop: Shop
) -> None:
    await actions.look(bot)
    charge = await sell(bot, shop)
    bot.time.pass_(days=1)
    bot.account.return_fee(charge, 300)
    bot.time.pass_(hours=1)
    await actions.look(bot)
    await bot.happen(bot.account.refund(charge, 500))
    assert (await bot.sale()).left == Money(PRICE - FEE - 500, "usd")
    assert (await actions.audit(bot)).equal


async def test_the_statistics_take_it_on_its_day(bot: LiveBot, shop: Shop) -> None:
    charge = await sell(bot, shop)
    bot.time.pass_(days=40)
    await bot.happen(bot.account.refund(charge, application_fee=PLATFORM))
    days = await bot.rows(tables.day_totals, "platform_fee", "net")
    assert sorted(days) == [(-PLATFORM, -PRICE + PLATFORM), (PLATFORM, 2582)]


async def test_in_another_currency_it_counts_as_it_settled(bot: LiveBot, shop: Shop) -> None:
    bought = await bot.happen(bot.account.buy(shop.priced(10_000, "eur"), application_fee=1000))
    await bot.happen(bot.account.refund(bought, application_fee=1000))
    sale = await bot.sale()
    assert sale.share is not None
    assert sale.left == Money(-sale.share.fees.stripe, "usd")
    assert (await actions.audit(bot)).equal


async def test_nobody_is_asked_where_no_platform_takes_anything(bot: LiveBot, shop: Shop) -> None:
    await bot.happen(bot.account.buy(shop.lease))
    bot.stripe.calls.reset()
    await actions.look(bot)
    assert bot.stripe.calls.paths["/v1/balance_transactions"] == 0


@pytest.mark.parametrize("between", [0, 50])
async def test_the_import_brings_it(tmp_path: Path, between: int) -> None:
    async with live_bot(tmp_path) as bot:
        shop = Shop(bot.account)
        bought = bot.account.buy(shop.lease, shop.neon_lease, application_fee=400)
        bot.time.pass_(days=between + 1)
        bot.account.return_fee(bought, 150)
        bot.time.pass_(days=2)
        refunded = bot.account.buy(shop.lease, application_fee=PLATFORM)
        bot.account.refund(refunded, application_fee=PLATFORM)
        bot.time.pass_(days=1)
        bot.account.take_events()
        await actions.backfill_task_of(bot).work()
        returned = [sum(moved.net for moved in each.fee_returns) for each in await bot.payments()]
        assert sorted(returned) == [150, 300]
        assert (await actions.audit(bot)).equal
        again = await actions.import_by_command(bot)
        assert (again.payments.new, again.payments.changed) == (0, 0)


async def test_one_that_is_missing_here_is_found_by_the_audit(bot: LiveBot, shop: Shop) -> None:
    charge = await sell(bot, shop)
    bot.account.return_fee(charge, 120)
    bot.time.pass_(hours=1)
    (difference,) = (await actions.audit(bot)).differences
    assert (difference.kind, difference.what, difference.stripe) == ("fee_return", "missing", 120)


async def test_another_platforms_fee_is_no_beat_sale(bot: LiveBot, shop: Shop) -> None:
    await sell(bot, shop)
    _, charge = bot.account.pay(9900, description="Mixing").paid_with()
    bot.account.books.change(charge, application_fee="fee_of_another")
    bot.account.return_fee(charge, 500)
    bot.account.take_events()
    bot.time.pass_(hours=1)
    found = await actions.audit(bot)
    assert found.equal
    assert found.others["usd", "adjustment"].net == 500


async def test_a_key_that_may_not_see_it_still_reads_the_refund(bot: LiveBot, shop: Shop) -> None:
    await actions.look(bot)
    charge = await sell(bot, shop)
    bot.account.refund(charge, application_fee=PLATFORM)
    bot.stripe.faults.lacking = {SOURCES}
    await bot.happen()
    assert (await bot.sale()).refunded.amount == PRICE
    bot.stripe.faults.clear()
    bot.time.pass_(hours=1)
    await actions.look(bot)
    assert (await bot.sale()).left == Money(-FEE, "usd")


async def test_what_a_key_may_not_see_is_not_told_as_not_returned(bot: LiveBot, shop: Shop) -> None:
    await actions.look(bot)
    charge = await sell(bot, shop)
    bot.account.refund(charge, application_fee=PLATFORM)
    bot.stripe.faults.lacking = {SOURCES}
    await bot.happen()
    for words in await said(bot):
        assert "not returned" not in words
        assert f"fee: my Stripe key can't read that (`{SOURCES}`)" in words


async def test_what_a_key_may_not_see_is_read_once_it_may(bot: LiveBot, shop: Shop) -> None:
    """However many looks later: from when on it could not be read is remembered."""
    await actions.look(bot)
    charge = await sell(bot, shop)
    bot.stripe.faults.lacking = {SOURCES}
    bot.account.return_fee(charge, PLATFORM)
    for _ in range(5):
        bot.time.pass_(hours=1)
        await actions.look(bot)
    bot.stripe.faults.clear()
    bot.time.pass_(hours=1)
    await actions.look(bot)
    assert (await bot.sale()).left == Money(PRICE - FEE, "usd")


async def test_a_payout_holds_it(bot: LiveBot, shop: Shop) -> None:
    charge = await sell(bot, shop)
    bot.account.refund(charge, 1000, application_fee=100)
    bot.time.pass_(days=3)
    payout = bot.account.pay_out()
    bot.account.send_payout(payout)
    await bot.happen(bot.account.payout_paid(payout))
    amount = bot.account.get("payout", payout)["amount"]
    assert sum(net for (net,) in await bot.rows(tables.payout_items, "net")) == amount
    assert amount == PRICE - FEE - PLATFORM - 1000 + 100
