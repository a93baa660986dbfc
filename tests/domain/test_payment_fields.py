"""Authorizations of which a part was captured, as Stripe shows them in either way."""

from typing import Any

import pytest

from bot.domain.json_access import Json, NotUnderstood
from bot.domain.money import Money
from bot.domain.parse import payment_of
from bot.domain.payment import Buyer, Payment, PaymentState
from bot.domain.payment_fields import (
    amount_of,
    buyer_of,
    items_of,
    lines_of,
    presented_of,
    reversal_of,
    tax_of,
    uncaptured_of,
)
from bot.domain.reconciliation import posting_of, without_uncaptured
from bot.domain.stripe_view import StripeView
from tests.factories import balance_transaction, charge, intent, line_item, session, stripe_refund

FIFTY = Money(5000, "usd")


def test_checkout_says_the_amount_before_the_charge_and_the_charge_before_the_intent() -> None:
    assert amount_of(session(amount_total=7), intent(), charge()) == Money(7, "usd")
    assert amount_of({}, intent(), charge(amount_captured=8)) == Money(8, "usd")
    assert amount_of({}, intent(amount_received=9), {}) == Money(9, "usd")
    assert amount_of(session(amount_total=None), {}, charge(currency="EUR")) == Money(5000, "eur")


@pytest.mark.parametrize(
    "shown",
    [
        *({"amount_total": amount} for amount in (-1, True, 50.0, "5000", 10**15 + 1, [5000])),
        *({"currency": currency} for currency in (None, "dollars", 5)),
        {"amount_total": None},
    ],
    ids=str,
)
def test_amount_that_is_no_money_is_not_understood(shown: Json) -> None:
    with pytest.raises(NotUnderstood):
        amount_of(session(**shown), {}, {})


def shown_in(amount: object, currency: object) -> Json:
    details = {"presentment_amount": amount, "presentment_currency": currency}
    return {"presentment_details": details}


def test_what_the_buyer_saw_is_kept_where_stripe_converted_it() -> None:
    assert presented_of(FIFTY, {}, shown_in(4610, "EUR")) == Money(4610, "eur")
    assert presented_of(FIFTY, shown_in(5000, "usd")) is None
    assert presented_of(FIFTY, shown_in(None, "eur"), shown_in(-5, "eur")) is None
    assert presented_of(FIFTY, shown_in(5, None), {"presentment_details": "?"}) is None


def test_the_buyer_is_as_checkout_asked_them() -> None:
    billed = {"email": "other@example.com", "name": "Other", "address": {"country": "DE"}}
    buyer = buyer_of(session(), intent(), charge(billing_details=billed))
    assert buyer == Buyer(email="jay@example.com", name="Jay", country="US")


@pytest.mark.parametrize(
    ("asked", "billed", "buyer"),
    [
        (None, {"email": "a@b.c", "name": "Al"}, Buyer(email="a@b.c", name="Al")),
        ({"individual_name": "Jay"}, {"name": "Al"}, Buyer(name="Jay")),
        ({"business_name": "Jay Ltd"}, None, Buyer(name="Jay Ltd")),
        ({"email": "", "name": "\0"}, {"email": "a@b.c"}, Buyer(email="a@b.c")),
        ({"address": {"country": "de"}}, None, Buyer(country="DE")),
        ({"address": {"country": "Germany"}}, {"address": "DE"}, Buyer()),
        ({"name": "x" * 10_000}, None, Buyer(name="x" * 500)),
        ("?", ["?"], Buyer()),
    ],
)
def test_buyer_unknown_to_checkout_is_the_charges(
    asked: object, billed: object, buyer: Buyer
) -> None:
    seen = buyer_of(session(customer_details=asked), {}, charge(billing_details=billed))
    assert seen == buyer


def test_the_last_resort_is_where_the_receipt_goes() -> None:
    assert buyer_of({}, intent(receipt_email="a@b.c"), {}).email == "a@b.c"
    assert buyer_of({}, {}, charge(billing_details=None, receipt_email="a@b.c")).email == "a@b.c"
    assert buyer_of({"customer_email": "a@b.c"}, {}, {}).email == "a@b.c"


def test_lines_add_up_to_what_was_paid_shipping_and_all() -> None:
    items = [line_item(id="li_1", amount_total=1000), line_item(id="li_2", amount_total=2000)]
    lines = lines_of(items, {}, Money(3500, "usd"))
    assert [line.amount for line in lines] == [1167, 2333]
    assert [line.item for line in lines] == ["li_1", "li_2"]
    assert (lines[0].price, lines[0].product) == ("price_1", "prod_1")


@pytest.mark.parametrize("total", [None, "5", -5, 1.5])
def test_items_whose_totals_cannot_be_read_share_equally(total: object) -> None:
    lines = lines_of([line_item(amount_total=total)] * 2, {}, Money(5, "usd"))
    assert [line.amount for line in lines] == [3, 2]


@pytest.mark.parametrize(
    ("quantity", "kept"), [(3, 3), (None, 1), (0, 1), (-4, 1), (True, 1), (10**14, 1_000_000)]
)
def test_quantities_are_sane(quantity: object, kept: int) -> None:
    (line,) = lines_of([line_item(quantity=quantity)], {}, FIFTY)
    assert line.quantity == kept


def test_line_without_items_is_named_by_the_metadata_if_at_all() -> None:
    (line,) = lines_of([], {"track": "Midnight Drive", "license": "WAV"}, FIFTY)
    assert (line.track, line.license) == ("Midnight Drive", "WAV")
    assert (line.amount, line.item) == (5000, None)
    (line,) = lines_of([], {}, FIFTY)
    assert (line.track, line.license, line.exclusive) == ("Track to be named", "License", False)


def test_items_within_the_session_count_only_when_they_are_all() -> None:
    page = {"object": "list", "data": [line_item()], "has_more": False}
    assert items_of(session(line_items=page), None) == [line_item()]
    assert items_of(session(line_items={**page, "has_more": True}), None) == []
    assert items_of(session(line_items=page), [line_item(id="li_2")]) == [line_item(id="li_2")]
    assert items_of(session(), None) == []


def taxed(amount: object, **changes: object) -> Json:
    return session(total_details={"amount_tax": amount}, **changes)


TWO_ITEMS = [line_item(amount_tax=3), line_item(amount_tax=4)]
OF_INTENT = intent(amount_details={"tax": {"total_tax_amount": 380}})


@pytest.mark.parametrize(
    ("session", "intent", "items", "tax"),
    [
        pytest.param(taxed(450), {}, TWO_ITEMS, 450, id="as Checkout says"),
        pytest.param(session(), {}, TWO_ITEMS, 7, id="as its items say"),
        pytest.param(session(), {}, [], 0, id="as nothing says"),
        pytest.param({}, OF_INTENT, [], 380, id="as the intent says without Checkout"),
        pytest.param(
            taxed(450, managed_payments={"enabled": True}), {}, [], 0, id="owed by Stripe itself"
        ),
        pytest.param(taxed(450, amount_total=10_000), {}, [], 225, id="of a part captured"),
    ],
)
def test_tax_is_what_stripe_says_of_it(
    session: Json, intent: Json, items: list[Json], tax: int
) -> None:
    assert tax_of(session, intent, items, FIFTY) == tax


@pytest.mark.parametrize("amount", [-1, 5001, 10**15, None, "450", True, [450]])
def test_a_tax_that_cannot_be_is_never_more_than_what_was_paid(amount: object) -> None:
    assert 0 <= tax_of(taxed(amount), {}, [], FIFTY) <= 5000


def test_each_line_bears_the_tax_of_its_item() -> None:
    items = [
        line_item(amount_total=10_888, amount_tax=888),
        line_item(amount_total=2000, amount_tax=0),
        line_item(amount_total=1190, amount_tax=190),
    ]
    lines = lines_of(items, {}, Money(14_078, "usd"), 1078)
    assert [(line.amount, line.tax) for line in lines] == [(10_888, 888), (2000, 0), (1190, 190)]


def test_tax_that_no_item_tells_of_is_shared_by_price_and_none_bears_more_than_it_cost() -> None:
    items = [line_item(amount_total=3000), line_item(amount_total=1000), line_item(amount_total=0)]
    lines = lines_of(items, {}, Money(4000, "usd"), 400)
    assert [line.tax for line in lines] == [300, 100, 0]
    strange = [line_item(amount_total=4000), line_item(amount_total=0, amount_tax=400)]
    assert [line.tax for line in lines_of(strange, {}, Money(4000, "usd"), 400)] == [400, 0]


PART: dict[str, Any] = {"amount_captured": 2000, "captured": True, "amount_refunded": 3000}


def booked_back(**changes: Any) -> dict[str, Any]:
    back = balance_transaction(
        id="txn_2", type="refund", reporting_category="partial_capture_reversal"
    )
    return back | {"amount": -3000, "fee": 0, "net": -3000, "fee_details": []} | changes


def read(refunds: list[dict[str, Any]], **changes: Any) -> Payment:
    shown = charge(**PART, balance_transaction=balance_transaction()) | changes
    payment = payment_of(StripeView(session=session(), charge=shown, refunds=refunds))
    assert payment is not None
    return payment


def test_what_was_booked_back_is_no_refund_and_taken_off_what_was_booked() -> None:
    whole = read([])
    payment = read([stripe_refund(amount=3000, balance_transaction=booked_back())])
    assert (payment.state, payment.amount, payment.refunded) == (PaymentState.PAID, 2000, 0)
    assert sum(line.amount for line in payment.lines) == 2000
    assert payment.movement.gross == whole.movement.gross - 3000
    assert payment.movement.fees == whole.movement.fees


def test_where_the_part_alone_was_booked_nothing_is_taken_off() -> None:
    part = balance_transaction(amount=2000, fee=88, net=1912, fee_details=[])
    released = stripe_refund(amount=3000, balance_transaction=None)
    payment = read([released], balance_transaction=part)
    assert (payment.amount, payment.movement.gross, payment.refunds) == (2000, 2000, ())


def test_a_refund_of_what_was_captured_is_one() -> None:
    given = stripe_refund(id="re_2", amount=500, balance_transaction=None)
    released = stripe_refund(amount=3000, balance_transaction=booked_back())
    payment = read([given, released], amount_refunded=3500)
    assert [one.id for one in payment.refunds] == ["re_2"]
    assert payment.refunded == 500


def test_without_a_key_the_intent_says_how_much_it_was() -> None:
    received = intent(amount_received=2000)
    payment = payment_of(StripeView(session=session(), intent=received))
    assert payment.amount == 2000


def test_a_charge_captured_whole_released_nothing() -> None:
    assert uncaptured_of(charge(amount_captured=5000)) == 0
    assert uncaptured_of(charge(captured=False, amount_captured=0)) == 0
    assert uncaptured_of(charge(amount_captured="all")) == 0
    assert reversal_of([stripe_refund(balance_transaction=None)], charge()) is None


def test_an_audit_adds_both_movements_up() -> None:
    paid_by = charge(**PART)
    one = balance_transaction(type="charge", source=paid_by)
    back = booked_back(source=stripe_refund(amount=3000) | {"object": "refund"})
    [summed] = without_uncaptured([back, one])
    posting = posting_of(summed)
    assert (posting.gross, posting.state) == (one["amount"] - 3000, "paid")
    assert without_uncaptured([back]) == [back]
