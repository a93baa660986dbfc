"""What an event is about. The table is also the list of events that the bot asks Stripe for.

https://docs.stripe.com/api/events/types
"""

from collections.abc import Callable
from typing import NamedTuple

from bot.domain import test_sale
from bot.domain.json_access import Json, identifier, mapping, text


def is_payment(session: Json) -> bool:
    """Whether a Checkout Session sells something once.

    API versions of 2019 and 2020 may leave its mode out.
    """
    other = session.get("subscription") or session.get("setup_intent")
    return session.get("mode") == "payment" or (session.get("mode") is None and not other)


def _payment(*candidates: object) -> str | None:
    """The payment intent names a payment best: sessions, charges and refunds all carry it."""
    ids = (identifier(candidate) for candidate in candidates)
    return next((f"payment:{id_}" for id_ in ids if id_), None)


def _of_related(shown: Json) -> str | None:
    return _payment(shown.get("payment_intent"), shown.get("charge"))


OBJECTS: dict[str, Callable[[Json], str | None]] = {
    # Subscriptions and set-ups are no sales of ours: nothing of theirs is read.
    "session": lambda one: _payment(one.get("payment_intent"), one) if is_payment(one) else None,
    "charge": lambda one: _payment(one.get("payment_intent"), one),
    "intent": _payment,
    "refund": _of_related,
    "dispute": _of_related,
    "warning": _of_related,
}
"""How to find the payment that an object belongs to; any other object is a subject of its own."""


class EventType(NamedTuple):
    """One row of the table."""

    object: str
    """What `data.object` is: one of `OBJECTS`, payout, product, price or link."""
    reason: str
    """Why the bot wants this event."""


TYPES: dict[str, EventType] = {
    "checkout.session.completed": EventType(
        "session", "a sale, unless its payment is still to come"
    ),
    "checkout.session.async_payment_succeeded": EventType(
        "session", "a delayed payment came: now it is a sale"
    ),
    "checkout.session.async_payment_failed": EventType(
        "session", "a delayed payment will not come: it was no sale"
    ),
    "charge.succeeded": EventType("charge", "a sale without Checkout"),
    "charge.updated": EventType("charge", "Stripe booked the charge: its fees are known"),
    "charge.refunded": EventType("charge", "how much was given back in all"),
    "charge.failed": EventType("charge", "a delayed payment that did not come"),
    "charge.expired": EventType("charge", "an authorization ran out: it was no sale"),
    "payment_intent.canceled": EventType("intent", "an authorization was voided: no sale"),
    "payment_intent.succeeded": EventType("intent", "a sale without Checkout"),
    "charge.dispute.created": EventType("dispute", "a bank asks, or takes money back"),
    "charge.dispute.updated": EventType("dispute", "evidence given, or a new deadline"),
    "charge.dispute.closed": EventType("dispute", "won or lost"),
    "charge.dispute.funds_withdrawn": EventType("dispute", "the disputed money is taken"),
    "charge.dispute.funds_reinstated": EventType("dispute", "the disputed money is back"),
    "radar.early_fraud_warning.created": EventType(
        "warning", "a card network suspects fraud, before a dispute or without one"
    ),
    "refund.created": EventType("refund", "money goes back to the buyer"),
    "refund.updated": EventType("refund", "a refund went through, or Stripe booked it"),
    "refund.failed": EventType("refund", "a refund failed: the money is back"),
    "charge.refund.updated": EventType(
        "refund", "as refund.updated, from endpoints of older API versions"
    ),
    "payout.created": EventType("payout", "money sets out for the bank"),
    "payout.updated": EventType("payout", "its arrival or state changed"),
    "payout.paid": EventType("payout", "it should be at the bank"),
    "payout.failed": EventType("payout", "it did not reach the bank, even after paid"),
    "payout.canceled": EventType("payout", "it was called off"),
    "payout.reconciliation_completed": EventType(
        "payout", "now Stripe tells which payments are in it"
    ),
    "product.created": EventType("product", "a track that can be offered"),
    "product.updated": EventType("product", "its name, or whether it is for sale"),
    "product.deleted": EventType("product", "it is no longer for sale"),
    "price.created": EventType("price", "a license that can be bought"),
    "price.updated": EventType("price", "its name, or whether it is for sale"),
    "price.deleted": EventType("price", "it is no longer for sale"),
    "payment_link.created": EventType("link", "a place where licenses are bought"),
    "payment_link.updated": EventType("link", "what it sells, or whether it does"),
}


_SALES_OF_CHECKOUT = (
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    test_sale.TYPE,
)
_SALES_WITHOUT_CHECKOUT = ("charge.succeeded", "payment_intent.succeeded")


def tells_of_sale(event: Json) -> bool:
    """Whether an event tells of a sale by itself: a Checkout, or a payment that names its track."""
    if event.get("type") in _SALES_OF_CHECKOUT:
        return subject_of(event) is not None
    shown = mapping(mapping(event.get("data")).get("object"))
    named = text(mapping(shown.get("metadata")).get("track")) is not None
    return named and event.get("type") in _SALES_WITHOUT_CHECKOUT


def subject_of(event: Json) -> str | None:
    """Name what an event is about: "payment:pi_…", "payment:cs_…", "payment:ch_…", "payout:po_…",
    "product:prod_…", "price:price_…" or "link:plink_…"; "test_sale:…" for a test sale of our own.

    None for a type we do not use, for a Checkout that is no payment, and if there is no id.
    """
    type_ = event.get("type")
    shown = mapping(mapping(event.get("data")).get("object"))
    row = TYPES.get(type_) if isinstance(type_, str) else None
    kind = row.object if row else test_sale.KIND if type_ == test_sale.TYPE else None
    if kind in OBJECTS:
        return OBJECTS[kind](shown)
    id_ = identifier(shown)
    return f"{kind}:{id_}" if kind and id_ else None
