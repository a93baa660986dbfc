"""Insights: what the figures suggest, each in a line, and why.

They also appear in channels, where they stay as they are: they name a buyer only by a sale's
number, so that nothing of a forgotten buyer remains there.
"""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import assert_never
from zoneinfo import ZoneInfo

from bot.domain.insight import (
    BestSellers,
    Insight,
    LowExclusive,
    StoppedSelling,
    Underpriced,
    WorthAnOffer,
)
from bot.text.language import gettext, ngettext
from bot.text.words import date_words, day_words, money, safe

_NAME = 26


def insight_lines(found: Iterable[Insight], most: int) -> list[str]:
    """A line for each of the first insights; below a chart, which shows the best sellers."""
    told = [one for one in found if not isinstance(one, BestSellers)]
    return [f"💡 {_suggestion(one)}" for one in told[:most]]


def explained(found: Iterable[Insight], now: datetime, timezone: str) -> list[str]:
    """All insights, each with its reason below it, for an answer."""

    def words(moment: datetime) -> str:
        zone = ZoneInfo(timezone)
        return day_words(moment.astimezone(zone).date(), now.astimezone(zone).date())

    return [f"💡 {_suggestion(one)}\n└ {_reason(one, words)}" for one in found]


def _suggestion(one: Insight) -> str:
    match one:
        case BestSellers():
            names = [f"**{safe(name, _NAME)}** ({sales:,})" for name, sales in one.tracks]
            return gettext("Best sellers: {tracks}.", tracks=", ".join(names))
        case Underpriced():
            return _underpriced(one)
        case LowExclusive():
            return _low_exclusive(one)
        case StoppedSelling():
            return gettext(
                "**{track}** hasn't sold since {since}. Can buyers still find it?",
                track=safe(one.track, _NAME),
                since=_day(one.since),
            )
        case WorthAnOffer():
            return gettext(
                "`#{number}`: this buyer leased {count} times, never an exclusive. Make an offer?",
                number=one.number,
                count=f"{one.leases:,}",
            )
    assert_never(one)


def _reason(one: Insight, words: Callable[[datetime], str]) -> str:
    """Why; `words` names a moment's day."""
    match one:
        case BestSellers():
            since, count = _day(one.since), f"{one.sales:,}"
            return gettext("Of {count} sales since {since}.", count=count, since=since)
        case Underpriced():
            return gettext(
                "Sold {count} times since {since}; {peers} other tracks compared.",
                count=f"{one.sales:,}",
                since=_day(one.since),
                peers=f"{one.peers:,}",
            )
        case LowExclusive():
            return gettext(
                "{leases} leases since {since}: {income}.",
                leases=f"{one.leases.leases:,}",
                since=words(one.leases.since),
                income=money(one.leases.income),
            )
        case StoppedSelling():
            return gettext("{count} sales in the half year before.", count=f"{one.earlier:,}")
        case WorthAnOffer():
            return gettext("Since {first}. `/buyer` shows who it is.", first=words(one.first))
    assert_never(one)


def _underpriced(one: Underpriced) -> str:
    return gettext(
        "**{track}**: {license} {price}, usually about {usual}. Raise it?",
        track=safe(one.track, _NAME),
        license=safe(one.license, _NAME),
        price=_short(money(one.price)),
        usual=_short(money(one.usual)),
    )


def _low_exclusive(one: LowExclusive) -> str:
    names = {"track": safe(one.track, _NAME), "price": _short(money(one.leases.exclusive))}
    if one.months < 1:
        return gettext(
            "**{track}**: {price} exclusive = less than a month of leases. Raise it?", **names
        )
    return ngettext(
        "**{track}**: {price} exclusive = {count} month of leases. Raise it?",
        "**{track}**: {price} exclusive = {count} months of leases. Raise it?",
        round(one.months),
        **names,
    )


def _day(day: date) -> str:
    return date_words(day, "MMMd")


def _short(price: str) -> str:
    """A round price without its cents."""
    return price.removesuffix(".00")
