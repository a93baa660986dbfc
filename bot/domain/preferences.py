"""What a producer has chosen with `/settings`, kept as one document, and how choices are typed.

A value that is not understood (an older or newer bot wrote it) counts as not chosen. A choice from
a menu comes back from Discord as a word, which may be forged: what is not offered is refused.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
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
    """What can have a channel of its own; by default it goes to the channel of sales."""

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
    """What a producer has chosen; the defaults until then."""

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
    """Whether first sales, every hundredth and best days are announced."""
    channels: Mapping[Route, int] = field(default_factory=dict)
    """Discord's ids of the channels that have been chosen for a route."""
    language: str = ENGLISH
    """Of messages in channels: en or es. Answers to commands are in the user's own language."""
    timezone: str | None = None
    """IANA name, if one was chosen; None: the Stripe account's."""
    artist_name: str | None = None
    """What the producer sells under; None: the business name in Stripe, or the server's."""
    legal_name: str | None = None
    """Who licenses the tracks, as contracts name them."""

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
    "artist_name": _word,
    "legal_name": _word,
}


OFF = "off"
ON = "on"
NIGHTS = (QuietHours(22 * 60, 8 * 60), QuietHours(23 * 60, 7 * 60), QuietHours(0, 9 * 60))
"""Quiet hours to pick from; others by command."""


class Setting(StrEnum):
    """A field of `Preferences` that can be chosen from a menu or with a button."""

    DIGEST = "digest"
    QUIET = "quiet"
    EMAIL = "email"
    MARKS = "marks"


class NotOffered(ValueError):
    """A choice that no menu offers."""


def chosen(preferences: Preferences, what: Setting, value: str) -> Preferences:
    """The preferences once `value` is chosen. Raises NotOffered."""
    offers: dict[Setting, dict[str, Any]] = {
        Setting.DIGEST: {one.value: one for one in Cadence},
        Setting.QUIET: {quiet_value(one): one for one in (None, *nights(preferences))},
        Setting.EMAIL: {one.value: one for one in Detail},
        Setting.MARKS: {ON: True, OFF: False},
    }
    if value not in offers[what]:
        raise NotOffered(what)
    return replace(preferences, **{what.value: offers[what][value]})


def quiet_value(quiet: QuietHours | None) -> str:
    """How quiet hours are named in a menu: `1320-480`."""
    return OFF if quiet is None else f"{quiet.start}-{quiet.end}"


def nights(preferences: Preferences) -> list[QuietHours]:
    """The quiet hours that are offered, those of now among them."""
    own = preferences.quiet
    return [own, *NIGHTS] if own is not None and own not in NIGHTS else [*NIGHTS]


_TYPED = re.compile(r"\s*(\d{1,2})(?:[:.h](\d{2}))?\s*(am|pm)?\s*", re.IGNORECASE | re.ASCII)


def minute_of_day(typed: str) -> int:
    """Minutes since midnight of `22:00`, `7`, `7.30`, `10 pm` or `24:00`; raises ValueError."""
    match = _TYPED.fullmatch(typed)
    if match is None:
        raise ValueError("no time of day")
    hour, minute, half = int(match[1]), int(match[2] or 0), (match[3] or "").lower()
    if half and not 1 <= hour <= 12:
        raise ValueError("no hour of half a day")
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    if minute > 59 or hour * 60 + minute > 24 * 60:
        raise ValueError("no time of day")
    return (hour * 60 + minute) % (24 * 60)


def clock_time(minute: int) -> str:
    """`22:00`, of minutes since midnight."""
    return f"{minute // 60:02}:{minute % 60:02}"
