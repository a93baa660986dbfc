"""`/stats`: money by currency next to the period before, and insights that a channel may see."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from bot.domain.insight import (
    BestSellers,
    LeaseInsight,
    LowExclusive,
    StoppedSelling,
    Underpriced,
    WorthAnOffer,
)
from bot.domain.money import Money
from bot.domain.payment import Buyer
from bot.domain.period import Span, parse_period
from bot.domain.totals import CurrencyTotals, Statistics, TrackTotals
from bot.text.message import Color
from bot.text.period_words import change
from bot.text.stats import insight_lines, statistics_message
from tests import factories as make
from tests.text.hostile import NASTY
from tests.text.limits import color, text


def span(period: str) -> Span:
    return parse_period(period, make.NOON, make.producer().timezone)


def statistics(**changes: Any) -> Statistics:
    fields: dict[str, Any] = {
        "span": span("month"),
        "currency": "usd",
        "totals": (
            CurrencyTotals(
                currency="usd",
                sales=42,
                gross=123450,
                stripe_fee=4510,
                fee_tax=200,
                platform_fee=1200,
                refunds=2,
                refunded=5990,
                disputed=2995,
                net=108555,
            ),
        ),
        "before": (CurrencyTotals(currency="usd", sales=37, gross=100000, net=100000),),
        "by_count": (
            TrackTotals(track="Midnight Drive", currency="usd", sales=12, gross=1, net=1),
        ),
        "by_revenue": (
            TrackTotals(track="Glass City", currency="usd", sales=1, gross=1, net=48520),
        ),
    }
    return Statistics(**{**fields, **changes})


def told(**changes: Any) -> str:
    return text(statistics_message(statistics(**changes), make.producer()))


def test_statistics_have_a_line_for_each_kind_of_fee() -> None:
    for line in (
        "Before fees    $1,234.50",
        "Stripe fees      -$45.10",
        "Tax on fees       -$2.00",
        "Platform fees    -$12.00",
        "After fees     $1,175.40",
        "Refunds (2)      -$59.90",
        "Disputes         -$29.95",
        "Net            $1,085.55",
    ):
        assert line in told()


def test_tax_stands_apart_and_the_figures_add_up_to_what_is_left() -> None:
    taxed = CurrencyTotals(
        currency="usd",
        sales=3,
        gross=32_664,
        tax=2664,
        returned_tax=888,
        stripe_fee=1040,
        withheld_tax=60,
        refunds=1,
        refunded=10_888,
        net=18_900,
    )
    words = told(totals=(taxed,))
    for line in (
        "Before fees         $326.64",
        "Tax from buyers     -$26.64",
        "Stripe fees         -$10.40",
        "Tax withheld         -$0.60",
        "After fees and tax  $289.00",
        "Refunds (1)        -$108.88",
        "Tax refunded          $8.88",
        "Net                 $189.00",
    ):
        assert line in words
    assert "Avg sale $100.00 ($96.33 net)" in words
    assert "Tax" not in told(totals=(CurrencyTotals(currency="usd", sales=1, gross=1000, net=1),))


@pytest.mark.parametrize(("gross", "average"), [(5, "¥3"), (7, "¥4"), (-5, "-¥3")])
def test_average_is_rounded_to_the_nearest_unit_a_half_away_from_zero(
    gross: int, average: str
) -> None:
    half = CurrencyTotals(currency="jpy", sales=2, gross=gross, net=1)
    assert f"Avg sale {average}" in told(totals=(half,))


def test_fees_of_a_kind_that_nobody_took_have_no_line() -> None:
    words = told(totals=(CurrencyTotals(currency="usd", sales=1, gross=1000, stripe_fee=59),))
    assert "Stripe fees" in words
    assert "Platform fees" not in words
    assert "Tax on fees" not in words


def test_statistics_without_refunds_end_after_fees() -> None:
    plain = CurrencyTotals(currency="usd", sales=1, gross=3000, stripe_fee=120, net=2880)
    words = told(totals=(plain,))
    assert "After fees        $28.80" in words
    assert "Net" not in words


def test_fees_that_are_unknown_are_not_zero() -> None:
    unknown = CurrencyTotals(currency="usd", sales=2, gross=6000, net=6000, unsettled=2)
    message = statistics_message(
        statistics(totals=(unknown,)), make.producer(), fees_possible=False
    )
    words = text(message)
    assert "Fees             unknown" in words
    assert "2 sales count before fees. Fees are unknown without a Stripe key." in words
    assert "After fees" not in words


def test_running_period_is_compared_at_the_same_point() -> None:
    assert "**▲ 9%** vs last month at the same point ($1,000.00, 37 sales)" in told()


def test_finished_period_is_compared_with_the_whole_one_before() -> None:
    words = told(span=span("2026-02"))
    assert "February 2026" in words
    assert "Feb 1, 2026 – Feb 28, 2026" in words
    assert "**▲ 9%** vs January 2026 ($1,000.00, 37 sales)" in words


def test_currency_that_went_quiet_is_still_shown() -> None:
    before = (CurrencyTotals(currency="eur", sales=3, gross=9000, net=8700),)
    words = told(totals=(), before=before)
    assert "EUR · 0 sales" in words
    assert "**▼ 100%** vs last month at the same point (€87.00, 3 sales)" in words


def test_all_time_is_compared_with_nothing() -> None:
    words = told(span=span("all"), before=())
    assert "Everything through Mar 10, 2026" in words
    assert "at the same point" not in words


def test_best_tracks_are_listed_by_count_and_by_revenue() -> None:
    assert "1. Midnight Drive · **12 sales**" in told()
    assert "1. Glass City · **$485.20**" in told()


def test_statistics_name_the_time_zone() -> None:
    words = told(span=span("today"))
    assert "Days begin at midnight in America/New_York" in words


def test_day_is_named_once() -> None:
    assert "Mar 10, 2026\n" in told(span=span("today"))


def test_more_currencies_than_fit_are_named() -> None:
    codes = "usd eur gbp jpy chf cad aud sek".split()
    totals = tuple(CurrencyTotals(currency=code, sales=1, gross=1, net=1) for code in codes)
    assert "More currencies\nCHF, CAD, AUD, SEK" in told(totals=totals)


def test_statistics_without_sales_say_so() -> None:
    message = statistics_message(
        statistics(totals=(), before=(), by_count=(), by_revenue=()), make.producer()
    )
    assert "No sales in this period." in text(message)
    assert color(message) == Color.REFUNDED


@pytest.mark.parametrize(
    ("now", "before", "shown"),
    [
        (112, 100, "▲ 12%"),
        (92, 100, "▼ 8%"),
        (100, 100, "="),
        (0, 0, "="),
        (5, 0, "▲"),
        (-5, -9, "▲"),
        (-9, -5, "▼"),
        (-50, 100, "▼ 150%"),
        (1_000_000, 1, "▲ 99,999,900%"),
    ],
)
def test_change_has_an_arrow_and_a_percentage(now: int, before: int, shown: str) -> None:
    assert change(now, before) == shown


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


def test_insights_say_their_reason() -> None:
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
        "💡 Best sellers: **Neon Rain** (1,200), **Drift** (4) of 1,700 sales since Jul 1.",
        "💡 **Neon Rain** sold 12 times since Jul 1, but its Basic Lease costs $20.00; on your "
        "other 14 tracks it is about $30.00. Raise it?",
        "💡 **Drift** has not sold since Jul 1, after 8 sales in the half year before. Can "
        "buyers still find it?",
    ]


def test_low_exclusive_says_in_how_many_months_leases_bring_as_much() -> None:
    soon, one, some = insight_lines([low(0.4), low(1.2), low(2.6)])
    assert "$300.00 exclusive = less than a month of leases (40 leases" in soon
    assert "about 1 month of leases (" in one
    assert "about 3 months of leases (40 leases since <t:1768003200:d>: $1,200.00)" in some


def test_insight_names_a_buyer_only_by_a_sale() -> None:
    ana = Buyer(email="ana.lima@example.com", name="Ana Lima", country="BR")
    (line,) = insight_lines([WorthAnOffer(buyer=ana, leases=7, first=FIRST, number=1042)])
    assert line.startswith("💡 The buyer of `#1042` has leased 7 times since <t:")
    assert "Lima" not in line
    assert "example.com" not in line


def test_insight_with_a_hostile_name_stays_one_line() -> None:
    for name in NASTY:
        (line,) = insight_lines([StoppedSelling(track=name, earlier=8, since=SINCE)])
        assert len(line) < 400
        assert "\n" not in line
        assert "<@1>" not in line
