"""Disputes, and early fraud warnings before or without one: how they are read and merged.

https://docs.stripe.com/api/disputes/object
https://docs.stripe.com/api/radar/early_fraud_warnings/object
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from itertools import chain
from operator import attrgetter

from bot.domain.balance_transactions import (
    each_once,
    merge_balance_transactions,
    readable_balance_transaction,
)
from bot.domain.json_access import (
    Json,
    currency,
    identifier,
    integer,
    mapping,
    mappings,
    moment,
    text,
)
from bot.domain.payment import BalanceTransaction, Dispute, DisputeState, FraudWarning

# Every status of Stripe's; an unknown one counts as open.
STATES = {
    "warning_needs_response": DisputeState.INQUIRY,
    "warning_under_review": DisputeState.INQUIRY,
    "warning_closed": DisputeState.CLOSED,
    "needs_response": DisputeState.OPEN,
    "under_review": DisputeState.OPEN,
    "appeal_needs_response": DisputeState.OPEN,
    "appeal_under_review": DisputeState.OPEN,
    "prevented": DisputeState.CLOSED,
    "won": DisputeState.WON,
    "lost": DisputeState.LOST,
}

# How far a dispute has come; a later stage is never undone by an earlier view of it.
_STAGES = {
    DisputeState.INQUIRY: 0,
    DisputeState.OPEN: 1,
    DisputeState.CLOSED: 2,
    DisputeState.WON: 3,
    DisputeState.LOST: 3,
}


def dispute_of(dispute: Json, code: str, otherwise: datetime) -> Dispute | None:
    """Read a dispute of a payment in currency `code`; its time is `otherwise` if it has none.

    Its balance transactions are always embedded. None if it has no id or no amount.
    """
    id_ = identifier(dispute)
    amount = integer(dispute.get("amount"))
    if id_ is None or amount is None or amount < 0:
        return None
    status = text(dispute.get("status")) or "needs_response"
    listed = map(readable_balance_transaction, mappings(dispute.get("balance_transactions")))
    moved = merge_balance_transactions(one for one in listed if one is not None)
    return Dispute(
        id=id_,
        amount=amount,
        currency=currency(dispute.get("currency")) or code,
        state=_state(status, moved),
        status=status,
        reason=text(dispute.get("reason")) or "general",
        created=moment(dispute.get("created")) or otherwise,
        due_by=moment(mapping(dispute.get("evidence_details")).get("due_by")),
        movements=moved,
    )


def _state(status: str, movements: tuple[BalanceTransaction, ...]) -> DisputeState:
    """What a status means. A lost dispute counts as won if its money came back nevertheless.

    Stripe may reinstate the funds and leave the status as it is.
    """
    state = STATES.get(status, DisputeState.OPEN)
    back = any(movement.gross > 0 for movement in movements)
    reinstated = back and sum(movement.gross for movement in movements) >= 0
    return DisputeState.WON if state is DisputeState.LOST and reinstated else state


def merge_disputes(*views: Iterable[Dispute]) -> tuple[Dispute, ...]:
    """All disputes of all views, each once and as far as it has come; oldest first."""
    return each_once(chain(*views), _later, attrgetter("created"))


def _later(one: Dispute, other: Dispute) -> Dispute:
    movements = merge_balance_transactions(one.movements, other.movements)
    later = max(one, other, key=_progress)
    return replace(later, movements=movements, state=_state(later.status, movements))


def _progress(dispute: Dispute) -> tuple[int, str]:
    """Orders views of one dispute; the text only settles which of two equal ones it is."""
    state = STATES.get(dispute.status, DisputeState.OPEN)
    return _STAGES[state], repr(replace(dispute, movements=(), state=state))


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
