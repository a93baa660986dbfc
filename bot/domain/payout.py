"""What a payout is: money on its way from Stripe to the producer's bank.

https://docs.stripe.com/api/payouts/object
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.json_access import Json, NotUnderstood, currency, identifier, integer, moment, text

# A payout that was paid may fail days later; the other way round there is none.
_STAGES = {"pending": 0, "in_transit": 1, "paid": 2, "failed": 3, "canceled": 3}


@dataclass(frozen=True, slots=True, kw_only=True)
class Payout:
    """One payout. `amount` is in minor units; negative where Stripe takes from the bank."""

    id: str
    amount: int
    currency: str
    status: str
    """Stripe's: pending, in_transit, paid, failed, canceled; open to new ones."""
    automatic: bool
    """Only of automatic payouts does Stripe tell which payments are in them."""
    created: datetime
    arrival: datetime
    """When it should be, or was, at the bank."""
    failure: str | None
    """Why it failed, in Stripe's words."""
    reconciled: bool
    """Whether Stripe is ready to tell which payments are in it."""


# Balance transactions of refunds, by Stripe's `type`.
# https://docs.stripe.com/reports/balance-transaction-types
REFUND_KINDS = frozenset({"refund", "payment_refund"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutItem:
    """One balance transaction in a payout; `net` in minor units of the payout's currency."""

    movement: str
    kind: str
    """Stripe's `type`: charge, payment, refund, adjustment, …"""
    net: int


def payout_items_of(listed: Iterable[Json]) -> tuple[PayoutItem, ...]:
    """What is in a payout, from Stripe's list of its balance transactions, its own left out."""
    return tuple(
        PayoutItem(movement=id_, kind=text(row.get("type")) or "", net=integer(row.get("net")) or 0)
        for row in listed
        if (id_ := identifier(row)) and row.get("type") != "payout"
    )


def payout_of(payout: Json) -> Payout:
    """Read a payout. Raises NotUnderstood without an id, an amount, a currency and a time."""
    id_ = identifier(payout)
    amount = integer(payout.get("amount"))
    code = currency(payout.get("currency"))
    created = moment(payout.get("created"))
    if id_ is None or amount is None or code is None or created is None:
        raise NotUnderstood("a payout lacks its id, amount, currency or time")
    return Payout(
        id=id_,
        amount=amount,
        currency=code,
        status=text(payout.get("status")) or "pending",
        automatic=payout.get("automatic") is True,
        created=created,
        arrival=moment(payout.get("arrival_date")) or created,
        failure=text(payout.get("failure_message")) or text(payout.get("failure_code")),
        reconciled=payout.get("reconciliation_status") == "completed",
    )


def combine_payouts(known: Payout | None, seen: Payout) -> Payout:
    """One payout of two views of it, as far as it has come; in whatever order they arrive."""
    if known is None:
        return seen
    return replace(
        max(known, seen, key=_progress),
        failure=max(known.failure or "", seen.failure or "") or None,
        reconciled=known.reconciled or seen.reconciled,
    )


def _progress(payout: Payout) -> tuple[int, str]:
    """Orders views of one payout; the text only settles which of two equal ones it is."""
    return _STAGES.get(payout.status, 0), repr(replace(payout, failure=None, reconciled=False))
