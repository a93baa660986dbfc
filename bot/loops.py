"""How the bot waits: every loop, every pause that grows, and how a part that failed goes on.

Sleep and chance are passed in, so that tests need not wait.
"""

import asyncio
import secrets
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Collection, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

import structlog

log = structlog.get_logger()

T = TypeVar("T")

Pause: TypeAlias = Callable[[asyncio.Event, float], Awaitable[None]]
"""Waits until the event is set, at most so many seconds."""

AGAIN_SECONDS = 5.0
"""How long a part waits for a database that is away until it tries again, however long an outage
lasts: it has to go on soon after the database is back."""
FIRST_DELAY, LONGEST_DELAY = 1.0, 60.0
"""Seconds until a part that broke down is started again: longer each time."""
LONG_ENOUGH = 300.0
"""Seconds that a part has to run for its next breakdown to count as the first."""
CANCELLATIONS = 3
"""How often a task is cancelled that does not end; each time it gets a second."""

_chance = secrets.SystemRandom().random


class Unavailable(Exception):
    """The database cannot be used now. Each loop tries again after `AGAIN_SECONDS`."""


class Stopped(Exception):
    """The part was asked to stop while it waited."""


def delay_after(failures: int, first: float, longest: float) -> float:
    """Seconds to wait after so many failures in a row, 0 for the first: twice as long each time."""
    return min(first * 2.0 ** min(failures, 32), longest)


class Backoff:
    """Seconds between tries: from `first` on twice as long each time, up to `longest`.

    Up to `jitter` of it is taken off by chance, so that several bots do not come back in the same
    moment. `chance` gives numbers from 0 up to 1.
    """

    def __init__(
        self,
        first: float,
        longest: float,
        *,
        jitter: float = 0.0,
        chance: Callable[[], float] = _chance,
    ) -> None:
        self._first = first
        self._longest = longest
        self._jitter = jitter
        self._chance = chance
        self._failures = 0

    def next(self, at_least: float = 0.0) -> float:
        """The seconds to wait now, at least what the other side asked for."""
        seconds = delay_after(self._failures, self._first, self._longest)
        self._failures += 1
        return max(seconds * (1 - self._jitter * self._chance()), at_least)

    def reset(self) -> None:
        """It went well: the next failure waits briefly again."""
        self._failures = 0


async def wait_within(event: asyncio.Event, seconds: float) -> None:
    """Wait until the event is set, at most so long."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


async def wait_out(_: asyncio.Event, seconds: float) -> None:
    """Wait so long, for a loop that is never woken and ends by being cancelled."""
    await asyncio.sleep(seconds)


class Stop:
    """Whether a part was asked to stop, and what it does meanwhile."""

    def __init__(self) -> None:
        self.event = asyncio.Event()

    @property
    def asked(self) -> bool:
        return self.event.is_set()

    def ask(self) -> None:
        self.event.set()

    async def unless(self, work: Coroutine[Any, Any, T]) -> T:
        """Do what may be broken off at any point: asking others, not writing. Raises Stopped."""
        if self.asked:
            work.close()
            raise Stopped
        doing = asyncio.ensure_future(work)
        asked = asyncio.ensure_future(self.event.wait())
        try:
            await asyncio.wait({doing, asked}, return_when=asyncio.FIRST_COMPLETED)
            if not doing.done():
                raise Stopped
            return doing.result()
        finally:
            asked.cancel()
            if not doing.done():
                await cancel({doing})


@dataclass(frozen=True, slots=True)
class Rest:
    """Seconds until the next step; during the first `deaf` of them no `wake` ends the rest."""

    seconds: float
    deaf: float = 0.0


class Loop(ABC):
    """A part of the running bot: takes steps, at once when woken, until it is stopped."""

    def __init__(self, *, stop: Stop | None = None, pause: Pause = wait_within) -> None:
        """`stop`: where several parts stop together."""
        self._stop = stop or Stop()
        self._pause = pause
        self._woken = asyncio.Event()

    @abstractmethod
    async def step(self) -> Rest | None:
        """Do what there is to do. How long to rest then; None when the next step follows at once.

        Between two steps, and where it waits by `Stop.unless`, the part may be stopped.
        """

    def wake(self) -> None:
        """Say that there may be something to do."""
        self._woken.set()

    def stop(self) -> None:
        """Finish the step under way; then `run` returns."""
        self._stop.ask()
        self.wake()

    async def run(self) -> None:
        """Take steps until `stop`."""
        with suppress(Stopped):
            while not self._stop.asked:
                self._woken.clear()
                try:
                    rest = await self.step()
                except Unavailable:
                    rest = Rest(AGAIN_SECONDS, deaf=AGAIN_SECONDS)
                if rest is not None:
                    await self._sit_out(rest)

    async def _sit_out(self, rest: Rest) -> None:
        if rest.deaf:
            await self._pause(self._stop.event, rest.deaf)
        if rest.seconds > rest.deaf and not self._stop.asked:
            await self._pause(self._woken, rest.seconds - rest.deaf)


async def kept_running(
    work: Callable[[], Awaitable[None]],
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Run a part until it ends by itself; if it breaks down, log that and start it again.

    A part that breaks down again and again is started ever later, and the log shows the traceback
    only if it broke down elsewhere than the time before.
    """
    now = asyncio.get_running_loop().time
    backoff, known = Backoff(FIRST_DELAY, LONGEST_DELAY), ""
    while True:
        began = now()
        try:
            return await work()
        except Unavailable:
            wait = AGAIN_SECONDS
        except Exception as trouble:
            if now() - began > LONG_ENOUGH:
                backoff.reset()
                known = ""
            wait, place = backoff.next(), _place(trouble)
            if place != known:
                log.exception("a part of the bot broke down and is started again", after=wait)
            else:
                kind = type(trouble).__name__
                log.error("a part of the bot broke down as before", kind=kind, after=wait)
            known = place
        await pause(wait)


def _place(trouble: Exception) -> str:
    """What broke down in which line."""
    place = trouble.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    line = f"{place.tb_frame.f_code.co_filename}:{place.tb_lineno}" if place else ""
    return f"{type(trouble).__name__} {line}"


async def ended(running: Sequence[asyncio.Task[Any]], seconds: float) -> None:
    """Wait until tasks have ended, and cancel what takes longer."""
    if running:
        _, late = await asyncio.wait(running, timeout=seconds)
        await cancel(late)


async def cancel(tasks: Collection[asyncio.Future[Any]]) -> None:
    """Cancel tasks and wait until they have ended, but not without end.

    A cancellation can be lost: until Python 3.12, `asyncio.wait_for` drops one that comes together
    with what it waits for. https://docs.python.org/3/library/asyncio-task.html#asyncio.wait_for
    """
    left = set(tasks)
    for _ in range(CANCELLATIONS):
        for task in left:
            task.cancel()
        if left:
            _, left = await asyncio.wait(left, timeout=1.0)
    if left:
        log.error("tasks did not end when they were cancelled", count=len(left))
