"""What Stripe has shown of one payment, read or by events, and when it succeeded or failed.

A card is charged at the moment at which its charge is made. A bank debit is submitted then, and
Stripe books it then: it succeeds days later, or fails. Only events say when that was.
https://support.stripe.com/questions/changes-to-balance-transaction-behavior-for-debit-payment-methods
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.domain.event_types import TYPES
from bot.domain.json_access import Json, identifier, integer, mapping, moment, text
from bot.domain.payment import BalanceTransaction
from bot.domain.related_objects import RELATED

_CHARGE_STATUSES = ("failed", "pending", "succeeded")
_FAILED_LATE = len(_CHARGE_STATUSES)


@dataclass(frozen=True, slots=True, kw_only=True)
class StripeView:
    """Stripe's objects as plain dicts, expanded or not; None for what was not shown."""

    session: Json | None = None
    items: Sequence[Json] | None = None
    """The line items of the session, all pages of them."""
    expected: Sequence[Json] = ()
    """Those that the stored catalogue has of the session's payment link: they count as long as
    Stripe has not shown `items`."""
    intent: Json | None = None
    charge: Json | None = None
    """Its `balance_transaction` expanded, or an id, or null."""
    refunds: Sequence[Json] | None = None
    """Several views of one refund are understood as one; so are those of a dispute."""
    disputes: Sequence[Json] | None = None
    warnings: Sequence[Json] | None = None
    """Early fraud warnings."""
    fee_returns: Sequence[Json] | None = None
    """Balance transactions by which the platform returns its fee."""
    denied: str | None = None
    """The permission that the key lacks for what was left out, as Stripe calls it."""
    succeeded: datetime | None = None
    """When Stripe said that the payment succeeded: no object of its says it."""
    failed: datetime | None = None
    """When Stripe said that the delayed payment failed."""
    failed_late: bool = False
    """Whether events say that `charge` failed after it had succeeded."""


def view_of_event(event: Json) -> StripeView:
    """What one event shows: its `data.object`, a snapshot. Nothing, for a type we do not use."""
    return view_of_events([event])


def view_of_events(events: Iterable[Json]) -> StripeView:
    """What several events about one payment show together, in whatever order they come.

    Of an object shown more than once, the view that has come furthest counts.
    """
    views: dict[str, list[tuple[_Rank, Json]]] = {}
    events = list(events)
    late = _charges_that_failed_late(events)
    for event in events:
        type_ = event.get("type")
        row = TYPES.get(type_) if isinstance(type_, str) else None
        shown = mapping(mapping(event.get("data")).get("object"))
        if row is None or not shown:
            continue
        if shown.get("created") is None and moment(event.get("created")):
            # API versions of 2019 and 2020 leave it out of Checkout Sessions.
            shown = {**shown, "created": event["created"]}
        views.setdefault(row.object, []).append((_rank(shown, event, late), shown))
    charge = _furthest(views.get("charge"))
    related: dict[str, Any] = {
        row.field: [shown for _, shown in views[row.event]] for row in RELATED if row.event in views
    }
    return StripeView(
        session=_furthest(views.get("session")),
        intent=_furthest(views.get("intent")),
        charge=charge,
        succeeded=earliest(*map(success_time, events)),
        failed=_failed(events),
        failed_late=identifier(charge) in late and mapping(charge).get("status") == "failed",
        **related,
    )


def _charges_that_failed_late(events: Sequence[Json]) -> set[str]:
    """Charges that had succeeded, or that failed when their payment had."""
    succeeded = earliest(*map(success_time, events))
    shown = [_shown(event) for event in events if success_time(event) is not None]
    charged = {identifier(one.get("latest_charge")) or identifier(one) for one in shown}
    late: set[str] = set()
    for event in events:
        charge, at = _shown(event), moment(event.get("created"))
        later = succeeded and at and at >= succeeded and is_delayed(charge)
        id_ = identifier(charge)
        if event.get("type") == "charge.failed" and id_ and (later or id_ in charged):
            late.add(id_)
    return late


def _failed(events: Sequence[Json]) -> datetime | None:
    """When the payment failed that a completed Checkout waited for.

    What fails before that is an attempt of the buyer's, such as a declined card.
    """
    times: dict[str | None, list[datetime]] = {}
    for event in events:
        at, type_ = moment(event.get("created")), text(event.get("type"))
        if at is not None and (type_ != "charge.failed" or is_delayed(_shown(event))):
            times.setdefault(type_, []).append(at)
    told = times.get("checkout.session.async_payment_failed", [])
    completed = min(times.get("checkout.session.completed", []), default=None)
    told += [at for at in times.get("charge.failed", []) if completed and at >= completed]
    return earliest(*told)


def _shown(event: Json) -> Json:
    return mapping(mapping(event.get("data")).get("object"))


_Rank = tuple[bool, int, int, int, str]


def _rank(shown: Json, event: Json, late: set[str]) -> _Rank:
    status = shown.get("status")
    stage = _CHARGE_STATUSES.index(status) if status in _CHARGE_STATUSES else 0
    if event.get("type") == "charge.failed" and identifier(shown) in late:
        stage = _FAILED_LATE
    return (
        shown.get("payment_status") in PAID_STATUSES,
        stage,
        integer(shown.get("amount_refunded")) or 0,
        integer(event.get("created")) or 0,
        identifier(event) or "",
    )


def _furthest(views: list[tuple[_Rank, Json]] | None) -> Json | None:
    return max(views, key=lambda view: view[0])[1] if views else None


# Ways to pay whose money comes days after Checkout, if at all.
# https://docs.stripe.com/payments/payment-methods#payment-notification
DELAYED = frozenset(
    """
    acss_debit au_becs_debit bacs_debit nz_bank_account sepa_debit sofort us_bank_account
    boleto konbini multibanco oxxo customer_balance
    """.split()
)
# A success so soon after the charge was made is the charge itself.
SAME_MOMENT = timedelta(minutes=1)

PAID_STATUSES = ("paid", "no_payment_required")
"""Of a Checkout Session."""
OF_CHECKOUT = "checkout.session.async_payment_succeeded"
"""Sent of delayed payments alone."""
_COMPLETED = "checkout.session.completed"
"""Sent for all: if it was paid by then, that is long after the session was opened."""
OF_CHARGE = "charge.succeeded"
OF_INTENT = "payment_intent.succeeded"


def success_time(event: Json) -> datetime | None:
    """When a payment succeeded, by one event; None if it does not say so."""
    type_ = event.get("type")
    shown = mapping(mapping(event.get("data")).get("object"))
    authorized = type_ == OF_CHARGE and shown.get("captured") is False
    unpaid = type_ == _COMPLETED and shown.get("payment_status") not in PAID_STATUSES
    if type_ not in (OF_CHECKOUT, OF_CHARGE, OF_INTENT, _COMPLETED) or authorized or unpaid:
        return None
    return moment(event.get("created"))


def earliest(*moments: datetime | None) -> datetime | None:
    """The first of these moments; None if none is known."""
    return min((at for at in moments if at is not None), default=None)


def counts(charged: datetime, succeeded: datetime | None) -> bool:
    """Whether a payment succeeded later than it was `charged`."""
    return succeeded is not None and succeeded > charged + SAME_MOMENT


def paid_at(
    charged: datetime, succeeded: datetime | None, available: datetime | None = None
) -> datetime:
    """When the money came: as it was `charged`, unless Stripe said later that it `succeeded`.

    So who paid first stays first, and a sale stays in its day while its fees settle. `available`:
    when the money of a delayed payment became available, if no event reports its success.
    """
    if succeeded is not None and counts(charged, succeeded):
        return succeeded
    return max(charged, available) if available is not None and succeeded is None else charged


def is_delayed(charge: Json) -> bool:
    """Whether a charge is of a kind that succeeds days after it is made, or fails."""
    return mapping(charge.get("payment_method_details")).get("type") in DELAYED


def may_succeed_later(intent: Json, charge: Json) -> bool:
    """Whether a charge may succeed long after it was made: a debit, or one captured by hand."""
    return is_delayed(charge) or intent.get("capture_method") == "manual"


def available_since(
    intent: Json, charge: Json, movement: BalanceTransaction | None
) -> datetime | None:
    """Since when the money of a delayed payment is there for sure; None while it is not."""
    if movement is None or not movement.available or not may_succeed_later(intent, charge):
        return None
    return movement.available_on


def succeeded_of(events: Iterable[Json], *ids: str) -> datetime | None:
    """When the payment succeeded to which one of these ids belongs, by whichever event says so."""
    return earliest(
        *(
            success_time(event)
            for event in events
            if identifier(mapping(mapping(event.get("data")).get("object"))) in ids
        )
    )
