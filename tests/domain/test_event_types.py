import pytest

from bot.domain.event_types import TYPES, subject_of
from bot.domain.json_access import Json
from tests.factories import (
    charge,
    event,
    fraud_warning,
    intent,
    payout,
    session,
    stripe_dispute,
    stripe_refund,
)

SHOWN = {
    "session": session(),
    "charge": charge(),
    "intent": intent(),
    "refund": stripe_refund(),
    "dispute": stripe_dispute(),
    "payout": payout(),
    "warning": fraud_warning(),
    "product": {"id": "prod_1", "object": "product"},
    "price": {"id": "price_1", "object": "price", "product": "prod_1"},
    "link": {"id": "plink_1", "object": "payment_link"},
}
NAMED = {
    "payout": "payout:po_1",
    "product": "product:prod_1",
    "price": "price:price_1",
    "link": "link:plink_1",
}


@pytest.mark.parametrize("type_", TYPES)
def test_every_event_about_an_object_names_it_alike(type_: str) -> None:
    topic = TYPES[type_]
    subject = NAMED.get(topic.object, "payment:pi_1")
    assert subject_of(event(type_, SHOWN[topic.object])) == subject
    assert topic.reason


@pytest.mark.parametrize(
    ("type_", "shown", "subject"),
    [
        ("checkout.session.completed", session(payment_intent=None), "payment:cs_1"),
        ("checkout.session.completed", session(payment_intent={"id": "pi_2"}), "payment:pi_2"),
        ("charge.succeeded", charge(payment_intent=None), "payment:ch_1"),
        ("refund.created", stripe_refund(payment_intent=None), "payment:ch_1"),
        ("charge.dispute.created", stripe_dispute(payment_intent=None), "payment:ch_1"),
    ],
)
def test_payment_without_an_intent_is_named_by_another(
    type_: str, shown: Json, subject: str
) -> None:
    assert subject_of(event(type_, shown)) == subject


@pytest.mark.parametrize(
    ("shown", "subject"),
    [
        ({"mode": "subscription"}, None),
        ({"mode": "setup"}, None),
        ({"mode": None, "subscription": "sub_1"}, None),
        ({"mode": None, "setup_intent": "seti_1"}, None),
        # Of an old API version.
        ({"mode": None}, "payment:pi_1"),
    ],
)
def test_checkout_that_is_no_payment_has_no_subject(shown: Json, subject: str | None) -> None:
    assert subject_of(event("checkout.session.completed", session(**shown))) == subject


@pytest.mark.parametrize("type_", ["customer.created", "invoice.paid", "", None, 5, ["charge"]])
def test_types_we_do_not_use_have_no_subject(type_: object) -> None:
    assert subject_of({**event("x", charge()), "type": type_}) is None


@pytest.mark.parametrize(
    "broken",
    [
        {"type": "charge.updated"},
        {"type": "charge.updated", "data": None},
        {"type": "charge.updated", "data": {"object": "ch_1"}},
        {"type": "charge.updated", "data": {"object": {"id": 5}}},
        {"type": "refund.created", "data": {"object": {"id": "re_1"}}},
        {"type": "payout.paid", "data": {"object": {}}},
        {"type": "product.created", "data": {"object": {"id": "prod 1"}}},
    ],
)
def test_events_without_ids_have_no_subject(broken: Json) -> None:
    assert subject_of(broken) is None
