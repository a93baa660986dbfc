"""The past by lists: whole, in order, with all that a payment is read from."""

import asyncio
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from bot.domain.parse import payment_of
from bot.stripe_api import Span, StripeApi, StripeDenied, TooMuch
from fakes.stripe import Customer, StripeAccount, StripeServer
from tests.fakes.stripe.clocks import MovableClock
from tests.stripe_api.conftest import Pauses, Prices

ANA = Customer(name="Ana Lima", email="ana@example.com", country="BR")
SESSIONS, PRODUCTS = "/v1/checkout/sessions", "/v1/products"
EVER = Span(datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))


async def test_a_checkout_in_a_list_reads_like_one_asked_for(
    account: StripeAccount, prices: Prices, api: StripeApi
) -> None:
    account.buy(prices.lease, prices.exclusive, buyer=ANA, discount=100)
    account.buy(prices.lease, buyer=ANA, settled=False)
    account.buy(prices.free, buyer=ANA)
    for listed in await api.history().checkouts(EVER):
        assert listed.session is not None
        asked = await api.read_payment(session=listed.session["id"])
        assert asked is not None
        assert payment_of(listed) == payment_of(asked)
        assert payment_of(listed) is not None


async def test_checkouts_come_the_oldest_first_twenty_five_a_call(
    account: StripeAccount, prices: Prices, stripe: StripeServer, api: StripeApi
) -> None:
    bought = [account.buy(prices.lease).session for _ in range(230)]
    listed = await api.history().checkouts(EVER)
    assert [each.session["id"] for each in listed if each.session] == bought
    assert stripe.calls.paths[SESSIONS] == 10


async def test_line_items_beyond_the_first_few_are_read_too(
    account: StripeAccount, prices: Prices, stripe: StripeServer, api: StripeApi
) -> None:
    account.buy(*[prices.lease] * 25)
    [listed] = await api.history().checkouts(EVER)
    assert len(listed.items or ()) == 25
    assert {item["price"]["product"]["name"] for item in listed.items or ()} == {"Midnight Drive"}
    assert stripe.calls.paths[f"{SESSIONS}/{{id}}/line_items"] == 1


async def test_each_product_is_read_once(
    account: StripeAccount, stripe: StripeServer, api: StripeApi
) -> None:
    for number in range(120):
        account.buy(account.price(account.product(f"Beat {number}"), 1000))
    history = api.history()
    named = [
        each.items[0]["price"]["product"]["name"]
        for each in await history.checkouts(EVER)
        if each.items
    ]
    assert named == [f"Beat {number}" for number in range(120)]
    assert stripe.calls.paths[PRODUCTS] == 2
    await history.checkouts(EVER)
    assert stripe.calls.paths[PRODUCTS] == 2


async def test_a_deleted_product_is_asked_for_once_and_left_unnamed(
    account: StripeAccount, prices: Prices, stripe: StripeServer, api: StripeApi
) -> None:
    account.buy(prices.lease)
    product = account.get("price", prices.lease)["product"]
    account.books._by_kind["product"].remove(product)
    del account.books._objects[product]
    history = api.history()
    for _ in range(2):
        [listed] = await history.checkouts(EVER)
        payment = payment_of(listed)
        # By the line's description: the product's name at that time.
        assert payment.lines[0].track == "Midnight Drive"
    assert stripe.calls.paths[f"{PRODUCTS}/{{id}}"] == 1


async def test_subscriptions_are_recognized_by_their_mode(
    account: StripeAccount, prices: Prices, api: StripeApi
) -> None:
    bought = account.buy(prices.lease)
    account.subscribe(prices.lease)
    assert await api.history().checkout_intents(EVER) == {bought.intent}
    assert await api.history().checkout_intents(EVER, "payment") == {bought.intent}
    assert await api.history().checkout_intents(EVER, "subscription") == set()


async def test_a_span_has_its_first_second_and_not_its_last(
    account: StripeAccount, prices: Prices, clock: MovableClock, api: StripeApi
) -> None:
    begin = clock()
    bought = []
    for _ in range(3):
        bought.append(account.buy(prices.lease).charge)
        clock.advance(seconds=10)
    span = Span(begin, begin + timedelta(seconds=20))
    listed = await api.history().charges(span)
    assert [charge["id"] for charge in listed] == bought[1::-1]


async def test_more_than_was_asked_for_is_too_much(
    account: StripeAccount, prices: Prices, stripe: StripeServer, api: StripeApi
) -> None:
    for _ in range(150):
        account.buy(prices.lease)
    history = api.history()
    assert len(await history.charges(EVER, 150)) == 150
    stripe.calls.reset()
    with pytest.raises(TooMuch):
        await history.charges(EVER, 100)
    assert stripe.calls.total == 1


async def test_refunds_disputes_and_payouts_come_with_their_money(
    account: StripeAccount, prices: Prices, clock: MovableClock, api: StripeApi
) -> None:
    bought = [account.buy(prices.lease) for _ in range(4)]
    account.fail_refund(account.refund(bought[0]))
    account.win(account.dispute(bought[1]))
    clock.advance(days=3)
    account.fail_payout(account.pay_out())
    history = api.history()
    [refund] = await history.refunds(EVER)
    assert (
        refund["balance_transaction"]["amount"],
        refund["failure_balance_transaction"]["amount"],
    ) == (-2999, 2999)
    [dispute] = await history.disputes(EVER)
    assert [each["amount"] for each in dispute["balance_transactions"]] == [-2999, 2999]
    [payout] = await history.payouts(EVER)
    assert payout["balance_transaction"]["amount"] == -payout["amount"]
    assert payout["failure_balance_transaction"]["amount"] == payout["amount"]


async def test_movements_come_with_what_they_are_for(
    account: StripeAccount, prices: Prices, api: StripeApi
) -> None:
    bought = account.buy(prices.lease)
    account.refund(bought)
    account.bill(1200)
    fee, refund, charge = await api.history().movements(EVER)
    assert fee["source"] is None
    assert refund["source"]["charge"] == charge["source"]["id"] == bought.charge


async def test_events_come_the_oldest_first_of_any_number_of_types(
    account: StripeAccount, prices: Prices, clock: MovableClock, api: StripeApi
) -> None:
    for _ in range(3):
        account.buy(prices.lease)
        clock.advance(seconds=1)
    wanted = ["checkout.session.completed", "charge.updated"]
    types = [*wanted, *(f"unheard.of.{number}" for number in range(25)), "charge.succeeded"]
    listed = await api.history().events(EVER, types)
    order = ["checkout.session.completed", "charge.updated", "charge.succeeded"]
    assert sorted({event["type"] for event in listed}) == sorted(order)
    assert [event["created"] for event in listed] == sorted(event["created"] for event in listed)
    assert len(listed) == 9


async def test_the_account_says_when_it_was_opened(
    account: StripeAccount, stripe: StripeServer, api: StripeApi, clock: MovableClock
) -> None:
    opened = account.get("account", account.id)["created"]
    assert await api.history().opened() == opened
    stripe.faults.denied.add("account")
    assert await api.history().opened() is None
    stripe.faults.clear()
    stripe.faults.fail_next(1, status=401)
    with pytest.raises(StripeDenied):
        await api.history().opened()


async def test_calls_are_spaced_out(
    account: StripeAccount,
    prices: Prices,
    pauses: Pauses,
    api: StripeApi,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for _ in range(250):
        account.buy(prices.lease)
    # However slow the machine is, no time passes meanwhile.
    loop = asyncio.get_running_loop()
    monkeypatch.setattr(loop, "time", partial(float, loop.time()))
    await api.history().charges(EVER)
    # Two pages had to wait for their turn: at most ten calls a second in test mode.
    assert len([seconds for seconds in pauses.seconds if 0 < seconds <= 0.21]) == 2
