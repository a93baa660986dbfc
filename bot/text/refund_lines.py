"""Refunds: what the buyer gets back, which fees stay lost, and what refunding would do.

Stripe keeps its fee; a platform gives its own back or not, which shows in the fees of the refund's
balance transaction: https://docs.stripe.com/connect/direct-charges#issue-refunds
"""

from collections.abc import Sequence
from datetime import datetime

from bot.domain.entries import refund_shares
from bot.domain.key_permissions import Resource, permission_for
from bot.domain.money import Money
from bot.domain.payment import BalanceTransaction, Payment, Refund
from bot.domain.refunds import FAILED_LATE
from bot.domain.sale import PaymentRecord, Sale, SaleState
from bot.text.language import gettext, phrase, said
from bot.text.sale_lines import DENIED, in_stripe, left_words, what_words
from bot.text.words import capitalized, code, money, status_words, stripe_word

FAILURES = {
    "charge_for_pending_refund_disputed": phrase("the buyer had disputed the payment"),
    "declined": phrase("the bank declined it"),
    "expired_or_canceled_card": phrase("the card has expired or was canceled"),
    "insufficient_funds": phrase("your Stripe balance was too low"),
    "lost_or_stolen_card": phrase("the card was lost or stolen"),
    "merchant_request": phrase("you asked Stripe to stop it"),
}
"""Why a refund failed. https://docs.stripe.com/api/refunds/object#refund_object-failure_reason"""

_KEPT = phrase("Stripe keeps its {amount} fee")
_KEPT_WITH_TAX = phrase("Stripe keeps its {amount} fee (tax included)")
_ON_ITS_WAY = phrase("↩ **{amount} on its way back to the buyer**")
_GIVEN_BACK = phrase("↩ **{amount} refunded**")
_TAKEN_BACK = phrase("↩ **{amount} taken back: the payment failed after it had succeeded**")
_ASKED = "requested_by_customer"
"""The usual reason: a reply does not name it."""
_REASONS = {
    "duplicate": phrase("duplicate"),
    "fraudulent": phrase("fraudulent"),
    _ASKED: phrase("requested by customer"),
    "expired_uncaptured_charge": phrase("expired uncaptured charge"),
    FAILED_LATE: phrase("the payment failed after it had succeeded"),
}
"""Why one was made. https://docs.stripe.com/api/refunds/object#refund_object-reason"""
_SOURCES = permission_for(Resource.SOURCES)
_UNDER_WAY = ("pending", "requires_action")


def refund_reply(
    record: PaymentRecord, object_id: str, *, amount: Money | None = None, fees_possible: bool
) -> str:
    """A refund: how much, which fees come back and which do not, and the net.

    `amount`: if only the charge showed it; by then it may be one of several.
    """
    refund = _find(record, object_id)
    how_much = money(amount) if amount else _amount(refund) if refund else ""
    under_way = refund is not None and refund.status in _UNDER_WAY
    words = _ON_ITS_WAY if under_way else _GIVEN_BACK
    failed = refund is not None and refund.reason == FAILED_LATE
    words = _TAKEN_BACK if failed else words
    what = said(words, amount=how_much) if how_much else gettext("↩ **Refunded**")
    reason = refund.reason if refund and not failed and refund.reason != _ASKED else None
    fees = fees_of(record, [refund] if refund else [], fees_possible=fees_possible)
    facts = filter(None, [*_left_and_fees(record, fees), _refund_reason(reason)])
    return f"{what} · {what_words(record)}\n{' · '.join(facts)}"


def _left_and_fees(record: PaymentRecord, fees: Sequence[str]) -> list[str]:
    """The net, then the fees; if Stripe's fee is all that is lost, it is said once."""
    charged = record.payment.movement
    left = sum(sale.left.amount for sale in record.sales)
    if charged is not None and left == -(charged.fees.stripe + charged.fees.tax) < 0:
        return [gettext("{left}: Stripe keeps its fee", left=left_words(record)), *fees[1:]]
    return [left_words(record), *fees]


def refund_failed_reply(record: PaymentRecord, object_id: str) -> str:
    """A refund that did not reach the buyer, and what to do now."""
    refund = _find(record, object_id)
    head = gettext("⚠️ **Refund failed**")
    if refund:
        head = gettext("⚠️ **Refund of {amount} failed**", amount=_amount(refund))
    advice = gettext("The buyer didn't get it; pay them back another way.")
    return f"{head} · {what_words(record)}\n{left_words(record)}\n{_why(refund)}{advice}"


def fee_returned_reply(record: PaymentRecord, object_id: str) -> str:
    """The platform returned its fee, or some of it, without a refund."""
    moved = next((one for one in record.payment.fee_returns if one.id == object_id), None)
    what = gettext("↩ **The platform returned its fee to you**")
    if moved:
        amount = money(Money(moved.net, moved.currency))
        what = gettext("↩ **The platform returned {amount} of its fee to you**", amount=amount)
    return f"{what} · {what_words(record)}\n{left_words(record)}"


def fees_of(record: PaymentRecord, refunds: Sequence[Refund], *, fees_possible: bool) -> list[str]:
    """`Stripe keeps its fee of $1.17`, `platform fee of $3.00 not returned`; or what is not known.

    For some refunds of the payment; empty if nothing but their number is known.
    """
    payment = record.payment
    charged = payment.movement
    if charged is None:
        if record.unreadable:
            return [said(DENIED, permission=code(record.unreadable, 60))]
        if fees_possible or record.complete:
            return [gettext("fees settling…")]
        unknown = gettext("what Stripe keeps is unknown: fees need a Stripe key")
        return [f"{unknown} (`STRIPE_API_KEY`)"]
    words = []
    moved = [refund.movement for refund in payment.refunds if refund.movement is not None]
    returned = -sum(movement.fees.stripe + movement.fees.tax for movement in moved)
    kept = charged.fees.stripe + charged.fees.tax - returned
    if kept > 0:
        fee = money(Money(kept, charged.currency))
        words.append(said(_KEPT_WITH_TAX if charged.fees.tax else _KEPT, amount=fee))
    if charged.fees.platform:
        words.append(_platform_words(record, charged, refunds))
    return words


def refund_history(record: PaymentRecord, sale: Sale) -> list[tuple[datetime, str]]:
    """When each refund of the payment was made, how much it is, and this sale's share of it."""
    told = []
    shares = refund_shares(record.payment)
    for refund, share in zip(record.payment.refunds, shares, strict=True):
        how_much, why = _amount(refund), _refund_reason(refund.reason)
        what = gettext("**{amount}** refunded", amount=how_much)
        if refund.status != "succeeded":
            status = status_words(refund.status)
            what = gettext("refund of **{amount}** {status}", amount=how_much, status=status)
        if not refund.counts:
            why = _why(refund).rstrip(". ")
        parts = [what, why]
        if len(record.sales) > 1 and refund.counts:
            part = Money(share[sale.position], record.payment.currency)
            parts.append(gettext("{amount} of it for this sale", amount=money(part)))
        told.append((refund.created, " · ".join(part for part in parts if part)))
    return told


def what_stays_lost(record: PaymentRecord, *, fees_possible: bool) -> str:
    """Below the refunds of a record: which fees came back. Empty without refunds."""
    real = [refund for refund in record.payment.refunds if refund.counts]
    if not real:
        return ""
    line = " · ".join(fees_of(record, real, fees_possible=fees_possible))
    return capitalized(line)


def refunding(record: PaymentRecord, sale: Sale) -> str:
    """Where to refund, and what that will do; empty if there is nothing to refund."""
    if record.payment.free or not sale.state.is_sale:
        return ""
    if sale.state is SaleState.DISPUTED:
        return gettext("Not while the bank decides: Stripe does not refund disputed payments.")
    if sale.state not in (SaleState.PAID, SaleState.PARTLY_REFUNDED):
        return ""
    rest = money(sale.price - sale.refunded)
    refund = in_stripe(record, gettext("Refund it in Stripe"))
    words = [
        gettext("{refund}: up to **{amount}** goes back to the buyer.", refund=refund, amount=rest)
    ]
    charged = record.payment.movement
    lost = phrase("You lose Stripe's fee.")
    amount = ""
    if charged is not None and charged.fees.stripe + charged.fees.tax:
        amount = money(Money(charged.fees.stripe + charged.fees.tax, charged.currency))
        lost = phrase("You lose Stripe's {amount} fee.")
        if len(record.sales) > 1:
            lost = phrase("You lose Stripe's {amount} fee for the whole payment.")
    words.append(said(lost, amount=amount))
    if charged is not None and charged.fees.platform:
        words.append(gettext("The platform decides whether it returns its fee."))
    if sale.exclusive and not sale.conflict:
        words.append(gettext("After a full refund you can put the track back on sale."))
    return " ".join(words)


def _refund_reason(reason: str | None) -> str:
    """Stripe's reason for a refund in words; empty without one."""
    return stripe_word(_REASONS, reason, 40) if reason else ""


def _platform_words(
    record: PaymentRecord, charged: BalanceTransaction, refunds: Sequence[Refund]
) -> str:
    fee = Money(charged.fees.platform, charged.currency)
    moved = [refund.movement for refund in refunds if refund.movement is not None]
    if not moved or len(moved) < len(refunds):
        return gettext(
            "unknown yet whether the platform returns its {amount} fee", amount=money(fee)
        )
    moved += _returned_with(record.payment, refunds)
    back = Money(-sum(movement.fees.platform for movement in moved), fee.currency)
    if back.amount <= 0:
        if _SOURCES in record.lacking:
            return gettext(
                "unknown whether the platform returns its {amount} fee: my Stripe key can't "
                "read that ({permission})",
                amount=money(fee),
                permission=code(_SOURCES, 60),
            )
        return gettext("platform keeps its {amount} fee", amount=money(fee))
    if back.amount >= fee.amount:
        return gettext("platform fee of {amount} returned", amount=money(back))
    return gettext(
        "{amount} of the platform fee of {fee} returned", amount=money(back), fee=money(fee)
    )


def _returned_with(payment: Payment, refunds: Sequence[Refund]) -> list[BalanceTransaction]:
    """Fees that the platform returned separately, between these refunds and the next."""
    times = sorted(refund.created for refund in payment.refunds)
    shown = {refund.created for refund in refunds}
    return [
        moved
        for moved in payment.fee_returns
        if max((at for at in times if at <= moved.at), default=None) in shown
    ]


def _find(record: PaymentRecord, object_id: str) -> Refund | None:
    return next((one for one in record.payment.refunds if one.id == object_id), None)


def _amount(refund: Refund) -> str:
    """`€18.40 → $20.00` if the buyer paid in another currency."""
    amount = money(Money(refund.amount, refund.currency))
    if refund.presented_amount is None or refund.presented_currency is None:
        return amount
    return f"{money(Money(refund.presented_amount, refund.presented_currency))} → {amount}"


def _why(refund: Refund | None) -> str:
    if refund is None or refund.failure is None or refund.failure == "unknown":
        return ""
    return f"{capitalized(stripe_word(FAILURES, refund.failure, 60))}. "
