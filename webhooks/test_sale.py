"""A test sale: sent to our own endpoint as Stripe would send it, and followed to the channel."""

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
from bot.domain.test_sale import Progress, Step, TooSoon, event
from bot.store.books import test_sale
from bot.store.engine import Store
from webhooks.signed_event import sign

Report: TypeAlias = Callable[[Progress], Awaitable[None]]

INTERVAL = timedelta(minutes=1)
"""From one test to the next, so that nobody can fill the channel with them."""
PATIENCE = 20.0
"""Seconds that our endpoint, and then Discord, may take."""
BLOCKED_PATIENCE = 3.0
"""Seconds to wait while alerts are blocked: the channel may just have been repaired."""
POLL = 0.05
"""Seconds between looks at the store."""

_ALL_INTERFACES = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - reached by the loopback


class Failed(Exception):
    """A step did not succeed; `reason` as in `Progress`."""

    def __init__(self, reason: str = "") -> None:
        super().__init__(reason)
        self.reason = reason


class TestSales:
    """Makes test sales, one at a time. `address` is where the bot listens, once it does."""

    __test__ = False  # for pytest

    def __init__(
        self, store: Store, clock: Clock, signing: Sequence[str], patience: float = PATIENCE
    ) -> None:
        """`signing`: the endpoint's secrets. `patience`: see PATIENCE."""
        self.address: tuple[str, int] | None = None
        self.queued: Callable[[], None] = lambda: None
        """Called when the outbox has something of a test."""
        self._store = store
        self._clock = clock
        self._signing = signing
        self._patience = patience
        self._free_at: datetime | None = None
        self._running = asyncio.Lock()

    async def run(self, producer: Producer, report: Report) -> None:
        """Make one, and report after each step; at the end it is removed, also if a step failed.

        Raises TooSoon and StoreUnavailable.
        """
        self._start_interval()
        token = secrets.token_hex(8)
        progress = Progress()
        steps = {Step.ACCEPTED: self._send, Step.STORED: self._stored, Step.POSTED: self._posted}
        async with self._running:
            async with self._store.write() as connection:
                await test_sale.remove_all(connection, self._clock())
                await test_sale.begin(connection, producer.id, token)
            try:
                for step, take in steps.items():
                    began = _now()
                    message = await take(producer, token)
                    progress = replace(progress.after(step, _now() - began), message=message)
                    await report(progress)
            except Failed as failed:
                progress = replace(progress, failed=step, reason=failed.reason)
            finally:
                began = _now()
                removed = await self._remove(producer, token)
        if removed:
            progress = progress.after(Step.REMOVED, _now() - began)
        await report(replace(progress, ended=True))

    def _start_interval(self) -> None:
        now = self._clock()
        if self._free_at is not None and now < self._free_at:
            raise TooSoon((self._free_at - now).total_seconds())
        if self._running.locked():
            raise TooSoon(self._patience)
        self._free_at = now + INTERVAL

    async def _send(self, producer: Producer, token: str) -> None:
        """Sign the event and post it to our own address, as Stripe does."""
        if self.address is None:
            raise Failed
        host, port = self.address
        host = _ALL_INTERFACES.get(host, host)
        url = f"http://{f'[{host}]' if ':' in host else host}:{port}/webhooks/stripe"
        now = self._clock()
        body = json.dumps(event(token, now, livemode=producer.livemode)).encode()
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": sign(body, self._signing, now),
        }
        timeout = aiohttp.ClientTimeout(total=PATIENCE)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.post(url, data=body, headers=headers) as response,
            ):
                status = response.status
        except (aiohttp.ClientError, OSError, TimeoutError):
            raise Failed from None
        if status != 200:
            raise Failed(str(status))

    async def _stored(self, _: Producer, token: str) -> None:
        async with self._store.read() as connection:
            if not await test_sale.is_stored(connection, token):
                raise Failed

    async def _posted(self, producer: Producer, token: str) -> tuple[int, int]:
        """Wait for the alert in the channel."""
        began = _now()
        while True:
            async with self._store.read() as connection:
                alert = await test_sale.alert_state(connection, producer.id, token)
            if alert.place is not None:
                return alert.place.channel_id, alert.place.message_id
            if _now() - began > min(
                BLOCKED_PATIENCE if alert.blocked else PATIENCE, self._patience
            ):
                raise Failed(alert.reason)
            await asyncio.sleep(POLL)

    async def _remove(self, producer: Producer, token: str) -> bool:
        """Leave nothing of it; False if its message could not be edited in time."""
        began = _now()
        while True:
            async with self._store.write() as connection:
                removed = await test_sale.remove(connection, producer.id, token, self._clock())
            if removed or _now() - began > self._patience:
                return removed
            self.queued()
            await asyncio.sleep(POLL)


def _now() -> float:
    return asyncio.get_running_loop().time()
