"""Stripe down, or refusing: what the event says is told at once, the rest is filled in later."""

from pathlib import Path

import pytest

from bot.domain.item_names import UNNAMED_TRACK
from bot.domain.money import Money
from bot.domain.sale import SaleState
from bot.store import tables
from bot.store.books import payments
from bot.text.alert import net_line
from fakes.stripe.faults import Odd
from tests.journey.live_bot import LiveBot, live_bot
from tests.journey.shop import ANA, Shop

pytestmark = pytest.mark.counted

SESSION = "/v1/checkout/sessions/{id}"


async def _told_from_the_event_alone(bot: LiveBot) -> None:
    sale = await bot.sale()
    assert (sale.track, sale.share) == (UNNAMED_TRACK, None)
    assert (sale.price, sale.buyer.name) == (Money(2999, "usd"), "Ana Lima")
    assert await bot.hear() == [("announce", "announce:payment:1")]


async def _filled_in(bot: LiveBot) -> None:
    sale = await bot.sale()
    assert (sale.number, sale.track, sale.left) == (1001, "Midnight Drive", Money(2882, "usd"))
    assert await bot.hear() == [("edit", "edit:payment:1")]


async def test_a_sale_is_told_while_stripe_is_down_and_filled_in_when_it_is_back(
    bot: LiveBot, shop: Shop
) -> None:
    bot.account.buy(shop.lease, buyer=ANA)
    bot.stripe.faults.down = True
    await bot.happen()
    await _told_from_the_event_alone(bot)
    await bot.later(seconds=5)
    assert await bot.hear() == []
    bot.stripe.faults.clear()
    await bot.later(seconds=30)
    await _filled_in(bot)


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 503])
async def test_a_sale_is_told_although_stripe_refuses_to_be_asked(
    bot: LiveBot, shop: Shop, status: int
) -> None:
    bot.account.buy(shop.lease, buyer=ANA)
    bot.stripe.faults.fail_next(100, status)
    await bot.happen()
    await _told_from_the_event_alone(bot)
    bot.stripe.faults.clear()
    await bot.later(seconds=5)
    await _filled_in(bot)


@pytest.mark.parametrize("odd", sorted(Odd))
async def test_a_sale_is_told_although_something_else_is_answered(
    bot: LiveBot, shop: Shop, odd: Odd
) -> None:
    """Never is it taken for "no sale": the event speaks, and Stripe is asked again by the clock."""
    bot.account.buy(shop.lease, buyer=ANA)
    bot.stripe.faults.odd_next(1_000, odd)
    await bot.happen()
    await _told_from_the_event_alone(bot)
    bot.stripe.faults.clear()
    await bot.later(seconds=5)
    await _filled_in(bot)


@pytest.mark.parametrize("odd", [Odd.EMPTY, Odd.NO_DATA, Odd.HTML_404, Odd.ANOTHER_ID])
async def test_a_charge_whose_checkout_was_missed_waits_for_a_right_answer(
    bot: LiveBot, shop: Shop, odd: Odd
) -> None:
    bot.account.buy(shop.lease, buyer=ANA)
    charge, *_ = bot.account.take_events()
    bot.stripe.faults.odd_next(1_000, odd)
    await bot.deliver([charge])
    await bot.catch_up()
    assert await bot.rows(tables.events, "state") == [("pending",)]
    bot.stripe.faults.clear()
    await bot.catch_up()
    assert (await bot.sale()).left == Money(2882, "usd")


async def test_a_rate_limit_that_passes_soon_is_waited_out(tmp_path: Path) -> None:
    async with live_bot(tmp_path) as bot:
        bot.account.buy(Shop(bot.account).lease, buyer=ANA)
        bot.stripe.faults.fail_next(2, 429)
        await bot.happen()
        assert (await bot.sale()).track == "Midnight Drive"
        assert bot.stripe.calls.paths[SESSION] == 3


async def test_a_missing_permission_holds_up_nothing_but_what_it_is_for(
    bot: LiveBot, shop: Shop
) -> None:
    bot.stripe.faults.denied.add("balance_transaction")
    bought = await bot.happen(bot.account.buy(shop.lease, buyer=ANA))
    await _told_from_the_event_alone(bot)
    async with bot.app.store.read() as connection:
        record = await payments.load(connection, await bot.producer(), 1, bot.time())
    assert record is not None
    assert "my Stripe key can't read them (`rak_balance_read`)" in net_line(record)
    assert (await bot.listed()).unreadable == "rak_balance_read"
    await bot.happen(bot.account.refund(bought))
    assert (await bot.sale()).state is SaleState.REFUNDED
    bot.stripe.faults.clear()
    await bot.later(seconds=5)
    assert (await bot.sale()).track == "Midnight Drive"
    assert (await bot.listed()).unreadable == ""


async def test_events_that_tell_of_no_sale_by_themselves_wait_for_stripe(
    bot: LiveBot, shop: Shop
) -> None:
    bot.account.buy(shop.lease, buyer=ANA)
    charge, *_ = bot.account.take_events()
    bot.stripe.faults.down = True
    await bot.deliver([charge])
    await bot.catch_up()
    assert await bot.rows(tables.events, "state") == [("pending",)]
    assert await bot.outbox() == []
    bot.stripe.faults.clear()
    await bot.catch_up()
    assert (await bot.sale()).left == Money(2882, "usd")
    assert await bot.rows(tables.events, "state") == [("done",)]


async def test_a_look_that_gets_no_answer_changes_nothing(bot: LiveBot, shop: Shop) -> None:
    await bot.happen(bot.account.buy(shop.lease, settled=False))
    await bot.hear()
    before = await bot.rows(tables.payments, "document", "complete")
    bot.stripe.faults.down = True
    await bot.catch_up()
    assert await bot.rows(tables.payments, "document", "complete") == before
    assert await bot.hear() == []


async def test_a_refund_is_told_while_stripe_is_down(bot: LiveBot, shop: Shop) -> None:
    bought = await bot.happen(bot.account.buy(shop.lease, shop.neon_lease))
    await bot.hear()
    bot.stripe.faults.down = True
    refund = await bot.happen(bot.account.refund(bought, 3500))
    assert [sale.state for sale in await bot.sales()] == [SaleState.PAID, SaleState.REFUNDED]
    assert await bot.hear() == [
        ("edit", "edit:payment:1"),
        ("reply", f"reply:refund:{refund}"),
    ]
    bot.stripe.faults.clear()
    await bot.catch_up()
    assert [key for kind, key in await bot.hear() if kind == "reply"] == []
    assert all(refund.movement for payment in await bot.payments() for refund in payment.refunds)


async def test_no_sale_waits_behind_looks_that_a_slow_stripe_keeps_waiting(
    bot: LiveBot, shop: Shop
) -> None:
    for _ in range(10):
        bot.account.buy(shop.lease, settled=False)
    await bot.happen()
    bot.time.pass_(seconds=5)
    bot.stripe.faults.delay = 30
    worker = bot.app.worker
    await worker.start_due(bot.time())
    bot.account.buy(shop.neon_lease, buyer=ANA)
    await bot.deliver(bot.account.take_events())
    looking = set(worker.running)
    assert looking
    await worker.start_due(bot.time())
    (news,) = set(worker.running) - looking
    await worker.running[news]
    assert len(await bot.told("announce")) == 11
    worker.stop()
    for task in worker.running.values():
        task.cancel()


async def test_a_payment_whose_events_waited_for_its_checkout_is_soon_asked_about_again(
    bot: LiveBot, shop: Shop
) -> None:
    """The sale's own events were lost; each later one waits for the Checkout, in vain."""
    bought = bot.account.buy(shop.lease, buyer=ANA)
    bot.account.take_events()
    for _ in range(6):
        bot.account.refund(bought, 100)
        await bot.happen()
    bot.stripe.faults.odd_next(1)
    await bot.later(seconds=10)
    assert await bot.sales() == []
    await bot.later(seconds=5)
    assert (await bot.sale()).track == "Midnight Drive"
