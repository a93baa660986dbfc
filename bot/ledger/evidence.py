"""What Stripe has shown us of one payment: its objects as plain data, read or from events."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.ledger.fields import Json, identifier, integer, mapping, mappings
from bot.ledger.subjects import TYPES

PAID_STATUSES = ("paid", "no_payment_required")
_CHARGE_STATUSES = ("failed", "pending", "succeeded")


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
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
    """Balance transactions by which the platform gives its fee back."""
    failed: bool = False
    """Whether Stripe said that the delayed payment of the session failed."""


def event_evidence(event: Json) -> Evidence:
    """What one event shows: its `data.object`, a snapshot. Nothing, for a type we do not use."""
    return events_evidence([event])


def events_evidence(events: Iterable[Json]) -> Evidence:
    """What several events about one payment show together, in whatever order they come.

    Of an object shown more than once, the view that has come furthest counts.
    """
    views: dict[str, list[tuple[_Rank, Json]]] = {}
    failed = False
    for event in events:
        type_ = event.get("type")
        topic = TYPES.get(type_) if isinstance(type_, str) else None
        shown = mapping(mapping(event.get("data")).get("object"))
        if topic is None or not shown:
            continue
        failed = failed or type_ == "checkout.session.async_payment_failed"
        views.setdefault(topic.object, []).append((_rank(shown, event), shown))
    return Evidence(
        session=_furthest(views.get("session")),
        intent=_furthest(views.get("intent")),
        charge=_furthest(views.get("charge")),
        refunds=_all(views.get("refund")),
        disputes=_all(views.get("dispute")),
        warnings=_all(views.get("warning")),
        failed=failed,
    )


_Rank = tuple[bool, int, int, int, str]


def _rank(shown: Json, event: Json) -> _Rank:
    status = shown.get("status")
    return (
        shown.get("payment_status") in PAID_STATUSES,
        _CHARGE_STATUSES.index(status) if status in _CHARGE_STATUSES else 0,
        integer(shown.get("amount_refunded")) or 0,
        integer(event.get("created")) or 0,
        identifier(event) or "",
    )


def _furthest(views: list[tuple[_Rank, Json]] | None) -> Json | None:
    return max(views, key=lambda view: view[0])[1] if views else None


def _all(views: list[tuple[_Rank, Json]] | None) -> list[Json] | None:
    return mappings([shown for _, shown in views]) if views else None
