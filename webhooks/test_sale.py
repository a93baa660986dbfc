"""A test sale, sent to our own endpoint as Stripe would send it, and followed to the channel."""

import asyncio
import json
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeAlias

import aiohttp

from bot.domain.period import Clock
from bot.domain.sale import Producer
from bot.domain.test_sale import Progress, Step, TooSoon, Trouble, event
from bot.store.books import test_sale
from bot.store.engine import Store
from webhooks.signed_event import sign

Report: TypeAlias = Callable[[Progress], Awaitable[None]]
Sleep: TypeAlias = Callable[[float], Awaitable[None]]

AGAIN = timedelta(minutes=1)
"""From one test to the next: nobody can fill the channel with them."""
ANSWER_WITHIN = 20.0
"""Seconds that our endpoint may take."""
PATIENCE = 20.0
"""Seconds to wait for Discord."""
SOON = 3.0
"""Seconds to wait where alerts wait: perhaps the channel has just been put right."""
LOOK_EVERY = 0.05
"""Seconds between looks at the store."""

_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - not to bind, but to be undone


class Stuck(Exception):
    """The test does not get further; `trouble` and `reason` as in `Progress`."""

    def __init__(self, trouble: Trouble, reason: str = "") -> None:
        super().__init__()
        self.trouble = trouble
        self.reason = reason


class Rehearsals:
    """Makes test sales, one at a time. `address` is where the bot listens, once it does."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        signing: Sequence[str],
        *,
        pause: Sleep = asyncio.sleep,
    ) -> None:
        """`signing`: the endpoint's secrets."""
        self.address: tuple[str, int] | None = None
        self.told: Callable[[], None] = lambda: None
        """Called when there is something to tell."""
        self._store = store
        self._clock = clock
        self._signing = signing
        self._pause = pause
        self._free_at: datetime | None = None
        self._turn = asyncio.Lock()

    async def run(self, producer: Producer, report: Report) -> None:
        """Make one, and report after each step; at the end it is gone, also where it got stuck.

        Raises TooSoon and StoreUnavailable.
        """
        self._take_turn()
        token = secrets.token_hex(8)
        progress = Progress()
        async with self._turn:
            async with self._store.write() as connection:
                await test_sale.clear(connection, self._clock())
                await test_sale.begin(connection, producer.id, token)
            try:
                progress = await self._go(producer, token, report)
            finally:
                began = _now()
                removed = await self._remove(producer, token)
        if removed:
            progress = progress.past(Step.REMOVED, _now() - began)
        await report(replace(progress, ended=True))

    def _take_turn(self) -> None:
        now = self._clock()
        if self._free_at is not None and now < self._free_at:
            raise TooSoon((self._free_at - now).total_seconds())
        if self._turn.locked():
            raise TooSoon(PATIENCE)
        self._free_at = now + AGAIN

    async def _go(self, producer: Producer, token: str, report: Report) -> Progress:
        progress = Progress()
        steps = ((Step.ACCEPTED, self._send), (Step.STORED, self._stored), (Step.TOLD, self._alert))
        for step, take in steps:
            began = _now()
            try:
                place = await take(producer, token)
            except Stuck as stuck:
                return replace(progress, trouble=stuck.trouble, reason=stuck.reason)
            progress = replace(progress.past(step, _now() - began), message=place)
            await report(progress)
        return progress

    async def _send(self, producer: Producer, token: str) -> None:
        """Sign the event and post it to our own address, as Stripe does."""
        if self.address is None:
            raise Stuck(Trouble.UNREACHABLE)
        now = self._clock()
        body = json.dumps(event(token, now, livemode=producer.livemode)).encode()
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": sign(body, self._signing, now),
        }
        timeout = aiohttp.ClientTimeout(total=ANSWER_WITHIN)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.post(_url(*self.address), data=body, headers=headers) as answer,
            ):
                status = answer.status
        except (aiohttp.ClientError, OSError, TimeoutError):
            raise Stuck(Trouble.UNREACHABLE) from None
        if status != 200:
            raise Stuck(Trouble.REFUSED, str(status))

    async def _stored(self, _: Producer, token: str) -> None:
        async with self._store.read() as connection:
            if not await test_sale.is_stored(connection, token):
                raise Stuck(Trouble.NOT_STORED)

    async def _alert(self, producer: Producer, token: str) -> tuple[int, int]:
        """Wait for the alert in the channel."""
        began = _now()
        while True:
            async with self._store.read() as connection:
                alert = await test_sale.standing(connection, producer.id, token)
            if alert.place is not None:
                return alert.place.channel_id, alert.place.message_id
            if _now() - began > (SOON if alert.hopeless else PATIENCE):
                raise Stuck(Trouble.NOT_TOLD, alert.reason)
            await self._pause(LOOK_EVERY)

    async def _remove(self, producer: Producer, token: str) -> bool:
        """Leave nothing of it; False where its message could not be edited yet."""
        async with self._store.write() as connection:
            await test_sale.end(connection, producer.id, token, self._clock())
        self.told()
        began = _now()
        while _now() - began < PATIENCE:
            async with self._store.read() as connection:
                over = await test_sale.is_over(connection, producer.id, token)
            if over:
                async with self._store.write() as connection:
                    await test_sale.forget(connection, producer.id, token)
                return True
            await self._pause(LOOK_EVERY)
        return False


def _url(host: str, port: int) -> str:
    """Our own endpoint, from this machine: who listens everywhere is also at home."""
    host = _EVERYWHERE.get(host, host)
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/webhooks/stripe"


def _now() -> float:
    return asyncio.get_running_loop().time()
