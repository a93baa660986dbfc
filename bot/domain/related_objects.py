"""What Stripe's objects add to a payment after it was made: one row for each kind of them.

Reading, merging, recording, events and replies loop over `RELATED`. A new kind is a module that
reads and merges it, a field of `Payment` and of `StripeView`, and a row here.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from operator import attrgetter
from typing import Any, NamedTuple

from bot.domain import balance_transactions, disputes, refunds
from bot.domain.json_access import Json
from bot.domain.payment import Payment


class RelatedObject(NamedTuple):
    """One kind of object."""

    field: str
    """The field of `Payment` that holds them, and of `StripeView` that shows them."""
    read: Callable[[Json, str, datetime], Any]
    """One of them, of a payment in this currency and paid at this time; None if unreadable."""
    merge: Callable[..., tuple[Any, ...]]
    """All of several views, each once and as far as it has come, oldest first."""
    moments: Callable[[Any], Iterable[datetime | None]]
    """When money was asked for or moved by it."""
    event: str | None = None
    """What `bot.domain.event_types` calls it; None if no event shows it."""
    booked: tuple[str, ...] = ()
    """Its fields that hold balance transactions."""
    sticky: bool = False
    """Whether known ones stay although a reading of the whole payment does not show them."""
    reply: str | None = None
    """The reply to the alert when there is a new one; None if bot.domain.news has a rule for it."""
    known: Callable[[Payment], Sequence[Any]] | None = None
    """Those of a payment that Stripe has shown; all of the field if None."""

    def of(self, payment: Payment) -> Sequence[Any]:
        found: Sequence[Any] = (self.known or attrgetter(self.field))(payment)
        return found


RELATED = (
    RelatedObject(
        "refunds",
        refunds.refund_of,
        refunds.merge_refunds,
        refunds.refund_moments,
        event="refund",
        booked=("balance_transaction", "failure_balance_transaction"),
        known=refunds.shown_refunds,
    ),
    RelatedObject(
        "fee_returns",
        balance_transactions.fee_return_of,
        balance_transactions.merge_balance_transactions,
        lambda returned: (returned.at,),
        sticky=True,
        reply="fee_returned",
    ),
    RelatedObject(
        "disputes",
        disputes.dispute_of,
        disputes.merge_disputes,
        lambda dispute: (dispute.created, *(moved.at for moved in dispute.movements)),
        event="dispute",
        booked=("balance_transactions",),
    ),
    RelatedObject(
        "warnings",
        disputes.warning_of,
        disputes.merge_warnings,
        lambda _: (),
        event="warning",
        sticky=True,
        reply="fraud_warning",
    ),
)

SHOWN_BY_EVENTS_ALONE = {row.event: row.field for row in RELATED if row.sticky and row.event}
"""Fields by what `bot.domain.event_types` calls the object: no reading of a payment shows these."""


def read_related(
    shown: Mapping[str, Sequence[Json]], currency: str, otherwise: datetime
) -> dict[str, Any]:
    """Fields of a payment, from Stripe's objects by field; unreadable ones are left out."""
    fields = {}
    for row in RELATED:
        read = (row.read(one, currency, otherwise) for one in shown[row.field])
        fields[row.field] = row.merge(one for one in read if one is not None)
    return fields


def merge_related(one: Payment, other: Payment) -> dict[str, Any]:
    """Fields of a payment of which there are two views."""
    return {row.field: row.merge(row.of(one), row.of(other)) for row in RELATED}


def keep_related(known: Payment | None, seen: Payment) -> Payment:
    """The payment as `seen`, with what was `known` of it and no reading shows."""
    if known is None:
        return seen
    kept = [row for row in RELATED if row.sticky and row.of(known)]
    fields: dict[str, Any] = {r.field: r.merge(r.of(known), r.of(seen)) for r in kept}
    return replace(seen, **fields) if fields else seen


def latest_change(payment: Payment) -> datetime:
    """When money last moved or was asked for, as far as that has a time of its own."""
    moments = (at for row in RELATED for one in row.of(payment) for at in row.moments(one))
    return max([payment.paid or payment.created, *filter(None, moments)])
