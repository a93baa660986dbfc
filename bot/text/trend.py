"""A period beside the one before it, in a sentence."""

from bot.domain.answers import CurrencyTotals
from bot.domain.money import Money
from bot.domain.periods import Span
from bot.text.language import gettext
from bot.text.money import money
from bot.text.periods import period_before
from bot.text.words import percent_words, sales_words


def compared(
    totals: CurrencyTotals, before: CurrencyTotals | None, span: Span, *, by_count: bool = False
) -> str:
    """`▲ 12% vs last month at the same point ($995.10, 37 sales)`, its change in bold.

    Of what is left, or `by_count` of sales. Empty for all time.
    """
    name = period_before(span)
    if not name:
        return ""
    earlier = before or CurrencyTotals(currency=totals.currency)
    if not earlier.sales and not earlier.net:
        return _nothing(name, span.going_on)
    now_and_then = (totals.sales, earlier.sales) if by_count else (totals.net, earlier.net)
    words = {
        "change": change(*now_and_then),
        "period": name,
        "money": money(Money(earlier.net, totals.currency)),
        "sales": sales_words(earlier.sales),
    }
    if span.going_on:
        return gettext("**{change}** vs {period} at the same point ({money}, {sales})", **words)
    return gettext("**{change}** vs {period} ({money}, {sales})", **words)


def _nothing(period: str, going_on: bool) -> str:
    if going_on:
        return gettext("Nothing {period} at the same point", period=period)
    return gettext("Nothing in the period before ({period})", period=period)


def change(now: int, before: int) -> str:
    """`▲ 12%`, `▼ 8%`, `=`; of nothing or less a percentage would say nothing: `▲`."""
    if now == before:
        return "="
    arrow = "▲" if now > before else "▼"
    if before <= 0:
        return arrow
    return f"{arrow} {percent_words(abs(now - before) * 100 / before)}"
