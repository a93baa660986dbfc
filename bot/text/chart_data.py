"""What a chart of statistics shows, as plain data for its template and as words."""

from typing import Any

from bot.domain.answers import CurrencyTotals, Statistics, TrackTotals
from bot.domain.money import Money
from bot.domain.series import Point, Series
from bot.text.chart_axis import Axis, axis, labels, piece_title
from bot.text.language import gettext
from bot.text.money import money, short_money
from bot.text.periods import period_before, period_title
from bot.text.trend import compared
from bot.text.words import plain, sales_words

_NAME = 60
_ALT = 1000
"""Discord takes 1,024 characters."""


def chart_data(statistics: Statistics, *, by_count: bool) -> dict[str, Any] | None:
    """All that the template shows; None where there is nothing to draw."""
    series = statistics.series
    if series is None:
        return None
    scale = axis(_drawn(point, by_count) for point in (*series.points, *series.before))
    one_month = len({(point.day.year, point.day.month) for point in series.points}) == 1
    words = list(labels(series.points, series.grain, one_month=one_month))
    count = max(len(series.points), len(series.before))
    return {
        "title": _title(statistics, by_count),
        "subtitle": f"{period_title(statistics.span)} · {series.currency.upper()}",
        "figure": _figure(_own(statistics), by_count),
        "change": _change(statistics, by_count) or None,
        "zero": scale.part(0),
        "ticks": [
            {"at": scale.part(line), "label": _tick(line, series.currency, by_count)}
            for line in scale.lines
        ],
        "bars": [_bar(series, i, scale, by_count, words) for i in range(count)],
        "legend": _legend(statistics, series),
        "best-title": _best_title(by_count=by_count),
        "best": _best(_best_of(statistics, by_count=by_count), by_count),
    }


def alt_text(statistics: Statistics, *, by_count: bool) -> str:
    """The same in words, for who cannot see the picture."""
    series = statistics.series
    if series is None:
        return ""
    lines = [
        f"{_title(statistics, by_count)}, {series.currency.upper()}, "
        f"{period_title(statistics.span)}: "
        f"{_figure(_own(statistics), by_count)}.",
        *([f"{change}."] if (change := _change(statistics, by_count)) else []),
        *_peak(series, by_count),
        *_in_words(statistics, by_count),
    ]
    text = " ".join(lines)
    return text if len(text) <= _ALT else f"{text[: _ALT - 1]}…"


def _best_of(statistics: Statistics, *, by_count: bool) -> tuple[TrackTotals, ...]:
    """The tracks that are drawn."""
    return statistics.by_count if by_count else statistics.by_revenue


def _best_title(*, by_count: bool) -> str:
    """What their order is."""
    return gettext("Most sold") if by_count else gettext("Most earned")


def _title(statistics: Statistics, by_count: bool) -> str:
    if by_count:
        return gettext("Sales")
    own = _own(statistics)
    if own.no_fee_known:
        return gettext("Revenue after refunds, before fees")
    if own.unsettled:
        return gettext("Revenue after refunds and the fees that are known")
    return gettext("Revenue after fees and refunds")


def _own(statistics: Statistics) -> CurrencyTotals:
    """The totals of the currency that is drawn."""
    currency = statistics.currency or ""
    own = (totals for totals in statistics.totals if totals.currency == currency)
    return next(own, CurrencyTotals(currency=currency))


def _change(statistics: Statistics, by_count: bool) -> str:
    """Beside the period before; without markup, which a picture has not."""
    before = (one for one in statistics.before if one.currency == statistics.currency)
    own = _own(statistics)
    words = compared(own, next(before, None), statistics.span, by_count=by_count)
    return words.replace("**", "")


def _figure(totals: CurrencyTotals, by_count: bool) -> str:
    if by_count:
        return sales_words(totals.sales)
    return money(Money(totals.net, totals.currency))


def _drawn(point: Point, by_count: bool) -> int:
    return point.amounts.sales if by_count else point.amounts.net


def _tick(amount: int, currency: str, by_count: bool) -> str:
    return f"{amount:,}" if by_count else short_money(Money(amount, currency))


def _bar(
    series: Series, i: int, scale: Axis, by_count: bool, words: list[str | None]
) -> dict[str, Any]:
    """A piece; a part of None is not drawn: it is still to come, or there was none."""
    now = series.points[i] if i < series.begun else None
    before = series.before[i] if i < len(series.before) else None
    return {
        "now": None if now is None else scale.part(_drawn(now, by_count)),
        "before": None if before is None else scale.part(_drawn(before, by_count)),
        "label": words[i] if i < len(words) else None,
    }


def _legend(statistics: Statistics, series: Series) -> dict[str, str | None]:
    before = period_before(statistics.span)
    return {
        "now": period_title(statistics.span),
        "before": before[:1].upper() + before[1:] if series.before and before else None,
    }


def _best(tracks: tuple[TrackTotals, ...], by_count: bool) -> list[dict[str, Any]]:
    most = max((_amount(one, by_count) for one in tracks), default=0)
    return [
        {
            "name": plain(one.track, _NAME),
            "value": _values(one, by_count)[0],
            "note": _values(one, by_count)[1],
            "part": max(_amount(one, by_count) / most, 0) if most > 0 else 0,
        }
        for one in tracks
    ]


def _amount(totals: TrackTotals, by_count: bool) -> int:
    return totals.sales if by_count else totals.net


def _values(totals: TrackTotals, by_count: bool) -> tuple[str, str]:
    """What a track is ranked by, and the other figure."""
    income, sold = money(Money(totals.net, totals.currency)), sales_words(totals.sales)
    return (sold, income) if by_count else (income, sold)


def _peak(series: Series, by_count: bool) -> list[str]:
    """The piece that brought most."""
    begun = series.points[: series.begun]
    best = max(begun, key=lambda point: _drawn(point, by_count), default=None)
    if best is None or _drawn(best, by_count) <= 0 or len(begun) == 1:
        return []
    amounts = CurrencyTotals(
        currency=series.currency, sales=best.amounts.sales, net=best.amounts.net
    )
    when = piece_title(best, series.grain)
    return [gettext("Highest: {when}, {amount}.", when=when, amount=_figure(amounts, by_count))]


def _in_words(statistics: Statistics, by_count: bool) -> list[str]:
    tracks = _best_of(statistics, by_count=by_count)
    if not tracks:
        return []
    named = [
        f"{place}. {plain(one.track, _NAME)} {' · '.join(_values(one, by_count))}"
        for place, one in enumerate(tracks, start=1)
    ]
    return [f"{_best_title(by_count=by_count)}: {', '.join(named)}."]
