"""Which rows of kept sums a time is made of: months where they are whole, days where not."""

from collections import defaultdict
from datetime import date, timedelta
from typing import TypeAlias

from bot.domain.period import Span, number_of
from bot.store.books.booking import EVER

Spans: TypeAlias = dict[str, list[int]]
"""Of each kind of span, where its rows start."""


def rows_of(span: Span) -> Spans:
    """The rows of a period. Those of days to come hold nothing yet."""
    if span.first is None:
        return {EVER[0]: [EVER[1]]}
    return whole(span.first, span.last + timedelta(days=1))


def whole(first: date, end: date) -> Spans:
    """The rows that hold the days from `first` until before `end`."""
    spans: Spans = defaultdict(list)
    while first < end:
        month = _next_month(first)
        is_whole = first.day == 1 and month <= end
        spans["month" if is_whole else "day"].append(number_of(first))
        first = month if is_whole else first + timedelta(days=1)
    return spans


def each_day(first: date, last: date) -> Spans:
    """The rows of single days."""
    return {"day": [number_of(first + timedelta(days=i)) for i in range((last - first).days + 1)]}


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)
