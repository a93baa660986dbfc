"""What is removed of a forgotten buyer, and what stays."""

import json
from dataclasses import replace
from typing import Any

import pytest

from bot.domain.merge import combine, merge_listed
from bot.domain.parse import payment_of
from bot.domain.payment import Buyer, Consent
from bot.domain.redaction import email_typed, forgotten, mentions, scrubbed, still_forgotten
from bot.domain.stripe_view import view_of_event
from tests.factories import charge, event, line_item, payment_for, session, stripe_dispute

ANA = Buyer(email="ana@x.example", name="Ana Lima", country="BR", promotions=Consent.OPT_IN)
NOBODY = Buyer(country="BR", forgotten=True)
DETAILS = {
    "address": {"city": "Recife", "country": "BR", "line1": "Rua 1"},
    "email": "Ana@x.example",
    "name": "Ana Lima",
    "phone": "+55 81",
    "tax_ids": [{"type": "br_cpf", "value": "123.456"}],
}
PRIVATE = ("ana@x", "ana lima", "recife", "rua 1", "+55", "123.456", "4242")


@pytest.mark.parametrize(
    ("typed", "email"),
    [
        (" ana@x.example ", "ana@x.example"),
        ("Ana Lima <Ana@X.example>", "Ana@X.example"),
        ("mailto:ana@x.example", "ana@x.example"),
        ("ána@bücher.example", "ána@bücher.example"),
        ("ana", None),
        ("ana@x", None),
        ("a b@x.example", None),
        ("a@x.example, b@x.example", None),
        ("@", None),
        ("%@%.%%", "%@%.%%"),
        ("a@" + "x" * 400 + ".example", None),
    ],
)
def test_an_email_is_told_from_what_is_none(typed: str, email: str | None) -> None:
    assert email_typed(typed) == email


def _events() -> list[dict[str, Any]]:
    billed = {
        "billing_details": DETAILS,
        "receipt_email": "ana@x.example",
        "description": "for ANA@x.example",
        "metadata": {"track": "Ana", "from": "ana lima", "note": "mail ana@x.example"},
        "payment_method_details": {"type": "sepa_debit", "card": {"last4": "4242"}},
    }
    asked = {
        "customer_details": DETAILS,
        "customer_email": "ana@x.example",
        "custom_fields": [{"key": "artist", "text": {"value": "Ana Lima"}}],
        "consent": {"promotions": "opt_in"},
    }
    evidence = {"customer_name": "Ana Lima", "customer_email_address": "ana@x.example"}
    return [
        event("checkout.session.completed", session(**asked)),
        event("charge.succeeded", charge(**billed)),
        event("charge.dispute.created", stripe_dispute(evidence=evidence)),
        event("customer.updated", {"object": "customer", "id": "cus_1", **DETAILS}),
    ]


@pytest.mark.parametrize("told", _events(), ids=lambda told: str(told["type"]))
def test_an_event_names_nobody_any_more(told: dict[str, Any]) -> None:
    clean = scrubbed(told)
    words = json.dumps(clean).casefold()
    assert [word for word in PRIVATE if word in words] == []
    assert scrubbed(clean) == clean
    assert (clean["id"], clean["type"]) == (told["id"], told["type"])


def test_an_event_still_tells_the_same_of_the_money() -> None:
    for told in _events()[:2]:
        whole, clean = view_of_event(told), view_of_event(scrubbed(told))
        before = payment_of(replace(whole, items=[line_item()]))
        after = payment_of(replace(clean, items=[line_item()]))
        assert (before is None) == (after is None)
        if before is not None and after is not None:
            assert after.buyer.country == "BR"
            assert replace(after, buyer=before.buyer) == before


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Ana@x.example", True),
        ("from <ana@x.example>, thanks", True),
        ("mailto:ana@x.example.", True),
        ("to\nana@x.example_3", True),
        ("joana@x.example", False),
        ("ms.ana@x.example", False),
        ("ana@x.example.org", False),
        ("ana@x.examples", False),
    ],
)
def test_an_email_within_another_one_is_not_it(text: str, found: bool) -> None:
    told = {"metadata": {"note": ["", text]}}
    assert mentions(told, ("ana@x.example",)) is found
    assert mentions({text: 1}, ("ana@x.example",)) is found
    assert (scrubbed(told, "ana@x.example") == told) is not found


def test_things_that_bear_the_same_name_keep_it() -> None:
    named = charge(billing_details=DETAILS, metadata={"track": "Ana"})
    product = {"object": "product", "name": "Ana Lima", "description": "Ana Lima"}
    clean = scrubbed(event("charge.succeeded", {**named, "bought": product}))
    assert clean["data"]["object"]["bought"] == product
    assert clean["data"]["object"]["metadata"] == {"track": "Ana"}


def test_who_is_forgotten_once_is_so_in_every_later_view() -> None:
    known = payment_for(buyer=forgotten(ANA))
    seen = payment_for(buyer=ANA)
    assert known.buyer == NOBODY
    assert still_forgotten(known, seen).buyer == NOBODY
    assert still_forgotten(seen, seen) == seen
    assert still_forgotten(None, seen) == seen
    assert combine(known, seen).buyer == combine(seen, known).buyer == NOBODY
    assert merge_listed(known, seen) == known
