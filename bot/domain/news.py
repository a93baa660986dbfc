"""What Discord should hear when more is known of a payment, in which channel, and how loudly.

News has a route from the moment it is recorded; the channel is looked up when it is sent, so news
that waits follows a channel chosen later. In quiet hours ordinary news is sent silently, never held
back.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from typing import NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from bot.domain.money import Money
from bot.domain.payment import (
    BalanceTransaction,
    Dispute,
    DisputeState,
    FraudWarning,
    Payment,
    PaymentState,
    Refund,
)
from bot.domain.payout import PayoutRecord
from bot.domain.preferences import Route
from bot.domain.refunds import given_back, stand_in
from bot.domain.related_objects import RELATED, RelatedObject
from bot.domain.sale import PaymentRecord, Producer, SaleState

# The reply when a dispute enters a state.
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
    """A reply to the payment's message, since an edit does not notify anyone."""

    key: str
    """Unique in the outbox: "reply:<what>:<id>"."""
    what: str
    """refund, refund_failed, dispute_opened, dispute_won, dispute_lost, dispute_closed, inquiry, or
    the `reply` of a row of `RELATED`."""
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
    announcement. Unpaid ones are never announced. The same money is never reported twice.
    """
    if before is None or before.state is not PaymentState.PAID:
        return (Announce(),) if after.state is PaymentState.PAID else ()
    if before == after:
        return ()
    replies = {row.field: tuple(_new_ones(row, before, after)) for row in RELATED}
    replies |= {field: tuple(rule(before, after)) for field, rule in _RULES.items()}
    if replies["refunds"]:
        del replies["fee_returns"]  # the reply to the refund says it
    return (Edit(), *chain(*replies.values()))


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
            # Reported already, while only the charge mentioned it.
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
        # A dispute that ended before it was reported is no news.
        unheard = earlier is None and dispute.state is DisputeState.CLOSED
        if earlier is not dispute.state and not unheard:
            yield _reply(_DISPUTE_NEWS[dispute.state], dispute)


def _new_ones(row: RelatedObject, before: Payment, after: Payment) -> Iterator[Reply]:
    """A reply to each object of a kind that was not known."""
    known = {one.id for one in row.of(before)}
    for one in row.of(after):
        if row.reply and one.id not in known:
            yield _reply(row.reply, one)


_RULES = {"refunds": _refunds, "disputes": _disputes}
"""What is said of objects that change; other kinds have a reply when there is a new one."""


def _reply(
    what: str, about: Refund | Dispute | FraudWarning | BalanceTransaction, detail: str = ""
) -> Reply:
    return Reply(key=f"reply:{what}:{about.id}{detail}", what=what, id=about.id)


Way: TypeAlias = Route | None
"""A route; None for the channel of sales."""

SALES = "sales"
"""How it is kept that news has no route."""

# How keys of replies begin that are about money that goes back, or may.
_RETURNS = (
    *("refund", "dispute_", "inquiry", "track_free"),
    *(row.reply for row in RELATED if row.reply),
)

_MILESTONES = ("reply:first_sale:", "reply:hundredth:", "reply:best_day:")


class RouteChannel(NamedTuple):
    """A channel and the routes that lead to it."""

    channel_id: int | None
    """None while none is chosen."""
    ways: tuple[Way, ...]

    @property
    def main(self) -> bool:
        """Whether sales go to it."""
        return None in self.ways


def route_of(kind: str, subject: str, key: str) -> Way:
    """The route of a row of the outbox, by what it is about."""
    if subject.startswith("payout:"):
        return Route.PAYOUTS
    if key.startswith("digest:"):
        return Route.DIGESTS
    told = key.removeprefix("reply:")
    return Route.RETURNS if kind == "reply" and told.startswith(_RETURNS) else None


def is_milestone(key: str) -> bool:
    """Whether a row of the outbox tells of a first sale, a hundredth or a best day."""
    return key.startswith(_MILESTONES)


def route_key(way: Way) -> str:
    """How a route is kept."""
    return SALES if way is None else way.value


def route_channels(main: int | None, chosen: Mapping[Route, int]) -> tuple[RouteChannel, ...]:
    """A producer's channels, that of sales first, each with its routes."""
    ways: dict[int | None, list[Way]] = {main: [None]}
    for route in Route:
        ways.setdefault(chosen.get(route, main), []).append(route)
    return tuple(RouteChannel(channel_id, tuple(there)) for channel_id, there in ways.items())


_AS_USUAL = (SaleState.PAID, SaleState.PENDING)


def quiet_at(producer: Producer, moment: datetime) -> bool:
    """Whether a moment is in the producer's quiet hours, by their own clock."""
    quiet = producer.preferences.quiet
    local = moment.astimezone(ZoneInfo(producer.timezone))
    return quiet is not None and quiet.holds(local.hour * 60 + local.minute)


def ordinary_payment(record: PaymentRecord) -> bool:
    """Whether all of it can wait until morning: no exclusive, no conflict, no refund."""
    return all(
        sale.state in _AS_USUAL and not sale.exclusive and not sale.conflict
        for sale in record.sales
    )


def ordinary_payout(record: PayoutRecord) -> bool:
    """Whether it went well."""
    return record.status not in ("failed", "canceled")


def ordinary_news(kind: str, subject: str, key: str) -> bool:
    """Whether a reply or notice can wait until morning: milestones and digests can."""
    way = route_of(kind, subject, key)
    if kind == "reply":
        return way is None and not key.startswith(("reply:conflict:", "reply:exclusive:"))
    return way is Route.DIGESTS
