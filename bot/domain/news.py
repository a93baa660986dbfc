"""What Discord should hear when a payment is known better than before."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

from bot.domain.money import Money
from bot.domain.payment import (
    Dispute,
    DisputeState,
    FraudWarning,
    Movement,
    Payment,
    PaymentState,
    Refund,
)
from bot.domain.refunds import given_back, stand_in

# What a dispute is told as when it comes to be in a state.
_DISPUTE_NEWS = {
    DisputeState.INQUIRY: "inquiry",
    DisputeState.OPEN: "dispute_opened",
    DisputeState.WON: "dispute_won",
    DisputeState.LOST: "dispute_lost",
    DisputeState.CLOSED: "dispute_closed",
}


@dataclass(frozen=True, slots=True)
class Announce:
    """Tell of the payment: a new message."""


@dataclass(frozen=True, slots=True)
class Edit:
    """Bring the payment's message up to date."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """Answer to the payment's message, since an edit notifies nobody."""

    key: str
    """Says it once: "reply:<what>:<id>"."""
    what: str
    """refund, refund_failed, fee_returned, dispute_opened, dispute_won, dispute_lost,
    dispute_closed, inquiry or fraud_warning."""
    id: str
    """The refund's, the dispute's or the warning's; of a fee given back, its balance transaction's.
    While only the charge tells of a refund it is the charge's, and then the refund is no longer
    found by it once Stripe has shown it."""
    amount: Money | None = None
    """Of such a refund: how much more the charge says was given back than before."""


News: TypeAlias = Announce | Edit | Reply


def news(before: Payment | None, after: Payment) -> tuple[News, ...]:
    """Compare what was known with what is known now.

    A payment is announced once, when it is paid; what has happened to it by then is in the
    announcement. Unpaid ones are never told of. Money told of once is not told of again.
    """
    if before is None or before.state is not PaymentState.PAID:
        return (Announce(),) if after.state is PaymentState.PAID else ()
    if before == after:
        return ()
    refunds = tuple(_refunds(before, after))
    # What comes with a refund is told with it.
    returned = () if refunds else _fee_returns(before, after)
    others = (*_disputes(before, after), *_warnings(before, after))
    return (Edit(), *refunds, *returned, *others)


def _refunds(before: Payment, after: Payment) -> Iterator[Reply]:
    known = {refund.id: refund for refund in before.refunds}
    substitute = stand_in(after)
    told = _standing_in(before) - _standing_in(after)
    for refund in after.refunds:
        earlier = known.get(refund.id)
        if refund == substitute:
            if told < 0:
                more = Money(-told, refund.currency)
                about = _reply("refund", refund, f":{given_back(after)}")
                yield replace(about, amount=more)
        elif not refund.counts:
            if earlier is None or earlier.counts:
                yield _reply("refund_failed", refund)
        elif earlier is None and refund.amount <= told:
            # Told already, while only the charge spoke of it.
            told -= refund.amount
        elif earlier is None:
            yield _reply("refund", refund)


def _standing_in(payment: Payment) -> int:
    substitute = stand_in(payment)
    return substitute.amount if substitute else 0


def _disputes(before: Payment, after: Payment) -> Iterator[Reply]:
    known = {dispute.id: dispute.state for dispute in before.disputes}
    for dispute in after.disputes:
        earlier = known.get(dispute.id)
        # What came to nothing is no news to who never heard of it.
        unheard = earlier is None and dispute.state is DisputeState.CLOSED
        if earlier is not dispute.state and not unheard:
            yield _reply(_DISPUTE_NEWS[dispute.state], dispute)


def _warnings(before: Payment, after: Payment) -> Iterator[Reply]:
    known = {warning.id for warning in before.warnings}
    for warning in after.warnings:
        if warning.id not in known:
            yield _reply("fraud_warning", warning)


def _fee_returns(before: Payment, after: Payment) -> Iterator[Reply]:
    known = {moved.id for moved in before.fee_returns}
    for moved in after.fee_returns:
        if moved.id not in known:
            yield _reply("fee_returned", moved)


def _reply(what: str, about: Refund | Dispute | FraudWarning | Movement, detail: str = "") -> Reply:
    return Reply(key=f"reply:{what}:{about.id}{detail}", what=what, id=about.id)
