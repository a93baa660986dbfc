from dataclasses import replace

import pytest

from bot.domain.balance_transactions import (
    balance_transaction_of,
    latest,
    readable_balance_transaction,
)
from bot.domain.json_access import NotUnderstood
from bot.domain.payment import Fees
from tests.factories import BOOKED, at, balance_transaction


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


def test_what_the_details_leave_open_is_stripes() -> None:
    movement = balance_transaction_of(balance_transaction(fee_details=[detail(10, "tax")]))
    assert movement.fees == Fees(stripe=165, tax=10)


@pytest.mark.parametrize("details", [None, "?", [None, 5], [detail("5", "tax")]])
def test_broken_details_leave_the_fee_as_it_is(details: object) -> None:
    assert balance_transaction_of(balance_transaction(fee_details=details)).fees == Fees(stripe=175)


def test_a_detail_in_another_currency_is_not_taken_off() -> None:
    details = [detail(30, "tax", "jpy")]
    assert balance_transaction_of(balance_transaction(fee_details=details)).fees == Fees(stripe=175)


def test_without_a_fee_the_net_tells_it_and_without_that_the_details() -> None:
    assert balance_transaction_of(balance_transaction(fee=None)).fees.total == 175
    assert balance_transaction_of(balance_transaction(fee=None, net=None)).fees.total == 175


def test_a_refund_moves_money_the_other_way() -> None:
    movement = balance_transaction_of(
        balance_transaction(amount=-5000, fee=0, net=-5000, fee_details=[])
    )
    assert (movement.gross, movement.fees.total, movement.net) == (-5000, 0, -5000)


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
