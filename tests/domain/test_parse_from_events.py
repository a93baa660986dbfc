"""Payments put together from events, without Stripe being asked."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.json_access import Json
from bot.domain.parse import Evidence, amend, payment_of_events
from bot.domain.payment import PaymentState
from bot.domain.refunds import stand_in
from tests.domain.stripe_objects import (
    CHARGED,
    OPENED,
    at,
    balance_transaction,
    charge,
    dispute,
    event,
    intent,
    refund,
    session,
)
from tests.domain.test_parse import read, whole

STORY = [
    event("charge.failed", charge(id="ch_0", status="failed"), created=OPENED),
    event("checkout.session.completed", session(payment_status="unpaid"), created=OPENED + 40),
    event("charge.succeeded", charge()),
    event("payment_intent.succeeded", intent(receipt_email="other@example.com")),
    event("checkout.session.async_payment_succeeded", session(), created=CHARGED + 1),
    event("charge.updated", charge(balance_transaction="txn_1"), created=CHARGED + 5),
    event("refund.created", refund(status="pending"), created=CHARGED + 600),
    event("charge.refunded", charge(amount_refunded=2000), created=CHARGED + 600),
    event("refund.updated", refund(), created=CHARGED + 601),
    event("charge.dispute.created", dispute(), created=CHARGED + 900),
    event("charge.dispute.closed", dispute(status="lost"), created=CHARGED + 950),
]
TOLD = payment_of_events(STORY)


def test_events_alone_tell_the_same_as_stripe_but_for_items_and_fees() -> None:
    asked = read(
        whole(
            items=None,
            charge=charge(amount_refunded=2000),
            refunds=[refund()],
            disputes=[dispute(status="lost")],
        )
    )
    assert asked == TOLD


@given(st.permutations(STORY), st.lists(st.sampled_from(STORY)))
def test_events_in_any_order_and_any_number_end_in_the_same(
    order: list[Json], again: list[Json]
) -> None:
    assert payment_of_events([*order, *again]) == TOLD


@given(st.permutations(STORY), st.integers(0, len(STORY)))
def test_events_that_come_one_after_the_other_end_in_the_same(
    order: list[Json], several: int
) -> None:
    known = payment_of_events(order[:several])
    assert payment_of_events(order, known) == TOLD


def test_what_stripe_told_stays_when_further_events_come() -> None:
    asked = read(whole())
    known = payment_of_events(STORY, asked)
    assert known is not None
    assert (known.lines, known.movement, known.detailed) == (asked.lines, asked.movement, True)
    assert (known.paid, known.refunded) == (at(CHARGED), 2000)


def test_a_refund_of_a_known_payment_needs_no_event_of_its_checkout() -> None:
    known = read(whole())
    after = payment_of_events([event("refund.created", refund())], known)
    assert after is not None
    assert after == replace(known, refunds=after.refunds)
    assert after.refunded == 2000


def test_a_refund_of_an_unknown_payment_is_left_for_later() -> None:
    assert payment_of_events([event("refund.created", refund())]) is None


def test_a_known_payment_takes_what_its_charge_tells() -> None:
    pending = read(Evidence(session=session(payment_status="unpaid")))
    after = amend(pending, Evidence(charge=charge(balance_transaction=balance_transaction())))
    assert (after.state, after.charge, after.paid) == (PaymentState.PAID, "ch_1", at(CHARGED))
    assert amend(pending, Evidence()) == pending
    told = amend(read(whole()), Evidence(charge=charge(amount_refunded=2000)))
    assert stand_in(told) is not None
    assert told.refunded == 2000
