"""Parts of the running bot: restarted after failures, woken by the clock, stopped between steps."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Collection, Coroutine, Sequence
from typing import Any, TypeVar

import structlog

from bot.domain.period import Clock
from bot.store.engine import AGAIN_SECONDS, Store, StoreUnavailable

log = structlog.get_logger()

T = TypeVar("T")

TRIES = 3
"""How often a task is cancelled that does not end; each time it gets a second."""


class Stopped(Exception):
    """The part was asked to stop while it waited."""


class Stop:
    """Whether a part was asked to stop; what it may wait for meanwhile."""

    def __init__(self) -> None:
        self._asked = asyncio.Event()

    @property
    def asked(self) -> bool:
        return self._asked.is_set()

    def ask(self) -> None:
        self._asked.set()

    async def unless(self, work: Coroutine[Any, Any, T]) -> T:
        """Do what may be broken off at any point: asking others, not writing. Raises Stopped."""
        if self.asked:
            work.close()
            raise Stopped
        doing = asyncio.ensure_future(work)
        asked = asyncio.ensure_future(self._asked.wait())
        try:
            await asyncio.wait({doing, asked}, return_when=asyncio.FIRST_COMPLETED)
            if not doing.done():
                raise Stopped
            return doing.result()
        finally:
            asked.cancel()
            if not doing.done():
                await cut_short({doing})

    async def wait(self, seconds: float) -> None:
        """Wait so long. Raises Stopped."""
        try:
            await asyncio.wait_for(self._asked.wait(), seconds)
        except TimeoutError:
            return
        raise Stopped


async def cut_short(tasks: Collection[asyncio.Future[Any]]) -> None:
    """Cancel tasks and wait until they have ended, but not for ever.

    A cancellation can be lost: until Python 3.12, `asyncio.wait_for` drops one that comes together
    with what it waits for. https://docs.python.org/3/library/asyncio-task.html#asyncio.wait_for
    """
    left = set(tasks)
    for _ in range(TRIES):
        for task in left:
            task.cancel()
        if left:
            _, left = await asyncio.wait(left, timeout=1.0)
    if left:
        log.error("tasks did not end when they were cancelled", count=len(left))


FIRST_DELAY, LONGEST_DELAY = 1.0, 60.0
"""Seconds until a part that broke down is started again: longer each time."""
LONG_ENOUGH = 300.0
"""Seconds that a part has to run for its next breakdown to count as the first."""


async def kept_running(
    work: Callable[[], Awaitable[None]],
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Run a part until it ends of itself; should it break down, say so and start it again.

    What breaks down again and again is started ever later, and the log tells where it broke down
    only if that is not where it did the time before. `pause` waits so many seconds.
    """
    now = asyncio.get_running_loop().time
    delay, told = FIRST_DELAY, ""
    while True:
        began = now()
        try:
            return await work()
        except StoreUnavailable:
            await pause(AGAIN_SECONDS)
            continue
        except Exception as trouble:
            if now() - began > LONG_ENOUGH:
                delay, told = FIRST_DELAY, ""
            where = _where(trouble)
            if where != told:
                log.exception("a part of the bot broke down and is started again", after=delay)
            else:
                kind = type(trouble).__name__
                log.error("a part of the bot broke down as before", kind=kind, after=delay)
            told = where
        await pause(delay)
        delay = min(delay * 2, LONGEST_DELAY)


def _where(trouble: Exception) -> str:
    """What broke down in which line."""
    place = trouble.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    line = f"{place.tb_frame.f_code.co_filename}:{place.tb_lineno}" if place else ""
    return f"{type(trouble).__name__} {line}"


async def ended(running: Sequence[asyncio.Task[None]], seconds: float) -> None:
    """Wait until the parts have ended, and cut short what takes longer."""
    _, late = await asyncio.wait(running, timeout=seconds)
    await cut_short(late)


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
