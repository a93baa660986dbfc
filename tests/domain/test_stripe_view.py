"""When a payment succeeded: a card when it was charged, a debit when an event says so."""

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from bot.domain.balance_transactions import balance_transaction_of
from bot.domain.json_access import Json
from bot.domain.parse import payment_of, unreported_success
from bot.domain.payment import PaymentState
from bot.domain.stripe_view import (
    SAME_MOMENT,
    StripeView,
    paid_at,
    succeeded_of,
    success_time,
    view_of_event,
    view_of_events,
)
from tests.factories import (
    BOOKED,
    CHARGED,
    at,
    balance_transaction,
    charge,
    event,
    intent,
    payout,
    session,
    stripe_dispute,
    stripe_refund,
)

PAID, FAILED = {"succeeded": at(CHARGED)}, {"failed": at(CHARGED)}


@pytest.mark.parametrize(
    ("type_", "shown", "view"),
    [
        ("checkout.session.completed", session(), {"session": session(), **PAID}),
        (
            "checkout.session.async_payment_failed",
            session(),
            {"session": session(), **FAILED},
        ),
        ("charge.updated", charge(), {"charge": charge()}),
        ("payment_intent.succeeded", intent(), {"intent": intent(), **PAID}),
        ("refund.created", stripe_refund(), {"refunds": [stripe_refund()]}),
        ("charge.refund.updated", stripe_refund(), {"refunds": [stripe_refund()]}),
        ("charge.dispute.closed", stripe_dispute(), {"disputes": [stripe_dispute()]}),
        ("payout.paid", payout(), {}),
        ("customer.created", {"id": "cus_1"}, {}),
    ],
)
def test_event_shows_its_object(type_: str, shown: Json, view: dict[str, Any]) -> None:
    assert view_of_event(event(type_, shown)) == StripeView(**view)


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"type": ["charge.updated"], "data": {"object": charge()}},
        {"type": "charge.updated"},
        {"type": "charge.updated", "data": {"object": "ch_1"}},
    ],
)
def test_a_broken_event_shows_nothing(broken: Json) -> None:
    assert view_of_event(broken) == StripeView()


def test_of_several_views_the_one_that_came_furthest_counts() -> None:
    events = [
        event("charge.failed", charge(id="ch_0", status="failed"), id="evt_1"),
        event("charge.succeeded", charge(), id="evt_2"),
        event("charge.refunded", charge(amount_refunded=2000), id="evt_3"),
        event("checkout.session.completed", session(payment_status="unpaid"), id="evt_4"),
        event("checkout.session.async_payment_succeeded", session(), id="evt_5"),
    ]
    for order in permutations(events):
        assert view_of_events(order) == StripeView(
            session=session(), charge=charge(amount_refunded=2000), succeeded=at(CHARGED)
        )


def test_of_views_that_came_equally_far_the_newer_counts() -> None:
    older = event("charge.updated", charge(description="old"), id="evt_2", created=1)
    newer = event("charge.updated", charge(description="new"), id="evt_1", created=2)
    for order in permutations([older, newer]):
        assert view_of_events(order).charge == charge(description="new")


FOUR_DAYS = 4 * 86_400
DEBIT: dict[str, Any] = {"payment_method_details": {"type": "us_bank_account"}}


def test_a_debit_is_paid_when_it_succeeded_not_when_it_was_submitted_or_booked() -> None:
    shown = charge(**DEBIT, balance_transaction=balance_transaction())
    view = StripeView(session=session(), charge=shown, succeeded=at(CHARGED + FOUR_DAYS))
    payment = payment_of(view)
    assert (payment.paid, payment.created) == (at(CHARGED + FOUR_DAYS), at(CHARGED))
    assert payment.succeeded == payment.paid
    assert payment.movement == balance_transaction_of(balance_transaction())


def test_a_card_is_paid_when_it_was_charged() -> None:
    view = StripeView(session=session(), charge=charge(), succeeded=at(CHARGED + 2))
    payment = payment_of(view)
    assert (payment.paid, payment.succeeded) == (at(CHARGED), None)


@pytest.mark.parametrize("status", ["pending", "failed"])
def test_what_is_booked_of_a_debit_that_has_not_succeeded_is_not_its_own(status: str) -> None:
    shown = charge(**DEBIT, status=status, balance_transaction=balance_transaction())
    waiting = session(payment_status="unpaid")
    payment = payment_of(StripeView(session=waiting, charge=shown))
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
    ("view", "told_by"),
    [
        (StripeView(session=session(), charge=charge(**DEBIT)), "checkout.session"),
        (StripeView(session=session(), charge=charge()), None),
        (StripeView(session=session(), charge=charge(**DEBIT), succeeded=at(CHARGED)), None),
        (StripeView(session=session(payment_status="unpaid"), charge={}), None),
        (StripeView(charge=charge(**DEBIT, metadata={"track": "Neon Rain"})), "charge"),
        (
            StripeView(session=session(), intent=intent(capture_method="manual"), charge=charge()),
            "payment_intent",
        ),
    ],
)
def test_it_is_known_which_event_to_look_for(view: StripeView, told_by: str | None) -> None:
    wanted = unreported_success(view)
    assert (wanted is None) == (told_by is None)
    assert wanted is None or wanted.startswith(f"{told_by}.")
