"""Which news goes which way: what may be told in a channel of its own, and the channels there are.

News is of a route from the moment it is written down; which channel that means is looked up when
it is told, so that what waits follows a channel that was chosen anew.
"""

from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

from bot.domain.preferences import Route

Way: TypeAlias = Route | None
"""A route, or None: what is told where sales are."""

SALES = "sales"
"""How it is kept that news has no route."""

# What replies to a payment's alert are called when they tell of money that goes back, or may.
_RETURNS = ("refund", "fee_returned", "dispute_", "inquiry", "fraud_warning", "track_free")

_MILESTONES = ("reply:first_sale:", "reply:hundredth:", "reply:best_day:")


class Line(NamedTuple):
    """A channel, and all that is told in it, in order."""

    channel_id: int | None
    """None while none is chosen."""
    ways: tuple[Way, ...]

    @property
    def main(self) -> bool:
        """Whether sales are told in it."""
        return None in self.ways


def way_of(kind: str, subject: str, key: str) -> Way:
    """The route of a row of the outbox, by what it is about."""
    if subject.startswith("payout:"):
        return Route.PAYOUTS
    if key.startswith("digest:"):
        return Route.DIGESTS
    told = key.removeprefix("reply:")
    return Route.RETURNS if kind == "reply" and told.startswith(_RETURNS) else None


def is_milestone(key: str) -> bool:
    """Whether a row of the outbox tells of a first sale, a hundredth or a best day."""
    return key.startswith(_MILESTONES)


def kept(way: Way) -> str:
    """How a route is kept."""
    return SALES if way is None else way.value


def lines(main: int | None, chosen: Mapping[Route, int]) -> tuple[Line, ...]:
    """The channels of a producer, that of sales first; each with what is told there."""
    ways: dict[int | None, list[Way]] = {main: [None]}
    for route in Route:
        ways.setdefault(chosen.get(route, main), []).append(route)
    return tuple(Line(channel_id, tuple(there)) for channel_id, there in ways.items())
