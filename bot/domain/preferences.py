"""What a producer has chosen about how they are told: with `/settings`, kept as one document.

What a document says that is not understood (an older or a newer bot wrote it) counts as not chosen.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Any, TypeVar

from bot.domain.json_access import mapping

T = TypeVar("T")

MINUTES_A_DAY = 24 * 60
ENGLISH = "en"


class Cadence(StrEnum):
    """How often a digest comes."""

    OFF = "off"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


class Detail(StrEnum):
    """How much of a buyer's email an alert shows."""

    MASKED = "masked"
    FULL = "full"


class Route(StrEnum):
    """What can be told in a channel of its own. What has none is told where sales are."""

    RETURNS = "returns"
    """Refunds, disputes, fraud warnings."""
    PAYOUTS = "payouts"
    DIGESTS = "digests"


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From when until when, in minutes since local midnight; may go past midnight."""

    start: int
    end: int

    def holds(self, minute: int) -> bool:
        """Whether a minute of the day (0 to 1439) is in them."""
        if self.start <= self.end:
            return self.start <= minute < self.end
        return minute >= self.start or minute < self.end


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """What a producer has chosen; as it is before they choose."""

    currency: str | None = None
    """Shown first wherever several are shown; None: the one with the most sales."""
    digest: Cadence = Cadence.OFF
    digest_hour: int = 9
    """The local hour at which it comes, 0 to 23."""
    digest_empty: bool = False
    """Whether it comes also when there is no news."""
    quiet: QuietHours | None = None
    """When ordinary sales make no sound."""
    email: Detail = Detail.MASKED
    marks: bool = True
    """Whether a first sale, each hundredth and a best day are told."""
    channels: Mapping[Route, int] = field(default_factory=dict)
    """Discord's ids of the channels that have been chosen for a route."""
    language: str = ENGLISH
    """Of what is told in channels: en or es. Answers come in the asker's own."""
    timezone: str | None = None
    """IANA name, where they have chosen one; None: the Stripe account's."""

    def rank(self, currency: str, sales: int = 0) -> tuple[bool, int, str]:
        """Where a currency stands among several, to sort by: the one to be shown first is first,
        then those with the most sales."""
        return currency != self.currency, -sales, currency


NONE_CHOSEN = Preferences()


def document(preferences: Preferences) -> str:
    """As JSON, to be kept."""
    return json.dumps(asdict(preferences), separators=(",", ":"))


@lru_cache(maxsize=256)
def read(document: str) -> Preferences:
    """What `document` wrote, as far as it is understood. Raises nothing."""
    try:
        kept = mapping(json.loads(document))
    except ValueError:
        return NONE_CHOSEN
    values = {name: read_(kept.get(name)) for name, read_ in _FIELDS.items()}
    known = {name: value for name, value in values.items() if value is not None}
    return Preferences(**known)


def _one_of(kind: Callable[[str], T]) -> Callable[[Any], T | None]:
    def read_(value: Any) -> T | None:
        try:
            return kind(value)
        except ValueError:
            return None

    return read_


def _flag(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _word(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _whole(value: Any, below: int) -> int | None:
    plain = isinstance(value, int) and not isinstance(value, bool)
    return value if plain and 0 <= value < below else None


def _quiet(value: Any) -> QuietHours | None:
    start = _whole(mapping(value).get("start"), MINUTES_A_DAY)
    end = _whole(mapping(value).get("end"), MINUTES_A_DAY)
    return None if start is None or end is None else QuietHours(start, end)


def _channels(value: Any) -> dict[Route, int]:
    chosen = ((_one_of(Route)(name), _whole(id_, 2**63)) for name, id_ in mapping(value).items())
    return {route: id_ for route, id_ in chosen if route is not None and id_ is not None}


_FIELDS: dict[str, Callable[[Any], Any]] = {
    "currency": _word,
    "digest": _one_of(Cadence),
    "digest_hour": lambda value: _whole(value, 24),
    "digest_empty": _flag,
    "quiet": _quiet,
    "email": _one_of(Detail),
    "marks": _flag,
    "channels": _channels,
    "language": _word,
    "timezone": _word,
}
