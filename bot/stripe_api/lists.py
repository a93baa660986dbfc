"""Stripe's lists by time: all that was created in a span, page by page.

Stripe lists the newest first. So the past is read in spans, the oldest span first, each whole.
https://docs.stripe.com/api/pagination
"""

from datetime import datetime
from typing import NamedTuple

from bot.stripe_api.answers import Cursor, Json
from bot.stripe_api.pace import Pace
from bot.stripe_api.transport import PAGE, Transport


class Span(NamedTuple):
    """From `start` on, up to but without `end`: aware UTC datetimes, of which seconds count."""

    start: datetime
    end: datetime

    @property
    def seconds(self) -> float:
        return (self.end - self.start).total_seconds()


class TooMuch(Exception):
    """More was created in a span than was asked for: ask for a shorter one."""


class Lists:
    """Reads whole lists of one account. Each page is a reading of its own, with its own patience.

    Everything raises what `StripeApi` raises.
    """

    def __init__(self, transport: Transport, pace: Pace, account: str = "") -> None:
        self._transport = transport
        self._pace = pace
        self._account = account

    async def get(self, path: str, **params: object) -> Json:
        """One object, or one page of a list, when its turn has come."""
        await self._pace.turn()
        async with self._transport.reading():
            return await self._transport.get(path, self._account, **params)

    async def created(
        self, path: str, span: Span, most: int | None = None, **params: object
    ) -> list[Json]:
        """All objects created in a span, the newest first.

        Raises TooMuch as soon as there turn out to be more than `most` (None: however many).
        """
        bounds = {"gte": int(span.start.timestamp()), "lt": int(span.end.timestamp())}
        return await self.every(path, most, created=bounds, **params)

    async def every(self, path: str, most: int | None = None, **params: object) -> list[Json]:
        """A whole list, in Stripe's order. `starting_after` may be given. Raises TooMuch."""
        found: list[Json] = []
        params, cursor = {"limit": PAGE, **params}, Cursor()
        while True:
            page = await self.get(path, **params)
            found.extend(page["data"])
            if most is not None and (
                len(found) > most or (len(found) == most and page["has_more"])
            ):
                raise TooMuch
            if not cursor.move(path, page):
                return found
            params["starting_after"] = cursor.after
