"""Stripe's objects as a `Payment`.

A payment is read whole from Stripe, or put together from what events showed of it. Nothing is
trusted: what is missing or of a wrong type is left out, and what cannot do without is an error.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bot.domain.balance_transactions import readable_balance_transaction
from bot.domain.event_types import is_payment
from bot.domain.json_access import (
    Json,
    NotUnderstood,
    identifier,
    integer,
    mapping,
    mappings,
    moment,
    text,
)
from bot.domain.merge import combine
from bot.domain.payment import (
    BalanceTransaction,
    Payment,
    PaymentState,
)
from bot.domain.payment_fields import (
    amount_of,
    buyer_of,
    captured_of,
    items_of,
    lines_of,
    presented_of,
    reversal_of,
    settled,
    tax_of,
    uncaptured_of,
    without_released,
)
from bot.domain.refunds import merge_refunds, stood_in, taken_back
from bot.domain.related_objects import RELATED, read_related
from bot.domain.stripe_view import (
    OF_CHARGE,
    OF_CHECKOUT,
    OF_INTENT,
    PAID_STATUSES,
    StripeView,
    available_since,
    counts,
    earliest,
    is_delayed,
    may_succeed_later,
    paid_at,
    view_of_events,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """The view, opened: empty objects for what was not shown."""

    view: StripeView
    session: Json
    intent: Json
    charge: Json
    """A failed attempt is not here: it is no charge of the payment."""
    failed_late: bool
    """Whether the charge failed after it had succeeded."""

    @property
    def metadata(self) -> Json:
        """What was noted on the payment: the session's word before the others'."""
        places = (self.charge, self.intent, self.session)
        return {k: v for place in places for k, v in mapping(place.get("metadata")).items()}

    @property
    def succeeded(self) -> bool:
        """Whether money came: captured, not only authorized."""
        charged = self.charge.get("status") == "succeeded"
        captured = self.charge.get("captured") is not False
        succeeded = self.intent.get("status") == "succeeded"
        return (charged and captured) or succeeded or self.failed_late

    @property
    def refunds(self) -> list[Json]:
        # Endpoints of API versions before 2022-11-15 have the refunds within the charge.
        return [*mappings(self.view.refunds), *mappings(self.charge.get("refunds"))]

    @property
    def balance_transaction(self) -> BalanceTransaction | None:
        booked = readable_balance_transaction(self.charge.get("balance_transaction"))
        return settled(booked, reversal_of(self.refunds, self.charge))

    def related(self, currency: str, otherwise: datetime) -> dict[str, Any]:
        """The payment's related objects, by the field that holds them."""
        shown = {row.field: mappings(getattr(self.view, row.field)) for row in RELATED}
        shown["refunds"] = without_released(self.refunds, self.charge)
        return read_related(shown, currency, otherwise)

    @property
    def charge_id(self) -> str | None:
        # The latest charge of an intent that waits for another attempt is a failed one.
        latest = self.intent.get("status") in ("succeeded", "processing")
        return identifier(self.charge) or (
            identifier(self.intent.get("latest_charge")) if latest else None
        )

    @property
    def intent_id(self) -> str | None:
        named = (self.intent, self.session.get("payment_intent"), self.charge.get("payment_intent"))
        return next(filter(None, map(identifier, named)), None)


def payment_of(view: StripeView) -> Payment | None:
    """Read a payment from what was shown of it.

    None for what is no sale of ours: subscriptions and set-ups, Checkouts not completed, and
    payments without Checkout that have not succeeded or whose metadata names no `track`.
    Raises NotUnderstood if its id, amount, currency or time cannot be read.
    """
    seen = _open(view)
    state = _state(seen)
    if state is None:
        return None
    amount = amount_of(seen.session, seen.intent, seen.charge)
    presented = presented_of(amount, seen.session, seen.charge, seen.intent)
    amount = captured_of(amount, seen.intent, seen.charge)
    items = items_of(seen.session, view.items)
    sold = items or view.expected
    tax = tax_of(seen.session, seen.intent, sold, amount)
    movement = seen.balance_transaction
    created, succeeded = _created(seen), view.succeeded
    paid = paid_at(created, succeeded, available_since(seen.intent, seen.charge, movement))
    is_paid = state is PaymentState.PAID
    payment = Payment(
        key=_key(seen),
        state=state,
        created=created,
        paid=paid if is_paid else None,
        amount=amount.amount,
        currency=amount.currency,
        presented_amount=presented.amount if presented else None,
        presented_currency=presented.currency if presented else None,
        buyer=buyer_of(seen.session, seen.intent, seen.charge),
        lines=lines_of(sold, seen.metadata, amount, tax),
        # Without Checkout there is nothing more to come than the metadata.
        detailed=bool(items) or not seen.session,
        session=identifier(seen.session),
        intent=seen.intent_id,
        charge=seen.charge_id,
        succeeded=succeeded if is_paid and counts(created, succeeded) else None,
        movement=movement if is_paid else None,
        application_fee=identifier(seen.charge.get("application_fee")),
        **seen.related(amount.currency, paid),
    )
    return _given_back(seen, payment)


def unreported_success(view: StripeView) -> str | None:
    """The type of the event that says when a payment succeeded whose objects do not show it.

    None if they do, if that is known, and for what has not succeeded.
    """
    seen = _open(view)
    later = may_succeed_later(seen.intent, seen.charge)
    if not later or view.succeeded is not None or _state(seen) is not PaymentState.PAID:
        return None
    if seen.session and is_delayed(seen.charge):
        return OF_CHECKOUT
    return OF_INTENT if seen.intent else OF_CHARGE


def failed_late(view: StripeView) -> bool:
    """Whether the charge that was shown failed after it had succeeded."""
    return _open(view).failed_late


def _given_back(seen: _Seen, payment: Payment) -> Payment:
    """With what the charge alone tells of money that went back."""
    captured = seen.charge.get("captured") is not False
    total = (integer(seen.charge.get("amount_refunded")) or 0) if captured else 0
    released = uncaptured_of(seen.charge)
    payment = stood_in(payment, total - released if total >= released else total)
    return taken_back(payment, seen.charge, seen.view.failed) if seen.failed_late else payment


def payment_of_events(
    events: Iterable[Json], known: Payment | None = None, expected: Sequence[Json] = ()
) -> Payment | None:
    """Read a payment from all events about it, and from what is known of it, without Stripe.

    The order of the events does not matter, nor that some come twice. None if no event
    shows a sale and nothing is known: a refund, say, of an unknown payment.
    `expected`: the line items of its payment link by the catalogue.
    Raises NotUnderstood as `payment_of` does.
    """
    return payment_shown(replace(view_of_events(events), expected=expected), known)


def payment_shown(view: StripeView, known: Payment | None = None) -> Payment | None:
    """Read a payment from what events showed of it, and from what is known of it."""
    seen = payment_of(view)
    if seen is not None:
        return combine(known, seen)
    return amend(known, view) if known is not None else None


def amend(known: Payment, view: StripeView) -> Payment:
    """Add to a known payment what is shown of its charge, refunds and disputes without the rest."""
    seen = _open(view)
    movement = seen.balance_transaction
    at = moment(seen.charge.get("created")) or known.created
    state = PaymentState.PAID if seen.succeeded else known.state
    if state is PaymentState.PENDING and _ends(known, view):
        state = PaymentState.FAILED
    is_paid = state is PaymentState.PAID
    succeeded = earliest(known.succeeded, view.succeeded)
    paid = paid_at(known.paid or at, succeeded)
    related = seen.related(known.currency, paid)
    shown = replace(
        known,
        state=state,
        paid=paid if is_paid else None,
        charge=known.charge or seen.charge_id,
        succeeded=succeeded if is_paid and counts(known.created, succeeded) else None,
        movement=movement if is_paid else None,
        application_fee=identifier(seen.charge.get("application_fee")) or known.application_fee,
        **related | {"refunds": merge_refunds(known.refunds, related["refunds"])},
    )
    return combine(known, _given_back(seen, shown))


def _ends(known: Payment, view: StripeView) -> bool:
    """Whether the charge of a pending payment, or all of it, is shown as failed."""
    charge = mapping(view.charge)
    its_own = identifier(charge) is not None and identifier(charge) == known.charge
    failed = charge.get("status") == "failed" or _voided(charge)
    canceled = mapping(view.intent).get("status") == "canceled"
    return view.failed is not None or canceled or (its_own and failed)


def _open(view: StripeView) -> _Seen:
    session = mapping(view.session)
    intent = mapping(view.intent) or mapping(session.get("payment_intent"))
    charge = mapping(view.charge) or mapping(intent.get("latest_charge"))
    failed = charge.get("status") == "failed"
    late = failed and (view.failed_late or _failed_late(view, session, intent, charge))
    return _Seen(
        view=view,
        session=session,
        intent=intent,
        charge={} if failed and not late else charge,
        failed_late=late,
    )


def _failed_late(view: StripeView, session: Json, intent: Json, charge: Json) -> bool:
    """Whether this failed charge is the one that paid, and no attempt before it."""
    paid_by = identifier(intent.get("latest_charge")) if intent or session else identifier(charge)
    paid = intent.get("status") == "succeeded" or session.get("payment_status") in PAID_STATUSES
    return paid_by == identifier(charge) and (paid or view.succeeded is not None)


def _state(seen: _Seen) -> PaymentState | None:
    if not seen.session:
        named = text(seen.metadata.get("track")) is not None
        return PaymentState.PAID if seen.succeeded and named else None
    # https://docs.stripe.com/payments/checkout/fulfill-orders
    if not is_payment(seen.session):
        return None
    if seen.session.get("status") not in ("complete", None):
        return None
    if seen.session.get("payment_status") in PAID_STATUSES or seen.succeeded:
        return PaymentState.PAID
    # There is no second attempt in a completed Checkout.
    ended = seen.intent.get("status") in ("requires_payment_method", "canceled")
    failed = seen.view.failed is not None or ended or _voided(seen.charge)
    return PaymentState.FAILED if failed else PaymentState.PENDING


def _voided(charge: Json) -> bool:
    """Whether a charge was only authorized, and will never be captured."""
    return charge.get("captured") is False and charge.get("refunded") is True


def _key(seen: _Seen) -> str:
    key = identifier(seen.session) if seen.session else seen.intent_id or seen.charge_id
    if key is None:
        raise NotUnderstood("a payment lacks its id")
    return key


def _created(seen: _Seen) -> datetime:
    places = (seen.charge, seen.intent, seen.session)
    created = next(filter(None, (moment(place.get("created")) for place in places)), None)
    if created is None:
        raise NotUnderstood("a payment lacks its time")
    return created
