"""The books compared with Stripe's: each balance transaction on both sides, and every difference.

Stripe's side is read from its balance transactions as they are, not by the rules that made our
books of them: a mistake in those must show here.
https://docs.stripe.com/api/balance_transactions/object
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from bot.domain.balance_transactions import charge_of_return, is_fee_return
from bot.domain.json_access import Json, currency, identifier, integer, mapping, text
from bot.domain.payment import Payment
from bot.domain.payment_fields import is_reversal, uncaptured_of
from bot.domain.payout import Payout
from bot.domain.refunds import FAILED_LATE


class PostingKind(StrEnum):
    """What money moved for. The first five are named as the entries of the books are."""

    SALE = "sale"
    REFUND = "refund"
    REFUND_REVERSAL = "refund_reversal"
    DISPUTE = "dispute"
    FEE_RETURN = "fee_return"
    PAYOUT = "payout"


# Of a balance transaction: what its source is, and Stripe's `type` of it.
_KINDS = {
    ("charge", "charge"): PostingKind.SALE,
    ("charge", "payment"): PostingKind.SALE,
    ("refund", "refund"): PostingKind.REFUND,
    ("refund", "payment_refund"): PostingKind.REFUND,
    ("refund", "refund_failure"): PostingKind.REFUND_REVERSAL,
    ("refund", "payment_refund_failure"): PostingKind.REFUND_REVERSAL,
    # Of a charge that failed after it had succeeded: the bank took the money back.
    ("charge", "payment_failure_refund"): PostingKind.REFUND,
    ("refund", "payment_failure_refund"): PostingKind.REFUND,
    ("dispute", "adjustment"): PostingKind.DISPUTE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """One movement on one side, in minor units of `currency`; signed, positive to the producer."""

    id: str
    """The balance transaction's; a payout's own, which may have two of them."""
    kind: str
    """A PostingKind, or Stripe's own word for any other kind."""
    subject: str
    """The charge, refund, dispute or payout that it belongs to."""
    currency: str
    gross: int
    fee: int
    net: int
    state: str
    """What has become of the subject, in Stripe's words."""


_RETURNED = "returned"
_AMOUNTS = ("amount", "fee", "net")

_COMPARED = ("kind", "currency", "gross", "fee", "net", "state")


class Difference(NamedTuple):
    """One thing that is not the same on both sides."""

    id: str
    subject: str
    kind: str
    what: str
    """What differs: `kind`, `currency`, `gross`, `fee`, `net`, `state`, or `missing`."""
    stripe: str | int | None
    """None if it is missing there."""
    here: str | int | None


@dataclass(slots=True)
class Sums:
    """What postings of one kind and currency come to."""

    count: int = 0
    gross: int = 0
    fee: int = 0
    net: int = 0

    def add(self, gross: int, fee: int, net: int) -> None:
        self.count += 1
        self.gross += gross
        self.fee += fee
        self.net += net


Totals: TypeAlias = dict[tuple[str, str], Sums]
"""By currency and kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What an audit found."""

    start: datetime
    end: datetime
    differences: tuple[Difference, ...]
    stripe: Totals
    here: Totals
    others: Totals = field(default_factory=dict)
    """Stripe's movements that belong to no sale of beats, by currency and Stripe's type."""
    unpaid: Totals = field(default_factory=dict)
    """Movements of debits that have not succeeded or will not, by currency and Stripe's type.
    Stripe books a debit when it is submitted, and back when it fails: it is no sale of anything."""
    unbooked: int = 0
    """Payments of which something is not booked by Stripe yet, so that nothing can be compared."""

    @property
    def equal(self) -> bool:
        return not self.differences


def posting_of(balance_transaction: Json) -> Posting | None:
    """Stripe's side of a charge, a refund, a dispute or a returned platform fee.

    Its source is expanded. None for everything else, and for what cannot be read.
    """
    source = mapping(balance_transaction.get("source"))
    object_ = text(source.get("object")) or ""
    returned = is_fee_return(balance_transaction)
    id_, subject = identifier(balance_transaction), identifier(balance_transaction.get("source"))
    ours = subject is not None and object_ in ("charge", "refund", "dispute")
    if id_ is None or not (returned or ours):
        return None
    type_ = text(balance_transaction.get("type")) or "unknown"
    gross, fee, net = (integer(balance_transaction.get(name)) or 0 for name in _AMOUNTS)
    if returned:
        gross, fee = 0, -net  # Stripe books a returned fee as an amount
    return Posting(
        id=id_,
        kind=PostingKind.FEE_RETURN if returned else _KINDS.get((object_, type_), type_),
        subject=subject or "",
        currency=currency(balance_transaction.get("currency")) or "unknown",
        gross=gross,
        fee=fee,
        net=net,
        state=_RETURNED if returned else _state_of(source, object_),
    )


def _state_of(source: Json, object_: str) -> str:
    status = text(source.get("status")) or "unknown"
    if object_ != "charge":
        return status
    paid = "paid" if status == "succeeded" else status
    refunded, released = integer(source.get("amount_refunded")) or 0, uncaptured_of(source)
    return _charge_state(paid, refunded - released if refunded >= released else refunded)


def _charge_state(state: str, refunded: int) -> str:
    return f"{state}, {refunded} refunded" if refunded else state


def charge_of(balance_transaction: Json) -> str | None:
    """The charge that a movement is for, be it by a refund, a dispute or a fee of it."""
    if is_fee_return(balance_transaction):
        return charge_of_return(balance_transaction)
    source = mapping(balance_transaction.get("source"))
    if source.get("object") == "charge":
        return identifier(source)
    return identifier(source.get("charge"))


def without_uncaptured(listed: Sequence[Json]) -> list[Json]:
    """Balance transactions, those that book back what was not captured put into their charges'.

    Stripe books both at once; summing them yields what was captured.
    """
    reversals = {charge: row for row in listed if is_reversal(row) and (charge := charge_of(row))}
    charges = {charge_of(row) for row in listed if _is_of_charge(row)}
    return [
        _summed(row, reversals.get(charge_of(row) or "")) if _is_of_charge(row) else row
        for row in listed
        if not (is_reversal(row) and charge_of(row) in charges)
    ]


def _is_of_charge(balance_transaction: Json) -> bool:
    source = mapping(balance_transaction.get("source"))
    type_ = text(balance_transaction.get("type")) or ""
    return _KINDS.get((text(source.get("object")) or "", type_)) is PostingKind.SALE


def _summed(row: Json, reversal: Json | None) -> Json:
    if reversal is None:
        return row
    sums = {
        name: (integer(row.get(name)) or 0) + (integer(reversal.get(name)) or 0)
        for name in _AMOUNTS
    }
    return {**row, **sums}


def is_of_unpaid(balance_transaction: Json) -> bool:
    """Whether it is for a debit that has not succeeded, or did not when it failed.

    Of one that failed later this says the same; who knows it as paid knows better.
    """
    if balance_transaction.get("type") == "payment_failure_refund":
        return True
    source = mapping(balance_transaction.get("source"))
    return source.get("object") == "charge" and source.get("status") in ("pending", "failed")


class Subject(NamedTuple):
    """What a balance transaction of ours belongs to."""

    id: str
    state: str
    at: datetime
    """When Stripe booked it: a debit when it was submitted, days before it was paid."""


def subjects_of(payment: Payment) -> dict[str, Subject]:
    """Our side: what each balance transaction of a payment belongs to."""
    charge, found = payment.charge or payment.key, dict[str, Subject]()
    failures = [refund for refund in payment.refunds if refund.reason == FAILED_LATE]
    taken = sum(refund.amount for refund in failures)
    paid = "failed" if failures else payment.state.value
    state = _charge_state(paid, payment.refunded - taken)
    if payment.movement is not None:
        found[payment.movement.id] = Subject(charge, state, payment.movement.at)
    for refund in payment.refunds:
        own = (charge, state) if refund in failures else (refund.id, refund.status)
        for movement in filter(None, (refund.movement, refund.reversal)):
            found[movement.id] = Subject(*own, movement.at)
    for dispute in payment.disputes:
        for movement in dispute.movements:
            found[movement.id] = Subject(dispute.id, dispute.status, movement.at)
    for movement in payment.fee_returns:
        fee = payment.application_fee or payment.key
        found[movement.id] = Subject(fee, _RETURNED, movement.at)
    return found


def payout_posting(payout: Json) -> Posting | None:
    """Stripe's side of a payout, its balance transactions expanded; None if it has no id."""
    id_ = identifier(payout)
    if id_ is None:
        return None
    booked = mapping(payout.get("balance_transaction"))
    amount = integer(booked.get("amount"))
    gross = -amount if amount is not None else integer(payout.get("amount")) or 0
    status = text(payout.get("status")) or "unknown"
    back = payout.get("failure_balance_transaction") is not None
    code = currency(booked.get("currency") or payout.get("currency")) or "unknown"
    return _payout_posting(id_, code, gross, _payout_state(status, back=back))


def payout_fee(payout: Json) -> tuple[str, int]:
    """The currency and what Stripe took for the payout itself, as for instant ones."""
    booked = mapping(payout.get("balance_transaction"))
    return currency(booked.get("currency")) or "unknown", integer(booked.get("fee")) or 0


def our_payout(payout: Payout) -> Posting:
    """Our side of a payout."""
    back = payout.status in ("failed", "canceled")
    state = _payout_state(payout.status, back=back)
    return _payout_posting(payout.id, payout.currency, payout.amount, state)


def _payout_posting(id_: str, code: str, gross: int, state: str) -> Posting:
    return Posting(
        id=id_,
        kind=PostingKind.PAYOUT,
        subject=id_,
        currency=code,
        gross=gross,
        fee=0,
        net=gross,
        state=state,
    )


def _payout_state(status: str, *, back: bool) -> str:
    return f"{status}, money back" if back else status


def compare(stripe: Mapping[str, Posting], here: Mapping[str, Posting]) -> list[Difference]:
    """All differences between postings by their ids; of a missing one its net is shown."""
    return [
        difference
        for id_ in sorted(stripe.keys() | here.keys())
        for difference in _compared(stripe.get(id_), here.get(id_))
    ]


def _compared(theirs: Posting | None, ours: Posting | None) -> Iterator[Difference]:
    if theirs is None or ours is None:
        one = theirs or ours
        assert one is not None
        stripe, here = theirs.net if theirs else None, ours.net if ours else None
        yield Difference(one.id, one.subject, one.kind, "missing", stripe, here)
        return
    for what in _COMPARED:
        stripe, here = getattr(theirs, what), getattr(ours, what)
        if stripe != here:
            yield Difference(theirs.id, theirs.subject, theirs.kind, what, stripe, here)


def totals(postings: Iterable[Posting]) -> Totals:
    """What postings come to."""
    sums: Totals = defaultdict(Sums)
    for posting in postings:
        sums[posting.currency, posting.kind].add(posting.gross, posting.fee, posting.net)
    return dict(sums)
