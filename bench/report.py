"""Figures as a table, each next to what is promised of it."""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

NOISE = 0.1
"""A promise counts as broken beyond this part of its bound: machines that do other things too
measure the same code by so much differently from one run to the next."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value, its format, and the bounds promised for it, if any."""

    what: str
    value: float
    form: str = "{:,.1f} ms"
    at_most: float | None = None
    at_least: float | None = None

    @property
    def broken(self) -> bool:
        """True if the value is out of its bounds by more than noise."""
        if self.at_most is not None and self.value > self.at_most * (1 + NOISE):
            return True
        return self.at_least is not None and self.value < self.at_least * (1 - NOISE)

    @property
    def verdict(self) -> str:
        if self.at_most is None and self.at_least is None:
            return ""
        if self.broken:
            return "BROKEN"
        above = self.at_most is not None and self.value > self.at_most
        below = self.at_least is not None and self.value < self.at_least
        return "holds within noise" if above or below else "holds"

    @property
    def row(self) -> tuple[str, str, str, str]:
        promised = ""
        if self.at_most is not None:
            promised = "≤ " + self.form.format(self.at_most)
        elif self.at_least is not None:
            promised = "≥ " + self.form.format(self.at_least)
        return self.what, self.form.format(self.value), promised, self.verdict


def table(title: str, figures: Iterable[Figure]) -> str:
    """The figures in columns: what, measured, promised, and whether it holds."""
    rows = [figure.row for figure in figures]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = [
        f"  {what:<{widths[0]}}  {measured:>{widths[1]}}  {promised:<{widths[2]}}  {verdict}"
        for what, measured, promised, verdict in rows
    ]
    return "\n".join([title, *(line.rstrip() for line in lines)])


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that at least so many percent of the values do not exceed."""
    ordered = sorted(values)
    place = -(-len(ordered) * percent // 100)  # rounded up
    return ordered[max(0, int(place) - 1)]


def median(values: Iterable[float]) -> float:
    """What stands in the middle of figures measured in turn."""
    return statistics.median(values)
