"""Disputes, inquiries and fraud warnings in plain words: why, how much, until when, how it ended.

What Stripe's words mean: https://docs.stripe.com/disputes/categories
"""

from bot.ledger.money import Money
from bot.ledger.payment import Dispute, DisputeState, FraudWarning, Movement
from bot.ledger.records import PaymentRecord
from bot.render.money import money
from bot.render.price import in_stripe, left_words, what_words
from bot.render.words import safe, timestamp

REASONS = {
    "bank_cannot_process": "the bank could not process the payment",
    "check_returned": "the buyer's check was returned",
    "credit_not_processed": "the buyer says a refund they were promised did not come",
    "customer_initiated": "the buyer asked their bank for the money",
    "debit_not_authorized": "the buyer says they never allowed the debit",
    "duplicate": "the buyer says they paid twice",
    "fraudulent": "the cardholder says it was not them who paid",
    "general": "the bank gives no particular reason",
    "incorrect_account_details": "the details of the buyer's account were wrong",
    "insufficient_funds": "the buyer's account did not have the money",
    "noncompliant": "the card network says that its rules were broken",
    "product_not_received": "the buyer says they never got it",
    "product_unacceptable": "the buyer says it is not what was promised",
    "subscription_canceled": "the buyer says they had canceled it",
    "unrecognized": "the buyer does not recognize the charge",
}
FRAUD = {
    "card_never_received": "a card that never reached its owner",
    "fraudulent_card_application": "a card that was got by fraud",
    "made_with_counterfeit_card": "a counterfeit card",
    "made_with_lost_card": "a lost card",
    "made_with_stolen_card": "a stolen card",
    "unauthorized_use_of_card": "a card used without its owner's leave",
}
"""What a card network suspects. https://docs.stripe.com/api/radar/early_fraud_warnings/object"""

_WORDS = {
    DisputeState.INQUIRY: "The bank asks about this payment (no money moved)",
    DisputeState.OPEN: "Disputed",
    DisputeState.WON: "Dispute won",
    DisputeState.LOST: "Dispute lost",
    DisputeState.CLOSED: "Inquiry closed",
}
_MARKS = {
    DisputeState.INQUIRY: "⚠️ ",
    DisputeState.OPEN: "⚠️ ",
    DisputeState.WON: "✅ ",
    DisputeState.LOST: "❌ ",
}
TURNS = {
    "inquiry": DisputeState.INQUIRY,
    "dispute_opened": DisputeState.OPEN,
    "dispute_won": DisputeState.WON,
    "dispute_lost": DisputeState.LOST,
    "dispute_closed": DisputeState.CLOSED,
}
"""What is told of a dispute, each when it comes to be in a state."""
_LEFT = {"dispute_reminder_72": "Less than three days", "dispute_reminder_24": "Less than a day"}


def dispute_line(dispute: Dispute) -> str:
    """`⚠️ **Disputed:** $29.95 · the buyer says they never got it · answer by …`."""
    running = dispute.state in (DisputeState.OPEN, DisputeState.INQUIRY)
    line = _turn(dispute, dispute.state)
    if dispute.answer_by is not None:
        return f"{line} · {_deadline(dispute)}"
    answered = running and dispute.status.endswith("under_review")
    return f"{line} · your answer is with the bank" if answered else line


def dispute_history(dispute: Dispute) -> list[str]:
    """When it was opened, and each time it moved money."""
    lines = [f"{timestamp(dispute.created)} {dispute_line(dispute)}"]
    for movement in dispute.movements:
        amount = money(Money(abs(movement.gross), movement.currency))
        word = "given back" if movement.gross > 0 else "withdrawn"
        lines.append(f"{timestamp(movement.at)} {amount} {word}{_fee_of(movement)}")
    return lines


def dispute_reply(what: str, record: PaymentRecord, object_id: str) -> str:
    """A turn in a dispute: what, until when, what it did to the money, where to answer.

    `what` is one of `TURNS`. Told so late that another turn has followed, it says no more than
    that: what holds now is told with that other one.
    """
    dispute = _find(record, object_id)
    if dispute is None:
        return f"⚠️ **Dispute** · {what_words(record)}"
    if dispute.state is not TURNS[what]:
        return f"{_turn(dispute, TURNS[what])} · {what_words(record)}\nIt has moved on since."
    lines = [f"{dispute_line(dispute)} · {what_words(record)}", _money(record, dispute)]
    if dispute.answer_by is not None:
        lines.append(in_stripe(record, "Answer it in Stripe"))
    return "\n".join(line for line in lines if line)


def reminder(what: str, record: PaymentRecord, object_id: str) -> str:
    """Time is running out; `what` says how much is left."""
    dispute = _find(record, object_id)
    if dispute is None or dispute.answer_by is None:
        return f"The dispute of {what_words(record)} needs no answer any more."
    asked = "the bank's question" if dispute.state is DisputeState.INQUIRY else "the dispute"
    return (
        f"⏰ **{_LEFT[what]} left to answer {asked}:** {_amount(dispute)} · {_reason(dispute)} · "
        f"{what_words(record)}\n{_deadline(dispute)}. Without an answer the bank decides for the "
        f"buyer. {in_stripe(record, 'Answer it in Stripe')}"
    )


def open_warnings(record: PaymentRecord) -> tuple[FraudWarning, ...]:
    """Warnings that one can still act on: nothing is disputed, not all is given back."""
    payment = record.payment
    over = payment.disputes or payment.refunded >= payment.amount
    return () if over else payment.warnings


def warning_line(warning: FraudWarning) -> str:
    """`⚠️ **Early fraud warning:** perhaps a stolen card. No money moved.`"""
    return f"⚠️ **Early fraud warning:** {_suspicion(warning)}. No money moved."


def warning_reply(record: PaymentRecord, object_id: str) -> str:
    """What a warning means, and what one can do before it becomes a dispute."""
    found = (one for one in record.payment.warnings if one.id == object_id)
    line = next(map(warning_line, found), "⚠️ **Early fraud warning.** No money moved.")
    advice = (
        "It often becomes a dispute, which costs a fee. A refund before that avoids it: "
        f"{in_stripe(record, 'look at it in Stripe')}."
    )
    return "\n".join(
        [f"{line} · {what_words(record)}", *([advice] if open_warnings(record) else [])]
    )


def _turn(dispute: Dispute, state: DisputeState) -> str:
    prevented = dispute.status == "prevented" and dispute.state is state
    words = "Dispute prevented" if prevented else _WORDS[state]
    return f"{_MARKS.get(state, '')}**{words}:** {_amount(dispute)} · {_reason(dispute)}"


def _money(record: PaymentRecord, dispute: Dispute) -> str:
    """What the bank took and gave back, Stripe's fee for it, and what is left."""
    if not dispute.movements:
        calm = dispute.state in (DisputeState.INQUIRY, DisputeState.CLOSED)
        return "No money moved." if calm else ""
    currency = dispute.movements[0].currency

    def say(amount: int) -> str:
        return money(Money(amount, currency))

    moves = [movement for movement in dispute.movements if movement.currency == currency]
    taken = -sum(movement.gross for movement in moves if movement.gross < 0)
    back = sum(movement.gross for movement in moves if movement.gross > 0)
    fee = sum(movement.fees.total for movement in moves)
    parts = [
        f"The bank took {say(taken)}" if taken and not back else "",
        f"{say(back)} is back" if back else "",
        f"the dispute's fee of {say(fee)} {'stays lost' if back else 'is taken too'}"
        if fee
        else "",
        left_words(record),
    ]
    return " · ".join(part for part in parts if part)


def _find(record: PaymentRecord, object_id: str) -> Dispute | None:
    return next((one for one in record.payment.disputes if one.id == object_id), None)


def _amount(dispute: Dispute) -> str:
    return money(Money(dispute.amount, dispute.currency))


def _reason(dispute: Dispute) -> str:
    return REASONS.get(dispute.reason) or safe(dispute.reason.replace("_", " "), 40)


def _suspicion(warning: FraudWarning) -> str:
    suspected = FRAUD.get(warning.kind)
    return f"the card network suspects {suspected}" if suspected else "the card network is wary"


def _deadline(dispute: Dispute) -> str:
    assert dispute.answer_by is not None
    due = dispute.answer_by
    return f"answer by {timestamp(due, 'F')} ({timestamp(due, 'R')})"


def _fee_of(movement: Movement) -> str:
    fee = movement.fees.total
    if not fee:
        return ""
    words = money(Money(abs(fee), movement.currency))
    return f", fee {words}" if fee > 0 else f", fee {words} given back"
