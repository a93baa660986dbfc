from itertools import permutations

import pytest

from bot.domain.disputes import STATES, dispute_of, merge_disputes, merge_warnings, warning_of
from bot.domain.json_access import Json
from bot.domain.parse import amend, payment_of_events
from bot.domain.payment import Dispute, DisputeState, FraudWarning
from bot.domain.stripe_view import StripeView
from tests.factories import (
    BOOKED,
    CHARGED,
    at,
    balance_transaction,
    event,
    fraud_warning,
    payment_for,
    session,
    stripe_dispute,
)


def read(**changes: object) -> Dispute:
    seen = dispute_of(stripe_dispute(**changes), "usd", at(CHARGED))
    assert seen is not None
    return seen


def test_a_dispute_is_read_with_its_deadline() -> None:
    seen = read()
    assert (seen.id, seen.amount, seen.currency) == ("dp_1", 5000, "usd")
    assert (seen.state, seen.status) == (DisputeState.OPEN, "needs_response")
    assert seen.reason == "fraudulent"
    assert seen.due_by == at(CHARGED + 600_000)


WAITING = "needs_response,warning_needs_response,appeal_needs_response".split(",")
ANSWERED = "under_review,warning_under_review,lost".split(",")


@pytest.mark.parametrize("due_by", [0, None, "soon"])
def test_dispute_without_a_deadline_takes_no_answer(due_by: object) -> None:
    assert read(evidence_details={"due_by": due_by}).due_by is None


@pytest.mark.parametrize("status", [*WAITING, *ANSWERED])
def test_dispute_until_it_is_answered_says_by_when(status: str) -> None:
    assert read(status=status).answer_by == (at(CHARGED + 600_000) if status in WAITING else None)


def test_its_movements_come_oldest_first() -> None:
    back = balance_transaction(id="txn_3", amount=5000, created=BOOKED + 9)
    taken = balance_transaction(id="txn_2", amount=-5000, fee=1500, net=-6500)
    moved = read(balance_transactions=[back, taken, None, "txn_4"]).movements
    assert [(movement.id, movement.net) for movement in moved] == [
        ("txn_2", -6500),
        ("txn_3", 4825),
    ]


@pytest.mark.parametrize(
    "broken", [{"id": None}, {"amount": None}, {"amount": -5}, {"amount": 1.5}]
)
def test_a_dispute_without_id_or_amount_is_left_out(broken: Json) -> None:
    assert dispute_of(stripe_dispute(**broken), "usd", at(CHARGED)) is None


def test_what_is_missing_has_a_plain_default() -> None:
    bare = dispute_of({"id": "dp_1", "amount": 5}, "usd", at(CHARGED))
    assert bare == Dispute(
        id="dp_1",
        amount=5,
        currency="usd",
        state=DisputeState.OPEN,
        status="needs_response",
        reason="general",
        created=at(CHARGED),
    )


@pytest.mark.parametrize("ending", ["won", "lost", "prevented", "warning_closed"])
def test_an_ended_dispute_stays_ended_whatever_the_order_of_its_views(ending: str) -> None:
    taken = balance_transaction(id="txn_2", amount=-5000)
    views = [
        read(status="warning_needs_response"),
        read(status="needs_response", balance_transactions=[taken]),
        read(status="under_review"),
        read(status=ending),
    ]
    for order in permutations(views):
        (merged,) = merge_disputes(*([view] for view in order))
        assert merged.state is STATES[ending]
        assert [movement.id for movement in merged.movements] == ["txn_2"]


def test_several_disputes_come_oldest_first() -> None:
    later, earlier = read(id="dp_1", created=CHARGED + 5), read(id="dp_2", created=CHARGED)
    assert merge_disputes([later], [earlier]) == (earlier, later)


WARNED = "radar.early_fraud_warning.created"


def warned(**changes: object) -> FraudWarning:
    seen = warning_of(fraud_warning(**changes), "usd", at(CHARGED))
    assert seen is not None
    return seen


def test_a_warning_is_warned() -> None:
    assert warned() == FraudWarning(
        id="issfr_1", kind="made_with_stolen_card", created=at(CHARGED + 700)
    )


def test_warning_without_fields_has_plain_defaults() -> None:
    bare = warning_of({"id": "issfr_1"}, "usd", at(CHARGED))
    assert bare == FraudWarning(id="issfr_1", kind="misc", created=at(CHARGED))


@pytest.mark.parametrize("id_", [None, 5, ""])
def test_a_warning_without_an_id_is_left_out(id_: object) -> None:
    assert warning_of(fraud_warning(id=id_), "usd", at(CHARGED)) is None


def test_warnings_come_oldest_first_and_each_once() -> None:
    first, second = warned(id="issfr_2", created=CHARGED), warned()
    assert merge_warnings([second, first], [second]) == (first, second)


def test_an_event_adds_it_to_a_payment_that_is_known() -> None:
    known = amend(payment_for(5000), StripeView(warnings=[fraud_warning()]))
    assert known.warnings == amend(known, StripeView()).warnings == (warned(),)


def test_in_whatever_order_it_comes_the_payment_has_it() -> None:
    told = [event("checkout.session.completed", session()), event(WARNED, fraud_warning())]
    forth, back = payment_of_events(told), payment_of_events(reversed(told))
    assert forth == back
    assert forth.warnings == (warned(),)


def test_alone_it_is_no_sale() -> None:
    assert payment_of_events([event(WARNED, fraud_warning())]) is None
