"""Where each sale of a payment stands, in one word."""

from bot.domain.entries import refund_shares, wholly_disputed
from bot.domain.payment import DisputeState, Payment, PaymentState
from bot.domain.records import SaleState

_UNPAID = {PaymentState.PENDING: SaleState.PENDING, PaymentState.FAILED: SaleState.FAILED}


def sale_states(payment: Payment) -> list[SaleState]:
    """Judge each line of a payment, in the order of its lines.

    A line refunded in full is refunded whatever a bank says after; else a lost dispute of all of
    it is told first, then an open one, then a refund of part. Inquiries and won disputes leave a
    sale as it was, and so does a lost one of a part of it: the buyer has paid the rest.
    """
    if payment.state is not PaymentState.PAID:
        return [_UNPAID[payment.state]] * len(payment.lines)
    shares = refund_shares(payment)
    refunded = [sum(parts) for parts in zip(*shares, strict=True)] or [0] * len(payment.lines)
    # What was free in a payment goes with it when all its money is given back.
    whole = 0 < payment.amount <= payment.refunded
    disputed = _disputed(payment)
    return [
        SaleState.REFUNDED
        if whole or 0 < line.amount <= back
        else its or (SaleState.PARTLY_REFUNDED if back > 0 else SaleState.PAID)
        for line, back, its in zip(payment.lines, refunded, disputed, strict=True)
    ]


def _disputed(payment: Payment) -> list[SaleState | None]:
    """What disputes have made of each line; None where they leave it as it was."""
    states: list[SaleState | None] = [None] * len(payment.lines)
    for dispute in payment.disputes:
        whole = wholly_disputed(payment, dispute)
        for i, its in enumerate(whole):
            if dispute.state is DisputeState.LOST and its:
                states[i] = SaleState.DISPUTE_LOST
            elif dispute.state is DisputeState.OPEN and (its or not any(whole)):
                states[i] = states[i] or SaleState.DISPUTED
    return states
