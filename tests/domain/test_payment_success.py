"""When a payment succeeded: a card when it was charged, a debit when an event says so."""

from datetime import timedelta
from typing import Any

import pytest

from bot.domain.balance_transactions import movement_of
from bot.domain.parse import Evidence, payment_of, untold_success
from bot.domain.payment import PaymentState
from bot.domain.payment_success import SAME_MOMENT, paid_at, succeeded_of, success_time
from tests.domain.stripe_objects import (
    BOOKED,
    CHARGED,
    at,
    balance_transaction,
    charge,
    event,
    intent,
    session,
)

FOUR_DAYS = 4 * 86_400
DEBIT: dict[str, Any] = {"payment_method_details": {"type": "us_bank_account"}}


def test_a_debit_is_paid_when_it_succeeded_not_when_it_was_submitted_or_booked() -> None:
    shown = charge(**DEBIT, balance_transaction=balance_transaction())
    evidence = Evidence(session=session(), charge=shown, succeeded=at(CHARGED + FOUR_DAYS))
    payment = payment_of(evidence)
    assert payment is not None
    assert (payment.paid, payment.created) == (at(CHARGED + FOUR_DAYS), at(CHARGED))
    assert payment.succeeded == payment.paid
    assert payment.movement == movement_of(balance_transaction())


def test_a_card_is_paid_when_it_was_charged() -> None:
    evidence = Evidence(session=session(), charge=charge(), succeeded=at(CHARGED + 2))
    payment = payment_of(evidence)
    assert payment is not None
    assert (payment.paid, payment.succeeded) == (at(CHARGED), None)


@pytest.mark.parametrize("status", ["pending", "failed"])
def test_what_is_booked_of_a_debit_that_has_not_succeeded_is_not_its_own(status: str) -> None:
    shown = charge(**DEBIT, status=status, balance_transaction=balance_transaction())
    waiting = session(payment_status="unpaid")
    payment = payment_of(Evidence(session=waiting, charge=shown))
    assert payment is not None
    assert (payment.state, payment.movement, payment.paid) == (PaymentState.PENDING, None, None)
    assert not payment.settled


@pytest.mark.parametrize(
    ("type_", "shown", "told"),
    [
        ("charge.succeeded", charge(), True),
        ("charge.succeeded", charge(captured=False), False),
        ("payment_intent.succeeded", intent(), True),
        ("checkout.session.async_payment_succeeded", session(), True),
        ("checkout.session.completed", session(), True),
        ("checkout.session.completed", session(payment_status="unpaid"), False),
        ("charge.updated", charge(), False),
    ],
)
def test_only_success_itself_is_told_as_success(type_: str, shown: Any, told: bool) -> None:
    one = event(type_, shown, created=CHARGED + 9)
    assert success_time(one) == (at(CHARGED + 9) if told else None)
    assert succeeded_of([one], shown["id"]) == success_time(one)
    assert succeeded_of([one], "pi_of_somebody_else") is None


def test_where_nothing_tells_of_the_success_it_is_when_the_money_could_be_paid_out() -> None:
    charged, available = at(CHARGED), at(CHARGED + FOUR_DAYS)
    assert paid_at(charged, None, available) == available
    assert paid_at(charged, None, at(BOOKED - 600)) == charged
    assert paid_at(charged, charged + timedelta(days=1), available) == charged + timedelta(days=1)
    assert paid_at(charged, charged + SAME_MOMENT) == charged


@pytest.mark.parametrize(
    ("evidence", "told_by"),
    [
        (Evidence(session=session(), charge=charge(**DEBIT)), "checkout.session"),
        (Evidence(session=session(), charge=charge()), None),
        (Evidence(session=session(), charge=charge(**DEBIT), succeeded=at(CHARGED)), None),
        (Evidence(session=session(payment_status="unpaid"), charge={}), None),
        (Evidence(charge=charge(**DEBIT, metadata={"track": "Neon Rain"})), "charge"),
        (
            Evidence(session=session(), intent=intent(capture_method="manual"), charge=charge()),
            "payment_intent",
        ),
    ],
)
def test_it_is_known_which_event_to_look_for(evidence: Evidence, told_by: str | None) -> None:
    wanted = untold_success(evidence)
    assert (wanted is None) == (told_by is None)
    assert wanted is None or wanted.startswith(f"{told_by}.")
