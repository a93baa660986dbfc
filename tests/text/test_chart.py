"""Charts: what is drawn, in words and as a picture."""

import io
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from PIL import Image

from bot.domain.money import Money
from bot.domain.period import parse_period
from bot.domain.totals import (
    Amounts,
    CurrencyTotals,
    Grain,
    Point,
    Series,
    Statistics,
    TrackTotals,
    begun,
    grain_of,
    pieces,
)
from bot.text.chart import ChartPainter, alt_text, axis, chart_data, labels
from bot.text.words import short_money
from tests.text.hostile import NASTY

ZONE = "America/New_York"
NOW = datetime(2026, 10, 15, 16, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def painter() -> ChartPainter:
    return ChartPainter()


def drawn(
    period: str = "month",
    nets: tuple[int, ...] = (1000, 0, -500),
    before: tuple[int, ...] = (2000,),
    tracks: tuple[str, ...] = ("Midnight Drive", "Glass City"),
    currency: str = "usd",
) -> Statistics:
    span = parse_period(period, NOW, ZONE)
    grain = grain_of(span, date(2024, 1, 1))
    points = pieces(span.first or date(2024, 1, 1), span.last, grain, [])
    count = begun(points, span, grain, ZONE)
    now = [
        point._replace(amounts=Amounts(1, nets[i % len(nets)])) if i < count else point
        for i, point in enumerate(points)
    ]
    then = [Point(date(2026, 9, 1), 0, Amounts(1, net)) for net in before]
    best = tuple(
        TrackTotals(track=name, currency=currency, sales=9 - i, gross=1, net=5000 - 900 * i)
        for i, name in enumerate(tracks)
    )
    net = sum(point.amounts.net for point in now)
    return Statistics(
        span=span,
        currency=currency,
        totals=(CurrencyTotals(currency=currency, sales=count, net=net),),
        before=(CurrencyTotals(currency=currency, sales=4, net=2000),),
        by_count=best[::-1],
        by_revenue=best,
        series=Series(
            currency=currency, grain=grain, points=tuple(now), begun=count, before=tuple(then)
        ),
    )


def data(statistics: Statistics, *, by_count: bool = False) -> dict[str, Any]:
    made = chart_data(statistics, by_count=by_count)
    assert made is not None
    return made


def test_bars_stand_on_zero_with_the_period_before_behind() -> None:
    made = data(drawn(nets=(1000, 0, -500), before=(2000, 0)))
    bars = made["bars"]
    assert len(bars) == 31
    assert [bar["now"] for bar in bars[:3]] == [0.6, pytest.approx(0.2), 0.0]
    assert [bar["before"] for bar in bars[:3]] == [1.0, made["zero"], None]
    assert [bar["now"] for bar in bars[15:]] == [None] * 16  # still to come
    assert [tick["label"] for tick in made["ticks"]] == ["-$5", "$0", "$5", "$10", "$15", "$20"]
    assert made["legend"] == {"now": "This month", "before": "Last month"}


def test_chart_by_count_shows_sales() -> None:
    made = data(drawn(), by_count=True)
    assert (made["title"], made["figure"]) == ("Sales", "15 sales")
    assert [row["value"] for row in made["best"]] == ["8 sales", "9 sales"]
    assert made["best"][0]["note"] == "$41.00"


def test_alt_text_says_what_the_chart_shows() -> None:
    words = alt_text(drawn(nets=(100, 4000, *[100] * 13)), by_count=False)
    assert words == (
        "Revenue after fees and refunds, USD, This month: $54.00. "
        "▲ 170% vs last month at the same point ($20.00, 4 sales). "
        "Highest: Oct 2, $40.00. "
        "Top earners: 1. Midnight Drive $50.00 · 9 sales, 2. Glass City $41.00 · 8 sales."
    )
    assert alt_text(drawn(tracks=NASTY[-5:]), by_count=False)
    assert len(alt_text(drawn(tracks=NASTY[-5:]), by_count=False)) <= 1024


@pytest.mark.parametrize(
    ("unsettled", "title"),
    [
        (3, "Revenue after refunds and known fees"),
        (15, "Revenue after refunds, before fees"),
    ],
)
def test_title_says_how_many_of_the_fees_are_known(unsettled: int, title: str) -> None:
    statistics = drawn()
    [own] = statistics.totals
    partly = replace(statistics, totals=(replace(own, unsettled=unsettled),))
    data = chart_data(partly, by_count=False)
    assert data is not None
    assert data["title"] == title
    assert alt_text(partly, by_count=False).startswith(f"{title}, USD")


@pytest.mark.parametrize(
    ("period", "begins", "count"),
    [
        ("week", ["Mon", "Tue"], 7),
        ("2026-10", ["1", "5"], 8),
        ("2026-09-20..2026-10-14", ["Sep 20", "Sep 24"], 7),
        ("2025", ["Jan", "Feb"], 12),
        ("all", ["Jan 2024", "Jul 2024"], 6),
    ],
)
def test_labels_are_shown_where_there_is_room(period: str, begins: list[str], count: int) -> None:
    named = [bar["label"] for bar in data(drawn(period))["bars"] if bar["label"]]
    assert (named[:2], len(named)) == (begins, count)


def test_hours_are_named_by_the_clock() -> None:
    points = [Point(date(2026, 10, 15), hour, Amounts(0, 0)) for hour in range(24)]
    named = [label for label in labels(points, Grain.HOUR, one_month=True) if label]
    assert named == ["12 AM", "4 AM", "8 AM", "12 PM", "4 PM", "8 PM"]


@pytest.mark.parametrize(
    ("amounts", "lines"),
    [
        ([0], [0, 1]),
        ([7], [0, 2, 4, 6, 8]),
        ([-300, 900], [-500, 0, 500, 1000]),
        ([-10], [-10, -8, -6, -4, -2, 0]),
        ([10**15], [i * 2 * 10**14 for i in range(6)]),
    ],
)
def test_axis_has_lines_at_round_amounts(amounts: list[int], lines: list[int]) -> None:
    scale = axis(amounts)
    assert [*scale.lines] == lines
    assert all(0 <= scale.part(amount) <= 1 for amount in (0, *amounts))


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        (95000, "usd", "$950"),
        (50, "usd", "$0.50"),
        (-150_000, "usd", "-$1.5K"),
        (500, "jpy", "¥500"),
        (12_000, "jpy", "¥12K"),
        (1500, "kwd", "KWD\xa01.500"),
        (10**15, "eur", "€10T"),
    ],
)
def test_short_money_is_short(amount: int, currency: str, shown: str) -> None:
    assert short_money(Money(amount, currency)) == shown


@pytest.mark.parametrize("name", NASTY)
def test_names_are_never_code_or_markup(painter: ChartPainter, name: str) -> None:
    plain = Image.open(io.BytesIO(painter.paint(data(drawn(tracks=("A", "B"))))))
    made = Image.open(io.BytesIO(painter.paint(data(drawn(tracks=(name, "B"))))))
    assert made.size == plain.size


@pytest.mark.parametrize(
    "strange",
    [
        pytest.param(drawn(nets=(0,), before=(), tracks=()), id="nothing"),
        pytest.param(drawn(nets=(-1,), before=(-(10**14),), currency="kwd"), id="losses"),
        pytest.param(drawn(nets=(10**17,), currency="jpy"), id="more money than there is"),
        pytest.param(drawn("2026-10-14..2026-10-15", nets=(1,)), id="two days"),
        pytest.param(drawn("2026-10-15..2026-10-15", nets=(1,)), id="one day"),
        pytest.param(drawn("all", currency="xyz"), id="an unknown currency"),
    ],
)
def test_chart_of_strange_figures_is_a_picture(painter: ChartPainter, strange: Statistics) -> None:
    for by_count in (False, True):
        picture = Image.open(io.BytesIO(painter.paint(data(strange, by_count=by_count))))
        assert picture.width == 800


def test_another_process_makes_the_same_picture(painter: ChartPainter) -> None:
    code = (
        "import sys; from tests.text.test_chart import *;"
        "sys.stdout.buffer.write(ChartPainter().paint(data(drawn())))"
    )
    # A machine without any font of its own, and another place in the world.
    other = {"HOME": "/nonexistent", "TZ": "Asia/Tokyo", "FONTCONFIG_FILE": "/dev/null"}
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, env=other)
    assert made.stdout == painter.paint(data(drawn()))


async def test_chart_of_nothing_is_no_picture(painter: ChartPainter) -> None:
    nothing = Statistics(
        span=parse_period("all", NOW, ZONE),
        currency=None,
        totals=(),
        before=(),
        by_count=(),
        by_revenue=(),
    )
    assert await painter.statistics(nothing, by_count=False) is None
    assert alt_text(nothing, by_count=False) == ""
