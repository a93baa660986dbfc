"""Who is recorded first: sales are read several at a time and get their numbers one after another.

So the same events bring the same numbers, in the order in which Stripe tells them, however long
each reading takes: also when a restored backup is brought up to date.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class Turn:
    """One reading's place in the order."""

    def __init__(self, before: list[asyncio.Event]) -> None:
        self._before = before
        self._over = asyncio.Event()

    async def comes(self, seconds: float) -> None:
        """Wait until all that was begun before is recorded, at most so long."""
        waiting = [event for event in self._before if not event.is_set()]
        if not waiting:
            return
        try:
            async with asyncio.timeout(seconds):
                for event in waiting:
                    await event.wait()
        except TimeoutError:
            return

    def over(self) -> None:
        """Let those go first that were begun later."""
        self._over.set()


class Turns:
    """The turns of all that is being read."""

    def __init__(self) -> None:
        self._open: list[asyncio.Event] = []

    @contextmanager
    def take(self) -> Iterator[Turn]:
        """A turn after all that are open; over at the end of the block, if not before."""
        turn = Turn(self._open.copy())
        self._open.append(turn._over)  # noqa: SLF001 - the two are one
        try:
            yield turn
        finally:
            turn.over()
            self._open.remove(turn._over)  # noqa: SLF001
