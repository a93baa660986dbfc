"""Thousands of declined cards, or of events about what Stripe denies: no sale waits behind them."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, TypeAlias

import pytest

from bot.store import tables
from bot.store.work_queue import Item
from bot.sync.object_work import Remainder
from bot.sync.worker import SALES_AT_ONCE
from fakes.stripe import StripeAccount
from tests.journey.live_bot import LiveBot
from tests.journey.shop import ANA, Shop

pytestmark = pytest.mark.counted

Event: TypeAlias = dict[str, Any]

CROWD = 300
"""More than the worker fetches from the store at once."""
INTENT = "/v1/payment_intents/{id}"
HOUR = timedelta(hours=1)


@pytest.fixture
def stranger(bot: LiveBot) -> StripeAccount:
    """An account whose events reach us and whose objects our Stripe does not know."""
    return StripeAccount(clock=bot.time, seed=404)


def declined(bot: LiveBot, count: int) -> list[Event]:
    """As a card tester leaves them: attempts on payments that nothing else tells of."""
    bot.account.pay(500, description="a decline")
    charge = bot.account.take_events()[0]
    shown = charge["data"]["object"] | {"status": "failed", "paid": False, "captured": False}
    return [
        charge
        | {
            "id": f"evt_declined_{number}",
            "type": "charge.failed",
            "data": {
                "object": shown
                | {"id": f"ch_declined_{number}", "payment_intent": f"pi_declined_{number}"}
            },
        }
        for number in range(count)
    ]


def only(events: Sequence[Event], *types: str) -> list[Event]:
    return [event for event in events if event["type"] in types]


class Order:
    """In which order the worker takes payments up."""

    def __init__(self, bot: LiveBot) -> None:
        self.taken: list[str] = []
        handler = bot.app.worker.handlers["payment"]

        async def noted(item: Item) -> Remainder | None:
            self.taken.append(item.subject)
            return await handler(item)

        bot.app.worker.handlers["payment"] = noted  # type: ignore[index]  # ours is a dict


async def test_declined_cards_are_never_asked_about(bot: LiveBot) -> None:
    events = declined(bot, 20)
    bot.stripe.calls.reset()
    await bot.deliver(events)
    await bot.catch_up()
    assert bot.stripe.calls.total == 0
    assert set(await bot.rows(tables.events, "state")) == {("done",)}
    assert await bot.outbox() == []


async def test_a_sale_is_worked_on_before_the_declined_cards_that_came_first(
    bot: LiveBot, shop: Shop
) -> None:
    order = Order(bot)
    crowd = declined(bot, CROWD)
    bought = bot.account.buy(shop.lease, buyer=ANA)
    bot.stripe.calls.reset()
    await bot.take([*crowd, *bot.account.take_events()])
    assert f"payment:{bought.intent}" in order.taken[:SALES_AT_ONCE]
    assert bot.stripe.calls.total == 1
    assert len(await bot.told("announce")) == 1


async def test_a_sale_that_comes_while_a_crowd_is_worked_on_is_next(
    bot: LiveBot, shop: Shop
) -> None:
    order = Order(bot)
    await bot.deliver(declined(bot, CROWD))
    worker = bot.app.worker
    await worker.start_due(bot.time())
    before = len(worker.running)
    bot.account.buy(shop.lease, buyer=ANA)
    await bot.deliver(bot.account.take_events())
    started = await worker.start_due(bot.time()) - before
    assert before < CROWD / 10
    assert started >= 1
    await bot.work()
    (announced,) = await bot.told("announce")
    assert announced == "announce:payment:1"
    assert len(set(order.taken)) == CROWD + 1


async def test_a_sale_without_checkout_is_worked_on_before_a_crowd_too(
    bot: LiveBot, shop: Shop
) -> None:
    order = Order(bot)
    crowd = declined(bot, CROWD)
    paid = bot.account.pay(3500, metadata={"track": "Neon Rain"}, buyer=ANA)
    await bot.take([*crowd, *bot.account.take_events()])
    assert f"payment:{paid.intent}" in order.taken[:SALES_AT_ONCE]


async def test_a_sale_is_worked_on_before_events_about_what_stripe_denies(
    bot: LiveBot, shop: Shop, stranger: StripeAccount
) -> None:
    for _ in range(CROWD):
        stranger.pay(900)
    await bot.take(only(stranger.take_events(), "charge.succeeded"))
    bot.time.pass_(seconds=6)  # now each of them may be asked about
    order = Order(bot)
    bought = bot.account.buy(shop.lease, buyer=ANA)
    await bot.take(bot.account.take_events())
    assert f"payment:{bought.intent}" in order.taken[:SALES_AT_ONCE]
    assert bot.stripe.calls.paths[INTENT] == CROWD
    assert len(await bot.told("announce")) == 1


async def test_what_stripe_denies_is_asked_for_by_the_clock_and_not_once_an_event(
    bot: LiveBot, stranger: StripeAccount
) -> None:
    """Over an hour; then it is given up."""
    paid = stranger.pay(900, settled=False)
    for amount in (100, 200, 300):
        stranger.refund(paid, amount)
    stranger.settle(paid)
    first, *others = only(
        stranger.take_events(), "charge.succeeded", "refund.created", "charge.refunded"
    )
    asks = bot.stripe.calls.paths
    await bot.take([first])
    await bot.later(seconds=5)
    assert asks[INTENT] == 1
    for event in others:
        await bot.take([event])
    assert asks[INTENT] == 1
    for seconds, expected in ((25, 2), (270, 3), (3200, 3), (100, 4)):
        assert set(await bot.rows(tables.events, "state")) == {("pending",)}
        await bot.later(seconds=seconds)
        assert asks[INTENT] == expected
    assert set(await bot.rows(tables.events, "state")) == {("failed",)}
    await bot.catch_up()
    assert asks[INTENT] == 4


async def test_a_sale_that_stripe_shows_late_is_found_within_the_hour(
    bot: LiveBot, shop: Shop
) -> None:
    bot.account.buy(shop.lease, buyer=ANA)
    charge, _, _, updated = bot.account.take_events()
    bot.stripe.faults.fail_next(2, 404, path=INTENT)
    bot.stripe.faults.fail_next(2, 404, path="/v1/checkout/sessions")
    await bot.deliver([charge])
    await bot.catch_up()
    await bot.take([updated])
    assert (await bot.sale()).track == "Midnight Drive"


async def test_a_sale_told_by_its_event_is_asked_for_by_the_clock_when_stripe_denies_it(
    bot: LiveBot, shop: Shop
) -> None:
    bought = bot.account.buy(shop.lease, buyer=ANA)
    events = bot.account.take_events()
    bot.stripe.faults.fail_next(10_000, 404)
    session = "/v1/checkout/sessions/{id}"
    await bot.take(only(events, "checkout.session.completed"))
    assert bot.stripe.calls.paths[session] == 1
    for amount in (100, 200, 300):
        bot.account.refund(bought, amount)
        bot.time.pass_(seconds=1)
        await bot.take(bot.account.take_events())
    assert bot.stripe.calls.paths[session] == 1
    assert (await bot.sale()).refunded.amount == 600
    for seconds, expected in ((2, 2), (30, 3), (300, 4), (3600, 5), (86_400, 5)):
        await bot.later(seconds=seconds)
        assert bot.stripe.calls.paths[session] == expected


async def test_a_payout_that_stripe_denies_is_asked_for_by_the_clock(
    bot: LiveBot, stranger: StripeAccount
) -> None:
    payout = stranger.pay_out(automatic=False, amount=500)
    stranger.send_payout(payout)
    stranger.payout_paid(payout)
    for event in stranger.take_events():
        await bot.take([event])
    assert bot.stripe.calls.paths["/v1/payouts/{id}"] == 1
    await bot.later(seconds=5)
    assert bot.stripe.calls.paths["/v1/payouts/{id}"] == 2
