"""`/stats`: money by currency next to the period before, and insights that a channel may see."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from bot.domain.insight import (
    BestSellers,
    Insight,
    LeaseInsight,
    LowExclusive,
    StoppedSelling,
    Underpriced,
    WorthAnOffer,
)
from bot.domain.money import Money
from bot.domain.payment import Buyer
from bot.domain.period import Span, parse_period
from bot.domain.totals import CurrencyTotals, Purchases, Statistics, TrackTotals
from bot.text.insights import explained, insight_lines
from bot.text.message import Attachment, Color
from bot.text.period_words import change
from bot.text.stats import details_message, statistics_message
from tests import factories as make
from tests.phone import lines_at_390
from tests.text.hostile import NASTY
from tests.text.limits import assert_fits, color, text


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


def shown(**changes: Any) -> str:
    return text(statistics_message(statistics(**changes), make.producer()))


def details(**changes: Any) -> str:
    message = details_message(statistics(**changes), make.producer(), (), make.NOON)
    assert_fits(message)
    return text(message)


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
        assert line in details()


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
    words = details(totals=(taxed,))
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
    assert "Tax" not in details(
        totals=(CurrencyTotals(currency="usd", sales=1, gross=1000, net=1),)
    )


@pytest.mark.parametrize(("gross", "average"), [(5, "¥3"), (7, "¥4"), (-5, "-¥3")])
def test_average_is_rounded_to_the_nearest_unit_a_half_away_from_zero(
    gross: int, average: str
) -> None:
    half = CurrencyTotals(currency="jpy", sales=2, gross=gross, net=1)
    assert f"Avg sale {average}" in details(totals=(half,))


def test_fees_of_a_kind_that_nobody_took_have_no_line() -> None:
    words = details(totals=(CurrencyTotals(currency="usd", sales=1, gross=1000, stripe_fee=59),))
    assert "Stripe fees" in words
    assert "Platform fees" not in words
    assert "Tax on fees" not in words


def test_statistics_without_refunds_end_after_fees() -> None:
    plain = CurrencyTotals(currency="usd", sales=1, gross=3000, stripe_fee=120, net=2880)
    words = details(totals=(plain,))
    assert "After fees        $28.80" in words
    assert "Net" not in words


def test_fees_that_are_unknown_are_not_zero() -> None:
    unknown = CurrencyTotals(currency="usd", sales=2, gross=6000, net=6000, unsettled=2)
    message = details_message(
        statistics(totals=(unknown,)), make.producer(), (), make.NOON, fees_possible=False
    )
    words = text(message)
    assert "Fees             unknown" in words
    assert "2 sales count before fees. Fees are unknown without a Stripe key." in words
    assert "After fees" not in words
    words = shown(totals=(unknown,))
    assert "**$60.00** before fees · 2 sales" in words
    assert "-$" not in words


def test_running_period_is_compared_at_the_same_point() -> None:
    assert "**▲ 9%** vs last month at this point" in shown()
    assert "vs last month at this point: $1,000.00 · 37 sales" in details()


def test_finished_period_is_compared_with_the_whole_one_before() -> None:
    words = shown(span=span("2026-02"))
    assert "February 2026" in words
    assert "**▲ 9%** vs January 2026" in words
    words = details(span=span("2026-02"))
    assert "Feb 1, 2026 – Feb 28, 2026" in words
    assert "vs January 2026: $1,000.00 · 37 sales" in words


def test_currency_that_went_quiet_is_still_shown() -> None:
    before = (CurrencyTotals(currency="eur", sales=3, gross=9000, net=8700),)
    assert "**€0.00** net · 0 sales · **▼ 100%** vs last month at this point" in shown(
        totals=(), before=before
    )


def test_other_currencies_have_a_line_each_and_say_once_what_they_are_compared_with() -> None:
    euro = CurrencyTotals(currency="eur", sales=19, gross=69_100, net=66_706)
    usual = statistics()
    words = shown(
        totals=(*usual.totals, euro), before=(*usual.before, replace(euro, net=96_637, sales=17))
    )
    assert "**€667.06** net · 19 sales · ▼ 31%" in words
    assert words.count("vs last month") == 1


def test_all_time_is_compared_with_nothing() -> None:
    assert "vs" not in shown(span=span("all"), before=())
    assert "Everything through Mar 10, 2026" in details(span=span("all"), before=())


def test_chart_is_not_repeated_below_it() -> None:
    chart = Attachment("stats.png", b"", "a chart")
    message = statistics_message(statistics(), make.producer(), picture=chart)
    above, below = message.embeds
    assert above.to_dict()["image"]["url"] == "attachment://stats.png"
    assert (above.description, below.title, list(below.fields)) == (None, None, [])
    assert below.description == (
        "$1,234.50 before fees · avg $29.39\n-$59.10 fees · -$59.90 refunds (2)\n-$29.95 disputes"
    )


WIDEST = CurrencyTotals(
    currency="usd",
    sales=1234,
    gross=1_234_567,
    tax=98_765,
    stripe_fee=123_456,
    refunds=123,
    refunded=123_456,
    disputed=123_456,
    net=1_234_567,
)


def test_answer_is_read_on_one_screen_of_a_phone() -> None:
    euro = replace(WIDEST, currency="eur")
    track = TrackTotals(
        track="Midnight Drive (Extended Version)",
        currency="usd",
        sales=1234,
        gross=1_234_567,
        net=1_234_567,
    )
    full = statistics(
        totals=(WIDEST, euro),
        before=(replace(WIDEST, net=999_999), replace(euro, net=999_999)),
        by_revenue=(track,) * 5,
        purchases=Purchases(1300, 1200, 100),
        projected=Money(1_200_000, "usd"),
    )
    insight = replace(low(2.6), track=track.track)
    chart = Attachment("stats.png", b"", "a chart")
    charted = statistics_message(full, make.producer(), picture=chart, insights=(insight,) * 4)
    assert lines_at_390(charted) <= 10
    plain = statistics_message(full, make.producer(), insights=(insight,) * 4)
    assert lines_at_390(plain) <= 24


def test_best_tracks_are_listed_by_count_and_by_revenue() -> None:
    for line in ("1. Midnight Drive · **12 sales**", "1. Glass City · **$485.20**"):
        assert line in details()
    assert "Glass City" in shown()
    assert "Midnight Drive" not in shown()


def test_statistics_name_the_time_zone() -> None:
    words = details(span=span("today"))
    assert "Days begin at midnight in America/New_York" in words


def test_day_is_named_once() -> None:
    assert "Mar 10, 2026\n" in details(span=span("today"))


def test_more_currencies_than_fit_are_named() -> None:
    codes = "usd eur gbp jpy chf cad aud sek".split()
    totals = tuple(CurrencyTotals(currency=code, sales=1, gross=1, net=1) for code in codes)
    assert "More currencies\nCHF, CAD, AUD, SEK" in details(totals=totals)
    assert "Also in CHF, CAD, AUD, SEK" in shown(totals=totals)


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
        (0, 100, "▼ 100%"),
        (499, 100, "▲ 399%"),
        (500, 100, ""),
        (100, 100, ""),
        (1002, 1000, ""),
        (1000, 1002, ""),
        (0, 0, ""),
        (5, 0, ""),
        (-5, -9, ""),
        (-50, 100, ""),
    ],
)
def test_change_is_a_percentage_or_nothing(now: int, before: int, shown: str) -> None:
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


def test_insights_are_a_line_each_and_their_reasons_another() -> None:
    best = BestSellers(tracks=(("Neon Rain", 1200), ("Drift", 4)), sales=1700, since=SINCE)
    cheap = Underpriced(
        track="Neon Rain",
        license="Basic Lease",
        price=Money(2000, "usd"),
        usual=Money(2995, "usd"),
        peers=14,
        sales=12,
        since=SINCE,
    )
    found: list[Insight] = [best, cheap, StoppedSelling(track="Drift", earlier=8, since=SINCE)]
    lines = [
        "💡 **Neon Rain**: Basic Lease $20, usually about $29.95. Raise it?",
        "💡 **Drift** hasn't sold since Jul 1. Can buyers still find it?",
    ]
    assert insight_lines(found, 2) == lines
    assert insight_lines(found, 1) == lines[:1]
    assert explained(found, make.NOON, "UTC") == [
        "💡 Best sellers: **Neon Rain** (1,200), **Drift** (4).\n└ Of 1,700 sales since Jul 1.",
        f"{lines[0]}\n└ Sold 12 times since Jul 1; 14 other tracks compared.",
        f"{lines[1]}\n└ 8 sales in the half year before.",
    ]


def test_low_exclusive_says_in_how_many_months_leases_bring_as_much() -> None:
    soon, one, some = explained([low(0.4), low(1.2), low(2.6)], make.NOON, "UTC")
    assert "**Slow Burn**: $300 exclusive = less than a month of leases. Raise it?" in soon
    assert "= 1 month of leases." in one
    assert "= 3 months of leases. Raise it?\n└ 40 leases since Jan 10: $1,200" in some


def test_insight_names_a_buyer_only_by_a_sale() -> None:
    ana = Buyer(email="ana.lima@example.com", name="Ana Lima", country="BR")
    offer = WorthAnOffer(buyer=ana, leases=7, first=FIRST, number=1042)
    (line,) = explained([offer], make.NOON, "UTC")
    assert line.startswith("💡 `#1042`: this buyer leased 7 times, never an exclusive.")
    assert "Lima" not in line
    assert "example.com" not in line


def test_insight_with_a_hostile_name_stays_one_line() -> None:
    for name in NASTY:
        (line,) = insight_lines([StoppedSelling(track=name, earlier=8, since=SINCE)], 1)
        assert len(line) < 400
        assert "\n" not in line
        assert "<@1>" not in line
