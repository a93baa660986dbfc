"""Charts: what is drawn, in words and as a picture."""

import io
import re
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
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
from bot.text import chart
from bot.text.chart import ChartPainter, alt_text, axis, chart_data, labels
from bot.text.words import short_money
from tests.text.hostile import NASTY

TEMPLATE = Path(chart.__file__).with_suffix(".typ").read_text(encoding="utf-8")
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
    assert [tick["label"] for tick in made["ticks"]] == ["$0", "$10", "$20"]


def test_chart_by_count_shows_sales() -> None:
    made = data(drawn(), by_count=True)
    assert (made["figure"], made["subtitle"]) == ("15 sales", "This month · $25.00 net")
    assert [row["value"] for row in made["best"]] == ["8 sales", "9 sales"]
    assert made["best"][0]["note"] == "$41.00"


def test_last_bar_of_a_period_that_goes_on_is_marked_unfinished() -> None:
    made = data(drawn("month"))
    assert made["unfinished"] == 14
    assert made["legend"]["unfinished"] == "Oct 15 so far"
    assert data(drawn("year"))["legend"]["unfinished"] == "Oct so far"
    over = data(drawn("2026-09"))
    assert (over["unfinished"], over["legend"]["unfinished"]) == (None, None)


def test_one_series_has_no_legend() -> None:
    assert data(drawn())["legend"]["now"] == "This month"
    assert data(drawn())["legend"]["before"] == "Last month"
    assert data(drawn(before=(0,) * 30))["legend"]["before"] == "Last month"  # free sales
    quiet = drawn()
    assert quiet.series is not None
    nothing = replace(quiet.series, before=(Point(date(2026, 9, 1), 0, Amounts(0, 0)),))
    assert data(replace(quiet, series=nothing))["legend"]["before"] is None
    alone = data(drawn("all", before=()))
    assert (alone["legend"]["now"], alone["legend"]["before"]) == (None, None)


def test_small_loss_takes_a_small_part_of_the_chart() -> None:
    made = data(drawn(nets=(52_000, 0, -100), before=()))
    assert 0 < made["zero"] < 0.01
    assert made["ticks"][0]["label"] == "$0"


def test_outlier_ends_off_the_scale_and_is_named() -> None:
    made = data(drawn(nets=(1000, 2000, 3000, 209_512, *[1500] * 11), before=()))
    heights = [bar["now"] for bar in made["bars"][:4]]
    assert heights[2] == 1.0
    assert heights[3] > 1
    assert made["off-scale"] == "Off the scale: Oct 4 $2,095.12"
    assert data(drawn())["off-scale"] is None


@pytest.mark.parametrize(
    ("amounts", "highest"),
    [
        ([20, 30, 90], 100),  # too few others
        ([10, 20, 30, 90], 30),
        ([10, 20, 30, 40, 120], 40),
        ([10, 20, 30, 40, 119], 150),
        ([10, 20, 30, 120, 130], 30),
        ([120, 130, 140, 10, 20, 30], 150),  # too many to be exceptions
        ([200, 10, 10, 10, 0, -500], 200),
    ],
)
def test_axis_ends_below_one_or_two_outliers(amounts: list[int], highest: int) -> None:
    assert axis(amounts).highest == highest


def test_chart_of_several_currencies_says_which_it_counts() -> None:
    statistics = drawn()
    assert "USD" not in str(chart_data(statistics, by_count=False))
    more = replace(
        statistics, totals=(*statistics.totals, CurrencyTotals(currency="eur", sales=2, net=5))
    )
    money, count = data(more), data(more, by_count=True)
    assert money["subtitle"] == "This month · 15 sales in USD"
    assert money["best-title"] == "Top earners in USD"
    assert (count["figure"], count["kind"]) == ("15 sales", "in USD")
    assert count["best-title"] == "Best sellers in all currencies"


def test_change_is_left_out_if_there_is_nothing_to_compare() -> None:
    assert data(drawn(nets=(200,)))["change"] == {
        "figure": "▲ 50%",
        "words": "vs last month at this point",
    }
    for nets in ((2000,), (0,) * 14 + (2000,), (-500,)):
        assert data(drawn(nets=nets))["change"] is None
        assert "%" not in alt_text(drawn(nets=nets), by_count=False)


def test_alt_text_says_what_the_chart_shows() -> None:
    words = alt_text(drawn(nets=(100, 4000, *[100] * 13)), by_count=False)
    assert words == (
        "$54.00 net. This month · 15 sales. "
        "▲ 170% vs last month at this point. "
        "Highest: Oct 2, $40.00. "
        "Top earners: 1. Midnight Drive $50.00 · 9 sales, 2. Glass City $41.00 · 8 sales."
    )
    assert alt_text(drawn(tracks=NASTY[-5:]), by_count=False)
    assert len(alt_text(drawn(tracks=NASTY[-5:]), by_count=False)) <= 1024


@pytest.mark.parametrize(
    ("unsettled", "kind"), [(0, "net"), (3, "net, some fees unknown"), (15, "before fees")]
)
def test_figure_says_how_many_of_the_fees_are_known(unsettled: int, kind: str) -> None:
    statistics = drawn()
    [own] = statistics.totals
    partly = replace(statistics, totals=(replace(own, unsettled=unsettled),))
    assert data(partly)["kind"] == kind
    assert alt_text(partly, by_count=False).startswith(f"$25.00 {kind}. This month")


def _luminance(color: str) -> float:
    channels = [int(color[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_every_color_stands_out_from_the_ground() -> None:
    colors = dict(re.findall(r'#let (\w+) = rgb\("#([0-9a-f]{6})"\)', TEMPLATE))
    assert TEMPLATE.count("rgb(") == len(colors)
    ground = _luminance(colors.pop("ground"))
    assert len(colors) == 5
    for name, color in colors.items():
        assert (_luminance(color) + 0.05) / (ground + 0.05) >= 4.5, name


def test_no_text_is_below_11_pixels_on_a_phone() -> None:
    assert "page(width: 280pt" in TEMPLATE
    sizes = re.findall(r"(?:size: |#let small = )([0-9.]+)pt", TEMPLATE)
    assert min(map(float, sizes)) * 270 / 280 >= 11


@pytest.mark.parametrize(
    ("period", "begins", "count"),
    [
        ("week", ["Mon", "Tue"], 7),
        ("2026-10", ["1", "5"], 8),
        ("2026-09-20..2026-10-14", ["Sep 20", "Sep 27"], 4),
        ("2025", ["Jan", "Mar"], 6),
        ("all", ["Jan 2024", "Oct 2024"], 4),
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
        ([-300, 900], [0, 500, 1000]),
        ([-600, 900], [-500, 0, 500, 1000]),
        ([-10], [-10, -5, 0]),
        ([10**15], [i * 5 * 10**14 for i in range(3)]),
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
