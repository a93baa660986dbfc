"""Where each sale of a payment stands, in one word."""

from bot.ledger.entries import refund_shares
from bot.ledger.payment import DisputeState, Payment, PaymentState
from bot.ledger.records import SaleState

_UNPAID = {PaymentState.PENDING: SaleState.PENDING, PaymentState.FAILED: SaleState.FAILED}


def sale_states(payment: Payment) -> list[SaleState]:
    """Judge each line of a payment, in the order of its lines.

    A line refunded in full is refunded whatever a bank says after; else a lost dispute is told
    first, then an open one (a bank disputes the whole charge, so every line), then a refund of
    part. Inquiries and won disputes leave a sale as it was.
    """
    if payment.state is not PaymentState.PAID:
        return [_UNPAID[payment.state]] * len(payment.lines)
    shares = refund_shares(payment)
    refunded = [sum(parts) for parts in zip(*shares, strict=True)] or [0] * len(payment.lines)
    # What was free in a payment goes with it when all its money is given back.
    whole = 0 < payment.amount <= payment.refunded
    return [
        SaleState.REFUNDED if whole or 0 < line.amount <= back else _otherwise(payment, back)
        for line, back in zip(payment.lines, refunded, strict=True)
    ]


def _otherwise(payment: Payment, refunded: int) -> SaleState:
    disputes = {dispute.state for dispute in payment.disputes}
    if DisputeState.LOST in disputes:
        return SaleState.DISPUTE_LOST
    if DisputeState.OPEN in disputes:
        return SaleState.DISPUTED
    return SaleState.PARTLY_REFUNDED if refunded > 0 else SaleState.PAID
