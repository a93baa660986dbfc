"""How often Stripe is asked: once for an ordinary sale, whatever the order of its events."""

from itertools import permutations

from bot.domain.money import Money
from bot.domain.sale import SaleState
from tests.journey.house import House
from tests.journey.shop import ANA, Shop

SESSION = "/v1/checkout/sessions/{id}"
SESSIONS = "/v1/checkout/sessions"
INTENT = "/v1/payment_intents/{id}"


async def test_one_call_reads_a_sale_in_whatever_order_its_events_come(
    home: House, shop: Shop
) -> None:
    bought = []
    for order in permutations(range(4)):
        home.account.buy(shop.lease)
        events = home.account.take_events()
        bought.append([events[place] for place in order])
    for turn in zip(*bought, strict=True):
        home.time.pass_(seconds=0.5)
        await home.deliver(turn)
        await home.work()
    await home.catch_up()
    assert home.stripe.calls.paths == {SESSION: len(bought)}
    assert len(await home.outbox()) == len(bought)


async def test_a_charge_waits_for_the_event_that_names_its_checkout(
    home: House, shop: Shop
) -> None:
    home.account.buy(shop.lease)
    charge, intent, checkout, _ = home.account.take_events()
    await home.deliver([charge, intent])
    await home.work()
    assert home.stripe.calls.total == 0
    assert await home.outbox() == []
    home.time.pass_(seconds=1)
    await home.deliver([checkout])
    await home.work()
    assert home.stripe.calls.paths == {SESSION: 1}
    assert len(await home.outbox()) == 1


async def test_a_checkout_that_no_event_names_is_found_by_its_intent_in_two_calls(
    home: House, shop: Shop
) -> None:
    home.account.buy(shop.lease, buyer=ANA)
    charge, intent, _, booked = home.account.take_events()
    await home.deliver([charge, intent, booked])
    await home.work()
    home.time.pass_(seconds=2.4)
    await home.work()
    assert home.stripe.calls.total == 0
    home.time.pass_(seconds=0.1)
    await home.work()
    assert home.stripe.calls.paths == {SESSIONS: 1, SESSION: 1}
    sale = await home.sale()
    assert (sale.track, sale.left, sale.buyer.name) == (
        "Midnight Drive",
        Money(2882, "usd"),
        "Ana Lima",
    )


async def test_a_checkout_event_that_comes_after_its_payment_was_read_costs_no_call(
    home: House, shop: Shop
) -> None:
    home.account.buy(shop.lease)
    *others, checkout, booked = home.account.take_events()
    await home.deliver([*others, booked])
    home.time.pass_(seconds=6)
    await home.work()
    home.time.pass_(seconds=1)
    await home.deliver([checkout])
    await home.work()
    assert home.stripe.calls.total == 2
    assert len(await home.outbox()) == 1


async def test_fees_that_settle_later_cost_one_further_call(home: House, shop: Shop) -> None:
    bought = home.account.buy(shop.lease, settled=False)
    await home.happen()
    home.account.settle(bought)
    await home.happen()
    await home.catch_up()
    assert home.stripe.calls.paths == {SESSION: 2}


async def test_an_event_of_what_came_after_is_always_asked_about(home: House, shop: Shop) -> None:
    bought = home.account.buy(shop.lease)
    await home.happen()
    home.account.refund(bought)
    refunded, _ = home.account.take_events()
    # A second later by Stripe's clock, though ours may be fast.
    home.time.pass_(seconds=1)
    await home.deliver([refunded])
    await home.work()
    assert (await home.sale()).state is SaleState.REFUNDED
