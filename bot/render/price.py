"""What a payment brought, in lines: the price, what is left after fees, what went back."""

from bot.ledger.money import Money, sums
from bot.ledger.payment import Dispute, DisputeState, Payment, PaymentState
from bot.ledger.records import PaymentRecord, Sale, SaleState
from bot.render.money import money, monies
from bot.render.words import plain, safe, timestamp

NEEDS_KEY = "fees need a Stripe key"
SETTLING = "settling…"


def price_line(record: PaymentRecord, *, fees_possible: bool = True) -> str:
    """`$29.95 → **$28.78** after fees`; struck through once all of it went back."""
    payment = record.payment
    steps = " → ".join(money(amount) for amount in steps_of(payment))
    if payment.state is PaymentState.FAILED:
        return f"~~{steps}~~ never paid"
    if payment.state is PaymentState.PENDING:
        return f"**{steps}** is on its way, not paid yet"
    if payment.free:
        return "**Free**"
    if wholly_refunded(record):
        return f"~~{steps}~~ refunded"
    return f"{steps}{_after_fees(record, fees_possible)}"


def _after_fees(record: PaymentRecord, fees_possible: bool) -> str:
    if record.payment.movement is None:
        return f" → {SETTLING}" if fees_possible or record.complete else f" · {NEEDS_KEY}"
    movement = record.payment.movement
    return f" → **{money(Money(movement.net, movement.currency))}** after fees"


def steps_of(payment: Payment) -> tuple[Money, ...]:
    """What the buyer saw, what was charged, what it settled as: only where they differ."""
    steps = []
    if payment.presented_amount is not None and payment.presented_currency:
        steps.append(Money(payment.presented_amount, payment.presented_currency))
    charged = Money(payment.amount, payment.currency)
    if charged not in steps:
        steps.append(charged)
    movement = payment.movement
    if movement is not None and movement.currency != payment.currency:
        settled = Money(movement.gross, movement.currency)
        if settled not in steps:
            steps.append(settled)
    return tuple(steps)


def wholly_refunded(record: PaymentRecord) -> bool:
    """Whether every sale of the payment has been given back."""
    return all(sale.state is SaleState.REFUNDED for sale in record.sales)


def left_line(record: PaymentRecord) -> str:
    """What remains once money went back: `↩ $10.00 given back · **$18.78** left`; else empty."""
    payment = record.payment
    moved = payment.refunded or any(dispute.movements for dispute in payment.disputes)
    if not moved:
        return ""
    left = f"**{monies(sums(sale.left for sale in record.sales))}** left"
    if payment.movement is None:
        left += " before fees"
    if wholly_refunded(record):
        return f"{left}: fees are not given back" if payment.movement is not None else ""
    if payment.refunded:
        return f"↩ {money(Money(payment.refunded, payment.currency))} given back · {left}"
    return left


def sale_price(sale: Sale) -> str:
    """One sale's price: struck through when given back, with what was given back in part."""
    if sale.price.amount == 0:
        return "Free"
    if sale.state in (SaleState.REFUNDED, SaleState.FAILED):
        return f"~~{money(sale.price)}~~"
    if sale.refunded.amount:
        return f"{money(sale.price)} (↩ {money(sale.refunded)})"
    return money(sale.price)


_DISPUTE_WORDS = {
    DisputeState.INQUIRY: "The bank asks about this payment (no money moved)",
    DisputeState.OPEN: "Disputed",
    DisputeState.WON: "Dispute won",
    DisputeState.LOST: "Dispute lost",
    DisputeState.CLOSED: "Inquiry closed",
}


def dispute_line(dispute: Dispute) -> str:
    """`⚠️ **Disputed:** $29.95 · fraudulent · answer by …`, with the deadline while it runs."""
    running = dispute.state in (DisputeState.OPEN, DisputeState.INQUIRY)
    mark = {DisputeState.LOST: "❌ ", DisputeState.WON: "✅ "}.get(
        dispute.state, "⚠️ " if running else ""
    )
    amount = money(Money(dispute.amount, dispute.currency))
    reason = safe(dispute.reason.replace("_", " "), 40)
    line = f"{mark}**{_DISPUTE_WORDS[dispute.state]}:** {amount} · {reason}"
    if running and dispute.due_by is not None:
        due = dispute.due_by
        line += f" · answer by {timestamp(due)} ({timestamp(due, 'R')})"
    return line


def state_words(state: SaleState) -> str:
    """A sale's state as a person says it."""
    return {
        SaleState.PENDING: "payment pending",
        SaleState.FAILED: "never paid",
        SaleState.PAID: "paid",
        SaleState.PARTLY_REFUNDED: "partly refunded",
        SaleState.REFUNDED: "refunded",
        SaleState.DISPUTED: "disputed",
        SaleState.DISPUTE_LOST: "dispute lost",
    }[state]


def refund_reason(reason: str | None) -> str:
    """Stripe's reason for a refund in words; empty where it gave none."""
    return plain(reason.replace("_", " "), 40) if reason else ""
