"""What the figures suggest, in words: one line each, with its reason.

They are told in channels too, where they stay as they are: a buyer is named by a sale's number
alone, so that nothing of who is forgotten is left there.
"""

from collections.abc import Iterable
from datetime import date
from typing import assert_never

from bot.domain.insights import (
    BestSellers,
    Insight,
    LowExclusive,
    StoppedSelling,
    Underpriced,
    WorthAnOffer,
)
from bot.text.language import gettext, ngettext
from bot.text.money import money
from bot.text.words import date_words, safe, timestamp

_NAME = 50


def insight_lines(found: Iterable[Insight]) -> list[str]:
    """A line for each; empty where nothing was found."""
    return [f"💡 {_line(one)}" for one in found]


def _line(one: Insight) -> str:
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


def _best_sellers(one: BestSellers) -> str:
    names = [f"**{safe(name, _NAME)}** ({sales:,})" for name, sales in one.tracks]
    return gettext(
        "Sells best: {tracks}, of {count} sales since {since}.",
        tracks=", ".join(names),
        count=f"{one.sales:,}",
        since=_day(one.since),
    )


def _underpriced(one: Underpriced) -> str:
    return gettext(
        "**{track}** sold {count} times since {since}, but its {license} costs {price}; on your "
        "other {peers} tracks it is about {usual}. It may be worth more.",
        track=safe(one.track, _NAME),
        count=f"{one.sales:,}",
        since=_day(one.since),
        license=safe(one.license, _NAME),
        price=money(one.price),
        peers=f"{one.peers:,}",
        usual=money(one.usual),
    )


def _low_exclusive(one: LowExclusive) -> str:
    names = {
        "track": safe(one.track, _NAME),
        "price": money(one.leases.exclusive),
        "income": money(one.leases.income),
        "leases": f"{one.leases.leases:,}",
        "since": timestamp(one.leases.since, "d"),
    }
    if one.months < 1:
        return gettext(
            "**{track}**: its exclusive costs {price}, less than its leases bring in a month "
            "({leases} leases since {since} brought {income}). Consider asking more.",
            **names,
        )
    return ngettext(
        "**{track}**: its exclusive costs {price}, what its leases bring in about {count} month "
        "({leases} leases since {since} brought {income}). Consider asking more.",
        "**{track}**: its exclusive costs {price}, what its leases bring in about {count} months "
        "({leases} leases since {since} brought {income}). Consider asking more.",
        round(one.months),
        **names,
    )


def _stopped(one: StoppedSelling) -> str:
    return gettext(
        "**{track}** has not sold since {since}; in the half year before it sold {count} times. "
        "Can buyers still find it?",
        track=safe(one.track, _NAME),
        since=_day(one.since),
        count=f"{one.earlier:,}",
    )


def _worth_an_offer(one: WorthAnOffer) -> str:
    return gettext(
        "The buyer of `#{number}` has leased {count} times since {first} and never bought an "
        "exclusive: worth an offer. `/buyer` says who it is.",
        count=f"{one.leases:,}",
        first=timestamp(one.first, "d"),
        number=one.number,
    )


def _day(day: date) -> str:
    return date_words(day, "MMMd")
