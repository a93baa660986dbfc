"""Query strings as Stripe reads them: `expand[0]=…`, `expand[]=…`, `created[gte]=…`, `limit=…`."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from fakes.stripe.objects.shape import Json

_KEY = re.compile(r"([a-z_.]+)(?:\[([a-z0-9_]*)\])?(?:\[([a-z0-9_]*)\])?\Z")

_COMPARE: dict[str, Callable[[int, int], bool]] = {
    "gt": lambda value, bound: value > bound,
    "gte": lambda value, bound: value >= bound,
    "lt": lambda value, bound: value < bound,
    "lte": lambda value, bound: value <= bound,
}


class BadQuery(ValueError):
    """Stripe would answer 400: `param` names what is wrong, `code` is Stripe's where it has one."""

    def __init__(self, message: str, param: str | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.param = param
        self.code = code


@dataclass(frozen=True, slots=True)
class Query:
    """One request's parameters, told apart by shape."""

    fields: dict[str, str] = field(default_factory=dict)
    lists: dict[str, list[str]] = field(default_factory=dict)
    maps: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def limit(self) -> int:
        text = self.fields.get("limit", "10")
        if not text.isdigit() or not 1 <= int(text) <= 100:
            raise BadQuery("Invalid integer: limit must be between 1 and 100", "limit")
        return int(text)


def parse(pairs: Iterable[tuple[str, str]]) -> Query:
    """Read a query string's decoded pairs; `BadQuery` for a key that Stripe could not read."""
    query = Query()
    for key, value in pairs:
        match = _KEY.match(key)
        if match is None:
            raise BadQuery(f"Received unknown parameter: {key}", key)
        name, inner, _ = match.groups()
        if inner is None:
            query.fields[name] = value
        elif inner == "" or inner.isdigit():
            query.lists.setdefault(name, []).append(value)
        else:
            query.maps.setdefault(name, {})[inner] = value
    return query


def within(value: int, bounds: Mapping[str, str]) -> bool:
    """Whether a time (unix seconds) keeps to `gt`, `gte`, `lt` and `lte`."""
    return all(_COMPARE[name](value, int(bound)) for name, bound in bounds.items())


def page(
    ids: Sequence[str], query: Query, load: Callable[[str], Json], wanted: Callable[[Json], bool]
) -> tuple[list[Json], bool]:
    """One page of `ids` (given in reverse of the list's order), and whether there is more.

    https://docs.stripe.com/api/pagination: `starting_after` goes on after an id, `ending_before`
    gives those just before it; both keep the list's order.
    """
    positions, backwards = _positions(ids, query)
    found: list[Json] = []
    for position in positions:
        obj = load(ids[position])
        if not wanted(obj):
            continue
        if len(found) == query.limit:
            return (found[::-1] if backwards else found), True
        found.append(obj)
    return (found[::-1] if backwards else found), False


def _positions(ids: Sequence[str], query: Query) -> tuple[Iterable[int], bool]:
    if before := query.fields.get("ending_before"):
        return range(_index(ids, before, "ending_before") + 1, len(ids)), True
    if after := query.fields.get("starting_after"):
        return range(_index(ids, after, "starting_after") - 1, -1, -1), False
    return range(len(ids) - 1, -1, -1), False


def _index(ids: Sequence[str], cursor: str, param: str) -> int:
    try:
        return ids.index(cursor)
    except ValueError:
        raise BadQuery(f"No such object: '{cursor}'", param, "resource_missing") from None
