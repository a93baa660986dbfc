"""Refunds: how they are read and merged, and what stands in for those not shown yet.

https://docs.stripe.com/api/refunds/object
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from itertools import chain
from operator import attrgetter

from bot.domain.balance_transactions import each_once, latest, readable_balance_transaction
from bot.domain.json_access import Json, currency, identifier, integer, mapping, moment, text
from bot.domain.money import Money
from bot.domain.payment import Payment, Refund
from bot.domain.payment_fields import presented_of

FAILED_LATE = "payment_failed"
"""Our reason for what the bank took back of a payment that failed after it had succeeded."""

# How far a refund has come; a later stage is never undone by an earlier view of it.
_STAGES = {"pending": 0, "requires_action": 0, "succeeded": 1, "failed": 2, "canceled": 2}


def refund_of(refund: Json, code: str, otherwise: datetime) -> Refund | None:
    """Read a refund of a payment in currency `code`; its time is `otherwise` if it has none.

    None if it has no id or no amount in that currency: a refund is always in its charge's.
    """
    id_ = identifier(refund)
    amount = integer(refund.get("amount"))
    if id_ is None or amount is None or amount <= 0:
        return None
    if currency(refund.get("currency") or code) != code:
        return None
    presented = presented_of(Money(amount, code), refund)
    return Refund(
        id=id_,
        amount=amount,
        currency=code,
        # Null on some refunds of older payment methods, which go through at once.
        status=text(refund.get("status")) or "succeeded",
        reason=text(refund.get("reason")),
        created=moment(refund.get("created")) or otherwise,
        failure=text(refund.get("failure_reason")),
        presented_amount=presented.amount if presented else None,
        presented_currency=presented.currency if presented else None,
        movement=readable_balance_transaction(refund.get("balance_transaction")),
        reversal=readable_balance_transaction(refund.get("failure_balance_transaction")),
    )


def merge_refunds(*views: Iterable[Refund]) -> tuple[Refund, ...]:
    """All refunds of all views, each once and as far as it has come; oldest first."""
    return each_once(chain(*views), _later, attrgetter("created"))


def refund_moments(refund: Refund) -> Iterator[datetime | None]:
    """When it was made, booked, and booked back."""
    yield refund.created
    for moved in (refund.movement, refund.reversal):
        yield moved.at if moved else None


def _later(one: Refund, other: Refund) -> Refund:
    return replace(
        max(one, other, key=_progress),
        movement=latest(one.movement, other.movement),
        reversal=latest(one.reversal, other.reversal),
    )


def _progress(refund: Refund) -> tuple[int, str]:
    """Orders views of one refund; the text only settles which of two equal ones it is."""
    return _STAGES.get(refund.status, 0), repr(replace(refund, movement=None, reversal=None))


def stand_in(payment: Payment) -> Refund | None:
    """The refund that stands in for those the charge mentions and Stripe has not shown yet.

    It bears the charge's id, and goes when the refunds themselves are known.
    """
    return next((refund for refund in payment.refunds if refund.id == payment.charge), None)


def shown_refunds(payment: Payment) -> list[Refund]:
    """The refunds that Stripe has shown: all but the stand-in."""
    return [refund for refund in payment.refunds if refund.id != payment.charge]


def given_back(payment: Payment) -> int:
    """What the refunds come to that were ever made, failed ones and the stand-in among them."""
    return sum(refund.amount for refund in payment.refunds)


def stood_in(payment: Payment, total: int) -> Payment:
    """The payment with a stand-in for what `total`, said to be given back, exceeds its refunds.

    A refund that failed explains its part of the total too: the total may be from before that.
    """
    known = tuple(shown_refunds(payment))
    missing = total - sum(refund.amount for refund in known)
    if payment.charge is None or missing <= 0:
        return replace(payment, refunds=known)
    substitute = Refund(
        id=payment.charge,
        amount=missing,
        currency=payment.currency,
        status="succeeded",
        reason=None,
        created=payment.paid or payment.created,
    )
    return replace(payment, refunds=merge_refunds(known, (substitute,)))


def taken_back(payment: Payment, charge: Json, failed: datetime | None) -> Payment:
    """The payment with what the bank took back, since its charge failed after it had succeeded.

    It is shown and counted as a refund, which Stripe makes of some of these by itself (`pyr_…`).
    `failed`: when Stripe said so, as far as an event did.
    """
    key = "failure_balance_transaction"
    movement, id_ = readable_balance_transaction(charge.get(key)), identifier(charge.get(key))
    own = f"{payment.charge}_failed"
    refunds = [refund for refund in payment.refunds if refund.id != own]
    taken = payment.amount - sum(refund.amount for refund in refunds if refund.counts)
    known = any(refund.movement is not None and refund.movement.id == id_ for refund in refunds)
    if not mapping(charge):
        return payment
    if known or taken <= 0:
        # Stripe has made a refund of it since.
        return replace(payment, refunds=tuple(refunds))
    failure = Refund(
        id=own,
        amount=taken,
        currency=payment.currency,
        status="succeeded",
        reason=FAILED_LATE,
        created=movement.at if movement else failed or payment.paid or payment.created,
        movement=movement,
    )
    return replace(payment, refunds=merge_refunds(refunds, (failure,)))
