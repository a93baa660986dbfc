"""Keeps what strangers can cause from filling the log: a line now and then, with how often."""

import asyncio
from collections.abc import Callable

APART = 60.0
"""Seconds between two lines about the same thing."""


def _loop_time() -> float:
    return asyncio.get_running_loop().time()


class FewLines:
    """Counts what happens, and says when it is time for a line about it."""

    def __init__(self, seconds: Callable[[], float] = _loop_time) -> None:
        """`seconds`: a clock that nobody sets."""
        self._seconds = seconds
        self._said: dict[str, float] = {}
        self._unsaid: dict[str, int] = {}

    def due(self, what: str) -> int | None:
        """Count one more; how often it happened since the last line, if a line is due.

        `what` is a word of our own, so that there are few.
        """
        now, last = self._seconds(), self._said.get(what)
        count = self._unsaid.get(what, 0) + 1
        if last is not None and now - last < APART:
            self._unsaid[what] = count
            return None
        self._said[what], self._unsaid[what] = now, 0
        return count
