"""Money on its way to the bank: each payout is told once and each sale knows the one it is in."""

import pytest

from bot.domain.payout import PayoutState
from bot.store import tables
from bot.store.books import payouts
from tests.journey.house import House
from tests.journey.shop import Shop

pytestmark = pytest.mark.counted


@pytest.fixture
async def available(home: House, shop: Shop) -> None:
    """Two sales, three days ago."""
    home.account.buy(shop.lease, shop.neon_lease)
    home.account.buy(shop.paper_lease)
    await home.happen()
    home.time.pass_(days=3)
    await home.hear()


async def _states(home: House) -> set[PayoutState]:
    return {sale.payout.state for sale in await home.sales()}


async def test_money_is_pending_and_then_available(home: House, shop: Shop) -> None:
    home.account.buy(shop.lease)
    await home.happen()
    assert await _states(home) == {PayoutState.PENDING}
    assert (await home.sale()).payout.at is not None
    home.time.pass_(days=3)
    assert await _states(home) == {PayoutState.AVAILABLE}


@pytest.mark.usefixtures("available")
async def test_a_payout_is_told_when_it_sets_out(home: House) -> None:
    payout = home.account.pay_out()
    await home.happen()
    assert await home.hear() == [("announce", f"announce:payout:{payout}")]
    home.account.send_payout(payout)
    await home.happen()
    assert await home.rows(tables.payouts, "payout", "status") == [(payout, "in_transit")]
    assert await home.hear() == [("edit", f"edit:payout:{payout}")]


@pytest.mark.usefixtures("available")
async def test_each_sale_knows_its_payout_once_stripe_tells_what_is_in_it(home: House) -> None:
    payout = home.account.pay_out()
    home.account.payout_paid(payout)
    await home.happen()
    assert await _states(home) == {PayoutState.PAID}
    assert {sale.payout.payout for sale in await home.sales()} == {payout}
    producer = await home.producer()
    async with home.app.store.read() as connection:
        record = await payouts.load(connection, producer, payout)
    assert record is not None
    assert (record.payments, record.sales, record.refunds) == (2, 3, 0)


@pytest.mark.usefixtures("available")
async def test_a_payout_that_is_reconciled_late_is_looked_at_until_then(home: House) -> None:
    payout = home.account.pay_out()
    home.account.payout_paid(payout)
    home.account.books.change(payout, reconciliation_status="in_progress")
    await home.happen()
    assert await _states(home) == {PayoutState.AVAILABLE}
    home.account.books.change(payout, reconciliation_status="completed")
    home.time.pass_(seconds=5)
    await home.work()
    assert await _states(home) == {PayoutState.PAID}
    assert await home.rows(tables.payouts, "due") == [(None,)]


async def test_a_sale_read_after_its_payout_knows_it_too(home: House, shop: Shop) -> None:
    home.account.buy(shop.lease)
    sold = home.account.take_events()
    home.time.pass_(days=3)
    payout = home.account.pay_out()
    home.account.payout_paid(payout)
    await home.happen()
    await home.deliver(sold)
    await home.work()
    sale = await home.sale()
    assert (sale.payout.state, sale.payout.payout) == (PayoutState.PAID, payout)


@pytest.mark.usefixtures("available")
async def test_a_payout_that_fails_after_it_was_paid_shouts(home: House) -> None:
    payout = home.account.pay_out()
    home.account.payout_paid(payout)
    await home.happen()
    await home.hear()
    home.time.pass_(days=3)
    home.account.fail_payout(payout)
    await home.happen()
    assert await _states(home) == {PayoutState.FAILED}
    assert await home.hear() == [
        ("edit", f"edit:payout:{payout}"),
        ("reply", f"reply:payout_failed:{payout}"),
    ]


@pytest.mark.usefixtures("available")
async def test_a_payout_can_be_called_off(home: House) -> None:
    payout = home.account.pay_out()
    await home.happen()
    home.account.cancel_payout(payout)
    await home.happen()
    assert await home.rows(tables.payouts, "status", "due") == [("canceled", None)]
    assert await home.told("reply") == []


@pytest.mark.usefixtures("available")
async def test_a_manual_payout_is_told_though_nobody_knows_what_is_in_it(home: House) -> None:
    payout = home.account.pay_out(automatic=False, amount=2000)
    home.account.payout_paid(payout)
    await home.happen()
    assert await home.rows(tables.payouts, "status", "reconciled", "due") == [("paid", False, None)]
    assert await _states(home) == {PayoutState.AVAILABLE}
    assert await home.hear() == [("announce", f"announce:payout:{payout}")]


@pytest.mark.usefixtures("available")
async def test_a_payout_whose_end_no_event_tells_is_found_by_the_daily_look(home: House) -> None:
    payout = home.account.pay_out()
    await home.happen()
    await home.catch_up()
    home.account.payout_paid(payout)
    home.account.take_events()
    home.time.pass_(days=1)
    await home.work()
    assert await _states(home) == {PayoutState.PAID}
    assert await home.told("announce") == [
        "announce:payment:1",
        "announce:payment:2",
        f"announce:payout:{payout}",
    ]


@pytest.mark.usefixtures("available")
async def test_a_payout_is_told_from_its_events_while_stripe_is_down(home: House) -> None:
    home.stripe.faults.down = True
    payout = home.account.pay_out()
    home.account.payout_paid(payout)
    await home.happen()
    assert await home.rows(tables.payouts, "status") == [("paid",)]
    assert await home.hear() == [("announce", f"announce:payout:{payout}")]
    assert await _states(home) == {PayoutState.AVAILABLE}
    home.stripe.faults.clear()
    home.time.pass_(seconds=5)
    await home.work()
    assert await _states(home) == {PayoutState.PAID}


@pytest.mark.usefixtures("available")
async def test_stripes_word_on_a_payout_replaces_what_was_known(home: House) -> None:
    payout = home.account.pay_out()
    await home.happen()
    ((arrival,),) = await home.rows(tables.payouts, "arrival")
    earlier = int(arrival.timestamp()) - 86_400
    home.account.books.update("payout.updated", payout, arrival_date=earlier)
    await home.happen()
    ((now_expected,),) = await home.rows(tables.payouts, "arrival")
    assert now_expected.timestamp() == earlier


async def test_a_refund_in_a_payout_is_counted(home: House, shop: Shop) -> None:
    home.account.buy(shop.neon_lease)
    refunded = home.account.buy(shop.lease)
    home.account.refund(refunded, 1000)
    home.time.pass_(days=3)
    payout = home.account.pay_out()
    home.account.payout_paid(payout)
    await home.happen()
    assert await home.rows(tables.payouts, "payout", "refunds") == [(payout, 1)]
