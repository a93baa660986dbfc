"""What an event is about. The table is also the list of events that the bot asks Stripe for.

https://docs.stripe.com/api/events/types
"""

from collections.abc import Callable
from typing import NamedTuple

from bot.domain import test_sale
from bot.domain.json_access import Json, identifier, mapping, text

Extractor = Callable[[Json], str | None]


def is_payment(session: Json) -> bool:
    """Whether a Checkout Session sells something once.

    API versions of 2019 and 2020 may leave its mode out.
    """
    other = session.get("subscription") or session.get("setup_intent")
    return session.get("mode") == "payment" or (session.get("mode") is None and not other)


def _of_session(session: Json) -> str | None:
    # Subscriptions and set-ups are no sales of ours: nothing of theirs is read.
    if not is_payment(session):
        return None
    return _payment(session.get("payment_intent"), session)


def _of_charge(charge: Json) -> str | None:
    return _payment(charge.get("payment_intent"), charge)


def _of_intent(intent: Json) -> str | None:
    return _payment(intent)


def _of_part(part: Json) -> str | None:
    return _payment(part.get("payment_intent"), part.get("charge"))


def _of_payout(payout: Json) -> str | None:
    return _named("payout", payout)


def _of_product(product: Json) -> str | None:
    return _named("product", product)


def _of_price(price: Json) -> str | None:
    return _named("price", price)


def _of_link(link: Json) -> str | None:
    return _named("link", link)


def _of_test_sale(shown: Json) -> str | None:
    return _named(test_sale.KIND, shown)


def _named(kind: str, shown: Json) -> str | None:
    id_ = identifier(shown)
    return f"{kind}:{id_}" if id_ else None


def _payment(*candidates: object) -> str | None:
    """The payment intent names a payment best: sessions, charges and refunds all carry it."""
    ids = (identifier(candidate) for candidate in candidates)
    return next((f"payment:{id_}" for id_ in ids if id_), None)


class Topic(NamedTuple):
    """What to do with a type of event."""

    object: str
    """What `data.object` is: session, charge, intent, refund, dispute, warning, payout, product,
    price or link."""
    subject: Extractor
    reason: str
    """Why the bot wants this event."""


TYPES: dict[str, Topic] = {
    "checkout.session.completed": Topic(
        "session", _of_session, "a sale, unless its payment is still to come"
    ),
    "checkout.session.async_payment_succeeded": Topic(
        "session", _of_session, "a delayed payment came: now it is a sale"
    ),
    "checkout.session.async_payment_failed": Topic(
        "session", _of_session, "a delayed payment will not come: it was no sale"
    ),
    "charge.succeeded": Topic("charge", _of_charge, "a sale without Checkout"),
    "charge.updated": Topic("charge", _of_charge, "Stripe booked the charge: its fees are known"),
    "charge.refunded": Topic("charge", _of_charge, "how much was given back in all"),
    "charge.failed": Topic("charge", _of_charge, "a delayed payment that did not come"),
    "charge.expired": Topic("charge", _of_charge, "an authorization ran out: it was no sale"),
    "payment_intent.canceled": Topic("intent", _of_intent, "an authorization was voided: no sale"),
    "payment_intent.succeeded": Topic("intent", _of_intent, "a sale without Checkout"),
    "charge.dispute.created": Topic("dispute", _of_part, "a bank asks, or takes money back"),
    "charge.dispute.updated": Topic("dispute", _of_part, "evidence given, or a new deadline"),
    "charge.dispute.closed": Topic("dispute", _of_part, "won or lost"),
    "charge.dispute.funds_withdrawn": Topic("dispute", _of_part, "the disputed money is taken"),
    "charge.dispute.funds_reinstated": Topic("dispute", _of_part, "the disputed money is back"),
    "radar.early_fraud_warning.created": Topic(
        "warning", _of_part, "a card network suspects fraud, before a dispute or without one"
    ),
    "refund.created": Topic("refund", _of_part, "money goes back to the buyer"),
    "refund.updated": Topic("refund", _of_part, "a refund went through, or Stripe booked it"),
    "refund.failed": Topic("refund", _of_part, "a refund failed: the money is back"),
    "charge.refund.updated": Topic(
        "refund", _of_part, "as refund.updated, from endpoints of older API versions"
    ),
    "payout.created": Topic("payout", _of_payout, "money sets out for the bank"),
    "payout.updated": Topic("payout", _of_payout, "its arrival or state changed"),
    "payout.paid": Topic("payout", _of_payout, "it should be at the bank"),
    "payout.failed": Topic("payout", _of_payout, "it did not reach the bank, even after paid"),
    "payout.canceled": Topic("payout", _of_payout, "it was called off"),
    "payout.reconciliation_completed": Topic(
        "payout", _of_payout, "now Stripe tells which payments are in it"
    ),
    "product.created": Topic("product", _of_product, "a track that can be offered"),
    "product.updated": Topic("product", _of_product, "its name, or whether it is for sale"),
    "product.deleted": Topic("product", _of_product, "it is offered no more"),
    "price.created": Topic("price", _of_price, "a license that can be bought"),
    "price.updated": Topic("price", _of_price, "its name, or whether it is for sale"),
    "price.deleted": Topic("price", _of_price, "it is offered no more"),
    "payment_link.created": Topic("link", _of_link, "a place where licenses are bought"),
    "payment_link.updated": Topic("link", _of_link, "what it sells, or whether it does"),
}

_OWN: dict[str, Topic] = {
    test_sale.TYPE: Topic(test_sale.KIND, _of_test_sale, "a test sale: Stripe never sends it"),
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

    None for a type we do not use, for Checkouts that are no payments, and where no id is found.
    """
    type_ = event.get("type")
    topic = (TYPES.get(type_) or _OWN.get(type_)) if isinstance(type_, str) else None
    if topic is None:
        return None
    return topic.subject(mapping(mapping(event.get("data")).get("object")))
