"""One question for all who ask at the same time, never an answer older than the asking."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

Answer = TypeVar("Answer")


class Shared(Generic[Answer]):
    """Asks once for many. Whoever comes while a question is out waits for the next one.

    So an answer is as new as if each had asked for themselves, and a thousand visitors at once
    cost as much as two.
    """

    def __init__(self, ask: Callable[[], Awaitable[Answer]]) -> None:
        self._ask = ask
        self._out: asyncio.Task[Answer] | None = None
        self._next: asyncio.Task[Answer] | None = None

    async def __call__(self) -> Answer:
        """The answer to a question asked from now on; raises what asking raises."""
        task = self._out
        if task is None:
            task = self._out = asyncio.create_task(self._asked())
        else:
            if self._next is None:
                self._next = asyncio.create_task(self._asked(after=task))
            task = self._next
        # Who goes away does not take the answer from the others.
        return await asyncio.shield(task)

    async def _asked(self, after: "asyncio.Task[Answer] | None" = None) -> Answer:
        if after is not None:
            await asyncio.wait({after})
            self._out, self._next = self._next, None
        try:
            return await self._ask()
        finally:
            if self._next is None:
                self._out = None
