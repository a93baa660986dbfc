"""The books: every movement of a payment's money as entries, divided over its sales to the cent.

All totals the bot shows are sums of these. Entries are derived from a `Payment` each time it is
read, and the store replaces the payment's old entries, so nothing is counted twice.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from itertools import chain

from bot.domain.money import proportion, split
from bot.domain.payment import (
    BalanceTransaction,
    Dispute,
    DisputeState,
    Payment,
    PaymentState,
    Refund,
)
from bot.domain.sale import SaleState

_NEARLY_ALL = 95
"""Percent: a bank that asks for so much asks for all, at its own exchange rate."""


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
    """One sale's share of one movement, in minor units of `currency`."""

    position: int
    """Which of the payment's lines."""
    kind: EntryKind
    source: str
    """The balance transaction's id; the object's own id while Stripe has booked nothing."""
    at: datetime
    currency: str
    gross: int
    tax: int = 0
    """What of `gross` is tax that the buyer paid, and signed like it."""
    stripe_fee: int = 0
    fee_tax: int = 0
    platform_fee: int = 0
    withheld_tax: int = 0
    booked: bool
    """False while the amounts are what the event said, before fees."""

    @property
    def fees(self) -> int:
        """All that Stripe took off `gross`."""
        return self.stripe_fee + self.fee_tax + self.platform_fee + self.withheld_tax

    @property
    def net(self) -> int:
        """What the producer keeps. With `tax` it is what Stripe's balance moved by."""
        return self.gross - self.tax - self.fees


def entries(payment: Payment) -> tuple[Entry, ...]:
    """All entries of a payment, oldest kind first; none while it is pending or failed."""
    if payment.state is not PaymentState.PAID:
        return ()
    sale = tuple(_sale(payment))
    returned = _Returned(payment, sale)
    weights = [line.amount for line in payment.lines]
    fees = (_divide(moved, EntryKind.FEE_RETURN, weights) for moved in payment.fee_returns)
    return (
        *sale,
        *_refunds(payment, returned),
        *_disputes(payment, returned),
        *chain.from_iterable(fees),
    )


def settled_tax(payment: Payment) -> int:
    """What of the money that a payment brought is tax, in the currency in which it settled."""
    return sum(entry.tax for entry in entries(payment) if entry.kind is EntryKind.SALE)


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


def wholly_disputed(payment: Payment, dispute: Dispute) -> list[bool]:
    """Of each line, whether the bank asks for all that is left of it.

    A dispute of all that remains is of every line, whatever exchange rates made of it; one that
    equals what remains of just one line is of that line; any other is of a part of each.
    """
    back = [sum(parts) for parts in zip(*refund_shares(payment), strict=True)]
    back = back or [0] * len(payment.lines)
    left = [line.amount - part for line, part in zip(payment.lines, back, strict=True)]
    all_of_it = dispute.amount * 100 >= sum(left) * _NEARLY_ALL
    if all_of_it or dispute.currency != payment.currency:
        return [True] * len(left)
    same = [amount == dispute.amount for amount in left]
    return same if sum(same) == 1 else [False] * len(left)


class _Returned:
    """What of each line went back so far, at the rate at which the sale was settled.

    What goes back at one time is the difference of two running totals. So however many refunds a
    line is given back in, they come to exactly what it brought, and to its tax.
    """

    def __init__(self, payment: Payment, sale: Sequence[Entry]) -> None:
        self._amounts = [line.amount for line in payment.lines]
        self._sale = sale
        self._so_far = [0] * len(sale)
        self.booked = [0] * len(sale)
        """Of each line, by how much the gross of its returns has changed the balance so far."""

    def move(self, amounts: Sequence[int]) -> list[tuple[int, int]]:
        """Return so much more of each line (less if negative), in the payment's currency.

        Yields the gross and the tax of each, negative if they go back.
        """
        before = self._at()
        self._so_far = [sum(pair) for pair in zip(self._so_far, amounts, strict=True)]
        pairs = zip(before, self._at(), strict=True)
        return [(was[0] - now[0], was[1] - now[1]) for was, now in pairs]

    def _at(self) -> list[tuple[int, int]]:
        # A refund and a dispute may take the same money twice, but no tax is owed back twice.
        return [
            (
                proportion(entry.gross, back, amount),
                proportion(entry.tax, min(max(back, 0), amount), amount),
            )
            for entry, back, amount in zip(self._sale, self._so_far, self._amounts, strict=True)
        ]

    def divide(
        self,
        movement: BalanceTransaction,
        kind: EntryKind,
        weights: list[int],
        amounts: Sequence[int],
    ) -> Iterator[Entry]:
        """Divide what Stripe booked for so much of each line: its gross is what Stripe says."""
        taxes = [tax for _, tax in self.move(amounts)]
        entries_ = list(_divide(movement, kind, weights))
        left = [entry.gross + back for entry, back in zip(self._sale, self.booked, strict=True)]
        closing = self._so_far == self._amounts and movement.gross == -sum(left)
        for entry, tax, rest in zip(entries_, taxes, left, strict=True):
            sale = self._sale[entry.position]
            if entry.currency != sale.currency:
                # Settled in another currency than the sale: the account changed its own.
                yield replace(entry, tax=proportion(entry.gross, sale.tax, sale.gross))
                continue
            # What remains of all remains of each: differences of rounding end here.
            gross = -rest if closing else entry.gross
            self.booked[entry.position] += gross
            yield replace(entry, gross=gross, tax=tax)


def _sale(payment: Payment) -> Iterator[Entry]:
    assert payment.paid is not None
    if payment.movement is None:
        source = payment.charge or payment.key
        for position, line in enumerate(payment.lines):
            shares = line.amount, line.tax
            yield _unbooked(position, EntryKind.SALE, source, payment.paid, payment, shares)
        return
    weights = [line.amount for line in payment.lines]
    for entry in _divide(payment.movement, EntryKind.SALE, weights):
        line = payment.lines[entry.position]
        tax = proportion(entry.gross, line.tax, line.amount)
        # In its day, though Stripe may book it in another.
        yield replace(entry, at=payment.paid, tax=tax)


def _refunds(payment: Payment, returned: _Returned) -> Iterator[Entry]:
    for refund, share in zip(payment.refunds, refund_shares(payment), strict=True):
        weights = share if any(share) else [line.amount for line in payment.lines]
        # One that failed gave nothing back in the end, but did so until its money came back.
        amounts = split(refund.amount, weights)
        if refund.movement is not None:
            made = list(returned.divide(refund.movement, EntryKind.REFUND, weights, amounts))
            yield from made
            # Should it fail, each line gets back what it gave.
            weights = _weights(made) or weights
        elif refund.counts:
            for position, shares in enumerate(returned.move(share)):
                yield _unbooked(
                    position, EntryKind.REFUND, refund.id, refund.created, payment, shares
                )
        if refund.reversal is not None:
            back = [-amount for amount in amounts]
            kind = EntryKind.REFUND_REVERSAL
            yield from returned.divide(refund.reversal, kind, weights, back)


def _disputes(payment: Payment, returned: _Returned) -> Iterator[Entry]:
    for dispute in payment.disputes:
        shares = _weights_of(payment, dispute)
        # What the bank asks for; exchange rates may have moved it.
        same = dispute.currency == payment.currency
        asked = min(dispute.amount, payment.amount) if same else payment.amount
        amounts = split(asked, shares)
        for movement in dispute.movements:
            sign = (movement.gross < 0) - (movement.gross > 0)
            moved = [sign * amount for amount in amounts]
            made = list(returned.divide(movement, EntryKind.DISPUTE, shares, moved))
            yield from made
            shares = _weights(made) or shares


def _weights_of(payment: Payment, dispute: Dispute) -> list[int]:
    """By what a dispute is divided: the line that it is of, else all of them."""
    whole = wholly_disputed(payment, dispute)
    one = any(whole) and not all(whole)
    return [
        line.amount if its or not one else 0 for line, its in zip(payment.lines, whole, strict=True)
    ]


def _weights(made: Sequence[Entry]) -> list[int] | None:
    """What a movement took of each line; None if it took nothing."""
    weights = [abs(entry.gross) for entry in made]
    return weights if any(weights) else None


def _divide(movement: BalanceTransaction, kind: EntryKind, weights: list[int]) -> Iterator[Entry]:
    fees = movement.fees
    whole = (movement.gross, fees.stripe, fees.tax, fees.platform, fees.withheld)
    shares = zip(*(split(amount, weights) for amount in whole), strict=True)
    for position, (gross, stripe, tax, platform, withheld) in enumerate(shares):
        yield Entry(
            position=position,
            kind=kind,
            source=movement.id,
            at=movement.at,
            currency=movement.currency,
            gross=gross,
            stripe_fee=stripe,
            fee_tax=tax,
            platform_fee=platform,
            withheld_tax=withheld,
            booked=True,
        )


def _unbooked(
    position: int,
    kind: EntryKind,
    source: str,
    at: datetime,
    payment: Payment,
    shares: tuple[int, int],
) -> Entry:
    """`shares`: the gross of it, and its tax."""
    currency = payment.movement.currency if payment.movement else payment.currency
    return Entry(
        position=position,
        kind=kind,
        source=source,
        at=at,
        currency=currency,
        gross=shares[0],
        tax=shares[1],
        booked=payment.free,
    )


_UNPAID = {PaymentState.PENDING: SaleState.PENDING, PaymentState.FAILED: SaleState.FAILED}


def sale_states(payment: Payment) -> list[SaleState]:
    """Judge each line of a payment, in the order of its lines.

    A line refunded in full is refunded, whatever a bank says later; else a lost dispute of all of
    it comes first, then an open one, then a refund of part. Inquiries and won disputes leave a
    sale as it was, and so does a lost one of a part of it: the buyer has paid the rest.
    """
    if payment.state is not PaymentState.PAID:
        return [_UNPAID[payment.state]] * len(payment.lines)
    shares = refund_shares(payment)
    refunded = [sum(parts) for parts in zip(*shares, strict=True)] or [0] * len(payment.lines)
    # What was free in a payment goes with it when all its money is given back.
    whole = 0 < payment.amount <= payment.refunded
    disputed = _dispute_states(payment)
    return [
        SaleState.REFUNDED
        if whole or 0 < line.amount <= back
        else its or (SaleState.PARTLY_REFUNDED if back > 0 else SaleState.PAID)
        for line, back, its in zip(payment.lines, refunded, disputed, strict=True)
    ]


def _dispute_states(payment: Payment) -> list[SaleState | None]:
    """What disputes have made of each line; None if they leave it as it was."""
    states: list[SaleState | None] = [None] * len(payment.lines)
    for dispute in payment.disputes:
        whole = wholly_disputed(payment, dispute)
        for i, its in enumerate(whole):
            if dispute.state is DisputeState.LOST and its:
                states[i] = SaleState.DISPUTE_LOST
            elif dispute.state is DisputeState.OPEN and (its or not any(whole)):
                states[i] = states[i] or SaleState.DISPUTED
    return states
