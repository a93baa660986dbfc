"""What is removed of a buyer who asks to be forgotten, from payments and Stripe's objects.

Amounts, times and ids stay, and the country, which taxes depend on. Stripe's own copies are
Stripe's to remove: https://docs.stripe.com/privacy/redaction
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.domain.json_access import Json, mapping
from bot.domain.payment import Buyer, Payment

_EMAIL = re.compile(r"[^@\s<>()\[\],;:\\\"]{1,64}@[^@\s<>()\[\],;:\\\"]+\.[^@\s<>()\[\],;:\\\"]+")
LONGEST_EMAIL = 320

# What identifies a person or how to reach them, anywhere in one of Stripe's objects.
_PERSONAL = frozenset(
    """
    billing_address business_name client_reference_id collected_information custom_fields customer
    customer_account customer_email customer_email_address customer_name customer_phone
    customer_purchase_ip customer_shipping customer_tax_ids email evidence fingerprint
    hosted_invoice_url individual_name invoice_pdf ip_address owner payer_details phone
    receipt_email receipt_number receipt_url shipping shipping_details tax_id tax_ids
    """.split()
)
# Of these the country stays.
_PLACES = frozenset({"billing_details", "customer_details", "customer_address"})
_NAMES = frozenset({"business_name", "customer_name", "individual_name", "name"})
# Names of things, which may be a person's name by chance.
_THINGS = frozenset({"description", "lookup_key", "name", "nickname"})


def email_typed(typed: str) -> str | None:
    """An email as typed, also with a name around it; None for anything else."""
    within = re.search(r"<([^<>]*)>\s*$", typed)
    email = (within[1] if within else typed).strip().removeprefix("mailto:")
    return email if len(email) <= LONGEST_EMAIL and _EMAIL.fullmatch(email) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRecords:
    """What is known of a person in one producer's books."""

    producer_id: int
    livemode: bool
    names: tuple[str, ...]
    """Every name they gave."""
    payments: int
    sales: tuple[int, ...]
    """Their numbers."""
    messages: int
    """Messages in Discord that name them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What is known of the owner of an email."""

    email: str
    """Case folded."""
    traces: tuple[PersonRecords, ...]
    """Only producers from whom they have bought something."""
    events: tuple[int, ...]
    """The events of Stripe's that name them, by their places in the inbox."""

    @property
    def nothing(self) -> bool:
        return not self.traces and not self.events


def forgotten(buyer: Buyer) -> Buyer:
    """What stays of a buyer."""
    return Buyer(country=buyer.country, forgotten=True)


def still_forgotten(known: Payment | None, seen: Payment) -> Payment:
    """The payment as `seen`, without its buyer if they were forgotten when it was `known`."""
    if known is None or not known.buyer.forgotten:
        return seen
    country = seen.buyer.country or known.buyer.country
    return replace(seen, buyer=Buyer(country=country, forgotten=True))


def mentions(value: Any, emails: Collection[str]) -> bool:
    """Whether one of these emails (case folded) stands in a text, or anywhere in parsed JSON.

    As a whole: `joann@x.example` and `ann@x.example.org` are not `ann@x.example`.
    """
    if isinstance(value, Mapping):
        return any(mentions(each, emails) for pair in value.items() for each in pair)
    if isinstance(value, list):
        return any(mentions(each, emails) for each in value)
    return isinstance(value, str) and _mentions(value, emails)


def emails_in(value: Any) -> set[str]:
    """Every email (case folded) that stands anywhere in parsed JSON."""
    if isinstance(value, Mapping):
        return {email for pair in value.items() for each in pair for email in emails_in(each)}
    if isinstance(value, list):
        return {email for each in value for email in emails_in(each)}
    return set(_EMAIL.findall(value.casefold())) if isinstance(value, str) else set()


def scrubbed(event: Json, email: str | None = None) -> dict[str, Any]:
    """One of Stripe's events about a payment, without who paid.

    The fields in which Stripe keeps people go; so does every other text that has one of the emails
    in those fields (or this `email`, case folded), or is one of the names.
    """
    emails, names = {email} if email else set[str](), set[str]()
    for key, value in _people(event):
        (names if key in _NAMES else emails).add(value.casefold())
    clean: dict[str, Any] = _without(event, frozenset(emails), frozenset(names))
    return clean


def _people(value: Any, *, inside: bool = False) -> Iterator[tuple[str, str]]:
    """Names and emails, by the field in which they stand; `inside` of what tells of a person."""
    if isinstance(value, list):
        for each in value:
            yield from _people(each, inside=inside)
    if not isinstance(value, Mapping):
        return
    person = inside or value.get("object") == "customer"
    for key, each in value.items():
        if isinstance(each, str):
            named = key in _NAMES and (person or key != "name")
            if each.strip() and (named or (key.endswith("email") and "@" in each)):
                yield key, each.strip()
        else:
            yield from _people(each, inside=person or key in _PERSONAL or key in _PLACES)


def _without(value: Any, emails: frozenset[str], names: frozenset[str], key: str = "") -> Any:
    if isinstance(value, Mapping):
        if value.get("object") == "customer":
            return {name: value.get(name) for name in ("id", "object")}
        return {
            name: _field(name, each, emails, names)
            for name, each in value.items()
            if not _mentions(name, emails)
        }
    if isinstance(value, list):
        return [_without(each, emails, names, key) for each in value]
    if isinstance(value, str):
        named = key not in _THINGS and value.strip().casefold() in names
        return "" if named or _mentions(value, emails) else value
    return value


def _field(key: str, value: Any, emails: frozenset[str], names: frozenset[str]) -> Any:
    if key in _PERSONAL:
        return [] if isinstance(value, list) else None
    if key in _PLACES and isinstance(value, Mapping):
        address = mapping(value.get("address")) or value
        return {"address": {"country": address.get("country")}}
    if key == "payment_method_details" and isinstance(value, Mapping):
        return {"type": value.get("type")}
    return _without(value, emails, names, key)


def _mentions(text: str, emails: Collection[str]) -> bool:
    folded = text.casefold()
    # With nothing before or after it that would make it another one.
    whole = (
        rf"(?<![\w.+-]){re.escape(email)}(?![.-]?[^\W_])" for email in emails if email in folded
    )
    return any(re.search(pattern, folded) for pattern in whole)
