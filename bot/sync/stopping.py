"""Parts of the bot that wait long: they stop when they are asked to, but between two steps only."""

import asyncio
from collections.abc import Collection, Coroutine
from typing import Any, TypeVar

import structlog

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
