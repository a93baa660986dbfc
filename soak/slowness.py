"""How long Stripe takes to answer: mostly no time, now and then so long that news does not wait."""

from random import Random

SLOW = 50
"""One call of so many is slow."""
LEAST, MOST = 0.5, 6.0
"""Seconds that a slow one takes."""


class Slowness:
    """For `Faults.latency`."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)

    def __call__(self, _path: str) -> float:
        """Seconds before an answer; whatever is asked for."""
        slow = self._random.randrange(SLOW) == 0
        return self._random.uniform(LEAST, MOST) if slow else 0.0
