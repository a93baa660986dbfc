"""Early fraud warnings: a card network suspects fraud, before a dispute or without one.

https://docs.stripe.com/api/radar/early_fraud_warnings/object
"""

from collections.abc import Iterable
from datetime import datetime
from itertools import chain
from operator import attrgetter

from bot.domain.balance_transactions import each_once
from bot.domain.json_access import Json, identifier, moment, text
from bot.domain.payment import FraudWarning


def warning_of(warning: Json, _currency: str, otherwise: datetime) -> FraudWarning | None:
    """Read a warning; its time, if it has none, is `otherwise`. None if it has no id."""
    id_ = identifier(warning)
    if id_ is None:
        return None
    return FraudWarning(
        id=id_,
        kind=text(warning.get("fraud_type")) or "misc",
        created=moment(warning.get("created")) or otherwise,
    )


def merge_warnings(*views: Iterable[FraudWarning]) -> tuple[FraudWarning, ...]:
    """All warnings of all views, each once; oldest first. A warning never changes or goes away."""
    return each_once(
        chain(*views), lambda one, other: max(one, other, key=repr), attrgetter("created")
    )
