from dataclasses import replace
from typing import Any

import pytest

from bot.domain.balance_transactions import (
    balance_transaction_of,
    charge_of_return,
    fee_of_return,
    fee_return_of,
    is_fee_return,
    latest,
    merge_balance_transactions,
    readable_balance_transaction,
)
from bot.domain.entries import EntryKind, entries
from bot.domain.json_access import Json, NotUnderstood
from bot.domain.parse import payment_of
from bot.domain.payment import Fees
from bot.domain.related_objects import keep_related
from bot.domain.stripe_view import StripeView
from tests.factories import BOOKED, at, balance_transaction, charge, line_item, session


def detail(amount: object, type_: object, currency: object = "usd") -> dict[str, object]:
    return {"amount": amount, "type": type_, "currency": currency}


def test_a_balance_transaction_is_a_movement() -> None:
    movement = balance_transaction_of(balance_transaction())
    assert (movement.id, movement.kind, movement.currency) == ("txn_1", "charge", "usd")
    assert (movement.gross, movement.fees, movement.net) == (5000, Fees(stripe=175), 4825)
    assert movement.at == at(BOOKED)
    assert movement.available_on == at(BOOKED + 172_800)
    assert not movement.available


def test_each_fee_goes_to_whom_it_is_paid() -> None:
    details = [
        detail(100, "stripe_fee"),
        detail(20, "payment_method_passthrough_fee"),
        detail(5, "fee_of_the_future"),
        detail(19, "tax"),
        detail(1, "withheld_tax"),
        detail(500, "application_fee"),
    ]
    movement = balance_transaction_of(balance_transaction(fee=645, net=4355, fee_details=details))
    assert movement.fees == Fees(stripe=125, tax=19, platform=500, withheld=1)
    assert movement.net == 4355


@pytest.mark.parametrize(
    ("changes", "fees"),
    [
        # What the details leave open is Stripe's.
        ({"fee_details": [detail(10, "tax")]}, Fees(stripe=165, tax=10)),
        *(
            ({"fee_details": broken}, Fees(stripe=175))
            for broken in (None, "?", [None, 5], [detail("5", "tax")], [detail(30, "tax", "jpy")])
        ),
        # Without a fee the net says it, and without that the details.
        ({"fee": None}, Fees(stripe=175)),
        ({"fee": None, "net": None}, Fees(stripe=175)),
        ({"amount": -5000, "fee": 0, "net": -5000, "fee_details": []}, Fees()),
    ],
)
def test_fees_add_up_whatever_is_said_of_them(changes: Json, fees: Fees) -> None:
    movement = balance_transaction_of(balance_transaction(**changes))
    assert (movement.fees, movement.net) == (fees, movement.gross - fees.total)


@pytest.mark.parametrize("field", ["id", "amount", "currency", "created"])
def test_a_movement_without_its_core_is_not_understood(field: str) -> None:
    with pytest.raises(NotUnderstood):
        balance_transaction_of(balance_transaction(**{field: None}))


def test_there_is_no_movement_in_an_id_or_in_nothing() -> None:
    assert readable_balance_transaction("txn_1") is None
    assert readable_balance_transaction(None) is None
    assert readable_balance_transaction(balance_transaction(amount=None)) is None
    assert readable_balance_transaction(balance_transaction()) == balance_transaction_of(
        balance_transaction()
    )


def test_the_latest_view_is_the_one_whose_money_is_available() -> None:
    pending = balance_transaction_of(balance_transaction())
    available = replace(pending, available=True)
    assert latest(pending, available) == latest(available, pending) == available
    assert latest(None, pending) == pending
    assert latest(None, None) is None


def returned(**changes: Any) -> dict[str, Any]:
    return {
        "id": "txn_9",
        "type": "adjustment",
        "reporting_category": "fee",
        "amount": 300,
        "fee": 0,
        "net": 300,
        "currency": "usd",
        "created": BOOKED,
        "source": {"id": "fr_1", "object": "fee_refund", "fee": "fee_1"},
        **changes,
    }


@pytest.mark.parametrize(
    ("changes", "charge", "fee"),
    [
        ({}, None, "fee_1"),
        (
            {"source": {"object": "fee_refund", "fee": {"id": "fee_1", "charge": "ch_1"}}},
            "ch_1",
            "fee_1",
        ),
        ({"source": {"object": "charge", "id": "ch_1"}}, "ch_1", None),
        ({"source": {"object": "refund", "id": "re_1", "charge": "ch_1"}}, "ch_1", None),
        ({"source": "fr_1"}, None, None),
        ({"type": "application_fee_refund"}, None, "fee_1"),
    ],
)
def test_whose_fee_it_is(changes: dict[str, Any], charge: str | None, fee: str | None) -> None:
    row = returned(**changes)
    assert is_fee_return(row)
    assert (charge_of_return(row), fee_of_return(row)) == (charge, fee)


@pytest.mark.parametrize(
    "changes",
    [
        {"reporting_category": "dispute"},
        {"type": "stripe_fee"},
        {"source": None},
        {"source": "dp_1"},
        {"source": {"object": "dispute", "id": "dp_1"}},
        {"source": 7},
    ],
)
def test_other_adjustments_are_none(changes: dict[str, Any]) -> None:
    assert not is_fee_return(returned(**changes))
    assert fee_return_of(returned(**changes)) is None


def test_what_stripe_books_as_an_amount_is_a_fee_that_came_back() -> None:
    moved = fee_return_of(returned())
    assert (moved.gross, moved.fees, moved.net) == (0, Fees(platform=-300), 300)
    assert fee_return_of(returned(amount="?")) is None


def test_it_is_divided_over_the_sales_to_the_cent() -> None:
    payment = payment_of(
        StripeView(
            session=session(amount_total=5000),
            items=[
                line_item(id="li_1", amount_total=3333),
                line_item(id="li_2", amount_total=1667),
            ],
            charge=charge(application_fee="fee_1"),
            fee_returns=[returned(), returned()],
        )
    )
    assert payment is not None
    assert payment.application_fee == "fee_1"
    shares = [entry for entry in entries(payment) if entry.kind is EntryKind.FEE_RETURN]
    assert [(entry.gross, entry.platform_fee, entry.net) for entry in shares] == [
        (0, -200, 200),
        (0, -100, 100),
    ]


def test_each_counts_once_and_none_goes_again() -> None:
    one, other = fee_return_of(returned()), fee_return_of(returned(id="txn_8", created=5))
    assert one is not None
    assert other is not None
    assert merge_balance_transactions([one], [other, one]) == (other, one)
    seen = payment_of(StripeView(session=session(), charge=charge()))
    known = payment_of(StripeView(session=session(), charge=charge(), fee_returns=[returned()]))
    assert seen is not None
    assert known is not None
    assert keep_related(known, seen).fee_returns == (one,)
    assert keep_related(None, seen) == seen
