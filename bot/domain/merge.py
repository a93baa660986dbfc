"""One payment of two views of it.

A join: whatever the order in which views come, and however often, the end is the same. Each part
takes the view that has come furthest; where two differ and neither can be told to be later, the
choice is arbitrary but always the same. What Stripe itself was asked for replaces, and needs none
of this; it is for what events tell.

One payment listed anew: what it is now, with the refunds and disputes that a list left out.
"""

from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from bot.domain.balance_transactions import latest
from bot.domain.disputes import merge_disputes
from bot.domain.fraud_warnings import merge_warnings
from bot.domain.item_names import UNNAMED_TRACK
from bot.domain.payment import Buyer, Consent, Payment, PaymentState, Refund
from bot.domain.platform_fees import merge_fee_returns
from bot.domain.redaction import still_forgotten
from bot.domain.refunds import given_back, merge_refunds, stand_in, stood_in
from bot.domain.stripe_view import counts, earliest

T = TypeVar("T", str, Consent, tuple[int, str])

_STAGES = {PaymentState.PENDING: 0, PaymentState.FAILED: 1, PaymentState.PAID: 2}


def combine(known: Payment | None, seen: Payment) -> Payment:
    """Fold one view of a payment onto another; both must be of the same payment."""
    if known is None:
        return seen
    both = (known, seen)
    told = max(both, key=_detail)
    state = max((view.state for view in both), key=_STAGES.__getitem__)
    created = max(view.created for view in both)
    succeeded = earliest(known.succeeded, seen.succeeded)
    movement = latest(known.movement, seen.movement)
    presented = _some(*map(_presented, both)) or (None, None)
    session, intent = _some(known.session, seen.session), _some(known.intent, seen.intent)
    charge = _some(known.charge, seen.charge)
    payment = replace(
        told,
        key=session or intent or charge or told.key,
        state=state,
        created=created,
        paid=_paid(state, created, succeeded, *both),
        succeeded=succeeded if counts(created, succeeded) else None,
        presented_amount=presented[0],
        presented_currency=presented[1],
        buyer=_buyer(known.buyer, seen.buyer),
        session=session,
        intent=intent,
        charge=charge,
        movement=movement,
        refunds=merge_refunds(*map(_real, both)),
        disputes=merge_disputes(known.disputes, seen.disputes),
        warnings=merge_warnings(known.warnings, seen.warnings),
        application_fee=_some(known.application_fee, seen.application_fee),
        fee_returns=merge_fee_returns(known.fee_returns, seen.fee_returns),
    )
    totals = [given_back(view) for view in both if stand_in(view)]
    return stood_in(payment, max(totals, default=0))


def _detail(view: Payment) -> tuple[bool, bool, bool, bool, bool, bool, int, str, str]:
    """How much a view knows of what was bought; amount and lines belong together."""
    return (
        any(line.item is not None for line in view.lines),
        # The metadata of a payment is final only as long as no Checkout of it is known.
        view.session is not None,
        view.detailed,
        # The catalogue says more than the metadata of a payment link.
        any(line.price is not None for line in view.lines),
        any(line.track != UNNAMED_TRACK for line in view.lines),
        # Of an authorization only a part may be captured.
        view.state is PaymentState.PAID,
        view.amount,
        view.currency,
        repr(view.lines),
    )


def _paid(
    state: PaymentState, created: datetime, succeeded: datetime | None, *views: Payment
) -> datetime | None:
    if state is not PaymentState.PAID:
        return None
    if counts(created, succeeded):
        return succeeded
    # The session is opened, then the intent made, then the charge: the latest time knows most.
    times = (view.created if view.succeeded else view.paid for view in views)
    return max((at for at in times if at is not None), default=None)


def _presented(view: Payment) -> tuple[int, str] | None:
    if view.presented_amount is None or view.presented_currency is None:
        return None
    return view.presented_amount, view.presented_currency


def _real(view: Payment) -> list[Refund]:
    substitute = stand_in(view)
    return [refund for refund in view.refunds if refund is not substitute]


def _buyer(one: Buyer, other: Buyer) -> Buyer:
    if one.forgotten or other.forgotten:
        return Buyer(country=_some(one.country, other.country), forgotten=True)
    return Buyer(
        email=_some(one.email, other.email),
        name=_some(one.name, other.name),
        country=_some(one.country, other.country),
        # Two answers to one question are not to be expected; then no is the safe one.
        promotions=_some(one.promotions, other.promotions),
    )


def _some(*values: T | None) -> T | None:
    return max((value for value in values if value is not None), default=None)


def merge_listed(known: Payment, seen: Payment) -> Payment:
    """The payment as `seen`, of which Stripe itself was asked; lists show parts of it apart.

    So refunds, disputes and warnings that are known stay; of each the view counts that has come
    furthest.
    """
    real = [
        [refund for refund in view.refunds if refund is not stand_in(view)]
        for view in (known, seen)
    ]
    total = given_back(seen) if stand_in(seen) else 0
    disputes = merge_disputes(known.disputes, seen.disputes)
    succeeded = earliest(known.succeeded, seen.succeeded)
    told = seen.paid is not None and counts(seen.created, succeeded)
    merged = replace(
        seen,
        paid=succeeded if told else seen.paid,
        succeeded=succeeded if told else None,
        refunds=merge_refunds(*real),
        disputes=disputes,
        warnings=merge_warnings(known.warnings, seen.warnings),
        fee_returns=merge_fee_returns(known.fee_returns, seen.fee_returns),
    )
    return stood_in(still_forgotten(known, merged), total)


def latest_change(payment: Payment) -> datetime:
    """When money last moved or was asked for, as far as that has a time of its own."""
    moments = [payment.paid or payment.created]
    for refund in payment.refunds:
        if refund.id == payment.charge:
            continue  # it stands in for others, and bears the time of the payment
        moments.append(refund.created)
        moments += [move.at for move in (refund.movement, refund.reversal) if move is not None]
    moments += [move.at for move in payment.fee_returns]
    for dispute in payment.disputes:
        moments.append(dispute.created)
        moments += [move.at for move in dispute.movements]
    return max(moments)
