"""What a month may come to, if it goes on as until now; and when it is better not to say."""

from datetime import timedelta

from bot.domain.answers import CurrencyTotals
from bot.domain.money import Money
from bot.domain.periods import Kind, Span, day_start
from bot.domain.series import Series

DAYS = 7
"""Of fewer one cannot conclude: a week has its own shape."""
SALES = 10
UNSETTLED = 10
"""Of so many sales one may still count before its fees."""
LARGEST = 2
"""One day that brought more than this part (a half) says nothing of the other days."""
_SECOND = timedelta(seconds=1)
_DIGITS = 2
"""That can be honest."""


def projected(span: Span, totals: CurrencyTotals, series: Series, timezone: str) -> Money | None:
    """What will be left at the end of the running month, roughly; None where it would mislead."""
    if span.kind is not Kind.MONTH or not span.going_on or span.start is None:
        return None
    if not _telling(totals, series):
        return None
    end = day_start(span.last + timedelta(days=1), timezone)
    passed, whole = span.end - span.start, end - span.start
    if passed < timedelta(days=DAYS) or end - span.end < timedelta(days=1):
        return None
    # In plain seconds: a timedelta cannot hold what all that money times a month comes to.
    net = totals.net * (whole // _SECOND) // (passed // _SECOND)
    return Money(_rounded(net), totals.currency)


def _telling(totals: CurrencyTotals, series: Series) -> bool:
    largest = max((point.amounts.net for point in series.points), default=0)
    return (
        totals.sales >= SALES
        and totals.unsettled * UNSETTLED <= totals.sales
        and 0 < largest * LARGEST <= totals.net
    )


def _rounded(amount: int) -> int:
    step: int = 10 ** max(len(str(amount)) - _DIGITS, 0)
    return (amount + step // 2) // step * step
