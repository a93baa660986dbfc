"""The scale of a chart: round steps, and what stands below each piece."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import time

from babel.dates import format_time

from bot.domain.series import Grain, Point
from bot.text.language import locale
from bot.text.words import date_words

STEPS = 5
"""About so many lines are drawn."""
_ROUND = (1, 2, 5, 10)
_WEEK, _YEAR = 7, 12
_MOST_WITH_YEARS = 6
_MOST_LABELS = {Grain.HOUR: 6, Grain.DAY: 8, Grain.MONTH: 12, Grain.YEAR: 10}


@dataclass(frozen=True, slots=True)
class Axis:
    """From where to where amounts are drawn, and the lines between."""

    lowest: int
    highest: int
    step: int

    def part(self, amount: int) -> float:
        """How far up an amount is, from 0 to 1."""
        return (amount - self.lowest) / (self.highest - self.lowest)

    @property
    def lines(self) -> range:
        """The amounts at which lines are drawn."""
        return range(self.lowest, self.highest + 1, self.step)


def axis(amounts: Iterable[int]) -> Axis:
    """One that holds all amounts and zero, and begins and ends with a line."""
    known = [0, *amounts]
    least, most = min(known), max(known)
    step = _step(max(most - least, 1))
    return Axis(least // step * step, max(-(-most // step), least // step + 1) * step, step)


def _step(length: int) -> int:
    """A round number, about `STEPS` of which make the length; at least 1."""
    wanted = -(-length // STEPS)
    magnitude: int = 10 ** (len(str(wanted)) - 1)
    return next(each * magnitude for each in _ROUND if each * magnitude >= wanted)


def labels(points: Sequence[Point], grain: Grain, *, one_month: bool) -> Iterator[str | None]:
    """What stands below each piece; None where it would be too narrow.

    `one_month`: the days are of one month, and its name need not be said.
    """
    with_years = grain is Grain.MONTH and len(points) > _YEAR
    every = -(-len(points) // (_MOST_WITH_YEARS if with_years else _MOST_LABELS[grain]))
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
