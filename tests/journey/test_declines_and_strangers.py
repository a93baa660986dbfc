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
from tests.journey.house import House
from tests.journey.shop import ANA, Shop

pytestmark = pytest.mark.counted

Event: TypeAlias = dict[str, Any]

CROWD = 300
"""More than the worker fetches from the store at once."""
INTENT = "/v1/payment_intents/{id}"
HOUR = timedelta(hours=1)


@pytest.fixture
def stranger(home: House) -> StripeAccount:
    """An account whose events reach us and whose objects our Stripe does not know."""
    return StripeAccount(clock=home.time, seed=404)


def declined(home: House, count: int) -> list[Event]:
    """As a card tester leaves them: attempts on payments that nothing else tells of."""
    home.account.pay(500, description="a decline")
    charge = home.account.take_events()[0]
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

    def __init__(self, home: House) -> None:
        self.taken: list[str] = []
        handler = home.app.worker._handlers["payment"]

        async def noted(item: Item) -> Remainder | None:
            self.taken.append(item.subject)
            return await handler(item)

        home.app.worker._handlers["payment"] = noted  # type: ignore[index]  # ours is a dict


async def test_declined_cards_are_never_asked_about(home: House) -> None:
    events = declined(home, 20)
    home.stripe.calls.reset()
    await home.deliver(events)
    await home.catch_up()
    assert home.stripe.calls.total == 0
    assert set(await home.rows(tables.events, "state")) == {("done",)}
    assert await home.outbox() == []


async def test_a_sale_is_worked_on_before_the_declined_cards_that_came_first(
    home: House, shop: Shop
) -> None:
    order = Order(home)
    crowd = declined(home, CROWD)
    bought = home.account.buy(shop.lease, buyer=ANA)
    home.stripe.calls.reset()
    await home.deliver([*crowd, *home.account.take_events()])
    await home.work()
    assert f"payment:{bought.intent}" in order.taken[:SALES_AT_ONCE]
    assert home.stripe.calls.total == 1
    assert len(await home.told("announce")) == 1


async def test_a_sale_that_comes_while_a_crowd_is_worked_on_is_next(
    home: House, shop: Shop
) -> None:
    order = Order(home)
    await home.deliver(declined(home, CROWD))
    worker = home.app.worker
    await worker._start_due(home.time())
    before = len(worker._running)
    home.account.buy(shop.lease, buyer=ANA)
    await home.deliver(home.account.take_events())
    started = await worker._start_due(home.time()) - before
    assert before < CROWD / 10
    assert started >= 1
    await home.work()
    (announced,) = await home.told("announce")
    assert announced == "announce:payment:1"
    assert len(set(order.taken)) == CROWD + 1


async def test_a_sale_without_checkout_is_worked_on_before_a_crowd_too(
    home: House, shop: Shop
) -> None:
    order = Order(home)
    crowd = declined(home, CROWD)
    paid = home.account.pay(3500, metadata={"track": "Neon Rain"}, buyer=ANA)
    await home.deliver([*crowd, *home.account.take_events()])
    await home.work()
    assert f"payment:{paid.intent}" in order.taken[:SALES_AT_ONCE]


async def test_a_sale_is_worked_on_before_events_about_what_stripe_denies(
    home: House, shop: Shop, stranger: StripeAccount
) -> None:
    for _ in range(CROWD):
        stranger.pay(900)
    await home.deliver(only(stranger.take_events(), "charge.succeeded"))
    await home.work()
    home.time.pass_(seconds=6)  # now each of them may be asked about
    order = Order(home)
    bought = home.account.buy(shop.lease, buyer=ANA)
    await home.deliver(home.account.take_events())
    await home.work()
    assert f"payment:{bought.intent}" in order.taken[:SALES_AT_ONCE]
    assert home.stripe.calls.paths[INTENT] == CROWD
    assert len(await home.told("announce")) == 1


async def test_what_stripe_denies_is_asked_for_by_the_clock_and_not_once_an_event(
    home: House, stranger: StripeAccount
) -> None:
    """Over an hour; then it is given up."""
    paid = stranger.pay(900, settled=False)
    for amount in (100, 200, 300):
        stranger.refund(paid, amount)
    stranger.settle(paid)
    first, *others = only(
        stranger.take_events(), "charge.succeeded", "refund.created", "charge.refunded"
    )
    asks = home.stripe.calls.paths
    await home.deliver([first])
    await home.work()
    home.time.pass_(seconds=5)
    await home.work()
    assert asks[INTENT] == 1
    for event in others:
        await home.deliver([event])
        await home.work()
    assert asks[INTENT] == 1
    for seconds, expected in ((25, 2), (270, 3), (3200, 3), (100, 4)):
        assert set(await home.rows(tables.events, "state")) == {("pending",)}
        home.time.pass_(seconds=seconds)
        await home.work()
        assert asks[INTENT] == expected
    assert set(await home.rows(tables.events, "state")) == {("failed",)}
    await home.catch_up()
    assert asks[INTENT] == 4


async def test_a_sale_that_stripe_shows_late_is_found_within_the_hour(
    home: House, shop: Shop
) -> None:
    home.account.buy(shop.lease, buyer=ANA)
    charge, _, _, updated = home.account.take_events()
    home.stripe.faults.fail_next(2, 404, path=INTENT)
    home.stripe.faults.fail_next(2, 404, path="/v1/checkout/sessions")
    await home.deliver([charge])
    await home.catch_up()
    await home.deliver([updated])
    await home.work()
    assert (await home.sale()).track == "Midnight Drive"


async def test_a_sale_told_by_its_event_is_asked_for_by_the_clock_when_stripe_denies_it(
    home: House, shop: Shop
) -> None:
    bought = home.account.buy(shop.lease, buyer=ANA)
    events = home.account.take_events()
    home.stripe.faults.fail_next(10_000, 404)
    session = "/v1/checkout/sessions/{id}"
    await home.deliver(only(events, "checkout.session.completed"))
    await home.work()
    assert home.stripe.calls.paths[session] == 1
    for amount in (100, 200, 300):
        home.account.refund(bought, amount)
        home.time.pass_(seconds=1)
        await home.deliver(home.account.take_events())
        await home.work()
    assert home.stripe.calls.paths[session] == 1
    assert (await home.sale()).refunded.amount == 600
    for seconds, expected in ((2, 2), (30, 3), (300, 4), (3600, 5), (86_400, 5)):
        home.time.pass_(seconds=seconds)
        await home.work()
        assert home.stripe.calls.paths[session] == expected


async def test_a_payout_that_stripe_denies_is_asked_for_by_the_clock(
    home: House, stranger: StripeAccount
) -> None:
    payout = stranger.pay_out(automatic=False, amount=500)
    stranger.send_payout(payout)
    stranger.payout_paid(payout)
    for event in stranger.take_events():
        await home.deliver([event])
        await home.work()
    assert home.stripe.calls.paths["/v1/payouts/{id}"] == 1
    home.time.pass_(seconds=5)
    await home.work()
    assert home.stripe.calls.paths["/v1/payouts/{id}"] == 2
