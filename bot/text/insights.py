"""Insights: what the figures suggest, each in a line, and why.

They also appear in channels, where they stay as they are: they name a buyer only by a sale's
number, so that nothing of a forgotten buyer remains there.
"""

from collections.abc import Iterable
from datetime import date
from typing import assert_never

from bot.domain.insight import (
    BestSellers,
    Insight,
    LowExclusive,
    StoppedSelling,
    Underpriced,
    WorthAnOffer,
)
from bot.text.language import gettext, ngettext
from bot.text.words import date_words, money, safe, timestamp

_NAME = 26


def insight_lines(found: Iterable[Insight], most: int) -> list[str]:
    """A line for each of the first insights; below a chart, which shows the best sellers."""
    told = [one for one in found if not isinstance(one, BestSellers)]
    return [f"💡 {_words(one)[0]}" for one in told[:most]]


def explained(found: Iterable[Insight]) -> list[str]:
    """All insights, each with its reason below it."""
    return [f"💡 {what}\n└ {why}" for what, why in map(_words, found)]


def _words(one: Insight) -> tuple[str, str]:
    """What it suggests, and why."""
    match one:
        case BestSellers():
            return _best_sellers(one)
        case Underpriced():
            return _underpriced(one)
        case LowExclusive():
            return _low_exclusive(one)
        case StoppedSelling():
            return _stopped(one)
        case WorthAnOffer():
            return _worth_an_offer(one)
    assert_never(one)


def _best_sellers(one: BestSellers) -> tuple[str, str]:
    names = [f"**{safe(name, _NAME)}** ({sales:,})" for name, sales in one.tracks]
    what = gettext("Best sellers: {tracks}.", tracks=", ".join(names))
    count = f"{one.sales:,}"
    return what, gettext("Of {count} sales since {since}.", count=count, since=_day(one.since))


def _underpriced(one: Underpriced) -> tuple[str, str]:
    what = gettext(
        "**{track}**: {license} {price}, usually about {usual}. Raise it?",
        track=safe(one.track, _NAME),
        license=safe(one.license, _NAME),
        price=_short(money(one.price)),
        usual=_short(money(one.usual)),
    )
    why = gettext(
        "Sold {count} times since {since}; {peers} other tracks compared.",
        count=f"{one.sales:,}",
        since=_day(one.since),
        peers=f"{one.peers:,}",
    )
    return what, why


def _low_exclusive(one: LowExclusive) -> tuple[str, str]:
    names = {"track": safe(one.track, _NAME), "price": _short(money(one.leases.exclusive))}
    if one.months < 1:
        what = gettext(
            "**{track}**: {price} exclusive = less than a month of leases. Raise it?", **names
        )
    else:
        what = ngettext(
            "**{track}**: {price} exclusive = {count} month of leases. Raise it?",
            "**{track}**: {price} exclusive = {count} months of leases. Raise it?",
            round(one.months),
            **names,
        )
    why = gettext(
        "{leases} leases since {since}: {income}.",
        leases=f"{one.leases.leases:,}",
        since=timestamp(one.leases.since, "D"),
        income=money(one.leases.income),
    )
    return what, why


def _stopped(one: StoppedSelling) -> tuple[str, str]:
    what = gettext(
        "**{track}** hasn't sold since {since}. Can buyers still find it?",
        track=safe(one.track, _NAME),
        since=_day(one.since),
    )
    return what, gettext("{count} sales in the half year before.", count=f"{one.earlier:,}")


def _worth_an_offer(one: WorthAnOffer) -> tuple[str, str]:
    what = gettext(
        "`#{number}`: this buyer leased {count} times, never an exclusive. Make an offer?",
        number=one.number,
        count=f"{one.leases:,}",
    )
    why = gettext("Since {first}. `/buyer` shows who it is.", first=timestamp(one.first, "D"))
    return what, why


def _day(day: date) -> str:
    return date_words(day, "MMMd")


def _short(price: str) -> str:
    """A round price without its cents."""
    return price.removesuffix(".00")
