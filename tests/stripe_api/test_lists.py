"""The past by lists: whole, in order, with all that a payment is read from."""

import asyncio
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from bot.domain.parse import payment_of
from bot.stripe_api import Span, StripeDenied, TooMuch
from fakes.stripe import Customer
from tests.stripe_api.conftest import Shop

ANA = Customer(name="Ana Lima", email="ana@example.com", country="BR")
SESSIONS, PRODUCTS = "/v1/checkout/sessions", "/v1/products"
EVER = Span(datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))


async def test_a_checkout_in_a_list_reads_like_one_asked_for(shop: Shop) -> None:
    shop.account.buy(shop.lease, shop.exclusive, buyer=ANA, discount=100)
    shop.account.buy(shop.lease, buyer=ANA, settled=False)
    shop.account.buy(shop.free, buyer=ANA)
    for listed in await shop.api.history().checkouts(EVER):
        assert listed.session is not None
        asked = await shop.api.read_payment(session=listed.session["id"])
        assert asked is not None
        assert payment_of(listed) == payment_of(asked)
        assert payment_of(listed) is not None


async def test_checkouts_come_the_oldest_first_twenty_five_a_call(shop: Shop) -> None:
    bought = [shop.account.buy(shop.lease).session for _ in range(230)]
    listed = await shop.api.history().checkouts(EVER)
    assert [each.session["id"] for each in listed if each.session] == bought
    assert shop.server.calls.paths[SESSIONS] == 10


async def test_line_items_beyond_the_first_few_are_read_too(shop: Shop) -> None:
    shop.account.buy(*[shop.lease] * 25)
    [listed] = await shop.api.history().checkouts(EVER)
    assert len(listed.items or ()) == 25
    assert {item["price"]["product"]["name"] for item in listed.items or ()} == {"Midnight Drive"}
    assert shop.server.calls.paths[f"{SESSIONS}/{{id}}/line_items"] == 1


async def test_each_product_is_read_once(shop: Shop) -> None:
    for number in range(120):
        shop.account.buy(shop.account.price(shop.account.product(f"Beat {number}"), 1000))
    history = shop.api.history()
    named = [
        each.items[0]["price"]["product"]["name"]
        for each in await history.checkouts(EVER)
        if each.items
    ]
    assert named == [f"Beat {number}" for number in range(120)]
    assert shop.server.calls.paths[PRODUCTS] == 2
    await history.checkouts(EVER)
    assert shop.server.calls.paths[PRODUCTS] == 2


async def test_a_deleted_product_is_asked_for_once_and_left_unnamed(shop: Shop) -> None:
    shop.account.buy(shop.lease)
    product = shop.account.get("price", shop.lease)["product"]
    shop.account.books.remove(product)
    history = shop.api.history()
    for _ in range(2):
        [listed] = await history.checkouts(EVER)
        payment = payment_of(listed)
        # By the line's description: the product's name at that time.
        assert payment.lines[0].track == "Midnight Drive"
    assert shop.server.calls.paths[f"{PRODUCTS}/{{id}}"] == 1


async def test_subscriptions_are_recognized_by_their_mode(shop: Shop) -> None:
    bought = shop.account.buy(shop.lease)
    shop.account.subscribe(shop.lease)
    assert await shop.api.history().checkout_intents(EVER) == {bought.intent}
    assert await shop.api.history().checkout_intents(EVER, "payment") == {bought.intent}
    assert await shop.api.history().checkout_intents(EVER, "subscription") == set()


async def test_a_span_has_its_first_second_and_not_its_last(shop: Shop) -> None:
    begin = shop.clock()
    bought = []
    for _ in range(3):
        bought.append(shop.account.buy(shop.lease).charge)
        shop.clock.advance(seconds=10)
    span = Span(begin, begin + timedelta(seconds=20))
    listed = await shop.api.history().charges(span)
    assert [charge["id"] for charge in listed] == bought[1::-1]


async def test_more_than_was_asked_for_is_too_much(shop: Shop) -> None:
    for _ in range(150):
        shop.account.buy(shop.lease)
    history = shop.api.history()
    assert len(await history.charges(EVER, 150)) == 150
    shop.server.calls.reset()
    with pytest.raises(TooMuch):
        await history.charges(EVER, 100)
    assert shop.server.calls.total == 1


async def test_refunds_disputes_and_payouts_come_with_their_money(shop: Shop) -> None:
    bought = [shop.account.buy(shop.lease) for _ in range(4)]
    shop.account.fail_refund(shop.account.refund(bought[0]))
    shop.account.win(shop.account.dispute(bought[1]))
    shop.clock.advance(days=3)
    shop.account.fail_payout(shop.account.pay_out())
    history = shop.api.history()
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


async def test_movements_come_with_what_they_are_for(shop: Shop) -> None:
    bought = shop.account.buy(shop.lease)
    shop.account.refund(bought)
    shop.account.bill(1200)
    fee, refund, charge = await shop.api.history().movements(EVER)
    assert fee["source"] is None
    assert refund["source"]["charge"] == charge["source"]["id"] == bought.charge


async def test_events_come_the_oldest_first_of_any_number_of_types(shop: Shop) -> None:
    for _ in range(3):
        shop.account.buy(shop.lease)
        shop.clock.advance(seconds=1)
    wanted = ["checkout.session.completed", "charge.updated"]
    types = [*wanted, *(f"unheard.of.{number}" for number in range(25)), "charge.succeeded"]
    listed = await shop.api.history().events(EVER, types)
    order = ["checkout.session.completed", "charge.updated", "charge.succeeded"]
    assert sorted({event["type"] for event in listed}) == sorted(order)
    assert [event["created"] for event in listed] == sorted(event["created"] for event in listed)
    assert len(listed) == 9


async def test_the_account_says_when_it_was_opened(shop: Shop) -> None:
    opened = shop.account.get("account", shop.account.id)["created"]
    assert await shop.api.history().opened() == opened
    shop.server.faults.denied.add("account")
    assert await shop.api.history().opened() is None
    shop.server.faults.clear()
    shop.server.faults.fail_next(1, status=401)
    with pytest.raises(StripeDenied):
        await shop.api.history().opened()


async def test_calls_are_spaced_out(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(250):
        shop.account.buy(shop.lease)
    # However slow the machine is, no time passes meanwhile.
    loop = asyncio.get_running_loop()
    monkeypatch.setattr(loop, "time", partial(float, loop.time()))
    await shop.api.history().charges(EVER)
    # Two pages had to wait for their turn: at most ten calls a second in test mode.
    assert len([seconds for seconds in shop.pauses.seconds if 0 < seconds <= 0.21]) == 2
