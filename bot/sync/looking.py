"""Parts of the bot that look again and again whether something is due."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable

from bot.ledger.clock import Clock
from bot.store.engine import Store, StoreUnavailable
from bot.store.outage import AGAIN_SECONDS

LOOK_EVERY = 60.0
"""Seconds between looks."""


class Looking(ABC):
    """Looks once a minute; a subclass says for what."""

    def __init__(self, store: Store, clock: Clock, told: Callable[[], None]) -> None:
        """`told` is called when there may be news for Discord."""
        self._store = store
        self._clock = clock
        self._told = told
        self._stopped = asyncio.Event()

    @abstractmethod
    async def look(self) -> None:
        """Do what is due now. Raises StoreUnavailable."""

    async def run(self) -> None:
        """Look until `stop`."""
        while not self._stopped.is_set():
            wait = LOOK_EVERY
            try:
                await self.look()
            except StoreUnavailable:
                wait = AGAIN_SECONDS
            await self._wait(wait)

    def stop(self) -> None:
        self._stopped.set()

    async def _wait(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stopped.wait(), seconds)
        except TimeoutError:
            return
