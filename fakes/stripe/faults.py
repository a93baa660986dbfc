"""How the simulated Stripe can be made to misbehave, and how often it was called.

Odd answers are those that proxies, caches and broken gateways give.
"""

import json
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random
from typing import Any

from aiohttp import web

from fakes.stripe.shapes import Json

_CUSTOMER: Json = {"id": "cus_of_another", "object": "customer", "livemode": False}
_PAGE = "<html><body><h1>Back soon</h1></body></html>"


class Odd(StrEnum):
    """What is answered instead. Lists and single objects each have some of their own."""

    ANOTHER_OBJECT = "another object"
    ANOTHER_ID = "another id"
    EMPTY = "an empty object"
    NULL = "null"
    NO_OBJECT = "a list outside of an object"
    NO_HAS_MORE = "a list without has_more"
    NO_DATA = "a list whose data is null"
    NO_OBJECTS = "a list of what are no objects"
    SAME_PAGE = "the same page again"
    CUT_OFF = "truncated JSON"
    HTML = "a page of HTML"
    HTML_404 = "a page of HTML with status 404"


def odd_answer(odd: Odd, right: Json) -> web.Response:
    """What is answered instead of what would be right."""
    match odd:
        case Odd.HTML:
            return web.Response(text=_PAGE, content_type="text/html")
        case Odd.HTML_404:
            return web.Response(text=_PAGE, content_type="text/html", status=404)
        case Odd.CUT_OFF:
            text = json.dumps(right)
            return web.Response(text=text[: len(text) // 2], content_type="application/json")
    return web.json_response(_CHANGED[odd](right))


def _another_id(right: Json) -> Json:
    if right.get("object") == "list":
        # Of a list each object is another, and of the same kind: it does not fit what was asked.
        strangers = {"payment_intent": "pi_of_another", "charge": "ch_of_another", "created": 1}
        strangers["product"] = "prod_of_another"
        return right | {"data": [each | strangers for each in right["data"]]}
    return right | {"id": f"{right['id']}x"}


def _with(**fields: Any) -> Callable[[Json], Json]:
    """The list with other fields; what is no list becomes another object."""
    return lambda right: right | fields if right.get("object") == "list" else _CUSTOMER


def _without_has_more(right: Json) -> Json:
    return {name: value for name, value in right.items() if name != "has_more"} | {"object": "list"}


_CHANGED: dict[Odd, Callable[[Json], Any]] = {
    Odd.ANOTHER_OBJECT: lambda _: _CUSTOMER,
    Odd.ANOTHER_ID: _another_id,
    Odd.EMPTY: lambda _: {},
    Odd.NULL: lambda _: None,
    Odd.NO_OBJECT: lambda right: [right],
    Odd.NO_HAS_MORE: _without_has_more,
    Odd.NO_DATA: _with(data=None),
    Odd.NO_OBJECTS: _with(data=["cus_of_another", 7, None]),
    Odd.SAME_PAGE: _with(has_more=True),
}


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
