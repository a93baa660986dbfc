"""Sends the shop's events, and lets things happen in the shop while too few are on their way."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.domain.event_types import TYPES
from fakes.stripe.objects.shape import Json
from fakes.world import World
from soak.disorder import Disorder
from soak.shop import Shop
from soak.tally import Tally

SENDERS = 8
"""How many webhooks are sent at the same time."""


class Deliveries:
    """Every event is sent until it is taken, over the bot's deaths, but for those that are lost."""

    def __init__(
        self, world: World, shop: Shop, disorder: Disorder, crowd: int, tally: Tally
    ) -> None:
        """`crowd`: how many events are on their way at a time, as long as the shop sells."""
        self._world = world
        self._shop = shop
        self._disorder = disorder
        self._crowd = crowd
        self._tally = tally
        self._until = 0
        self._more = asyncio.Event()
        self._done = asyncio.Event()
        self._idle = 0

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Send until the block ends."""
        async with asyncio.TaskGroup() as group:
            senders = [group.create_task(self._send()) for _ in range(SENDERS)]
            try:
                yield
            finally:
                for sender in senders:
                    sender.cancel()

    def go_on(self, payments: int) -> None:
        """Let the shop sell until it has sold so many, and those events come that were late."""
        self._disorder.hurry()
        self._until = payments
        self._done.clear()
        self._more.set()

    async def done(self) -> None:
        """Wait until all is sold and taken."""
        await self._done.wait()

    def set_out(self) -> None:
        """Let what has happened in the shop be told."""
        events = self._shop.account.take_events()
        self._disorder.add(event for event in events if event["type"] in TYPES)
        self._tally.payments = self._shop.sold
        self._tally.lost = len(self._disorder.lost)
        self._tally.doubled = self._disorder.doubled

    async def _send(self) -> None:
        while True:
            await self._world.send(await self._next())
            self._tally.taken += 1

    async def _next(self) -> Json:
        while (event := self._pick()) is None:
            self._more.clear()
            self._idle += 1
            if self._idle == SENDERS:
                self._done.set()
            await self._more.wait()
            self._idle -= 1
        return event

    def _pick(self) -> Json | None:
        while len(self._disorder) < self._crowd and self._shop.sold < self._until:
            self._shop.live()
            self.set_out()
        return self._disorder.pick()
