from dataclasses import replace
from itertools import permutations

import pytest

from bot.domain.json_access import Json
from bot.domain.payment import Payment, Refund
from bot.domain.refunds import given_back as total_given_back
from bot.domain.refunds import merge_refunds, refund_of, stand_in, stood_in, taken_back
from tests.factories import (
    CHARGED,
    NOON,
    at,
    balance_transaction,
    payment_for,
    refund,
    stripe_refund,
)


def read(**changes: object) -> Refund:
    seen = refund_of(stripe_refund(**changes), "usd", at(CHARGED))
    assert seen is not None
    return seen


def test_a_refund_is_read_with_what_it_moved() -> None:
    seen = read(
        status="failed",
        balance_transaction=balance_transaction(id="txn_2", amount=-2000),
        failure_balance_transaction=balance_transaction(id="txn_3", amount=2000),
    )
    assert (seen.id, seen.amount, seen.status) == ("re_1", 2000, "failed")
    assert seen.reason == "requested_by_customer"
    assert seen.created == at(CHARGED + 600)
    assert seen.movement.gross == -2000
    assert seen.reversal is not None
    assert not seen.counts


def test_a_refund_says_what_the_buyer_gets_in_their_own_currency() -> None:
    shown = {"presentment_amount": 1840, "presentment_currency": "eur"}
    seen = read(presentment_details=shown)
    assert (seen.presented_amount, seen.presented_currency) == (1840, "eur")
    assert read().presented_amount is None


@pytest.mark.parametrize(
    ("changes", "field", "value"),
    [
        ({"status": "failed", "failure_reason": "declined"}, "failure", "declined"),
        # While Stripe has only an id, nothing has moved.
        ({"balance_transaction": "txn_2"}, "movement", None),
        ({"status": None}, "status", "succeeded"),
    ],
)
def test_refund_field_is_read(changes: Json, field: str, value: object) -> None:
    assert getattr(read(**changes), field) == value


@pytest.mark.parametrize(
    "broken",
    [{"id": None}, {"amount": None}, {"amount": 0}, {"amount": -5}, {"currency": "eur"}],
)
def test_what_cannot_be_a_refund_of_this_payment_is_left_out(broken: Json) -> None:
    assert refund_of(stripe_refund(**broken), "usd", at(CHARGED)) is None


def test_a_refund_is_merged_as_far_as_it_has_come() -> None:
    moved = balance_transaction(id="txn_2", amount=-2000)
    back = balance_transaction(id="txn_3", amount=2000)
    views = [
        read(status="pending", reason=None),
        read(status="succeeded", balance_transaction=moved),
        read(status="failed", failure_balance_transaction=back),
        read(status="succeeded"),
    ]
    ends = {merge_refunds(*([view] for view in order)) for order in permutations(views)}
    ((end,),) = ends
    assert end.status == "failed"
    assert end.movement is not None
    assert end.reversal is not None


def test_refunds_come_oldest_first() -> None:
    later, earlier = refund(5, id="re_1"), refund(5, id="re_2", created=NOON)
    assert merge_refunds([later, earlier]) == (earlier, later)


def test_a_stand_in_holds_the_place_of_refunds_not_shown_yet() -> None:
    payment = stood_in(payment_for(5000, refunds=(refund(2000),)), 3500)
    substitute = stand_in(payment)
    assert (substitute.id, substitute.amount, payment.refunded) == ("ch_1", 1500, 3500)
    assert total_given_back(payment) == 3500


@pytest.mark.parametrize(
    ("payment", "total", "refunded"),
    [
        pytest.param(
            payment_for(5000, refunds=(refund(2000), refund(1500, id="re_2"))),
            3500,
            3500,
            id="all are shown",
        ),
        pytest.param(
            payment_for(5000, refunds=(refund(2000, status="failed"),)), 2000, 0, id="one failed"
        ),
        pytest.param(payment_for(5000, charge=None), 2000, 0, id="no charge"),
    ],
)
def test_nothing_stands_in_for_refunds_that_are_explained(
    payment: Payment, total: int, refunded: int
) -> None:
    after = stood_in(payment, total)
    assert (stand_in(after), after.refunded) == (None, refunded)


def failed_charge(back: Json) -> Json:
    return {"id": "ch_1", "status": "failed", "failure_balance_transaction": back}


@pytest.mark.parametrize("before", [True, False], ids=["failure seen before", "seen together"])
def test_refund_by_which_a_late_failure_was_booked_is_counted_once(before: bool) -> None:
    back = balance_transaction(id="txn_9", amount=-5000)
    charge, payment = failed_charge(back), payment_for(5000)
    if before:
        payment = taken_back(payment, charge, None)
        assert payment.refunded == 5000
    shown = read(id="pyr_1", amount=5000, balance_transaction=back)
    payment = replace(payment, refunds=merge_refunds(payment.refunds, (shown,)))
    payment = taken_back(payment, charge, None)
    assert [refund.id for refund in payment.refunds] == ["pyr_1"]
    assert payment.refunded == 5000
