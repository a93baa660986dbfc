"""How often Stripe is asked: once for an ordinary sale, whatever the order of its events."""

from itertools import permutations

from bot.domain.money import Money
from bot.domain.sale import SaleState
from tests.journey.live_bot import LiveBot
from tests.journey.shop import ANA, Shop

SESSION = "/v1/checkout/sessions/{id}"
SESSIONS = "/v1/checkout/sessions"
INTENT = "/v1/payment_intents/{id}"


async def test_one_call_reads_a_sale_in_whatever_order_its_events_come(
    bot: LiveBot, shop: Shop
) -> None:
    bought = []
    for order in permutations(range(4)):
        bot.account.buy(shop.lease)
        events = bot.account.take_events()
        bought.append([events[place] for place in order])
    for turn in zip(*bought, strict=True):
        bot.time.pass_(seconds=0.5)
        await bot.take(turn)
    await bot.catch_up()
    assert bot.stripe.calls.paths == {SESSION: len(bought)}
    assert len(await bot.outbox()) == len(bought)


async def test_a_charge_waits_for_the_event_that_names_its_checkout(
    bot: LiveBot, shop: Shop
) -> None:
    bot.account.buy(shop.lease)
    charge, intent, checkout, _ = bot.account.take_events()
    await bot.take([charge, intent])
    assert bot.stripe.calls.total == 0
    assert await bot.outbox() == []
    bot.time.pass_(seconds=1)
    await bot.take([checkout])
    assert bot.stripe.calls.paths == {SESSION: 1}
    assert len(await bot.outbox()) == 1


async def test_a_checkout_that_no_event_names_is_found_by_its_intent_in_two_calls(
    bot: LiveBot, shop: Shop
) -> None:
    bot.account.buy(shop.lease, buyer=ANA)
    charge, intent, _, booked = bot.account.take_events()
    await bot.take([charge, intent, booked])
    await bot.later(seconds=2.4)
    assert bot.stripe.calls.total == 0
    await bot.later(seconds=0.1)
    assert bot.stripe.calls.paths == {SESSIONS: 1, SESSION: 1}
    sale = await bot.sale()
    assert (sale.track, sale.left, sale.buyer.name) == (
        "Midnight Drive",
        Money(2882, "usd"),
        "Ana Lima",
    )


async def test_a_checkout_event_that_comes_after_its_payment_was_read_costs_no_call(
    bot: LiveBot, shop: Shop
) -> None:
    bot.account.buy(shop.lease)
    *others, checkout, booked = bot.account.take_events()
    await bot.deliver([*others, booked])
    await bot.later(seconds=6)
    bot.time.pass_(seconds=1)
    await bot.take([checkout])
    assert bot.stripe.calls.total == 2
    assert len(await bot.outbox()) == 1


async def test_fees_that_settle_later_cost_one_further_call(bot: LiveBot, shop: Shop) -> None:
    bought = await bot.happen(bot.account.buy(shop.lease, settled=False))
    await bot.happen(bot.account.settle(bought))
    await bot.catch_up()
    assert bot.stripe.calls.paths == {SESSION: 2}


async def test_an_event_of_what_came_after_is_always_asked_about(bot: LiveBot, shop: Shop) -> None:
    bought = await bot.happen(bot.account.buy(shop.lease))
    bot.account.refund(bought)
    refunded, _ = bot.account.take_events()
    # A second later by Stripe's clock, though ours may be fast.
    bot.time.pass_(seconds=1)
    await bot.take([refunded])
    assert (await bot.sale()).state is SaleState.REFUNDED
