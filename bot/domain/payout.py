"""What a payout is: money on its way from Stripe to the producer's bank.

https://docs.stripe.com/api/payouts/object
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from bot.domain.json_access import Json, NotUnderstood, currency, identifier, integer, moment, text
from bot.domain.money import Money


class PayoutState(StrEnum):
    """How far the money of a payment is on its way to the bank."""

    UNKNOWN = "unknown"
    """Not settled yet, or no API key to ask with."""
    PENDING = "pending"
    AVAILABLE = "available"
    IN_TRANSIT = "in_transit"
    PAID = "paid"
    FAILED = "failed"
    CANCELED = "canceled"


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutProgress:
    """How far a payment's money is on its way to the bank."""

    state: PayoutState
    at: datetime | None = None
    """pending: available on (once in a payout: arrives); in transit: arrives; paid: arrived;
    else None."""
    payout: str | None = None
    """Stripe's payout id, once the money is in one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutRecord:
    """A payout as it stands, for its alert."""

    id: str
    amount: Money
    status: str
    automatic: bool
    created: datetime
    arrival: datetime
    failure: str | None
    """Stripe's reason, in its words."""
    payments: int | None
    """How many payments are in it; None while unknown (manual, or not reconciled)."""
    sales: int | None
    refunds: int | None
    unreadable: str = ""
    """The permission for lack of which it is not known what is in it; empty if none is lacking."""


# A payout that was paid may fail days later; the other way round there is none.
_STAGES = {"pending": 0, "in_transit": 1, "paid": 2, "failed": 3, "canceled": 3}


@dataclass(frozen=True, slots=True, kw_only=True)
class Payout:
    """One payout. `amount` is in minor units; negative if Stripe takes money from the bank."""

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


class PayoutSort(StrEnum):
    """In which order payouts that are over are listed."""

    NEWEST = "newest"
    OLDEST = "oldest"
    LARGEST = "largest"
    """By amount: one currency after the other, never compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingAmount:
    """Money that becomes available at a moment."""

    at: datetime
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StripeBalance:
    """What the books say is in Stripe's balance in one currency: in no payout yet."""

    currency: str
    available: int | None
    """Of sales, less refunds and disputes since; negative when these were more. None after a
    manual payout: Stripe does not say what it took."""
    pending: tuple[PendingAmount, ...]
    """Soonest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutsOverview:
    """All the money that is not at the bank yet, and the payouts that are over."""

    waiting: tuple[StripeBalance, ...]
    """By currency; empty if nothing waits, or no fees are known."""
    on_the_way: tuple[PayoutRecord, ...]
    """The first to arrive first, at most ten."""
    over: tuple[PayoutRecord, ...]
    """A page of those that were paid, failed or canceled."""
    sort: PayoutSort = PayoutSort.NEWEST
    page: int = 0
    """From 0."""
    count: int = 0
    """Of all that are over."""
    unreadable: str = ""
    """The permission for lack of which Stripe does not tell the key any fees; empty if it does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutTrack:
    """What one track contributed to a payout."""

    track: str
    sales: int
    refunds: int
    disputes: int
    """How many times a bank took or gave back money."""
    net: int
    """What the producer keeps of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutContents:
    """A payout with what is in it, a page of it."""

    payout: PayoutRecord
    parts: tuple[PayoutTrack, ...]
    """Most money first, at most ten."""
    page: int
    """From 0."""
    count: int
    """Of all tracks in it."""
    others: int
    """How many of its balance transactions are no sale of the books: fees of Stripe's own, other
    payments."""
    other_net: int
    """What these come to."""
    tax: int = 0
    """What is in it of tax that buyers paid. All nets and this are the payout's amount."""
