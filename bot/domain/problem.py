"""What we do not understand of Stripe's objects: noted and shown, and nothing stops for it.

A payment is recorded as far as it is understood. What was left out of it, or taken for something
that it may not be, is a problem of it; each is found again whenever it is read.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from bot.domain.balance_transactions import readable_balance_transaction
from bot.domain.disputes import STATES
from bot.domain.json_access import Json, currency, identifier, integer, mapping, mappings, text
from bot.domain.money import KNOWN_CURRENCIES
from bot.domain.payment import Payment
from bot.domain.payment_fields import without_released
from bot.domain.related_objects import RELATED, RelatedObject
from bot.domain.stripe_view import StripeView

GONE = "gone"
"""Stripe knows no such object: deleted, or another account's."""
REFUSED = "refused"
"""Stripe does not take the question, and never will."""
DENIED = "denied"
"""The key may not read it; `said` is the permission that it lacks, as Stripe calls it."""
NOT_UNDERSTOOD = "not understood"
"""The object is broken beyond use; `said` is what it lacks."""
CURRENCY = "currency"
"""A currency that Stripe's documentation does not have: it is shown with two decimals."""
LEFT_OUT = "left out"
"""A part without a usable id or amount: `about` is which, `said` what it is."""
WORD = "word"
"""A word of Stripe's that we do not know: `about` is where, `said` the word."""

_LONGEST_WORD = 60
KEY = "key:"
"""The subject of what is wrong with the key itself, whatever it was to read."""


class Problem(NamedTuple):
    """One thing that is not understood about an object. Nothing in it is a buyer's."""

    what: str
    """One of the above."""
    about: str = ""
    said: str = ""


class SetAside(NamedTuple):
    """A message that Discord refused."""

    kind: str
    """announce, edit, reply or notice."""
    subject: str
    """payment:12, payout:po_…, notice:…"""
    key: str
    """As in the outbox."""
    reason: str
    """In one line; empty if none was noted."""
    number: int | None = None
    """Of the first sale of the payment it is about; None for what is about no payment."""


class OpenProblem(NamedTuple):
    """A problem as shown to the producer."""

    subject: str
    """As bot.domain.event_types names it; empty for an event of no known object."""
    problem: Problem
    seen: datetime
    """When it was first seen."""
    event: str | None = None
    """The event's id, if it is an event that was given up."""
    type: str = ""
    """The event's type."""


# The statuses we know of Stripe's objects; there may be new ones.
_WORDS: dict[str, frozenset[str]] = {
    "refund": frozenset("pending requires_action succeeded failed canceled".split()),
    "dispute": frozenset(STATES),
    "charge": frozenset("succeeded pending failed".split()),
    "payment_intent": frozenset(
        """
        requires_payment_method requires_confirmation requires_action processing requires_capture
        canceled succeeded
        """.split()
    ),
    "checkout.session": frozenset("open complete expired".split()),
    "payout": frozenset("pending in_transit paid failed canceled".split()),
}
_PAYMENT_STATUSES = frozenset("paid unpaid no_payment_required".split())


def payment_problems(view: StripeView, payment: Payment | None) -> frozenset[Problem]:
    """What is not understood of a payment, of all that was shown of it."""
    return frozenset(_of_payment(view, payment))


def payout_problems(payout: Json) -> frozenset[Problem]:
    """What is not understood of a payout."""
    return frozenset((*_word("payout", payout), *_currencies(payout)))


def _of_payment(view: StripeView, payment: Payment | None) -> Iterator[Problem]:
    if view.denied is not None:
        yield Problem(DENIED, said=view.denied)
    session = mapping(view.session)
    intent = mapping(view.intent) or mapping(session.get("payment_intent"))
    charge = mapping(view.charge) or mapping(intent.get("latest_charge"))
    for name, one in (("checkout.session", session), ("payment_intent", intent)):
        yield from _word(name, one)
    yield from _word("charge", charge)
    paid = text(session.get("payment_status"))
    if paid is not None and paid not in _PAYMENT_STATUSES:
        yield Problem(WORD, "checkout.session", paid[:_LONGEST_WORD])
    yield from _unusable(charge, "balance_transaction")
    for row in RELATED:
        if row.event in _WORDS:
            listed = mappings(getattr(view, row.field))
            shown = without_released(listed, charge) if row.field == "refunds" else listed
            yield from _related(row, shown, payment)
    for item in mappings(view.items or ()):
        if integer(item.get("amount_total")) is None:
            yield Problem(LEFT_OUT, identifier(item) or "", "line item")
    yield from _currencies(session, intent, charge)


def _related(
    row: RelatedObject, shown: Iterable[Json], payment: Payment | None
) -> Iterator[Problem]:
    name = row.event or row.field
    known = {one.id for one in row.of(payment)} if payment else set()
    for one in shown:
        if payment is not None and identifier(one) not in known:
            yield Problem(LEFT_OUT, identifier(one) or "", name)
            continue
        yield from _word(name, one)
        for field in row.booked:
            yield from _unusable(one, field)


def _word(name: str, shown: Json) -> Iterator[Problem]:
    status = text(shown.get("status"))
    if status is not None and status not in _WORDS[name]:
        yield Problem(WORD, identifier(shown) or name, status[:_LONGEST_WORD])


def _unusable(shown: Json, field: str) -> Iterator[Problem]:
    """Balance transactions that are shown and cannot be read: their fees are then not known."""
    booked = shown.get(field)
    for one in [booked] if isinstance(booked, Mapping) else mappings(booked):
        if one and readable_balance_transaction(one) is None:
            yield Problem(LEFT_OUT, identifier(one) or "", "balance transaction")


def _currencies(*shown: Json) -> Iterator[Problem]:
    codes = {code for each in shown if (code := currency(each.get("currency")))}
    codes |= {
        code
        for each in shown
        if (code := currency(mapping(each.get("balance_transaction")).get("currency")))
    }
    for code in sorted(codes - KNOWN_CURRENCIES):
        yield Problem(CURRENCY, "", code)
