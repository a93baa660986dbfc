"""A test sale that the producer asks for: it goes the whole way of a sale, and is none.

Its event is of a type that Stripe never sends and names nothing but itself, so nothing of it can
enter the books. It has to be signed like Stripe's own, and to have been begun by the bot: what else
comes in its name is thrown away.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum, auto
from typing import Any

TYPE = "producer_bot.test_sale"
KIND = "rehearsal"
"""Of a subject: rehearsal:<token>."""


class Step(Enum):
    """What a test sale goes through, in this order."""

    ACCEPTED = auto()
    """The endpoint has taken the signed event."""
    STORED = auto()
    TOLD = auto()
    """The alert stands in the channel."""
    REMOVED = auto()
    """Nothing of it is left but the message, which says so."""


class Trouble(Enum):
    """Why a test sale did not get further."""

    UNREACHABLE = auto()
    """Nobody takes connections where the bot should listen."""
    REFUSED = auto()
    """The endpoint did not answer with 200."""
    NOT_STORED = auto()
    NOT_TOLD = auto()


class TooSoon(Exception):
    """Another test is under way, or was just made. `seconds`: how long to wait."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a test sale has come."""

    steps: tuple[tuple[Step, float], ...] = ()
    """What it has gone through, and how many seconds each took."""
    trouble: Trouble | None = None
    reason: str = ""
    """The trouble in a few words, where there are any: a status, or why alerts wait."""
    message: tuple[int, int] | None = None
    """Channel and id of the alert."""
    ended: bool = False

    def past(self, step: Step, seconds: float) -> "Progress":
        """One step further."""
        return replace(self, steps=(*self.steps, (step, seconds)))


def event(token: str, now: datetime, *, livemode: bool) -> dict[str, Any]:
    """The event, as an endpoint gets it; `token` names this one test."""
    return {
        "id": event_id(token),
        "object": "event",
        "created": int(now.timestamp()),
        "data": {"object": {"id": token, "object": KIND}},
        "livemode": livemode,
        "type": TYPE,
    }


def event_id(token: str) -> str:
    """The id of a test's event."""
    return f"evt_test_sale_{token}"
