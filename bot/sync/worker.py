"""The sync worker: takes what is due and makes our rows equal to what Stripe says."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

import structlog

from bot.ledger.clock import Clock
from bot.ledger.reading import NotUnderstood
from bot.store import agenda
from bot.store.agenda import Item
from bot.store.engine import Store

log = structlog.get_logger()

Handler = Callable[[Item], Awaitable[None]]

# How many objects are read at the same time; Stripe allows 25 calls a second in test mode.
CONCURRENCY = 8
# How many due objects are fetched from the store at once.
BATCH = 200
# An idle worker looks at the store this often, should a wake-up ever be lost.
LONGEST_WAIT = 60.0
# An object whose work fails for reasons of ours is tried this often before it is set aside.
MOST_ATTEMPTS = 8
# How long running work may take to finish when the bot stops.
GRACE = 5.0


class Worker:
    """Runs the handler of each object that is due, several at a time, never two for one object."""

    def __init__(self, store: Store, clock: Clock, handlers: Mapping[str, Handler]) -> None:
        """`handlers`: the kind of an item (payment, payout) to what brings it up to date."""
        self._store = store
        self._clock = clock
        self._handlers = handlers
        self._running: dict[Item, asyncio.Task[None]] = {}
        self._ready: list[Item] = []
        self._woken = asyncio.Event()
        self._stopping = False

    def wake(self) -> None:
        """Say that something may be due."""
        self._woken.set()

    async def run(self) -> None:
        """Work until `stop`; then finish what is running."""
        while not self._stopping:
            self._woken.clear()
            await self._start_due()
            await self._wait()
        await self._drain()

    def stop(self) -> None:
        self._stopping = True
        self._woken.set()

    async def settle(self) -> None:
        """Work until nothing is due any more, beside no `run` (for tests and one-off commands)."""
        while await self._start_due() or self._running:
            await asyncio.wait(self._running.values(), return_when=asyncio.FIRST_COMPLETED)

    async def _start_due(self) -> int:
        """Fill the free places; answer how many objects are being worked on."""
        if not self._ready:
            self._ready = await self._due()
        while self._ready and len(self._running) < CONCURRENCY:
            item = self._ready.pop(0)
            if item not in self._running:
                self._start(item)
        return len(self._running)

    async def _due(self) -> list[Item]:
        async with self._store.read() as connection:
            items = await agenda.due(connection, self._clock(), BATCH)
        return [item for item in items if item not in self._running]

    def _start(self, item: Item) -> None:
        task = asyncio.create_task(self._work(item), name=f"sync {item.subject}")
        self._running[item] = task
        task.add_done_callback(lambda _: self._finished(item))

    def _finished(self, item: Item) -> None:
        del self._running[item]
        self._woken.set()

    async def _wait(self) -> None:
        """Until something is due, or somebody says that it may be."""
        try:
            await asyncio.wait_for(self._woken.wait(), await self._seconds_to_next())
        except TimeoutError:
            return

    async def _seconds_to_next(self) -> float:
        if self._running:
            # What finishes wakes us; what arrives meanwhile does too.
            return LONGEST_WAIT
        async with self._store.read() as connection:
            soonest = await agenda.next_due(connection)
        if soonest is None:
            return LONGEST_WAIT
        return min(max((soonest - self._clock()).total_seconds(), 0.0), LONGEST_WAIT)

    async def _work(self, item: Item) -> None:
        try:
            await self._handlers[item.kind](item)
        except NotUnderstood as trouble:
            log.error("object not understood", subject=item.subject, reason=str(trouble))
            await self._set_aside(item, str(trouble))
        except Exception as trouble:
            # One bad object must not hold up the others.
            log.exception("sync failed", subject=item.subject)
            await self._try_again(item, type(trouble).__name__)

    async def _try_again(self, item: Item, reason: str) -> None:
        async with self._store.write() as connection:
            attempts = await agenda.attempts(connection, item)
            if attempts + 1 >= MOST_ATTEMPTS:
                await agenda.set_aside(connection, item, reason)
            else:
                later = self._clock() + timedelta(seconds=2.0**attempts)
                await agenda.postpone(connection, item, later, reason)

    async def _set_aside(self, item: Item, reason: str) -> None:
        async with self._store.write() as connection:
            await agenda.set_aside(connection, item, reason)

    async def _drain(self) -> None:
        if not self._running:
            return
        _, late = await asyncio.wait(self._running.values(), timeout=GRACE)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
