from itertools import permutations

import pytest

from bot.domain.json_access import Json
from bot.domain.stripe_view import Evidence, event_evidence, events_evidence
from tests.domain.stripe_objects import (
    CHARGED,
    at,
    charge,
    dispute,
    event,
    intent,
    payout,
    refund,
    session,
)


@pytest.mark.parametrize(
    ("type_", "shown", "evidence"),
    [
        (
            "checkout.session.completed",
            session(),
            Evidence(session=session(), succeeded=at(CHARGED)),
        ),
        (
            "checkout.session.async_payment_failed",
            session(),
            Evidence(session=session(), failed=at(CHARGED)),
        ),
        ("charge.updated", charge(), Evidence(charge=charge())),
        (
            "payment_intent.succeeded",
            intent(),
            Evidence(intent=intent(), succeeded=at(CHARGED)),
        ),
        ("refund.created", refund(), Evidence(refunds=[refund()])),
        ("charge.refund.updated", refund(), Evidence(refunds=[refund()])),
        ("charge.dispute.closed", dispute(), Evidence(disputes=[dispute()])),
        ("payout.paid", payout(), Evidence()),
        ("customer.created", {"id": "cus_1"}, Evidence()),
    ],
)
def test_an_event_shows_its_object(type_: str, shown: Json, evidence: Evidence) -> None:
    assert event_evidence(event(type_, shown)) == evidence


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
    assert event_evidence(broken) == Evidence()


def test_of_several_views_the_one_that_came_furthest_counts() -> None:
    events = [
        event("charge.failed", charge(id="ch_0", status="failed"), id="evt_1"),
        event("charge.succeeded", charge(), id="evt_2"),
        event("charge.refunded", charge(amount_refunded=2000), id="evt_3"),
        event("checkout.session.completed", session(payment_status="unpaid"), id="evt_4"),
        event("checkout.session.async_payment_succeeded", session(), id="evt_5"),
    ]
    for order in permutations(events):
        assert events_evidence(order) == Evidence(
            session=session(), charge=charge(amount_refunded=2000), succeeded=at(CHARGED)
        )


def test_of_views_that_came_equally_far_the_newer_counts() -> None:
    older = event("charge.updated", charge(description="old"), id="evt_2", created=1)
    newer = event("charge.updated", charge(description="new"), id="evt_1", created=2)
    for order in permutations([older, newer]):
        assert events_evidence(order).charge == charge(description="new")
