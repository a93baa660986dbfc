"""Signed events sent over HTTP to an endpoint, as Stripe does.

https://docs.stripe.com/webhooks: signature over `timestamp.body`, delivery at least once, in any
order, again after a failure and then with a new signature.
"""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable, Collection, Iterable
from typing import Self

import aiohttp

from bot.domain.period import Clock
from fakes.stripe.shapes import Json

Sleep = Callable[[float], Awaitable[None]]

FIRST_PAUSE = 0.2
LONGEST_PAUSE = 10.0
"""Seconds between tries. Stripe's own are minutes and hours: nobody waits for those here."""
ATTEMPTS = 8
PATIENCE = 20.0
"""Seconds until an answer has to be there."""


def body_of(event: Json) -> bytes:
    """An event as Stripe writes it."""
    return json.dumps(event, indent=2).encode()


def signature(body: bytes, secret: str, timestamp: int) -> str:
    """The `Stripe-Signature` header. https://docs.stripe.com/webhooks#verify-manually"""
    digest = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256)
    return f"t={timestamp},v1={digest.hexdigest()}"


def signed_headers(body: bytes, secret: str, timestamp: int) -> dict[str, str]:
    """What Stripe sends with a body."""
    return {
        "Content-Type": "application/json; charset=utf-8",
        "Stripe-Signature": signature(body, secret, timestamp),
        "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
    }


class Webhooks:
    """Sends events to one endpoint: `async with Webhooks(url, secret, clock=clock) as webhooks:`.

    `types` are the event types that the endpoint is registered for (all when None). Between the
    tries of an event there are growing pauses by `sleep`.
    """

    def __init__(
        self,
        url: str,
        secret: str,
        *,
        clock: Clock,
        types: Collection[str] | None = None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.url = url
        self._secret = secret
        self._clock = clock
        self._types = types
        self._sleep = sleep
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=PATIENCE))
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session is not None:
            await self._session.close()

    async def send(self, event: Json) -> int:
        """Send an event once; the endpoint's status, or 0 when there was no answer."""
        assert self._session is not None
        body = body_of(event)
        headers = signed_headers(body, self._secret, int(self._clock().timestamp()))
        try:
            async with self._session.post(
                self.url, data=body, headers=headers, allow_redirects=False
            ) as answer:
                return answer.status
        except (aiohttp.ClientError, TimeoutError):
            return 0

    async def deliver(self, event: Json) -> bool:
        """Send an event until it is taken (a 2xx); False when all attempts failed."""
        if self._types is not None and event["type"] not in self._types:
            return True
        pause = FIRST_PAUSE
        for attempt in range(ATTEMPTS):
            if attempt:
                await self._sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
            if 200 <= await self.send(event) < 300:
                return True
        return False

    async def deliver_all(self, events: Iterable[Json], *, at_once: int = 1) -> int:
        """Deliver events in this order, `at_once` at a time; how many were given up."""
        queue, lost = iter(events), 0

        async def work() -> None:
            nonlocal lost
            for event in queue:
                lost += not await self.deliver(event)

        await asyncio.gather(*(work() for _ in range(at_once)))
        return lost
