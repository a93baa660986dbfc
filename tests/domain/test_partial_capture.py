"""Authorizations of which a part was captured, as Stripe shows them in either way."""

from typing import Any

from bot.domain.audit import posting_of, without_uncaptured
from bot.domain.parse import Evidence, payment_of
from bot.domain.partial_capture import reversal_of, uncaptured_of
from bot.domain.payment import Payment, PaymentState
from tests.domain.stripe_objects import balance_transaction, charge, intent, refund, session

PART: dict[str, Any] = {"amount_captured": 2000, "captured": True, "amount_refunded": 3000}


def booked_back(**changes: Any) -> dict[str, Any]:
    back = balance_transaction(
        id="txn_2", type="refund", reporting_category="partial_capture_reversal"
    )
    return back | {"amount": -3000, "fee": 0, "net": -3000, "fee_details": []} | changes


def read(refunds: list[dict[str, Any]], **changes: Any) -> Payment:
    shown = charge(**PART, balance_transaction=balance_transaction()) | changes
    payment = payment_of(Evidence(session=session(), charge=shown, refunds=refunds))
    assert payment is not None
    return payment


def test_what_was_booked_back_is_no_refund_and_taken_off_what_was_booked() -> None:
    whole = read([])
    assert whole.movement is not None
    payment = read([refund(amount=3000, balance_transaction=booked_back())])
    assert (payment.state, payment.amount, payment.refunded) == (PaymentState.PAID, 2000, 0)
    assert sum(line.amount for line in payment.lines) == 2000
    assert payment.movement is not None
    assert payment.movement.gross == whole.movement.gross - 3000
    assert payment.movement.fees == whole.movement.fees


def test_where_the_part_alone_was_booked_nothing_is_taken_off() -> None:
    part = balance_transaction(amount=2000, fee=88, net=1912, fee_details=[])
    released = refund(amount=3000, balance_transaction=None)
    payment = read([released], balance_transaction=part)
    assert payment.movement is not None
    assert (payment.amount, payment.movement.gross, payment.refunds) == (2000, 2000, ())


def test_a_refund_of_what_was_captured_is_one() -> None:
    given = refund(id="re_2", amount=500, balance_transaction=None)
    released = refund(amount=3000, balance_transaction=booked_back())
    payment = read([given, released], amount_refunded=3500)
    assert [one.id for one in payment.refunds] == ["re_2"]
    assert payment.refunded == 500


def test_without_a_key_the_intent_says_how_much_it_was() -> None:
    received = intent(amount_received=2000)
    payment = payment_of(Evidence(session=session(), intent=received))
    assert payment is not None
    assert payment.amount == 2000


def test_a_charge_captured_whole_released_nothing() -> None:
    assert uncaptured_of(charge(amount_captured=5000)) == 0
    assert uncaptured_of(charge(captured=False, amount_captured=0)) == 0
    assert uncaptured_of(charge(amount_captured="all")) == 0
    assert reversal_of([refund(balance_transaction=None)], charge()) is None


def test_an_audit_adds_both_movements_up() -> None:
    paid_by = charge(**PART)
    one = balance_transaction(type="charge", source=paid_by)
    back = booked_back(source=refund(amount=3000) | {"object": "refund"})
    [summed] = without_uncaptured([back, one])
    posting = posting_of(summed)
    assert posting is not None
    assert (posting.gross, posting.state) == (one["amount"] - 3000, "paid")
    assert without_uncaptured([back]) == [back]
