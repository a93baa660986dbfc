"""Time that a test lets pass, and a dispatcher that rests in it."""

import asyncio
from datetime import UTC, datetime, timedelta

from bot.delivery.dispatcher import Dispatcher

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Rest:
    """Somebody waits for an event, or for a moment of virtual time."""

    def __init__(self, event: asyncio.Event, until: datetime) -> None:
        self.event, self.until, self.over = event, until, asyncio.Event()


class VirtualTime:
    """A clock that stands still, and pauses that end when a test lets time pass."""

    def __init__(self) -> None:
        self.now = NOON
        self.resting: list[Rest] = []
        self.rests: list[float] = []
        """The seconds of every pause so far."""

    def __call__(self) -> datetime:
        return self.now

    async def pause(self, event: asyncio.Event, seconds: float) -> None:
        rest = Rest(event, self.now + timedelta(seconds=seconds))
        self.resting.append(rest)
        self.rests.append(seconds)
        waits = [asyncio.create_task(one.wait()) for one in (event, rest.over)]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.resting.remove(rest)
            for wait in waits:
                wait.cancel()

    def passes(self, **duration: float) -> None:
        """Let time pass: who rested long enough goes on."""
        self.now += timedelta(**duration)
        for rest in self.resting:
            if rest.until <= self.now:
                rest.over.set()


class Runner:
    """The dispatcher at work, and what a test does with it."""

    def __init__(self, dispatcher: Dispatcher, time: VirtualTime) -> None:
        self.dispatcher = dispatcher
        self.time = time

    @property
    def _at_rest(self) -> bool:
        workers = 1 + len(self.dispatcher.queues)
        rests = self.time.resting
        awake = any(rest.event.is_set() or rest.over.is_set() for rest in rests)
        return len(rests) == workers and not awake

    async def rests(self) -> None:
        """Wait until there is nothing that can be done now."""
        async with asyncio.timeout(10):
            while not self._at_rest:  # noqa: ASYNC110 - there is no event for "nobody is busy"
                await asyncio.sleep(0.001)

    async def works(self) -> None:
        """Wake it, and wait until there is nothing more that can be done now."""
        self.dispatcher.wake()
        await self.rests()

    async def passes(self, **duration: float) -> None:
        """Let time pass in steps, each as long as the shortest rest."""
        end = self.time.now + timedelta(**duration)
        await self.rests()
        while self.time.now < end:
            soonest = min(rest.until for rest in self.time.resting)
            self.time.passes(seconds=(min(soonest, end) - self.time.now).total_seconds())
            await self.rests()
