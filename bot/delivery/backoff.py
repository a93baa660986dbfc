"""How long to wait before the next try: longer each time, never quite the same."""

import secrets
from collections.abc import Callable

FIRST = 1.0
LONGEST = 60.0

_chance = secrets.SystemRandom().random


class Backoff:
    """Seconds between tries: 1, 2, 4, … 60, each with up to half of it taken off by chance.

    The chance keeps several bots from coming back to Discord in the same moment.
    """

    def __init__(self, chance: Callable[[], float] = _chance) -> None:
        """`chance` gives numbers from 0 up to 1."""
        self._chance = chance
        self._next = FIRST

    def next(self, at_least: float = 0.0) -> float:
        """Give the seconds to wait now, at least what the other side asked for."""
        seconds = self._next * (1 - self._chance() / 2)
        self._next = min(self._next * 2, LONGEST)
        return max(seconds, at_least)

    def reset(self) -> None:
        """It went well: the next failure waits briefly again."""
        self._next = FIRST
