"""Stripe down, or refusing: what the event says is told at once, the rest is filled in later."""

from pathlib import Path

import pytest

from bot.domain.item_names import UNNAMED_TRACK
from bot.domain.money import Money
from bot.domain.sale import SaleState
from bot.store import tables
from bot.store.books import payments
from bot.text.price import price_line
from fakes.stripe.faults import Odd
from tests.journey.house import House, house
from tests.journey.shop import ANA, Shop

pytestmark = pytest.mark.counted

SESSION = "/v1/checkout/sessions/{id}"


async def _told_from_the_event_alone(home: House) -> None:
    sale = await home.sale()
    assert (sale.track, sale.share) == (UNNAMED_TRACK, None)
    assert (sale.price, sale.buyer.name) == (Money(2999, "usd"), "Ana Lima")
    assert await home.hear() == [("announce", "announce:payment:1")]


async def _filled_in(home: House) -> None:
    sale = await home.sale()
    assert (sale.number, sale.track, sale.left) == (1001, "Midnight Drive", Money(2882, "usd"))
    assert await home.hear() == [("edit", "edit:payment:1")]


async def test_a_sale_is_told_while_stripe_is_down_and_filled_in_when_it_is_back(
    home: House, shop: Shop
) -> None:
    home.account.buy(shop.lease, buyer=ANA)
    home.stripe.faults.down = True
    await home.happen()
    await _told_from_the_event_alone(home)
    home.time.pass_(seconds=5)
    await home.work()
    assert await home.hear() == []
    home.stripe.faults.clear()
    home.time.pass_(seconds=30)
    await home.work()
    await _filled_in(home)


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 503])
async def test_a_sale_is_told_although_stripe_refuses_to_be_asked(
    home: House, shop: Shop, status: int
) -> None:
    home.account.buy(shop.lease, buyer=ANA)
    home.stripe.faults.fail_next(100, status)
    await home.happen()
    await _told_from_the_event_alone(home)
    home.stripe.faults.clear()
    home.time.pass_(seconds=5)
    await home.work()
    await _filled_in(home)


@pytest.mark.parametrize("odd", sorted(Odd))
async def test_a_sale_is_told_although_something_else_is_answered(
    home: House, shop: Shop, odd: Odd
) -> None:
    """Never is it taken for "no sale": the event speaks, and Stripe is asked again by the clock."""
    home.account.buy(shop.lease, buyer=ANA)
    home.stripe.faults.odd_next(1_000, odd)
    await home.happen()
    await _told_from_the_event_alone(home)
    home.stripe.faults.clear()
    home.time.pass_(seconds=5)
    await home.work()
    await _filled_in(home)


@pytest.mark.parametrize("odd", [Odd.EMPTY, Odd.NO_DATA, Odd.HTML_404, Odd.ANOTHER_ID])
async def test_a_charge_whose_checkout_was_missed_waits_for_a_right_answer(
    home: House, shop: Shop, odd: Odd
) -> None:
    home.account.buy(shop.lease, buyer=ANA)
    charge, *_ = home.account.take_events()
    home.stripe.faults.odd_next(1_000, odd)
    await home.deliver([charge])
    await home.catch_up()
    assert await home.rows(tables.events, "state") == [("pending",)]
    home.stripe.faults.clear()
    await home.catch_up()
    assert (await home.sale()).left == Money(2882, "usd")


async def test_a_rate_limit_that_passes_soon_is_waited_out(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        home.account.buy(Shop(home.account).lease, buyer=ANA)
        home.stripe.faults.fail_next(2, 429)
        await home.happen()
        assert (await home.sale()).track == "Midnight Drive"
        assert home.stripe.calls.paths[SESSION] == 3


async def test_a_missing_permission_holds_up_nothing_but_what_it_is_for(
    home: House, shop: Shop
) -> None:
    home.stripe.faults.denied.add("balance_transaction")
    bought = home.account.buy(shop.lease, buyer=ANA)
    await home.happen()
    await _told_from_the_event_alone(home)
    async with home.app.store.read() as connection:
        record = await payments.load(connection, await home.producer(), 1, home.time())
    assert record is not None
    assert "my Stripe key may not read them (`rak_balance_read`)" in price_line(record)
    assert (await home.listed()).unreadable == "rak_balance_read"
    home.account.refund(bought)
    await home.happen()
    assert (await home.sale()).state is SaleState.REFUNDED
    home.stripe.faults.clear()
    home.time.pass_(seconds=5)
    await home.work()
    assert (await home.sale()).track == "Midnight Drive"
    assert (await home.listed()).unreadable == ""


async def test_events_that_tell_of_no_sale_by_themselves_wait_for_stripe(
    home: House, shop: Shop
) -> None:
    home.account.buy(shop.lease, buyer=ANA)
    charge, *_ = home.account.take_events()
    home.stripe.faults.down = True
    await home.deliver([charge])
    await home.catch_up()
    assert await home.rows(tables.events, "state") == [("pending",)]
    assert await home.outbox() == []
    home.stripe.faults.clear()
    await home.catch_up()
    assert (await home.sale()).left == Money(2882, "usd")
    assert await home.rows(tables.events, "state") == [("done",)]


async def test_a_look_that_gets_no_answer_changes_nothing(home: House, shop: Shop) -> None:
    home.account.buy(shop.lease, settled=False)
    await home.happen()
    await home.hear()
    before = await home.rows(tables.payments, "document", "complete")
    home.stripe.faults.down = True
    await home.catch_up()
    assert await home.rows(tables.payments, "document", "complete") == before
    assert await home.hear() == []


async def test_a_refund_is_told_while_stripe_is_down(home: House, shop: Shop) -> None:
    bought = home.account.buy(shop.lease, shop.neon_lease)
    await home.happen()
    await home.hear()
    home.stripe.faults.down = True
    refund = home.account.refund(bought, 3500)
    await home.happen()
    assert [sale.state for sale in await home.sales()] == [SaleState.PAID, SaleState.REFUNDED]
    assert await home.hear() == [
        ("edit", "edit:payment:1"),
        ("reply", f"reply:refund:{refund}"),
    ]
    home.stripe.faults.clear()
    await home.catch_up()
    assert [key for kind, key in await home.hear() if kind == "reply"] == []
    assert all(refund.movement for payment in await home.payments() for refund in payment.refunds)


async def test_no_sale_waits_behind_looks_that_a_slow_stripe_keeps_waiting(
    home: House, shop: Shop
) -> None:
    for _ in range(10):
        home.account.buy(shop.lease, settled=False)
    await home.happen()
    home.time.pass_(seconds=5)
    home.stripe.faults.delay = 30
    worker = home.app.worker
    await worker._start_due(home.time())
    home.account.buy(shop.neon_lease, buyer=ANA)
    await home.deliver(home.account.take_events())
    looking = set(worker._running)
    assert looking
    await worker._start_due(home.time())
    (news,) = set(worker._running) - looking
    await worker._running[news]
    assert len(await home.told("announce")) == 11
    worker.stop()
    for task in worker._running.values():
        task.cancel()
