"""How the simulated Stripe can be made to misbehave, and what it counts."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from random import Random

from fakes.stripe.odd_answers import Odd


@dataclass(frozen=True, slots=True)
class Failure:
    """An answer to give instead of the right one."""

    status: int
    headers: Mapping[str, str]
    path: str | None
    asking: str | None = None
    odd: Odd | None = None
    """Instead of a status: what is answered with status 200, or so."""


@dataclass(slots=True)
class Faults:
    """All off at first. Set what you want to see; `clear` puts all right again."""

    delay: float = 0.0
    """Seconds before every answer."""
    latency: Callable[[str], float] | None = None
    """Seconds more, by the route of a call, as `fail_next` names it. Stripe takes 0.5 to 2."""
    down: bool = False
    """Connections are closed without an answer."""
    denied: set[str] = field(default_factory=set)
    """Kinds of objects (as in their `object` field) that the key may not read."""
    read_only: set[str] = field(default_factory=set)
    """Kinds of objects that the key may not write; a restricted key for reading has all here."""
    lacking: set[str] = field(default_factory=set)
    """Permissions that the key does not have, as Stripe calls them (`rak_charge_read`)."""
    odd_share: float = 0.0
    """Of how many answers, from 0 to 1, something else is answered: by chance, of `chance`."""
    chance: Random = field(default_factory=lambda: Random(1))
    _next: list[Failure] = field(default_factory=list)
    _spared: int = 0

    def fail_next(
        self,
        count: int = 1,
        status: int = 500,
        *,
        headers: Mapping[str, str] | None = None,
        path: str | None = None,
        asking: str | None = None,
        after: int = 0,
    ) -> None:
        """The next `count` answers fail with this status (401, 403, 404, 429, 500, …).

        `path` leaves other routes alone: `/v1/refunds`, `/v1/checkout/sessions/{id}`,
        `POST /v1/prices/{id}`; `asking` leaves alone what has no such parameter in its query.
        `after`: so many answers, of whatever route, are right before that.
        """
        self._spared = after
        self._next.extend([Failure(status, headers or {}, path, asking)] * count)

    def wait(self, path: str) -> float:
        """How many seconds the answer to a call of a route takes."""
        return self.delay + (self.latency(path) if self.latency else 0.0)

    def odd_next(
        self, count: int = 1, odd: Odd = Odd.EMPTY, *, path: str | None = None, after: int = 0
    ) -> None:
        """The next `count` answers are not to the question; `path` and `after` as above."""
        self._spared = after
        self._next.extend([Failure(200, {}, path, odd=odd)] * count)

    def take(self, path: str, query: Collection[str] = ()) -> Failure | None:
        """The failure that is next in turn for a route and the names in its query, if any."""
        if self._spared:
            self._spared -= 1
            return None
        for position, failure in enumerate(self._next):
            if failure.path in (None, path) and failure.asking in (None, *query):
                return self._next.pop(position)
        if self.odd_share and self.chance.random() < self.odd_share:
            return Failure(200, {}, None, odd=self.chance.choice(list(Odd)))
        return None

    def clear(self) -> None:
        self.delay, self.latency, self.odd_share = 0.0, None, 0.0
        self.down, self._spared = False, 0
        self.denied.clear()
        self.read_only.clear()
        self.lacking.clear()
        self._next.clear()


@dataclass(slots=True)
class Calls:
    """How often each path was called, failures and retries among them."""

    paths: Counter[str] = field(default_factory=Counter)
    """By route: `/v1/checkout/sessions/{id}`, `POST /v1/prices/{id}`."""

    @property
    def total(self) -> int:
        return self.paths.total()

    def reset(self) -> None:
        self.paths.clear()
