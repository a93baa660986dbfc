"""What figures suggest, in words that a channel may see."""

from datetime import UTC, date, datetime

from bot.domain.answers import LeaseInsight
from bot.domain.insights import (
    BestSellers,
    LowExclusive,
    StoppedSelling,
    Underpriced,
    WorthAnOffer,
)
from bot.domain.money import Money
from bot.domain.payment import Buyer
from bot.text.parts.insights import insight_lines
from tests.text.hostile import NASTY

SINCE = date(2026, 7, 1)
FIRST = datetime(2026, 1, 10, tzinfo=UTC)


def low(months: float) -> LowExclusive:
    leases = LeaseInsight(
        leases=40,
        income=Money(120_000, "usd"),
        exclusive=Money(30_000, "usd"),
        since=FIRST,
        days=120,
    )
    return LowExclusive(track="Slow Burn", leases=leases, months=months)


def test_each_says_its_reason() -> None:
    best = BestSellers(tracks=(("Neon Rain", 1200), ("Drift", 4)), sales=1700, since=SINCE)
    cheap = Underpriced(
        track="Neon Rain",
        license="Basic Lease",
        price=Money(2000, "usd"),
        usual=Money(3000, "usd"),
        peers=14,
        sales=12,
        since=SINCE,
    )
    assert insight_lines([best, cheap, StoppedSelling(track="Drift", earlier=8, since=SINCE)]) == [
        "💡 Sells best: **Neon Rain** (1,200), **Drift** (4), of 1,700 sales since Jul 1.",
        "💡 **Neon Rain** sold 12 times since Jul 1, but its Basic Lease costs $20.00; on your "
        "other 14 tracks it is about $30.00. It may be worth more.",
        "💡 **Drift** has not sold since Jul 1; in the half year before it sold 8 times. Can "
        "buyers still find it?",
    ]


def test_a_low_exclusive_says_in_how_many_months_leases_bring_as_much() -> None:
    soon, one, some = insight_lines([low(0.4), low(1.2), low(2.6)])
    assert "costs $300.00, less than its leases bring in a month (40 leases" in soon
    assert "in about 1 month (" in one
    assert "in about 3 months (40 leases since <t:1768003200:d> brought $1,200.00)" in some


def test_a_buyer_is_named_by_a_sale_alone() -> None:
    ana = Buyer(email="ana.lima@example.com", name="Ana Lima", country="BR")
    (line,) = insight_lines([WorthAnOffer(buyer=ana, leases=7, first=FIRST, number=1042)])
    assert line.startswith("💡 The buyer of `#1042` has leased 7 times since <t:")
    assert "Lima" not in line
    assert "example.com" not in line


def test_whatever_tracks_are_called_a_line_stays_a_line() -> None:
    for name in NASTY:
        (line,) = insight_lines([StoppedSelling(track=name, earlier=8, since=SINCE)])
        assert len(line) < 400
        assert "\n" not in line
        assert "<@1>" not in line
