"""Charts of statistics, as PNGs and in words: equal figures make equal bytes on every machine."""

import asyncio
import json
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import time
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog
from babel.dates import format_time

from bot.domain.money import Money
from bot.domain.totals import CurrencyTotals, Grain, Point, Series, Statistics, TrackTotals
from bot.text.language import gettext, locale
from bot.text.license_document import FONTS, compiler
from bot.text.message import Attachment
from bot.text.period_words import change, period_before, period_title, versus
from bot.text.words import capitalized, date_words, money, plain, sales_words, short_money

if TYPE_CHECKING:
    from typst import Compiler


STEPS = 4
"""About so many lines are drawn."""
_ROUND = (1, 2, 5, 10)
_WEEK, _YEAR = 7, 12
_MOST_WITH_NAMES = 4
"""Labels of two words, of which fewer fit."""
_MOST_LABELS = {Grain.HOUR: 6, Grain.DAY: 8, Grain.MONTH: 6, Grain.YEAR: 7}
_OUTLIERS = 2
"""At most so many bars end off the scale,"""
_OUTLIES = 3
"""if each is so many times the highest of the others,"""
_OTHERS = 3
"""of which there are at least so many."""


@dataclass(frozen=True, slots=True)
class Axis:
    """The lowest and the highest amount of a chart, and the step between its lines."""

    lowest: int
    highest: int
    step: int

    def part(self, amount: int) -> float:
        """The height of an amount, from 0 to 1; more if it is off the scale."""
        return (amount - self.lowest) / (self.highest - self.lowest)

    @property
    def lines(self) -> range:
        """The amounts at which lines are drawn."""
        return range(-(self.lowest // -self.step) * self.step, self.highest + 1, self.step)


def axis(amounts: Iterable[int]) -> Axis:
    """An axis that includes zero and all amounts but outliers. It ends with a line, and begins
    with the lowest amount: a small loss takes a small part of it."""
    known = [0, *amounts]
    high = sorted((amount for amount in known if amount > 0), reverse=True)
    least, most = min(known), max(known)
    for count in range(1, _OUTLIERS + 1):
        if len(high) >= count + _OTHERS and high[count - 1] >= high[count] * _OUTLIES:
            most = high[count]
    step = _step(max(most - least, 1))
    return Axis(least, max(-(-most // step) * step, 0 if least else step), step)


def _step(length: int) -> int:
    """A round number, at least 1; about `STEPS` of it make the length."""
    wanted = -(-length // STEPS)
    magnitude: int = 10 ** (len(str(wanted)) - 1)
    return next(each * magnitude for each in _ROUND if each * magnitude >= wanted)


def labels(points: Sequence[Point], grain: Grain, *, one_month: bool) -> Iterator[str | None]:
    """The label below each bar; None where there is no room.

    `one_month`: all days are in one month, so labels leave out its name.
    """
    days_of_months = grain is Grain.DAY and len(points) > _WEEK and not one_month
    two_words = days_of_months or (grain is Grain.MONTH and len(points) > _YEAR)
    every = -(-len(points) // (_MOST_WITH_NAMES if two_words else _MOST_LABELS[grain]))
    for i, point in enumerate(points):
        yield None if i % every else _label(point, grain, len(points), one_month)


def _label(point: Point, grain: Grain, count: int, one_month: bool) -> str:
    match grain:
        case Grain.HOUR:
            return piece_title(point, grain)
        case Grain.DAY if count <= _WEEK:
            return date_words(point.day, "E")
        case Grain.DAY:
            return str(point.day.day) if one_month else date_words(point.day, "MMMd")
        case Grain.MONTH:
            return date_words(point.day, "yMMM" if count > _YEAR else "MMM")
        case Grain.YEAR:
            return str(point.day.year)


def piece_title(point: Point, grain: Grain) -> str:
    """`6 AM`, `Oct 3`, `October 2026`, `2026`."""
    if grain is Grain.HOUR:
        # Some fonts lack the narrow space before AM, where whole hours need no minutes.
        words = str(format_time(time(point.hour), "short", locale=locale()))
        return words.replace("\u202f", " ").replace(":00 ", " ")
    if grain is Grain.YEAR:
        return str(point.day.year)
    return date_words(point.day, "MMMd" if grain is Grain.DAY else "yMMMM")


_NAME = 60
_ALT = 1000
"""Discord takes 1,024 characters."""


def chart_data(statistics: Statistics, *, by_count: bool) -> dict[str, Any] | None:
    """All that the template shows; None if there is nothing to draw."""
    series = statistics.series
    if series is None:
        return None
    begun = series.points[: series.begun]
    if not any(point.amounts.sales or point.amounts.net for point in series.before):
        # Nothing happened then: its bars would be none.
        series = replace(series, before=())
    scale = axis(_drawn(point, by_count) for point in (*begun, *series.before))
    one_month = len({(point.day.year, point.day.month) for point in series.points}) == 1
    words = list(labels(series.points, series.grain, one_month=one_month))
    count = max(len(series.points), len(series.before))
    best_title, best = best_tracks(statistics, by_count=by_count)
    figure, kind = _headline(statistics, by_count)
    changed = _change(statistics, by_count)
    unfinished = statistics.span.going_on and bool(begun)
    before = capitalized(period_before(statistics.span)) if series.before else None
    return {
        "figure": figure,
        "kind": kind,
        "subtitle": _subtitle(statistics, by_count),
        "change": {"figure": changed, "words": versus(statistics.span)} if changed else None,
        "zero": scale.part(0),
        "ticks": [
            {"at": scale.part(line), "label": _tick(line, series.currency, by_count)}
            for line in scale.lines
        ],
        "bars": [_bar(series, i, scale, by_count, words) for i in range(count)],
        "unfinished": series.begun - 1 if unfinished else None,
        # One series needs no legend: the subtitle names it.
        "legend": {
            "now": period_title(statistics.span) if before else None,
            "before": before,
            "unfinished": _so_far(series) if unfinished else None,
        },
        "off-scale": _off_scale(series, scale, by_count),
        "best-title": best_title,
        "best": _best(best, by_count),
    }


def alt_text(statistics: Statistics, *, by_count: bool) -> str:
    """The same in words, for people who cannot see the chart."""
    series = statistics.series
    if series is None:
        return ""
    changed = _change(statistics, by_count)
    headline = " ".join(filter(None, _headline(statistics, by_count)))
    lines = [
        f"{headline}. {_subtitle(statistics, by_count)}.",
        *([f"{changed} {versus(statistics.span)}."] if changed else []),
        *_peak(series, by_count),
        *_in_words(statistics, by_count),
    ]
    text = " ".join(lines)
    return text if len(text) <= _ALT else f"{text[: _ALT - 1]}…"


def _several(statistics: Statistics) -> bool:
    """Whether money moved in several currencies, now or before: a chart shows one of them."""
    return len({one.currency for one in (*statistics.totals, *statistics.before)}) > 1


def best_tracks(statistics: Statistics, *, by_count: bool) -> tuple[str, tuple[TrackTotals, ...]]:
    """The tracks that are drawn, after what they are."""
    code = (statistics.currency or "").upper()
    if by_count:
        # The bars above count one currency, the tracks all of them.
        all_of_them = gettext("Best sellers in all currencies")
        return all_of_them if _several(statistics) else gettext("Best sellers"), statistics.by_count
    own = gettext("Top earners in {currency}", currency=code)
    return own if _several(statistics) else gettext("Top earners"), statistics.by_revenue


def _headline(statistics: Statistics, by_count: bool) -> tuple[str, str]:
    """The figure that was asked for, and what it is."""
    own = own_totals(statistics)
    code = own.currency.upper()
    if by_count:
        kind = gettext("in {currency}", currency=code) if _several(statistics) else ""
        return sales_words(own.sales), kind
    return money(Money(own.net, own.currency)), net_kind(own)


def net_kind(totals: CurrencyTotals) -> str:
    """What a net is, as far as fees are known."""
    if totals.no_fee_known:
        return gettext("before fees")
    return gettext("net, some fees unknown") if totals.unsettled else gettext("net")


def _subtitle(statistics: Statistics, by_count: bool) -> str:
    """The period, and the other figure."""
    own, period = own_totals(statistics), period_title(statistics.span)
    if by_count:
        return f"{period} · {money(Money(own.net, own.currency))} {net_kind(own)}"
    count = sales_words(own.sales)
    if _several(statistics):
        return gettext(
            "{period} · {sales} in {currency}",
            period=period,
            sales=count,
            currency=own.currency.upper(),
        )
    return f"{period} · {count}"


def own_totals(statistics: Statistics) -> CurrencyTotals:
    """The totals of the currency that is shown first."""
    return _of(statistics.totals, statistics.currency)


def _of(totals: Iterable[CurrencyTotals], currency: str | None) -> CurrencyTotals:
    own = (one for one in totals if one.currency == currency)
    return next(own, CurrencyTotals(currency=currency or ""))


def _change(statistics: Statistics, by_count: bool) -> str:
    """The change since the period before, if there is something to compare with."""
    now, before = own_totals(statistics), _of(statistics.before, statistics.currency)
    return change(now.sales, before.sales) if by_count else change(now.net, before.net)


def _drawn(point: Point, by_count: bool) -> int:
    return point.amounts.sales if by_count else point.amounts.net


def _tick(amount: int, currency: str, by_count: bool) -> str:
    return f"{amount:,}" if by_count else short_money(Money(amount, currency))


def _bar(
    series: Series, i: int, scale: Axis, by_count: bool, words: list[str | None]
) -> dict[str, Any]:
    """A bar; None is not drawn: it is still to come, or there was no such day."""
    now = series.points[i] if i < series.begun else None
    before = series.before[i] if i < len(series.before) else None
    return {
        "now": None if now is None else scale.part(_drawn(now, by_count)),
        "before": None if before is None else scale.part(_drawn(before, by_count)),
        "label": words[i] if i < len(words) else None,
    }


def _so_far(series: Series) -> str:
    """`Nov 30 so far`: the last bar still grows."""
    last = series.points[series.begun - 1]
    month = series.grain is Grain.MONTH
    when = date_words(last.day, "MMM") if month else piece_title(last, series.grain)
    return gettext("{when} so far", when=capitalized(when))


def _off_scale(series: Series, scale: Axis, by_count: bool) -> str | None:
    """The bars that would flatten all others, with their amounts."""
    found = [
        f"{piece_title(point, series.grain)} {_amount(point, series.currency, by_count)}"
        for point in (*series.points[: series.begun], *series.before)
        if _drawn(point, by_count) > scale.highest
    ]
    return gettext("Off the scale: {bars}", bars=" · ".join(found)) if found else None


def _amount(point: Point, currency: str, by_count: bool) -> str:
    if by_count:
        return sales_words(point.amounts.sales)
    return money(Money(point.amounts.net, currency))


def _best(tracks: tuple[TrackTotals, ...], by_count: bool) -> list[dict[str, Any]]:
    amounts = [one.sales if by_count else one.net for one in tracks]
    most = max(amounts, default=0)
    return [
        {
            "name": plain(one.track, _NAME),
            "value": _values(one, by_count)[0],
            "note": _values(one, by_count)[1],
            "part": max(amount / most, 0) if most > 0 else 0,
        }
        for one, amount in zip(tracks, amounts, strict=True)
    ]


def _values(totals: TrackTotals, by_count: bool) -> tuple[str, str]:
    """The figure that ranks a track, and the other one."""
    income, sold = money(Money(totals.net, totals.currency)), sales_words(totals.sales)
    return (sold, income) if by_count else (income, sold)


def _peak(series: Series, by_count: bool) -> list[str]:
    """The highest bar."""
    begun = series.points[: series.begun]
    best = max(begun, key=lambda point: _drawn(point, by_count), default=None)
    if best is None or _drawn(best, by_count) <= 0 or len(begun) == 1:
        return []
    when, amount = piece_title(best, series.grain), _amount(best, series.currency, by_count)
    return [gettext("Highest: {when}, {amount}.", when=when, amount=amount)]


def _in_words(statistics: Statistics, by_count: bool) -> list[str]:
    title, tracks = best_tracks(statistics, by_count=by_count)
    if not tracks:
        return []
    named = [
        f"{place}. {plain(one.track, _NAME)} {' · '.join(_values(one, by_count))}"
        for place, one in enumerate(tracks, start=1)
    ]
    return [f"{title}: {', '.join(named)}."]


log = structlog.get_logger()

FILE = "stats.png"
_TEMPLATE = Path(__file__).with_name("chart.typ")
_PIXELS_AN_INCH = 72 * 800 / 280
"""For screens that have two pixels and more where the page has a point."""
PATIENCE = 5.0
"""Seconds after which the answer comes without a chart."""


class ChartPainter:
    """Makes charts, one at a time, in a thread of its own."""

    def __init__(self) -> None:
        self._compiler: Compiler | None = None
        # Its own thread: waiting for a picture must not use up the threads that others share.
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="charts")

    async def statistics(self, statistics: Statistics, *, by_count: bool) -> Attachment | None:
        """The chart of a period, with its description; None if there is nothing to draw."""
        data = chart_data(statistics, by_count=by_count)
        if data is None:
            return None
        loop = asyncio.get_running_loop()
        picture = await loop.run_in_executor(self._thread, self.paint, data)
        return Attachment(FILE, picture, alt_text(statistics, by_count=by_count))

    async def if_possible(self, statistics: Statistics, *, by_count: bool) -> Attachment | None:
        """As `statistics`; None also if it fails or takes too long: the log then says why."""
        try:
            async with asyncio.timeout(PATIENCE):
                return await self.statistics(statistics, by_count=by_count)
        except Exception as error:  # noqa: BLE001 - the answer comes in any case
            log.error("chart not made", error=type(error).__name__)
            return None

    def paint(self, data: dict[str, Any]) -> bytes:
        """The chart, made in the calling thread."""
        if self._compiler is None:
            self._compiler = compiler(_TEMPLATE, [FONTS])
        made = self._compiler.compile(
            format="png",
            ppi=_PIXELS_AN_INCH,
            sys_inputs={"chart": json.dumps(data)},
            timestamp=0,
        )
        assert isinstance(made, bytes)
        return made


@cache
def shared_painter() -> ChartPainter:
    """The only one of this process: a second one would take as much memory again."""
    return ChartPainter()
