from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.payment import DisputeState
from bot.domain.payout import payout_of
from bot.domain.reconciliation import (
    Comparison,
    Difference,
    Posting,
    Sums,
    charge_of,
    compare,
    our_payout,
    payout_fee,
    payout_posting,
    posting_of,
    subjects_of,
    totals,
)
from tests import factories as make


def movement(type_: str, source: Any, **values: Any) -> dict[str, Any]:
    amounts = {"amount": 3000, "fee": 117, "net": 2883, "currency": "usd"}
    return {"id": "txn_1", "type": type_, "source": source, **amounts, **values}


CHARGE = {"id": "ch_1", "object": "charge", "status": "succeeded", "amount_refunded": 0}
REFUND = {"id": "re_1", "object": "refund", "status": "succeeded", "charge": "ch_1"}
DISPUTE = {"id": "dp_1", "object": "dispute", "status": "won", "charge": "ch_1"}


def posting(**values: Any) -> Posting:
    plain: dict[str, Any] = {
        "id": "txn_1",
        "kind": "sale",
        "subject": "ch_1",
        "currency": "usd",
        "gross": 3000,
        "fee": 117,
        "net": 2883,
        "state": "paid",
    }
    return Posting(**plain | values)


@pytest.mark.parametrize(
    ("type_", "source", "kind", "state"),
    [
        ("charge", CHARGE, "sale", "paid"),
        ("payment", CHARGE | {"id": "py_1"}, "sale", "paid"),
        ("charge", CHARGE | {"amount_refunded": 500}, "sale", "paid, 500 refunded"),
        ("charge", CHARGE | {"status": "failed"}, "sale", "failed"),
        ("refund", REFUND, "refund", "succeeded"),
        ("payment_refund", REFUND | {"status": "pending"}, "refund", "pending"),
        ("refund_failure", REFUND | {"status": "failed"}, "refund_reversal", "failed"),
        ("adjustment", DISPUTE, "dispute", "won"),
        ("a_new_type", CHARGE, "a_new_type", "paid"),
    ],
)
def test_stripes_side_of_a_movement(
    type_: str, source: dict[str, Any], kind: str, state: str
) -> None:
    read = posting_of(movement(type_, source))
    assert read == posting(kind=kind, subject=source["id"], state=state)


@pytest.mark.parametrize("source", [None, "ch_1", {}, {"id": "tu_1", "object": "topup"}, 7])
def test_what_is_for_no_charge_is_no_posting(source: Any) -> None:
    assert posting_of(movement("adjustment", source)) is None
    assert charge_of(movement("adjustment", source)) is None


@pytest.mark.parametrize("source", [CHARGE, REFUND, DISPUTE])
def test_each_posting_belongs_to_a_charge(source: dict[str, Any]) -> None:
    assert charge_of(movement("charge", source)) == "ch_1"


def test_odd_amounts_are_no_amounts() -> None:
    read = posting_of(movement("charge", CHARGE, amount="3000", fee=None, net=1.5, currency="?"))
    assert read == posting(gross=0, fee=0, net=0, currency="unknown")


def test_our_side_names_what_each_movement_belongs_to() -> None:
    payment = make.refunded(make.settled(make.payment()), 1000, status="failed")
    payment = make.disputed(payment, DisputeState.LOST)
    booked, back, disputed = make.NOON, *(make.NOON + timedelta(hours=n) for n in (1, 72))
    assert subjects_of(payment) == {
        "txn_1": ("ch_1", "paid", booked),
        "txn_re_cs_1_1": ("re_cs_1_1", "failed", back),
        "txn_rf_cs_1_1": ("re_cs_1_1", "failed", back),
        "txn_dp_cs_1": ("dp_cs_1", "lost", disputed),
    }


PAYOUT = payout_of(make.payout(amount=5000, status="paid"))


def their_payout(**values: Any) -> dict[str, Any]:
    booked = {"id": "txn_9", "amount": -5000, "fee": 0, "currency": "eur"}
    plain = {
        "id": "po_1",
        "amount": 5000,
        "currency": "eur",
        "status": "paid",
        "balance_transaction": booked,
        "failure_balance_transaction": None,
    }
    return plain | values


def test_a_payout_is_the_same_on_both_sides() -> None:
    assert payout_posting(their_payout()) == our_payout(PAYOUT)


def test_a_payout_whose_money_came_back_is_told_apart() -> None:
    failed = their_payout(status="failed", failure_balance_transaction={"id": "txn_10"})
    ours = our_payout(replace(PAYOUT, status="failed"))
    assert payout_posting(failed) == ours
    assert payout_posting(their_payout(status="failed")) != ours


def test_without_its_balance_transaction_a_payout_says_its_amount_itself() -> None:
    assert payout_posting(their_payout(balance_transaction="txn_9")) == our_payout(PAYOUT)
    assert payout_posting({"amount": 1}) is None


def test_what_a_payout_costs() -> None:
    booked = {"amount": -5000, "fee": 75, "currency": "eur"}
    assert payout_fee(their_payout(balance_transaction=booked)) == ("eur", 75)
    assert payout_fee(their_payout()) == ("eur", 0)


def test_equal_postings_differ_in_nothing() -> None:
    assert compare({"txn_1": posting()}, {"txn_1": posting()}) == []


@pytest.mark.parametrize(
    ("what", "value"),
    [("kind", "refund"), ("currency", "eur"), ("gross", 1), ("fee", 1), ("net", 1), ("state", "x")],
)
def test_each_difference_is_told_with_both_sides(what: str, value: Any) -> None:
    ours = posting(**{what: value})
    [difference] = compare({"txn_1": posting()}, {"txn_1": ours})
    assert (difference.what, difference.here) == (what, value)
    assert difference.stripe == getattr(posting(), what)


def test_what_is_missing_on_a_side_is_told() -> None:
    assert compare({"txn_1": posting()}, {}) == [
        Difference("txn_1", "ch_1", "sale", "missing", 2883, None)
    ]
    assert compare({}, {"txn_1": posting()}) == [
        Difference("txn_1", "ch_1", "sale", "missing", None, 2883)
    ]


def test_totals_are_by_currency_and_kind() -> None:
    added = totals([posting(), posting(id="txn_2"), posting(id="txn_3", currency="eur")])
    assert added == {
        ("usd", "sale"): Sums(count=2, gross=6000, fee=234, net=5766),
        ("eur", "sale"): Sums(count=1, gross=3000, fee=117, net=2883),
    }


def test_books_are_equal_when_nothing_differs() -> None:
    def found(*differences: Difference) -> Comparison:
        return Comparison(
            start=make.NOON, end=make.NOON, differences=differences, stripe={}, here={}
        )

    assert found().equal
    assert not found(Difference("txn_1", "ch_1", "sale", "missing", 1, None)).equal
