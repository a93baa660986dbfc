"""The books: every movement of a payment's money as entries, divided over its sales to the cent.

All sums the bot ever shows are sums of these. Entries are made anew from a `Payment` each time it
is read, so nothing is counted twice: the store replaces a payment's old entries by the new ones.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from bot.ledger.money import split
from bot.ledger.payment import Movement, Payment, PaymentState, Refund


class EntryKind(StrEnum):
    """What moved the money of a sale."""

    SALE = "sale"
    REFUND = "refund"
    REFUND_REVERSAL = "refund_reversal"
    """A refund that failed after Stripe had booked it: the money is back."""
    DISPUTE = "dispute"
    """Money a bank withdrew, with the dispute's fee; or gave back, when gross is positive."""
    FEE_RETURN = "fee_return"
    """A platform's fee that it gave back, apart from a refund: no gross, a negative fee."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One sale's share of one movement. Minor units of `currency`; net = gross − the three fees."""

    position: int
    """Which of the payment's lines."""
    kind: EntryKind
    source: str
    """The balance transaction's id; the object's own id while Stripe has booked nothing."""
    at: datetime
    currency: str
    gross: int
    stripe_fee: int = 0
    fee_tax: int = 0
    platform_fee: int = 0
    booked: bool
    """False while the amounts are what the event said, before fees."""

    @property
    def net(self) -> int:
        return self.gross - self.stripe_fee - self.fee_tax - self.platform_fee


def entries(payment: Payment) -> tuple[Entry, ...]:
    """All entries of a payment, oldest kind first; none while it is pending or failed."""
    if payment.state is not PaymentState.PAID:
        return ()
    return (
        *_sale(payment),
        *_refunds(payment),
        *_disputes(payment),
        *_fee_returns(payment),
    )


def refund_shares(payment: Payment) -> list[list[int]]:
    """For each of the payment's refunds, what each line gives back, in the payment's currency.

    A refund of all that remains closes every line; one that equals what remains of just one line
    is that line's; any other is divided by what remains of each. A refund that does not count
    gives back nothing.
    """
    remaining = [line.amount for line in payment.lines]
    shares = []
    for refund in payment.refunds:
        share = _share_of_refund(refund, remaining)
        remaining = [left - part for left, part in zip(remaining, share, strict=True)]
        shares.append(share)
    return shares


def _share_of_refund(refund: Refund, remaining: list[int]) -> list[int]:
    if not refund.counts:
        return [0] * len(remaining)
    whole_lines = [i for i, left in enumerate(remaining) if left == refund.amount]
    if len(whole_lines) == 1:
        return [refund.amount if i == whole_lines[0] else 0 for i in range(len(remaining))]
    return split(refund.amount, remaining)


def _sale(payment: Payment) -> Iterator[Entry]:
    assert payment.paid is not None
    weights = [line.amount for line in payment.lines]
    if payment.movement is not None:
        for entry in _divide(payment.movement, EntryKind.SALE, weights):
            # In its day, though Stripe may book it in another.
            yield replace(entry, at=payment.paid)
        return
    source = payment.charge or payment.key
    for position, line in enumerate(payment.lines):
        yield _unbooked(position, EntryKind.SALE, source, payment.paid, payment, line.amount)


def _refunds(payment: Payment) -> Iterator[Entry]:
    for refund, share in zip(payment.refunds, refund_shares(payment), strict=True):
        weights = share if any(share) else [line.amount for line in payment.lines]
        if refund.movement is not None:
            yield from _divide(refund.movement, EntryKind.REFUND, weights)
        elif refund.counts:
            yield from _unbooked_refund(payment, refund, share)
        if refund.reversal is not None:
            yield from _divide(refund.reversal, EntryKind.REFUND_REVERSAL, weights)


def _unbooked_refund(payment: Payment, refund: Refund, share: list[int]) -> Iterator[Entry]:
    """Until Stripe books the refund, it is taken at the rate at which the sale was settled."""
    given = -sum(share)
    if payment.movement is not None and payment.amount:
        given = given * payment.movement.gross // payment.amount
    for position, part in enumerate(split(given, share)):
        yield _unbooked(position, EntryKind.REFUND, refund.id, refund.created, payment, part)


def _disputes(payment: Payment) -> Iterator[Entry]:
    weights = [line.amount for line in payment.lines]
    for dispute in payment.disputes:
        for movement in dispute.movements:
            yield from _divide(movement, EntryKind.DISPUTE, weights)


def _fee_returns(payment: Payment) -> Iterator[Entry]:
    weights = [line.amount for line in payment.lines]
    for movement in payment.fee_returns:
        yield from _divide(movement, EntryKind.FEE_RETURN, weights)


def _divide(movement: Movement, kind: EntryKind, weights: list[int]) -> Iterator[Entry]:
    gross = split(movement.gross, weights)
    stripe = split(movement.fees.stripe, weights)
    tax = split(movement.fees.tax, weights)
    platform = split(movement.fees.platform, weights)
    for position in range(len(weights)):
        yield Entry(
            position=position,
            kind=kind,
            source=movement.id,
            at=movement.at,
            currency=movement.currency,
            gross=gross[position],
            stripe_fee=stripe[position],
            fee_tax=tax[position],
            platform_fee=platform[position],
            booked=True,
        )


def _unbooked(
    position: int, kind: EntryKind, source: str, at: datetime, payment: Payment, gross: int
) -> Entry:
    currency = payment.movement.currency if payment.movement else payment.currency
    return Entry(
        position=position,
        kind=kind,
        source=source,
        at=at,
        currency=currency,
        gross=gross,
        booked=payment.free,
    )
