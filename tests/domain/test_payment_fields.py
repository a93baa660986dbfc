import pytest

from bot.domain.json_access import Json, NotUnderstood
from bot.domain.money import Money
from bot.domain.payment import Buyer
from bot.domain.payment_fields import (
    amount_of,
    buyer_of,
    items_of,
    lines_of,
    presented_of,
    tax_of,
)
from tests.domain.stripe_objects import (
    charge,
    intent,
    item,
    session,
)

FIFTY = Money(5000, "usd")


def test_checkout_says_the_amount_before_the_charge_and_the_charge_before_the_intent() -> None:
    assert amount_of(session(amount_total=7), intent(), charge()) == Money(7, "usd")
    assert amount_of({}, intent(), charge(amount_captured=8)) == Money(8, "usd")
    assert amount_of({}, intent(amount_received=9), {}) == Money(9, "usd")
    assert amount_of(session(amount_total=None), {}, charge(currency="EUR")) == Money(5000, "eur")


@pytest.mark.parametrize("amount", [-1, True, 50.0, "5000", 10**15 + 1, [5000]])
def test_an_amount_that_is_no_money_is_not_understood(amount: object) -> None:
    with pytest.raises(NotUnderstood):
        amount_of(session(amount_total=amount), intent(), charge())


@pytest.mark.parametrize("currency", [None, "dollars", 5])
def test_an_amount_without_currency_is_not_understood(currency: object) -> None:
    with pytest.raises(NotUnderstood):
        amount_of(session(currency=currency), {}, {})


def test_a_payment_without_any_amount_is_not_understood() -> None:
    with pytest.raises(NotUnderstood):
        amount_of({}, {}, {})


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
def test_what_checkout_did_not_ask_the_charge_may_know(
    asked: object, billed: object, buyer: Buyer
) -> None:
    seen = buyer_of(session(customer_details=asked), {}, charge(billing_details=billed))
    assert seen == buyer


def test_the_last_resort_is_where_the_receipt_goes() -> None:
    assert buyer_of({}, intent(receipt_email="a@b.c"), {}).email == "a@b.c"
    assert buyer_of({}, {}, charge(billing_details=None, receipt_email="a@b.c")).email == "a@b.c"
    assert buyer_of({"customer_email": "a@b.c"}, {}, {}).email == "a@b.c"


def test_lines_add_up_to_what_was_paid_shipping_and_all() -> None:
    items = [item(id="li_1", amount_total=1000), item(id="li_2", amount_total=2000)]
    lines = lines_of(items, {}, Money(3500, "usd"))
    assert [line.amount for line in lines] == [1167, 2333]
    assert [line.item for line in lines] == ["li_1", "li_2"]
    assert (lines[0].price, lines[0].product) == ("price_1", "prod_1")


@pytest.mark.parametrize("total", [None, "5", -5, 1.5])
def test_items_whose_totals_cannot_be_read_share_equally(total: object) -> None:
    lines = lines_of([item(amount_total=total)] * 2, {}, Money(5, "usd"))
    assert [line.amount for line in lines] == [3, 2]


@pytest.mark.parametrize(
    ("quantity", "kept"), [(3, 3), (None, 1), (0, 1), (-4, 1), (True, 1), (10**14, 1_000_000)]
)
def test_quantities_are_sane(quantity: object, kept: int) -> None:
    (line,) = lines_of([item(quantity=quantity)], {}, FIFTY)
    assert line.quantity == kept


def test_without_items_the_metadata_names_one_line() -> None:
    (line,) = lines_of([], {"track": "Midnight Drive", "license": "WAV"}, FIFTY)
    assert (line.track, line.license, line.amount, line.item) == (
        "Midnight Drive",
        "WAV",
        5000,
        None,
    )


def test_without_any_name_the_track_is_still_to_be_named() -> None:
    (line,) = lines_of([], {}, FIFTY)
    assert (line.track, line.license, line.exclusive) == ("Track to be named", "License", False)


def test_items_within_the_session_count_only_when_they_are_all() -> None:
    page = {"object": "list", "data": [item()], "has_more": False}
    assert items_of(session(line_items=page), None) == [item()]
    assert items_of(session(line_items={**page, "has_more": True}), None) == []
    assert items_of(session(line_items=page), [item(id="li_2")]) == [item(id="li_2")]
    assert items_of(session(), None) == []


def taxed(amount: object, **changes: object) -> Json:
    return session(total_details={"amount_tax": amount}, **changes)


def test_the_tax_in_a_payment_is_what_checkout_says() -> None:
    assert tax_of(taxed(450), {}, [item(amount_tax=3)], FIFTY) == 450
    assert tax_of(session(), {}, [item(amount_tax=3), item(amount_tax=4)], FIFTY) == 7
    assert tax_of(session(), {}, [], FIFTY) == 0


def test_the_tax_of_a_payment_without_checkout_is_what_its_intent_says() -> None:
    told = intent(amount_details={"tax": {"total_tax_amount": 380}})
    assert tax_of({}, told, [], FIFTY) == 380


def test_tax_that_stripe_owes_as_the_merchant_of_record_is_none_of_the_sellers() -> None:
    assert tax_of(taxed(450, managed_payments={"enabled": True}), {}, [], FIFTY) == 0


def test_of_a_part_that_was_captured_a_part_is_tax() -> None:
    assert tax_of(taxed(450, amount_total=10_000), {}, [], FIFTY) == 225


@pytest.mark.parametrize("amount", [-1, 5001, 10**15, None, "450", True, [450]])
def test_a_tax_that_cannot_be_is_never_more_than_what_was_paid(amount: object) -> None:
    assert 0 <= tax_of(taxed(amount), {}, [], FIFTY) <= 5000


def test_each_line_bears_the_tax_of_its_item() -> None:
    items = [
        item(amount_total=10_888, amount_tax=888),
        item(amount_total=2000, amount_tax=0),
        item(amount_total=1190, amount_tax=190),
    ]
    lines = lines_of(items, {}, Money(14_078, "usd"), 1078)
    assert [(line.amount, line.tax) for line in lines] == [(10_888, 888), (2000, 0), (1190, 190)]


def test_tax_that_no_item_tells_of_is_shared_by_price_and_none_bears_more_than_it_cost() -> None:
    items = [item(amount_total=3000), item(amount_total=1000), item(amount_total=0)]
    lines = lines_of(items, {}, Money(4000, "usd"), 400)
    assert [line.tax for line in lines] == [300, 100, 0]
    strange = [item(amount_total=4000), item(amount_total=0, amount_tax=400)]
    assert [line.tax for line in lines_of(strange, {}, Money(4000, "usd"), 400)] == [400, 0]
