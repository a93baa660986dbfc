"""One payment out of two views of it.

`combine` is a join, for what events show: whatever the order in which views come, and however
often, the result is the same. Each field takes the view that has come furthest; if two differ and
neither is known to be later, the choice is arbitrary but always the same. `merge_listed` is for
Stripe's lists: the newer view replaces the older one but for what lists leave out.
"""

from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from bot.domain.balance_transactions import latest
from bot.domain.item_names import UNNAMED_TRACK
from bot.domain.payment import Buyer, Consent, Payment, PaymentState
from bot.domain.redaction import still_forgotten
from bot.domain.refunds import given_back, stand_in, stood_in
from bot.domain.related_objects import merge_related
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
        application_fee=_some(known.application_fee, seen.application_fee),
        **merge_related(known, seen),
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
    """The payment as `seen` in one of Stripe's lists, which show its related objects apart.

    So those that are known stay, each as far as it has come.
    """
    total = given_back(seen) if stand_in(seen) else 0
    succeeded = earliest(known.succeeded, seen.succeeded)
    later = seen.paid is not None and counts(seen.created, succeeded)
    merged = replace(
        seen,
        paid=succeeded if later else seen.paid,
        succeeded=succeeded if later else None,
        **merge_related(known, seen),
    )
    return stood_in(still_forgotten(known, merged), total)
