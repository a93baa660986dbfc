"""What the figures suggest, each with its reason; nothing if they are too thin.

Rules are rows of `RULES`. They look at the tracks that can be bought now: about others there is
nothing to decide. Amounts are compared within one currency only, and prices with those of the same
license.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import NamedTuple, TypeAlias

from bot.domain.money import Money
from bot.domain.payment import Buyer


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseInsight:
    """What leases of a track have brought, compared with its exclusive; both before fees."""

    leases: int
    income: Money
    """Tax and refunds off."""
    exclusive: Money
    """The cheapest in the same currency."""
    since: datetime
    """When the first of these leases was sold."""
    days: float
    """Since then."""

    @property
    def a_month(self) -> float:
        """Leases a month of 30 days."""
        return self.leases / self.days * 30

    @property
    def months_to_match(self) -> float | None:
        """In how many such months leases bring as much as the exclusive; None if never."""
        if self.income.amount <= 0:
            return None
        return self.exclusive.amount / self.income.amount * self.days / 30


ENOUGH_SALES = 10
"""Of all tracks, lately: with fewer, what sells best is mere chance."""
NAMED = 3
"""Best sellers that are named."""
WELL_SOLD = 5
"""Sales lately from which a track can be called popular,"""
POPULAR = 1.5
"""and how many times the average of the tracks that sold."""
ENOUGH_PEERS = 5
"""Other tracks with the same license in the same currency."""
CHEAP = 80
"""Percent of the middle price of its peers: what is not far below it is a choice."""
SOON_MATCHED = 6.0
"""Months in which leases bring what the exclusive costs. Whoever buys it ends these leases."""
USED_TO_SELL = 6
"""Sales in the half year before,"""
MONTHS_OF_IT = 3
"""spread over so many of its months: once a week of fame is no habit."""
LOYAL = 5
"""Leases of one buyer."""


class Price(NamedTuple):
    """What a license costs now."""

    license: str
    exclusive: bool
    amount: Money


PeerGroup: TypeAlias = tuple[str, str]
"""A license by name, and a currency."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackFacts:
    """A track that can be bought."""

    name: str
    lately: int
    """Sales since `Facts.since`."""
    earlier: int = 0
    """Sales in the half year before that,"""
    earlier_months: int = 0
    """and in how many months of it there were any."""
    prices: tuple[Price, ...] = ()
    leases: LeaseInsight | None = None
    """Its leases compared with its exclusive's price, if there is enough to go by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuyerFacts:
    """A buyer of the last months."""

    buyer: Buyer
    leases: int
    """Paid for, and not given back."""
    payments: int
    exclusives: int
    first: datetime
    number: int
    """Of their newest lease; 0 if none counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the rules go by, of one producer."""

    since: date
    """The day from which on a sale counts as of late: the first of a month, two months or more
    ago."""
    sales: int
    """Since then, of all tracks."""
    sold_tracks: int
    """How many tracks these are of."""
    tracks: tuple[TrackFacts, ...]
    """Those that sell best lately first, then those that sold best before."""
    peers: Mapping[PeerGroup, tuple[tuple[int, int], ...]]
    """What a license costs on all tracks that can be bought: each amount in minor units, and on
    how many tracks."""
    buyers: tuple[BuyerFacts, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BestSellers:
    """What sells best."""

    tracks: tuple[tuple[str, int], ...]
    """At most `NAMED`, each with its sales."""
    sales: int
    """Of all tracks in that time."""
    since: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Underpriced:
    """A popular track with a license that costs less than it does on most others."""

    track: str
    license: str
    price: Money
    usual: Money
    """What stands in the middle of its peers' prices."""
    peers: int
    sales: int
    since: date


@dataclass(frozen=True, slots=True, kw_only=True)
class LowExclusive:
    """A track whose exclusive costs little compared with what its leases bring."""

    track: str
    leases: LeaseInsight
    months: float
    """In which leases bring as much as the exclusive costs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoppedSelling:
    """A track that used to sell and no longer does."""

    track: str
    earlier: int
    since: date


@dataclass(frozen=True, slots=True, kw_only=True)
class WorthAnOffer:
    """A buyer who leases again and again and has never bought an exclusive."""

    buyer: Buyer
    leases: int
    first: datetime
    number: int


Insight: TypeAlias = BestSellers | Underpriced | LowExclusive | StoppedSelling | WorthAnOffer


def insights(facts: Facts) -> tuple[Insight, ...]:
    """All that the rules find, in their order; of each rule the most telling ones."""
    return tuple(one for rule in RULES for one in list(rule.find(facts))[: rule.most])


def _best_sellers(facts: Facts) -> Iterator[BestSellers]:
    best = [(track.name, track.lately) for track in facts.tracks if track.lately > 1][:NAMED]
    if facts.sales >= ENOUGH_SALES and facts.sold_tracks > len(best) > 0:
        yield BestSellers(tracks=tuple(best), sales=facts.sales, since=facts.since)


def _underpriced(facts: Facts) -> Iterator[Underpriced]:
    """The popular first."""
    average = facts.sales / max(facts.sold_tracks, 1)
    for track in facts.tracks:
        if track.lately < max(WELL_SOLD, POPULAR * average):
            continue
        # If a license is free, sales say nothing about what others may cost.
        if any(price.amount.amount <= 0 for price in track.prices):
            continue
        cheap = [found for price in track.prices if (found := _cheap(facts, track, price))]
        if cheap:
            yield min(cheap, key=lambda one: Fraction(one.price.amount, one.usual.amount))


def _cheap(facts: Facts, track: TrackFacts, price: Price) -> Underpriced | None:
    if price.exclusive:
        return None
    listed = facts.peers.get((price.license, price.amount.currency), ())
    # The track is itself among those that cost the same.
    own = price.amount.amount
    peers = [(amount, tracks - (amount == own)) for amount, tracks in sorted(listed)]
    count = sum(tracks for _, tracks in peers)
    if count < ENOUGH_PEERS:
        return None
    usual = _middle(peers)
    if price.amount.amount * 100 > usual * CHEAP:
        return None
    return Underpriced(
        track=track.name,
        license=price.license,
        price=price.amount,
        usual=Money(usual, price.amount.currency),
        peers=count,
        sales=track.lately,
        since=facts.since,
    )


def _middle(peers: Iterable[tuple[int, int]]) -> int:
    """The lower median of amounts, each with how often it is there, in their order."""
    amounts = list(peers)
    half = (sum(count for _, count in amounts) + 1) // 2
    for amount, count in amounts:
        half -= count
        if half <= 0:
            return amount
    return 0


def _low_exclusives(facts: Facts) -> Iterator[LowExclusive]:
    """The lowest, compared with what leases bring, first."""
    found = [
        LowExclusive(track=track.name, leases=track.leases, months=months)
        for track in facts.tracks
        # A track that no longer sells will not bring as much again.
        if track.lately and track.leases and (months := track.leases.months_to_match) is not None
    ]
    yield from sorted(
        (one for one in found if one.months < SOON_MATCHED), key=lambda one: one.months
    )


def _stopped(facts: Facts) -> Iterator[StoppedSelling]:
    """Those that sold most before first. If nothing else sells either, it is not the track."""
    if facts.sales < ENOUGH_SALES:
        return
    for track in sorted(facts.tracks, key=lambda track: -track.earlier):
        used_to = track.earlier >= USED_TO_SELL and track.earlier_months >= MONTHS_OF_IT
        if used_to and not track.lately:
            yield StoppedSelling(track=track.name, earlier=track.earlier, since=facts.since)


def _worth_an_offer(facts: Facts) -> Iterator[WorthAnOffer]:
    """The buyers with the most leases first; only those who came back and can be written to."""
    for one in sorted(facts.buyers, key=lambda one: -one.leases):
        if one.leases >= LOYAL and one.payments > 1 and not one.exclusives and one.buyer.email:
            yield WorthAnOffer(
                buyer=one.buyer, leases=one.leases, first=one.first, number=one.number
            )


class Rule(NamedTuple):
    """One kind of insight."""

    find: Callable[[Facts], Iterable[Insight]]
    most: int
    """How many are shown at once."""
    why: str
    """What it is good for."""


RULES = (
    Rule(_best_sellers, 1, "what to make more of"),
    Rule(_underpriced, 2, "a popular track can cost what others do"),
    Rule(_low_exclusives, 2, "an exclusive ends the income of leases, so it has to be worth it"),
    Rule(_stopped, 2, "a track that is no longer shown, or too expensive, can be fixed"),
    Rule(_worth_an_offer, 1, "a returning buyer may want a track exclusively"),
)
