"""Disputes, inquiries and fraud warnings in plain words: why, how much, deadline, outcome.

What Stripe's words mean: https://docs.stripe.com/disputes/categories
"""

from datetime import datetime

from bot.domain.money import Money
from bot.domain.payment import BalanceTransaction, Dispute, DisputeState, FraudWarning
from bot.domain.sale import PaymentRecord
from bot.text.language import gettext, phrase, said
from bot.text.sale_lines import in_stripe, left_words, what_words
from bot.text.words import capitalized, money, stripe_word, timestamp

REASONS = {
    "bank_cannot_process": phrase("the bank could not process the payment"),
    "check_returned": phrase("the buyer's check was returned"),
    "credit_not_processed": phrase("the buyer says a promised refund never came"),
    "customer_initiated": phrase("the buyer asked their bank for the money back"),
    "debit_not_authorized": phrase("the buyer says they never authorized the debit"),
    "duplicate": phrase("the buyer says they paid twice"),
    "fraudulent": phrase("the buyer says they didn't make this payment (fraud)"),
    "general": phrase("the bank gives no specific reason"),
    "incorrect_account_details": phrase("the buyer's account details were wrong"),
    "insufficient_funds": phrase("the buyer's account didn't have enough money"),
    "noncompliant": phrase("the card network says its rules were broken"),
    "product_not_received": phrase("the buyer says they never got it"),
    "product_unacceptable": phrase("the buyer says it is not what was promised"),
    "subscription_canceled": phrase("the buyer says they had canceled"),
    "unrecognized": phrase("the buyer does not recognize the charge"),
}
FRAUD = {
    "card_never_received": phrase("a card that never reached its owner"),
    "fraudulent_card_application": phrase("a card obtained by fraud"),
    "made_with_counterfeit_card": phrase("a counterfeit card"),
    "made_with_lost_card": phrase("a lost card"),
    "made_with_stolen_card": phrase("a stolen card"),
    "unauthorized_use_of_card": phrase("a card used without its owner's permission"),
}
"""What a card network suspects. https://docs.stripe.com/api/radar/early_fraud_warnings/object"""

_WORDS = {
    DisputeState.INQUIRY: phrase("The bank is asking about a payment"),
    DisputeState.OPEN: phrase("Disputed"),
    DisputeState.WON: phrase("Dispute won"),
    DisputeState.LOST: phrase("Dispute lost"),
    DisputeState.CLOSED: phrase("Inquiry closed"),
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
"""Replies about a dispute, by the state that each is about."""
_REMINDERS = {
    ("dispute_reminder_72", False): phrase("⏰ **Less than three days to answer the dispute:**"),
    ("dispute_reminder_24", False): phrase("⏰ **Less than a day to answer the dispute:**"),
    ("dispute_reminder_72", True): phrase(
        "⏰ **Less than three days to answer the bank's question:**"
    ),
    ("dispute_reminder_24", True): phrase("⏰ **Less than a day to answer the bank's question:**"),
}
"""By reply, and whether it is an inquiry."""

_FEE_LOST = phrase("the {amount} dispute fee is lost")
_FEE_TAKEN = phrase("{amount} dispute fee")


def dispute_line(dispute: Dispute) -> str:
    """`⚠️ **Disputed:** $29.95 · the buyer says they never got it · answer by …`."""
    parts = (_turn(dispute, dispute.state), _reason(dispute), _standing(dispute))
    return " · ".join(part for part in parts if part)


def dispute_brief(record: PaymentRecord, dispute: Dispute) -> str:
    """`⚠️ The buyer says they never got it`, and the deadline on a line of its own.

    For an alert: its headline says that the payment is disputed, and its net what that costs.
    """
    words = {
        DisputeState.INQUIRY: gettext("**The bank is asking**, no money moved"),
        DisputeState.WON: gettext("**Dispute won**"),
        DisputeState.CLOSED: _turn_words(dispute, dispute.state),
    }.get(dispute.state, "")
    if not words and any(sale.conflict for sale in record.sales):
        words = f"**{_turn_words(dispute, dispute.state)}**"
    whole = Money(record.payment.amount, record.payment.currency)
    amount = "" if Money(dispute.amount, dispute.currency) == whole else f"**{_amount(dispute)}**"
    over = dispute.state in (DisputeState.WON, DisputeState.CLOSED)
    parts = [amount, words, "" if over else _reason(dispute)]
    what = capitalized(" · ".join(filter(None, parts)))
    first = f"{_MARKS.get(dispute.state, '')}{what}"
    return "\n".join(filter(None, [first, capitalized(_standing(dispute))]))


def _standing(dispute: Dispute) -> str:
    """The deadline for an answer, or that it was answered."""
    if dispute.answer_by is not None:
        return _deadline(dispute)
    running = dispute.state in (DisputeState.OPEN, DisputeState.INQUIRY)
    answered = running and dispute.status.endswith("under_review")
    return gettext("the bank has your answer") if answered else ""


def dispute_money(dispute: Dispute) -> list[tuple[datetime, str]]:
    """When the bank took or returned how much, and Stripe's fee for it."""
    told = []
    for movement in dispute.movements:
        amount = money(Money(abs(movement.gross), movement.currency))
        moved = gettext("{amount} returned", amount=amount)
        if movement.gross < 0:
            moved = gettext("{amount} withdrawn", amount=amount)
        told.append((movement.at, f"{moved}{_fee_of(movement)}"))
    return told


def dispute_reply(what: str, record: PaymentRecord, object_id: str) -> str:
    """A change of a dispute: what, the deadline, the money it moved, where to answer.

    `what` is one of `TURNS`. If the dispute has changed again since, the reply says only
    that: the next reply says what is true now.
    """
    dispute = _find(record, object_id)
    if dispute is None:
        return f"⚠️ **{gettext('Dispute')}** · {what_words(record)}"
    head = f"{_turn(dispute, TURNS[what])} · {what_words(record)}"
    if dispute.state is not TURNS[what]:
        return f"{head}\n{gettext('This has changed since.')}"
    lines = [head, _money(record, dispute), capitalized(_reason(dispute)), _answer(record, dispute)]
    return "\n".join(line for line in lines if line)


def reminder(what: str, record: PaymentRecord, object_id: str) -> str:
    """A deadline is near; `what` says how near."""
    dispute = _find(record, object_id)
    if dispute is None or dispute.answer_by is None:
        return gettext("The dispute of {sale} no longer needs an answer.", sale=what_words(record))
    head = said(_REMINDERS[what, dispute.state is DisputeState.INQUIRY])
    lines = [
        f"{head} {_amount(dispute)} · {what_words(record)}",
        _answer(record, dispute),
        gettext("Without an answer, the bank decides for the buyer."),
    ]
    return "\n".join(lines)


def open_warnings(record: PaymentRecord) -> tuple[FraudWarning, ...]:
    """Warnings that one can still act on: nothing is disputed, and not all is refunded."""
    payment = record.payment
    over = payment.disputes or payment.refunded >= payment.amount
    return () if over else payment.warnings


def warning_line(warning: FraudWarning) -> str:
    """`⚠️ **Early fraud warning** · perhaps a stolen card`."""
    suspected = FRAUD.get(warning.kind)
    if suspected is None:
        return gettext("⚠️ **Early fraud warning**")
    return gettext("⚠️ **Early fraud warning** · perhaps {suspicion}", suspicion=said(suspected))


def warning_reply(record: PaymentRecord, object_id: str) -> str:
    """What a warning means, and what to do before it becomes a dispute."""
    found = (one for one in record.payment.warnings if one.id == object_id)
    line = next(map(warning_line, found), gettext("⚠️ **Early fraud warning**"))
    refund = in_stripe(record, gettext("Refund it"))
    advice = gettext(
        "No money moved. {refund} before it becomes a dispute, which costs a fee.", refund=refund
    )
    return "\n".join(
        [f"{line} · {what_words(record)}", *([advice] if open_warnings(record) else [])]
    )


def _turn(dispute: Dispute, state: DisputeState) -> str:
    return f"{_MARKS.get(state, '')}**{_turn_words(dispute, state)}:** {_amount(dispute)}"


def _turn_words(dispute: Dispute, state: DisputeState) -> str:
    prevented = dispute.status == "prevented" and dispute.state is state
    return gettext("Dispute prevented") if prevented else said(_WORDS[state])


def _money(record: PaymentRecord, dispute: Dispute) -> str:
    """The net, what the bank returned, and Stripe's fee for the dispute."""
    if not dispute.movements:
        calm = dispute.state in (DisputeState.INQUIRY, DisputeState.CLOSED)
        return gettext("No money moved.") if calm else ""
    currency = dispute.movements[0].currency

    def say(amount: int) -> str:
        return money(Money(amount, currency))

    moves = [movement for movement in dispute.movements if movement.currency == currency]
    back = sum(movement.gross for movement in moves if movement.gross > 0)
    fee = sum(movement.fees.total for movement in moves)
    parts = [
        left_words(record),
        gettext("{amount} is back", amount=say(back)) if back else "",
        said(_FEE_LOST if back else _FEE_TAKEN, amount=say(fee)) if fee else "",
    ]
    return " · ".join(part for part in parts if part)


def _find(record: PaymentRecord, object_id: str) -> Dispute | None:
    return next((one for one in record.payment.disputes if one.id == object_id), None)


def _amount(dispute: Dispute) -> str:
    return money(Money(dispute.amount, dispute.currency))


def _reason(dispute: Dispute) -> str:
    return stripe_word(REASONS, dispute.reason, 40)


def _deadline(dispute: Dispute) -> str:
    return gettext("answer by {time} ({left})", **_due(dispute))


def _answer(record: PaymentRecord, dispute: Dispute) -> str:
    """Where to answer and until when; or that it was answered."""
    if dispute.answer_by is None:
        return capitalized(_standing(dispute))
    answer = in_stripe(record, gettext("Answer in Stripe"))
    return gettext("{answer} by {time} ({left})", answer=answer, **_due(dispute))


def _due(dispute: Dispute) -> dict[str, str]:
    assert dispute.answer_by is not None
    due = dispute.answer_by
    return {"time": timestamp(due, "D"), "left": timestamp(due, "R")}


def _fee_of(movement: BalanceTransaction) -> str:
    fee = movement.fees.total
    if not fee:
        return ""
    words = money(Money(abs(fee), movement.currency))
    if fee > 0:
        return f", {gettext('{amount} fee', amount=words)}"
    return f", {gettext('{amount} fee returned', amount=words)}"
