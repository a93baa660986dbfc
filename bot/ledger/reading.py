"""Stripe's objects as a `Payment`.

A payment is read whole from Stripe, or put together from what events showed of it. Nothing is
trusted: what is missing or of a wrong type is left out, and what cannot do without is an error.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.ledger.combining import combine
from bot.ledger.disputes import dispute_of, merge_disputes
from bot.ledger.evidence import PAID_STATUSES, Evidence, event_evidence, events_evidence
from bot.ledger.fields import (
    Json,
    NotUnderstood,
    identifier,
    integer,
    mapping,
    mappings,
    moment,
    text,
)
from bot.ledger.fraud_warnings import merge_warnings, warning_of
from bot.ledger.movements import movement_or_none
from bot.ledger.parts import (
    amount_of,
    buyer_of,
    items_of,
    lines_of,
    paid_at,
    presented_of,
    tax_of,
)
from bot.ledger.payment import (
    Dispute,
    FraudWarning,
    Movement,
    Payment,
    PaymentState,
    Refund,
)
from bot.ledger.platform_fees import fee_return_of, merge_fee_returns
from bot.ledger.refunds import merge_refunds, refund_of, stood_in

__all__ = [
    "Evidence",
    "NotUnderstood",
    "amend",
    "combine",
    "event_evidence",
    "events_evidence",
    "payment_of",
    "payment_of_events",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """The evidence, opened: empty objects for what was not shown."""

    evidence: Evidence
    session: Json
    intent: Json
    charge: Json
    """A failed attempt is not here: it is no charge of the payment."""
    attempt_failed: bool

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
        return (charged and captured) or self.intent.get("status") == "succeeded"

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


def payment_of(evidence: Evidence) -> Payment | None:
    """Read a payment from what was shown of it.

    None for what is no sale of ours: subscriptions and set-ups, Checkouts not completed, and
    payments without Checkout that have not succeeded or whose metadata names no `track`.
    Raises NotUnderstood where its id, amount, currency or time cannot be read.
    """
    seen = _open(evidence)
    state = _state(seen)
    if state is None:
        return None
    amount = amount_of(seen.session, seen.intent, seen.charge)
    presented = presented_of(amount, seen.session, seen.charge, seen.intent)
    items = items_of(seen.session, evidence.items)
    sold = items or evidence.expected
    tax = tax_of(seen.session, seen.intent, sold, amount)
    movement = movement_or_none(seen.charge.get("balance_transaction"))
    created = _created(seen)
    paid = paid_at(seen.charge, movement, created)
    payment = Payment(
        key=_key(seen),
        state=state,
        created=created,
        paid=paid if state is PaymentState.PAID else None,
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
        movement=movement,
        refunds=_refunds(seen, amount.currency, paid),
        disputes=_disputes(seen, amount.currency, paid),
        warnings=_warnings(seen, paid),
        application_fee=identifier(seen.charge.get("application_fee")),
        fee_returns=_fee_returns(seen),
    )
    return stood_in(payment, integer(seen.charge.get("amount_refunded")) or 0)


def payment_of_events(
    events: Iterable[Json], known: Payment | None = None, expected: Sequence[Json] = ()
) -> Payment | None:
    """Read a payment from all events about it, and from what is known of it, without Stripe.

    The order of the events does not matter, nor that some come twice. None where no event
    shows a sale and nothing is known: a refund, say, whose payment was never told of.
    `expected`: the line items of its payment link by the catalogue.
    Raises NotUnderstood as `payment_of` does.
    """
    evidence = replace(events_evidence(events), expected=expected)
    seen = payment_of(evidence)
    if seen is not None:
        return combine(known, seen)
    return amend(known, evidence) if known is not None else None


def amend(known: Payment, evidence: Evidence) -> Payment:
    """Add to a known payment what is shown of its charge, refunds and disputes without the rest."""
    seen = _open(evidence)
    movement = movement_or_none(seen.charge.get("balance_transaction"))
    at = moment(seen.charge.get("created")) or known.created
    state = PaymentState.PAID if seen.succeeded else known.state
    paid = paid_at(seen.charge, movement, known.paid or at)
    shown = replace(
        known,
        state=state,
        paid=paid if state is PaymentState.PAID else None,
        charge=known.charge or seen.charge_id,
        movement=movement,
        refunds=merge_refunds(known.refunds, _refunds(seen, known.currency, paid)),
        disputes=_disputes(seen, known.currency, paid),
        warnings=_warnings(seen, paid),
        application_fee=identifier(seen.charge.get("application_fee")) or known.application_fee,
        fee_returns=_fee_returns(seen),
    )
    total = integer(seen.charge.get("amount_refunded")) or 0
    return combine(known, stood_in(shown, total))


def _open(evidence: Evidence) -> _Seen:
    session = mapping(evidence.session)
    intent = mapping(evidence.intent) or mapping(session.get("payment_intent"))
    charge = mapping(evidence.charge) or mapping(intent.get("latest_charge"))
    failed = charge.get("status") == "failed"
    return _Seen(
        evidence=evidence,
        session=session,
        intent=intent,
        charge={} if failed else charge,
        attempt_failed=failed,
    )


def _state(seen: _Seen) -> PaymentState | None:
    if not seen.session:
        named = text(seen.metadata.get("track")) is not None
        return PaymentState.PAID if seen.succeeded and named else None
    # https://docs.stripe.com/payments/checkout/fulfill-orders
    if seen.session.get("mode") != "payment":
        return None
    if seen.session.get("status") not in ("complete", None):
        return None
    if seen.session.get("payment_status") in PAID_STATUSES or seen.succeeded:
        return PaymentState.PAID
    return PaymentState.FAILED if _failed(seen) else PaymentState.PENDING


def _failed(seen: _Seen) -> bool:
    """Whether a completed Checkout will not be paid: there is no second attempt in it."""
    if seen.evidence.failed:
        return True
    if seen.intent:
        return seen.intent.get("status") in ("requires_payment_method", "canceled")
    return seen.attempt_failed


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


def _refunds(seen: _Seen, code: str, otherwise: datetime) -> tuple[Refund, ...]:
    # Endpoints of API versions before 2022-11-15 have the refunds within the charge.
    shown = (*mappings(seen.evidence.refunds), *mappings(seen.charge.get("refunds")))
    read = (refund_of(refund, code, otherwise) for refund in shown)
    return merge_refunds(refund for refund in read if refund is not None)


def _disputes(seen: _Seen, code: str, otherwise: datetime) -> tuple[Dispute, ...]:
    read = (dispute_of(each, code, otherwise) for each in mappings(seen.evidence.disputes))
    return merge_disputes(dispute for dispute in read if dispute is not None)


def _warnings(seen: _Seen, otherwise: datetime) -> tuple[FraudWarning, ...]:
    read = (warning_of(each, otherwise) for each in mappings(seen.evidence.warnings))
    return merge_warnings(warning for warning in read if warning is not None)


def _fee_returns(seen: _Seen) -> tuple[Movement, ...]:
    read = map(fee_return_of, mappings(seen.evidence.fee_returns))
    return merge_fee_returns(moved for moved in read if moved is not None)
