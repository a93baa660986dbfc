"""Payments read from Stripe's objects, whatever those hold, and put together from events."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.json_access import Json, NotUnderstood
from bot.domain.parse import amend, payment_of, payment_of_events
from bot.domain.payment import Buyer, Consent, Fees, Payment, PaymentState
from bot.domain.refunds import stand_in
from bot.domain.stripe_view import StripeView, view_of_event, view_of_events
from tests.factories import (
    CHARGED,
    OPENED,
    at,
    balance_transaction,
    charge,
    event,
    intent,
    line_item,
    session,
    stripe_dispute,
    stripe_refund,
)

TRACK = {"track": "Midnight Drive", "license": "WAV Lease"}


def whole(**changes: Any) -> StripeView:
    """A paid checkout as a read from Stripe shows it."""
    shown: dict[str, Any] = {
        "session": session(),
        "items": [line_item()],
        "intent": intent(),
        "charge": charge(balance_transaction=balance_transaction()),
        "refunds": [],
        "disputes": [],
    }
    return StripeView(**{**shown, **changes})


def read(view: StripeView) -> Payment:
    payment = payment_of(view)
    assert payment is not None
    return payment


UNPAID = session(payment_status="unpaid")


def test_a_checkout_is_read_whole() -> None:
    payment = read(whole())
    assert (payment.key, payment.session) == ("cs_1", "cs_1")
    assert (payment.intent, payment.charge) == ("pi_1", "ch_1")
    assert (payment.state, payment.amount, payment.currency) == (PaymentState.PAID, 5000, "usd")
    assert (payment.created, payment.paid) == (at(CHARGED), at(CHARGED))
    assert payment.buyer == Buyer(email="jay@example.com", name="Jay", country="US")
    assert payment.movement.fees == Fees(stripe=175)
    (line,) = payment.lines
    assert (line.track, line.license, line.amount) == ("Midnight Drive", "Basic Lease", 5000)
    assert payment.detailed
    assert payment.settled


def test_it_does_not_matter_whether_objects_are_apart_or_one_within_the_other() -> None:
    inner = charge(balance_transaction=balance_transaction())
    page = {"data": [line_item()], "has_more": False}
    nested = session(payment_intent=intent(latest_charge=inner), line_items=page)
    assert read(StripeView(session=nested)) == read(whole())


def test_it_was_paid_when_it_was_charged_booked_or_not() -> None:
    booked = charge(balance_transaction=balance_transaction())
    assert read(whole(charge=booked)).paid == at(CHARGED)
    assert read(whole(charge=charge())).paid == at(CHARGED)
    assert read(whole(charge=None)).paid == at(OPENED + 30)
    assert read(StripeView(session=session())).paid == at(OPENED)


def test_a_free_checkout_is_a_sale() -> None:
    free = session(payment_status="no_payment_required", payment_intent=None, amount_total=0)
    payment = read(StripeView(session=free, items=[line_item(amount_total=0)]))
    assert (payment.state, payment.amount, payment.free) == (PaymentState.PAID, 0, True)
    assert (payment.key, payment.intent, payment.charge) == ("cs_1", None, None)


@pytest.mark.parametrize(
    "shown",
    [
        StripeView(session=UNPAID),
        StripeView(session=UNPAID, intent=intent(status="processing")),
        StripeView(session=UNPAID, intent=intent(status="requires_action")),
        StripeView(session=UNPAID, charge=charge(status="pending")),
        StripeView(session=UNPAID, charge=charge(captured=False)),
        StripeView(session=session(payment_status="a_status_to_come")),
    ],
)
def test_a_checkout_whose_money_is_to_come_is_pending(shown: StripeView) -> None:
    payment = read(shown)
    assert (payment.state, payment.paid) == (PaymentState.PENDING, None)


LATE_FAILURE = event(
    "charge.failed",
    charge(status="failed", payment_method_details={"type": "us_bank_account"}),
    created=CHARGED + 300_000,
)


@pytest.mark.parametrize(
    "shown",
    [
        view_of_event(event("checkout.session.async_payment_failed", UNPAID)),
        StripeView(session=UNPAID, intent=intent(status="requires_payment_method")),
        StripeView(session=UNPAID, intent=intent(status="canceled")),
        view_of_events([event("checkout.session.completed", UNPAID), LATE_FAILURE]),
    ],
)
def test_a_checkout_whose_money_will_not_come_has_failed(shown: StripeView) -> None:
    payment = read(shown)
    assert (payment.state, payment.paid, payment.charge) == (PaymentState.FAILED, None, None)


@pytest.mark.parametrize("proof", [{"charge": charge()}, {"intent": intent()}])
def test_the_charge_or_intent_may_know_first_that_the_money_came(proof: Any) -> None:
    shown = StripeView(session=UNPAID, **proof)
    assert read(shown).state is PaymentState.PAID


def test_a_failed_attempt_is_no_charge_of_a_paid_checkout() -> None:
    payment = read(StripeView(session=session(), charge=charge(id="ch_0", status="failed")))
    assert (payment.state, payment.charge) == (PaymentState.PAID, None)


@pytest.mark.parametrize(
    "shown",
    [
        StripeView(),
        StripeView(session=session(mode="subscription")),
        StripeView(session=session(mode="setup")),
        StripeView(session=session(mode=None, subscription="sub_1")),
        StripeView(session=session(status="open", payment_status="unpaid")),
        StripeView(session=session(status="expired", payment_status="unpaid")),
        StripeView(charge=charge()),
        StripeView(intent=intent()),
        StripeView(charge=charge(metadata={"track": " "})),
        StripeView(charge=charge(metadata=TRACK, captured=False)),
        StripeView(charge=charge(metadata=TRACK, status="failed")),
        StripeView(intent=intent(metadata=TRACK, status="processing")),
        StripeView(refunds=[stripe_refund()]),
        StripeView(disputes=[stripe_dispute()]),
    ],
)
def test_what_is_no_sale_of_ours_is_left_alone(shown: StripeView) -> None:
    assert payment_of(shown) is None


@pytest.mark.parametrize(
    ("shown", "key"),
    [
        (StripeView(charge=charge(metadata=TRACK)), "pi_1"),
        (StripeView(charge=charge(metadata=TRACK, payment_intent=None)), "ch_1"),
        (StripeView(intent=intent(metadata=TRACK)), "pi_1"),
    ],
)
def test_payment_without_checkout_that_names_a_track_is_a_sale(shown: StripeView, key: str) -> None:
    payment = read(shown)
    (line,) = payment.lines
    assert (payment.key, payment.session, payment.charge) == (key, None, "ch_1")
    assert (line.track, line.license, line.amount) == ("Midnight Drive", "WAV Lease", 5000)
    assert payment.detailed


def test_an_event_alone_gives_a_line_to_be_detailed_later() -> None:
    named = read(StripeView(session=session(metadata=TRACK)))
    assert [line.track for line in named.lines] == ["Midnight Drive"]
    unnamed = read(StripeView(session=session()))
    assert [(line.track, line.amount) for line in unnamed.lines] == [("Track to be named", 5000)]
    assert not named.detailed
    assert not unnamed.detailed


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ({"promotions": "opt_in", "terms_of_service": None}, Consent.OPT_IN),
        ({"promotions": "opt_out"}, Consent.OPT_OUT),
        ({"promotions": None}, None),
        ({"promotions": "perhaps"}, None),
        ({"promotions": ["opt_in"]}, None),
        (None, None),
    ],
)
def test_what_the_buyer_answered_about_news_is_read(said: Any, read: Consent | None) -> None:
    assert payment_of(StripeView(session=session(consent=said))).buyer.promotions is read


def test_what_the_buyer_saw_is_kept_where_stripe_converted_it() -> None:
    details = {"presentment_amount": 4610, "presentment_currency": "eur"}
    payment = read(whole(session=session(presentment_details=details)))
    assert (payment.presented_amount, payment.presented_currency) == (4610, "eur")
    assert (payment.amount, payment.currency) == (5000, "usd")


def test_refunds_and_disputes_are_read_with_it() -> None:
    payment = read(
        whole(
            charge=charge(amount_refunded=2000),
            refunds=[
                stripe_refund(id="re_2", created=CHARGED + 700, amount=500),
                stripe_refund(amount=1500),
            ],
            disputes=[stripe_dispute(), stripe_dispute(status="lost")],
        )
    )
    assert [one.id for one in payment.refunds] == ["re_1", "re_2"]
    assert [(one.id, one.status) for one in payment.disputes] == [("dp_1", "lost")]
    assert payment.refunded == 2000


def test_a_charge_that_tells_of_more_refunds_than_are_shown_gets_a_stand_in() -> None:
    payment = read(whole(charge=charge(amount_refunded=2000), refunds=[stripe_refund(amount=500)]))
    substitute = stand_in(payment)
    assert (substitute.id, substitute.amount, substitute.created) == ("ch_1", 1500, at(CHARGED))


def test_older_endpoints_show_the_refunds_within_the_charge() -> None:
    old = charge(amount_refunded=2000, refunds={"object": "list", "data": [stripe_refund()]})
    assert [one.id for one in read(whole(charge=old, refunds=None)).refunds] == ["re_1"]


@pytest.mark.parametrize(
    "broken",
    [
        StripeView(session=session(id=None)),
        StripeView(session=session(amount_total=-5)),
        StripeView(session=session(amount_total=50.0)),
        StripeView(session=session(amount_total=True)),
        StripeView(session=session(amount_total=10**15 + 1)),
        StripeView(session=session(amount_total=None)),
        StripeView(session=session(currency=None)),
        StripeView(session=session(created=None)),
        StripeView(charge=charge(metadata=TRACK, id=None, payment_intent=None)),
    ],
)
def test_what_cannot_do_without_is_an_error(broken: StripeView) -> None:
    with pytest.raises(NotUnderstood):
        payment_of(broken)


junk = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["\0", "x" * 10_000, "\ud800", -1, 10**30]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=3,
)


def spoiled(honest: Json) -> st.SearchStrategy[dict[str, Any]]:
    """The object with some of its fields missing, or holding anything at all."""
    return st.dictionaries(st.sampled_from(sorted(honest)), junk, max_size=2).map(
        lambda changes: {**honest, **changes}
    )


movements = spoiled(balance_transaction())
charges = movements.flatmap(lambda moved: spoiled(charge(balance_transaction=moved)))
refunds = movements.flatmap(lambda moved: spoiled(stripe_refund(balance_transaction=moved)))
disputes = movements.flatmap(lambda moved: spoiled(stripe_dispute(balance_transactions=[moved])))


@given(
    spoiled(session()),
    spoiled(intent()),
    charges,
    st.lists(spoiled(line_item()), max_size=2),
    st.lists(refunds, max_size=2),
    st.lists(disputes, max_size=2),
)
def test_whatever_comes_is_a_sound_payment_or_none_or_not_understood(
    session: Json, intent: Json, charge: Json, items: Any, refunds: Any, disputes: Any
) -> None:
    shown = {"items": items, "refunds": refunds, "disputes": disputes}
    try:
        payment = payment_of(StripeView(session=session, intent=intent, charge=charge, **shown))
    except NotUnderstood:
        return
    if payment is not None:
        assert sum(line.amount for line in payment.lines) == payment.amount >= 0
        assert all(line.track and line.license for line in payment.lines)
        assert (payment.paid is None) == (payment.state is not PaymentState.PAID)
        assert "\0" not in repr(payment)
        repr(payment).encode()


STORY = [
    event("charge.failed", charge(id="ch_0", status="failed"), created=OPENED),
    event("checkout.session.completed", UNPAID, created=OPENED + 40),
    event("charge.succeeded", charge()),
    event("payment_intent.succeeded", intent(receipt_email="other@example.com")),
    event("checkout.session.async_payment_succeeded", session(), created=CHARGED + 1),
    event("charge.updated", charge(balance_transaction="txn_1"), created=CHARGED + 5),
    event("refund.created", stripe_refund(status="pending"), created=CHARGED + 600),
    event("charge.refunded", charge(amount_refunded=2000), created=CHARGED + 600),
    event("refund.updated", stripe_refund(), created=CHARGED + 601),
    event("charge.dispute.created", stripe_dispute(), created=CHARGED + 900),
    event("charge.dispute.closed", stripe_dispute(status="lost"), created=CHARGED + 950),
]
TOLD = payment_of_events(STORY)


def test_events_alone_tell_the_same_as_stripe_but_for_items_and_fees() -> None:
    asked = read(
        whole(
            items=None,
            charge=charge(amount_refunded=2000),
            refunds=[stripe_refund()],
            disputes=[stripe_dispute(status="lost")],
        )
    )
    assert asked == TOLD


@given(st.permutations(STORY), st.lists(st.sampled_from(STORY)))
def test_events_in_any_order_give_the_same_payment(order: list[Json], again: list[Json]) -> None:
    assert payment_of_events([*order, *again]) == TOLD


@given(st.permutations(STORY), st.integers(0, len(STORY)))
def test_events_taken_one_by_one_give_the_same_payment(order: list[Json], several: int) -> None:
    known = payment_of_events(order[:several])
    assert payment_of_events(order, known) == TOLD


def test_what_stripe_told_stays_when_further_events_come() -> None:
    asked = read(whole())
    known = payment_of_events(STORY, asked)
    assert (known.lines, known.movement, known.detailed) == (asked.lines, asked.movement, True)
    assert (known.paid, known.refunded) == (at(CHARGED), 2000)


def test_a_refund_of_a_known_payment_needs_no_event_of_its_checkout() -> None:
    known = read(whole())
    after = payment_of_events([event("refund.created", stripe_refund())], known)
    assert after == replace(known, refunds=after.refunds)
    assert after.refunded == 2000


def test_a_refund_of_an_unknown_payment_is_left_for_later() -> None:
    assert payment_of_events([event("refund.created", stripe_refund())]) is None


def test_a_known_payment_takes_what_its_charge_tells() -> None:
    pending = read(StripeView(session=UNPAID))
    after = amend(pending, StripeView(charge=charge(balance_transaction=balance_transaction())))
    assert (after.state, after.charge, after.paid) == (PaymentState.PAID, "ch_1", at(CHARGED))
    assert amend(pending, StripeView()) == pending
    told = amend(read(whole()), StripeView(charge=charge(amount_refunded=2000)))
    assert stand_in(told) is not None
    assert told.refunded == 2000
