"""Stripe's webhooks as badly as they can come: in no order, twice, late, or never."""

from collections.abc import Iterable
from random import Random

from fakes.stripe.objects.shape import Json

LOST, LATE, TWICE = 0.1, 0.1, 0.1
"""How many of all events never come, come only after the bot was killed, and come again."""


class Disorder:
    """A bag of events that are on their way. The same seed makes the same fate of each."""

    def __init__(self, seed: int) -> None:
        self.lost: set[str] = set()
        """Ids of those that never come."""
        self.doubled = 0
        self._random = Random(seed)
        self._bag: list[Json] = []
        self._late: list[Json] = []

    def __len__(self) -> int:
        """How many may come now."""
        return len(self._bag)

    def add(self, events: Iterable[Json]) -> None:
        """Let events set out."""
        for event in events:
            lost, late, twice = (self._random.random() for _ in range(3))
            if lost < LOST:
                self.lost.add(event["id"])
                continue
            (self._late if late < LATE else self._bag).append(event)
            if twice < TWICE:
                self.doubled += 1
                self._bag.append(event)

    def pick(self) -> Json | None:
        """Any of those that may come now; None when there is none."""
        if not self._bag:
            return None
        place = self._random.randrange(len(self._bag))
        self._bag[place], self._bag[-1] = self._bag[-1], self._bag[place]
        return self._bag.pop()

    def hurry(self) -> None:
        """Let those that are late come, too."""
        self._bag += self._late
        self._late.clear()
