"""Money on its way to the bank: each payout is told once and each sale knows the one it is in."""

import pytest

from bot.domain.payout import PayoutState
from bot.store import tables
from bot.store.books import payouts
from tests.journey.live_bot import LiveBot
from tests.journey.shop import Shop

pytestmark = pytest.mark.counted


@pytest.fixture
async def available(bot: LiveBot, shop: Shop) -> None:
    """Two sales, three days ago."""
    bot.account.buy(shop.lease, shop.neon_lease)
    await bot.happen(bot.account.buy(shop.paper_lease))
    bot.time.pass_(days=3)
    await bot.hear()


async def _states(bot: LiveBot) -> set[PayoutState]:
    return {sale.payout.state for sale in await bot.sales()}


async def test_money_is_pending_and_then_available(bot: LiveBot, shop: Shop) -> None:
    await bot.happen(bot.account.buy(shop.lease))
    assert await _states(bot) == {PayoutState.PENDING}
    assert (await bot.sale()).payout.at is not None
    bot.time.pass_(days=3)
    assert await _states(bot) == {PayoutState.AVAILABLE}


@pytest.mark.usefixtures("available")
async def test_a_payout_is_told_when_it_sets_out(bot: LiveBot) -> None:
    payout = await bot.happen(bot.account.pay_out())
    assert await bot.hear() == [("announce", f"announce:payout:{payout}")]
    await bot.happen(bot.account.send_payout(payout))
    assert await bot.rows(tables.payouts, "payout", "status") == [(payout, "in_transit")]
    assert await bot.hear() == [("edit", f"edit:payout:{payout}")]


@pytest.mark.usefixtures("available")
async def test_each_sale_knows_its_payout_once_stripe_tells_what_is_in_it(bot: LiveBot) -> None:
    payout = bot.account.pay_out()
    await bot.happen(bot.account.payout_paid(payout))
    assert await _states(bot) == {PayoutState.PAID}
    assert {sale.payout.payout for sale in await bot.sales()} == {payout}
    producer = await bot.producer()
    async with bot.app.store.read() as connection:
        record = await payouts.load(connection, producer, payout)
    assert record is not None
    assert (record.payments, record.sales, record.refunds) == (2, 3, 0)


@pytest.mark.usefixtures("available")
async def test_a_payout_that_is_reconciled_late_is_looked_at_until_then(bot: LiveBot) -> None:
    payout = bot.account.pay_out()
    bot.account.payout_paid(payout)
    bot.account.books.change(payout, reconciliation_status="in_progress")
    await bot.happen()
    assert await _states(bot) == {PayoutState.AVAILABLE}
    bot.account.books.change(payout, reconciliation_status="completed")
    await bot.later(seconds=5)
    assert await _states(bot) == {PayoutState.PAID}
    assert await bot.rows(tables.payouts, "due") == [(None,)]


async def test_a_sale_read_after_its_payout_knows_it_too(bot: LiveBot, shop: Shop) -> None:
    bot.account.buy(shop.lease)
    sold = bot.account.take_events()
    bot.time.pass_(days=3)
    payout = bot.account.pay_out()
    await bot.happen(bot.account.payout_paid(payout))
    await bot.take(sold)
    sale = await bot.sale()
    assert (sale.payout.state, sale.payout.payout) == (PayoutState.PAID, payout)


@pytest.mark.usefixtures("available")
async def test_a_payout_that_fails_after_it_was_paid_shouts(bot: LiveBot) -> None:
    payout = bot.account.pay_out()
    await bot.happen(bot.account.payout_paid(payout))
    await bot.hear()
    bot.time.pass_(days=3)
    await bot.happen(bot.account.fail_payout(payout))
    assert await _states(bot) == {PayoutState.FAILED}
    assert await bot.hear() == [
        ("edit", f"edit:payout:{payout}"),
        ("reply", f"reply:payout_failed:{payout}"),
    ]


@pytest.mark.usefixtures("available")
async def test_a_payout_can_be_called_off(bot: LiveBot) -> None:
    payout = await bot.happen(bot.account.pay_out())
    await bot.happen(bot.account.cancel_payout(payout))
    assert await bot.rows(tables.payouts, "status", "due") == [("canceled", None)]
    assert await bot.told("reply") == []


@pytest.mark.usefixtures("available")
async def test_a_manual_payout_is_told_though_nobody_knows_what_is_in_it(bot: LiveBot) -> None:
    payout = bot.account.pay_out(automatic=False, amount=2000)
    await bot.happen(bot.account.payout_paid(payout))
    assert await bot.rows(tables.payouts, "status", "reconciled", "due") == [("paid", False, None)]
    assert await _states(bot) == {PayoutState.AVAILABLE}
    assert await bot.hear() == [("announce", f"announce:payout:{payout}")]


@pytest.mark.usefixtures("available")
async def test_a_payout_whose_end_no_event_tells_is_found_by_the_daily_look(bot: LiveBot) -> None:
    payout = await bot.happen(bot.account.pay_out())
    await bot.catch_up()
    bot.account.payout_paid(payout)
    bot.account.take_events()
    await bot.later(days=1)
    assert await _states(bot) == {PayoutState.PAID}
    assert await bot.told("announce") == [
        "announce:payment:1",
        "announce:payment:2",
        f"announce:payout:{payout}",
    ]


@pytest.mark.usefixtures("available")
async def test_a_payout_is_told_from_its_events_while_stripe_is_down(bot: LiveBot) -> None:
    bot.stripe.faults.down = True
    payout = bot.account.pay_out()
    await bot.happen(bot.account.payout_paid(payout))
    assert await bot.rows(tables.payouts, "status") == [("paid",)]
    assert await bot.hear() == [("announce", f"announce:payout:{payout}")]
    assert await _states(bot) == {PayoutState.AVAILABLE}
    bot.stripe.faults.clear()
    await bot.later(seconds=5)
    assert await _states(bot) == {PayoutState.PAID}


@pytest.mark.usefixtures("available")
async def test_stripes_word_on_a_payout_replaces_what_was_known(bot: LiveBot) -> None:
    payout = await bot.happen(bot.account.pay_out())
    ((arrival,),) = await bot.rows(tables.payouts, "arrival")
    earlier = int(arrival.timestamp()) - 86_400
    bot.account.books.update("payout.updated", payout, arrival_date=earlier)
    await bot.happen()
    ((now_expected,),) = await bot.rows(tables.payouts, "arrival")
    assert now_expected.timestamp() == earlier


async def test_a_refund_in_a_payout_is_counted(bot: LiveBot, shop: Shop) -> None:
    bot.account.buy(shop.neon_lease)
    refunded = bot.account.buy(shop.lease)
    bot.account.refund(refunded, 1000)
    bot.time.pass_(days=3)
    payout = bot.account.pay_out()
    await bot.happen(bot.account.payout_paid(payout))
    assert await bot.rows(tables.payouts, "payout", "refunds") == [(payout, 1)]
