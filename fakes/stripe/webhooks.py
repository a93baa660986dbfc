"""Signed events sent over HTTP to an endpoint, as Stripe does.

https://docs.stripe.com/webhooks: signature over `timestamp.body`, delivery at least once, in any
order, again after a failure and then with a new signature.
"""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from random import Random
from typing import Self

import aiohttp

from bot.domain.period import Clock
from fakes.stripe.account import StripeAccount
from fakes.stripe.shapes import Json

Sleep = Callable[[float], Awaitable[None]]

FIRST_PAUSE = 0.2
LONGEST_PAUSE = 10.0
"""Seconds between tries. Stripe's own are minutes and hours: nobody waits for those here."""


def body_of(event: Json) -> bytes:
    """An event as Stripe writes it."""
    return json.dumps(event, indent=2).encode()


def signature(body: bytes, secrets: Iterable[str], timestamp: int) -> str:
    """The `Stripe-Signature` header: one v1 for each secret that is valid at the moment.

    https://docs.stripe.com/webhooks#verify-manually
    """
    signed = f"{timestamp}.".encode() + body
    digests = (hmac.new(secret.encode(), signed, hashlib.sha256) for secret in secrets)
    return ",".join([f"t={timestamp}", *(f"v1={digest.hexdigest()}" for digest in digests)])


def signed_headers(body: bytes, secrets: Iterable[str], timestamp: int) -> dict[str, str]:
    """What Stripe sends with a body."""
    return {
        "Content-Type": "application/json; charset=utf-8",
        "Stripe-Signature": signature(body, secrets, timestamp),
        "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
    }


class Webhooks:
    """Sends events to one endpoint: `async with Webhooks(url, secret, clock=clock) as webhooks:`.

    `types` are the event types that the endpoint is registered for (all when None). `attempts` is
    how often an event is tried, with growing pauses by `sleep`.
    """

    def __init__(
        self,
        url: str,
        *secrets: str,
        clock: Clock,
        types: Collection[str] | None = None,
        attempts: int = 8,
        patience: float = 20.0,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._url = url
        self._secrets = secrets
        self._clock = clock
        self._types = types
        self._attempts = attempts
        self._sleep = sleep
        self._timeout = aiohttp.ClientTimeout(total=patience)
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(timeout=self._timeout)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session is not None:
            await self._session.close()

    async def send(self, event: Json) -> int:
        """Send an event once; the endpoint's status, or 0 when there was no answer."""
        assert self._session is not None
        body = body_of(event)
        headers = signed_headers(body, self._secrets, int(self._clock().timestamp()))
        try:
            async with self._session.post(
                self._url, data=body, headers=headers, allow_redirects=False
            ) as answer:
                return answer.status
        except (aiohttp.ClientError, TimeoutError):
            return 0

    async def deliver(self, event: Json) -> bool:
        """Send an event until it is taken (a 2xx); False when all attempts failed."""
        if self._types is not None and event["type"] not in self._types:
            return True
        pause = FIRST_PAUSE
        for attempt in range(self._attempts):
            if attempt:
                await self._sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
            if 200 <= await self.send(event) < 300:
                return True
        return False

    async def deliver_all(
        self,
        events: Sequence[Json],
        *,
        shuffle: Random | None = None,
        duplicates: int = 0,
        at_once: int = 1,
    ) -> int:
        """Deliver events, `at_once` at a time; how many were given up.

        In the order given, or in one that `shuffle` picks; `duplicates` of them (picked by
        `shuffle` too, else the first ones) are sent twice.
        """
        queue = _disorder(events, shuffle, duplicates)
        lost = 0

        async def work() -> None:
            nonlocal lost
            for event in queue:
                lost += not await self.deliver(event)

        await asyncio.gather(*(work() for _ in range(at_once)))
        return lost

    async def follow(self, account: StripeAccount) -> None:
        """Deliver every event of an account that was not taken yet, in order, until cancelled."""
        happened = asyncio.Event()
        account.listen(lambda _: happened.set())
        while True:
            happened.clear()
            for event in account.take_events():
                await self.deliver(event)
            await happened.wait()


def _disorder(events: Sequence[Json], shuffle: Random | None, duplicates: int) -> Iterable[Json]:
    """One iterator, which all senders share."""
    if shuffle is None:
        return iter([*events, *events[:duplicates]])
    queue = [*events, *shuffle.choices(events, k=duplicates if events else 0)]
    shuffle.shuffle(queue)
    return iter(queue)
