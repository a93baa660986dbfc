"""Early fraud warnings: read from Stripe's objects, and put together from several views.

https://docs.stripe.com/api/radar/early_fraud_warnings/object
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from bot.domain.json_access import Json, identifier, moment, text
from bot.domain.payment import FraudWarning, Payment


def warning_of(warning: Json, otherwise: datetime) -> FraudWarning | None:
    """Read a warning; its time, where it has none, is `otherwise`. None where it has no id."""
    id_ = identifier(warning)
    if id_ is None:
        return None
    return FraudWarning(
        id=id_,
        kind=text(warning.get("fraud_type")) or "misc",
        created=moment(warning.get("created")) or otherwise,
    )


def merge_warnings(*views: Iterable[FraudWarning]) -> tuple[FraudWarning, ...]:
    """All warnings of all views, each once; oldest first. A warning never changes nor goes."""
    merged: dict[str, FraudWarning] = {}
    for warning in (warning for view in views for warning in view):
        merged[warning.id] = max(merged.get(warning.id, warning), warning, key=repr)
    return tuple(sorted(merged.values(), key=lambda warning: (warning.created, warning.id)))


def still_warned(known: Payment | None, seen: Payment) -> Payment:
    """The payment as `seen`, with the warnings that were known: no reading of it shows them."""
    if known is None or not known.warnings:
        return seen
    return replace(seen, warnings=merge_warnings(known.warnings, seen.warnings))
