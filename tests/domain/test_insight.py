"""What figures suggest, on worked examples; nothing if they are thin."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from bot.domain.insight import (
    RULES,
    BestSellers,
    BuyerFacts,
    Facts,
    Insight,
    LeaseInsight,
    LowExclusive,
    Price,
    StoppedSelling,
    TrackFacts,
    Underpriced,
    WorthAnOffer,
    insights,
)
from bot.domain.money import Money
from bot.domain.payment import Buyer

SINCE = date(2026, 7, 1)
FIRST = datetime(2026, 1, 10, tzinfo=UTC)
BASIC = ("Basic Lease", "usd")
ANA = BuyerFacts(
    buyer=Buyer(email="ana@example.com"),
    leases=6,
    payments=3,
    exclusives=0,
    first=FIRST,
    number=1042,
)


def track(name: str, lately: int, *, basic: int = 0, **facts: Any) -> TrackFacts:
    prices = (Price("Basic Lease", False, Money(basic, "usd")),) if basic else ()
    return TrackFacts(name=name, lately=lately, **{"prices": prices, **facts})


def facts(*tracks: TrackFacts, **changes: Any) -> Facts:
    values: dict[str, Any] = {
        "since": SINCE,
        "sales": sum(one.lately for one in tracks),
        "sold_tracks": sum(one.lately > 0 for one in tracks),
        "tracks": tracks,
        "peers": {},
    }
    return Facts(**{**values, **changes})


def leases(income: int, exclusive: int, days: float = 120) -> LeaseInsight:
    return LeaseInsight(
        leases=20,
        income=Money(income, "usd"),
        exclusive=Money(exclusive, "usd"),
        since=FIRST,
        days=days,
    )


def found(given: Facts, kind: type[Insight]) -> list[Insight]:
    return [one for one in insights(given) if isinstance(one, kind)]


def test_no_facts_suggest_nothing() -> None:
    assert insights(facts()) == ()


def test_each_rule_says_what_it_is_good_for() -> None:
    assert all(rule.why and rule.most > 0 for rule in RULES)


def test_the_tracks_that_sell_best() -> None:
    shop = facts(track("A", 9), track("B", 4), track("C", 2), track("D", 2))
    assert found(shop, BestSellers) == [
        BestSellers(tracks=(("A", 9), ("B", 4), ("C", 2)), sales=17, since=SINCE)
    ]


def test_of_few_sales_or_few_tracks_none_sells_best() -> None:
    assert not found(facts(track("A", 5), track("B", 4)), BestSellers)
    assert not found(facts(track("A", 50)), BestSellers)
    assert not found(facts(*(track(name, 1) for name in "ABCDEFGHIJK")), BestSellers)


def popular(price: int, lately: int = 12, **changes: Any) -> Facts:
    """A track at a price, and others of which five ask 30 dollars."""
    others = [track(name, 2) for name in "BCDEF"]
    peers = {BASIC: ((price, 1), (2500, 2), (3000, 3), (4000, 1))}
    values = {"peers": peers, **changes}
    return facts(track("A", lately, basic=price), *others, **values)


def test_a_popular_track_priced_under_its_peers() -> None:
    assert found(popular(2000), Underpriced) == [
        Underpriced(
            track="A",
            license="Basic Lease",
            price=Money(2000, "usd"),
            usual=Money(3000, "usd"),
            peers=6,
            sales=12,
            since=SINCE,
        )
    ]


@pytest.mark.parametrize(
    "given",
    [
        pytest.param(popular(2500), id="not far below"),
        pytest.param(popular(2000, lately=4), id="sold too little"),
        pytest.param(popular(2000, sales=200, sold_tracks=20), id="no more than the others"),
        pytest.param(popular(2000, peers={BASIC: ((2000, 1), (3000, 4))}), id="few peers"),
        pytest.param(
            popular(2000, peers={("Basic Lease", "eur"): ((3000, 9),)}), id="another currency"
        ),
        pytest.param(popular(2000, peers={("Premium", "usd"): ((3000, 9),)}), id="another license"),
        pytest.param(popular(0), id="no price"),
    ],
)
def test_who_is_not_priced_under_its_peers(given: Facts) -> None:
    assert not found(given, Underpriced)


def test_where_a_license_is_free_sales_say_nothing_of_prices() -> None:
    shop = popular(2000)
    free = Price("Free Download", False, Money(0, "usd"))
    given = replace(shop.tracks[0], prices=(*shop.tracks[0].prices, free))
    assert not found(replace(shop, tracks=(given, *shop.tracks[1:])), Underpriced)


def test_an_exclusive_that_leases_bring_in_within_months_is_low() -> None:
    low = track("A", 3, leases=leases(income=40_000, exclusive=30_000))
    lower = track("B", 3, leases=leases(income=40_000, exclusive=9_000))
    fair = track("C", 3, leases=leases(income=40_000, exclusive=70_000))
    still = track("D", 0, leases=leases(income=40_000, exclusive=9_000))
    lossy = track("E", 3, leases=leases(income=-100, exclusive=9_000))
    assert [
        (one.track, round(one.months, 1))
        for one in found(facts(low, lower, fair, still, lossy), LowExclusive)
        if isinstance(one, LowExclusive)
    ] == [("B", 0.9), ("A", 3.0)]


def test_a_track_that_stopped_selling() -> None:
    steady = {"earlier": 8, "earlier_months": 4}
    shop = facts(track("A", 12), track("Gone", 0, **steady), track("Slow", 1, **steady))
    assert found(shop, StoppedSelling) == [StoppedSelling(track="Gone", earlier=8, since=SINCE)]


def test_a_week_of_fame_few_sales_and_a_quiet_shop_are_no_stop() -> None:
    fame, few = {"earlier": 30, "earlier_months": 2}, {"earlier": 5, "earlier_months": 5}
    assert not found(facts(track("A", 12), track("B", 0, **fame)), StoppedSelling)
    assert not found(facts(track("A", 12), track("B", 0, **few)), StoppedSelling)
    gone = {"earlier": 30, "earlier_months": 6}
    assert not found(facts(track("A", 9), track("B", 0, **gone)), StoppedSelling)


def test_a_buyer_worth_an_offer_is_the_one_who_leased_most() -> None:
    more = replace(ANA, leases=9, number=1050)
    assert found(facts(buyers=(ANA, more)), WorthAnOffer) == [
        WorthAnOffer(buyer=ANA.buyer, leases=9, first=FIRST, number=1050)
    ]


@pytest.mark.parametrize(
    "other",
    [{"leases": 4}, {"payments": 1}, {"exclusives": 1}, {"buyer": Buyer(name="Ana")}],
    ids=str,
)
def test_who_is_no_regular_or_cannot_be_written_to_gets_none(other: dict[str, Any]) -> None:
    assert not found(facts(buyers=(replace(ANA, **other),)), WorthAnOffer)
