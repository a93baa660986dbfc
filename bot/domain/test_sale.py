"""A test sale that the producer asks for: it takes the whole path of a sale and enters no books.

Its event is of a type that Stripe never sends, and names nothing but itself. It must be signed like
Stripe's own, and begun by the bot: any other event of this type is deleted.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum, auto
from typing import Any

TYPE = "producer_bot.test_sale"
KIND = "test_sale"
"""Of a subject: test_sale:<token>."""


class Step(Enum):
    """What a test sale goes through, in this order."""

    ACCEPTED = auto()
    """The endpoint has answered the signed event with 200."""
    STORED = auto()
    POSTED = auto()
    """The alert is in the channel."""
    REMOVED = auto()
    """Only the message is left, edited to say that it was a test."""


class TooSoon(Exception):
    """Another test is running, or has just ended. `seconds`: how long to wait."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a test sale has come."""

    steps: tuple[tuple[Step, float], ...] = ()
    """The steps it took, and how many seconds each lasted."""
    failed: Step | None = None
    """The step that did not succeed."""
    reason: str = ""
    """Why, if that is known: the endpoint's status, or why alerts wait."""
    message: tuple[int, int] | None = None
    """Channel and id of the alert."""
    ended: bool = False

    def after(self, step: Step, seconds: float) -> "Progress":
        """One step further."""
        return replace(self, steps=(*self.steps, (step, seconds)))


def event(token: str, now: datetime, *, livemode: bool) -> dict[str, Any]:
    """The event, as the endpoint receives it; `token` names this one test."""
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
