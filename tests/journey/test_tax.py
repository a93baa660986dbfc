"""Tax that buyers pay is no income, wherever money is told; with it the books are Stripe's."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.money import Money
from bot.domain.period import parse_period
from bot.domain.totals import CurrencyTotals
from bot.store import tables
from bot.store.books import payments
from bot.store.queries.export import sale_lines
from bot.store.queries.payouts import contents, waiting
from bot.store.queries.stats import statistics
from bot.text.alert import payment_alert
from bot.text.sale_record import sale_record
from fakes.stripe.balance import Terms
from fakes.stripe.cart import Item
from tests.export_sums import summed
from tests.journey.live_bot import LiveBot, live_bot
from tests.journey.shop import ANA, BEN, Shop
from tests.sync import actions
from tests.text.limits import text

pytestmark = pytest.mark.counted

# Ana is in Brazil, Ben in Nigeria.
RATES = {"BR": 888, "NG": 750}


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[LiveBot]:
    """An account that settles in dollars, keeps yen apart, and charges tax on Checkouts."""
    terms = Terms(sales_tax=dict(RATES), balances=frozenset({"jpy"}))
    async with live_bot(tmp_path, terms=terms) as opened:
        yield opened


async def said(bot: LiveBot, number: int = 1001) -> tuple[str, str]:
    """The alert of a sale's payment, and what /sale says."""
    producer = await bot.producer()
    sale = next(sale for sale in await bot.sales() if sale.number == number)
    async with bot.app.store.read() as connection:
        record = await payments.load(connection, producer, sale.payment_id, bot.time())
    assert record is not None
    shown = text(payment_alert(record)), text(sale_record(record, sale, bot.time()))
    return re.sub(" +", " ", shown[0]), re.sub(" +", " ", shown[1])


async def stats(bot: LiveBot) -> dict[str, CurrencyTotals]:
    """What /stats says of this month, and that the export says the same."""
    producer = await bot.producer()
    span = parse_period("all", bot.time(), producer.timezone)
    exported = []
    async with bot.app.store.read() as connection:
        found = (await statistics(connection, producer, span)).totals
        async for lines in sale_lines(connection, producer, None, None):
            exported += lines
    assert summed(exported) == found
    for one in found:
        left = one.gross - one.tax - one.fees - one.refunded - one.disputed + one.returned_tax
        assert one.net == left
    return {one.currency: one for one in found}


async def test_tax_on_top_of_two_lines_is_income_of_neither(bot: LiveBot, shop: Shop) -> None:
    await bot.happen(bot.account.buy(shop.lease, shop.neon_lease, buyer=ANA, automatic_tax=True))
    first, second = await bot.sales()
    # 8.88 % of $29.99 and of $35.00.
    assert [sale.price.amount for sale in (first, second)] == [2999 + 266, 3500 + 311]
    assert [sale.share.tax for sale in (first, second) if sale.share] == [266, 311]
    fees = 235
    assert first.left.amount + second.left.amount == 2999 + 3500 - fees
    alert, record = await said(bot)
    assert "**$62.64** net, after $5.77 tax" in alert
    assert "Tax from the buyer -$2.66" in record
    totals = (await stats(bot))["usd"]
    assert (totals.gross, totals.tax, totals.net) == (7076, 577, 6264)
    assert (await actions.audit(bot)).equal


async def test_tax_within_the_price_is_no_income_either(bot: LiveBot, shop: Shop) -> None:
    inclusive = bot.account.price(shop.neon_rain, 10_888, tax_behavior="inclusive")
    await bot.happen(bot.account.buy(inclusive, buyer=ANA, automatic_tax=True))
    sale = await bot.sale()
    assert sale.price == Money(10_888, "usd")
    assert sale.share is not None
    assert (sale.share.tax, sale.share.net) == (888, 10_000 - sale.share.fees.total)
    assert (await actions.audit(bot)).equal


async def test_a_tax_of_nothing_is_not_spoken_of(bot: LiveBot, shop: Shop) -> None:
    await bot.happen(bot.account.buy(shop.lease, automatic_tax=True))
    alert, record = await said(bot)
    assert "tax" not in (alert + record).lower()


async def test_tax_settles_in_the_currency_of_the_account(bot: LiveBot, shop: Shop) -> None:
    price = bot.account.price(shop.neon_rain, 10_000, "eur", tax_behavior="exclusive")
    await bot.happen(bot.account.buy(Item(price, 3), buyer=ANA, automatic_tax=True))
    sale = await bot.sale()
    # €326.64 at 1.08, of which €26.64 are tax.
    assert sale.share is not None
    assert (sale.share.gross, sale.share.tax) == (35_277, 2877)
    alert, _ = await said(bot)
    assert "net, after $28.77 tax · €326.64 → $352.77" in alert
    assert (await actions.audit(bot)).equal


async def test_each_currency_has_its_own_tax(bot: LiveBot, shop: Shop) -> None:
    yen = bot.account.price(shop.neon_rain, 5000, "jpy", tax_behavior="exclusive")
    bot.account.buy(shop.lease, buyer=ANA, automatic_tax=True)
    await bot.happen(bot.account.buy(yen, buyer=BEN, automatic_tax=True))
    totals = await stats(bot)
    assert {code: one.tax for code, one in totals.items()} == {"usd": 266, "jpy": 375}
    assert (await actions.audit(bot)).equal


async def test_a_refund_gives_its_share_of_the_tax_back_and_all_of_them_all_of_it(
    bot: LiveBot, shop: Shop
) -> None:
    bought = bot.account.buy(shop.lease, shop.neon_lease, buyer=ANA, automatic_tax=True)
    await bot.happen()
    await bot.happen(bot.account.refund(bought, 7076 // 3))
    totals = (await stats(bot))["usd"]
    # Of each line a third.
    assert totals.returned_tax == 89 + 104
    assert totals.net == 6264 - 7076 // 3 + 89 + 104
    await bot.happen(bot.account.refund(bought))
    totals = (await stats(bot))["usd"]
    assert (totals.tax, totals.returned_tax, totals.refunded) == (577, 577, 7076)
    assert totals.net == -235
    page = await bot.listed()
    (head,) = page.totals
    assert (head.tax, head.refunded, head.left) == (0, 7076, -235)
    alert, record = await said(bot)
    assert "tax" not in alert
    assert "Tax refunded" in record
    assert (await actions.audit(bot)).equal


async def test_a_dispute_takes_its_tax_and_brings_it_back(bot: LiveBot, shop: Shop) -> None:
    bought = await bot.happen(bot.account.buy(shop.lease, buyer=ANA, automatic_tax=True))
    dispute = await bot.happen(bot.account.dispute(bought))
    totals = (await stats(bot))["usd"]
    assert (totals.tax, totals.returned_tax) == (266, 266)
    await bot.happen(bot.account.win(dispute))
    totals = (await stats(bot))["usd"]
    assert (totals.tax, totals.returned_tax) == (266, 0)
    assert (await actions.audit(bot)).equal


async def test_what_waits_and_what_is_paid_out_is_stripes_to_the_cent(
    bot: LiveBot, shop: Shop
) -> None:
    bought = bot.account.buy(shop.lease, buyer=ANA, automatic_tax=True)
    await bot.happen(bot.account.buy(shop.paper_lease, buyer=BEN, automatic_tax=True))
    await bot.happen(bot.account.refund(bought, 1000))
    bot.time.pass_(days=3)
    producer = await bot.producer()
    async with bot.app.store.read() as connection:
        (one,) = await waiting(connection, producer, bot.time())
    payout = bot.account.pay_out()
    assert one.available == bot.account.get("payout", payout)["amount"]
    await bot.happen(bot.account.payout_paid(payout))
    async with bot.app.store.read() as connection:
        found = await contents(connection, producer, payout, 0)
    assert found is not None
    # 2.66 and 1.50 of tax, less what the refund gave back.
    assert found.tax == 266 + 150 - 81
    assert sum(part.net for part in found.parts) + found.tax == found.payout.amount.amount
    kept = sum(sale.left.amount for sale in await bot.sales())
    assert sum(part.net for part in found.parts) == kept
    assert (await actions.audit(bot)).equal


async def test_tax_is_known_from_events_alone_too(tmp_path: Path) -> None:
    async with live_bot(tmp_path, terms=Terms(sales_tax=dict(RATES)), key=False) as keyless:
        shop = Shop(keyless.account)
        await keyless.happen(keyless.account.buy(shop.lease, buyer=ANA, automatic_tax=True))
        totals = (await stats(keyless))["usd"]
        assert (totals.gross, totals.tax, totals.net) == (3265, 266, 2999)


async def test_withheld_tax_is_kept_from_the_seller_and_is_no_tax_on_a_fee(tmp_path: Path) -> None:
    async with live_bot(tmp_path, terms=Terms(tax=1900, withheld=800)) as bot:
        await bot.happen(bot.account.buy(Shop(bot.account).lease))
        sale = await bot.sale()
        assert sale.share is not None
        fees = sale.share.fees
        assert (fees.stripe, fees.tax, fees.withheld) == (117, 22, 240)
        alert, record = await said(bot)
        assert "**$26.20** net" in alert
        assert "Tax withheld -$2.40" in record
        assert (await stats(bot))["usd"].withheld_tax == 240
        assert (await actions.audit(bot)).equal


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    amounts=st.lists(st.integers(1, 9_999), min_size=1, max_size=3),
    parts=st.lists(st.integers(1, 99), max_size=3),
    pending=st.booleans(),
    behavior=st.sampled_from(["inclusive", "exclusive"]),
)
async def test_refunds_in_any_parts_of_a_converted_sale_leave_exactly_its_fee(
    bot: LiveBot, amounts: list[int], parts: list[int], *, pending: bool, behavior: str
) -> None:
    """Pending ones are taken at the rate of the sale: three used to leave two cents."""
    product = bot.account.product("Slow Burn")
    prices = [
        bot.account.price(product, amount * 10, "eur", tax_behavior=behavior) for amount in amounts
    ]
    bought = bot.account.buy(*prices, buyer=ANA, automatic_tax=True)
    charge = bought.paid_with()[1]
    whole = bot.account.get("charge", charge)["amount"]
    for part in parts:
        if part < whole:
            whole -= part
            bot.account.refund(bought, part, pending=pending)
    await bot.happen(bot.account.refund(bought, pending=pending))
    rows = await bot.rows(tables.entries, "payment_id", "kind", "gross", "tax", "stripe_fee")
    last = max(row[0] for row in rows)
    own = [row for row in rows if row[0] == last]
    booked = sum(
        bot.account.get("balance_transaction", refund["balance_transaction"])["amount"]
        for id_ in bot.account.books.all("refund")
        if (refund := bot.account.get("refund", id_))["charge"] == charge
        and refund["balance_transaction"]
    )
    gross = sum(row[2] for row in own if row[1] == "sale")
    # Stripe rounds each refund by itself; what it booked is what stands in the books.
    assert sum(row[2] for row in own) == (0 if pending else gross + booked)
    assert sum(row[3] for row in own) == 0
