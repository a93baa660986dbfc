"""What a request to the simulated API asks for, and how it is answered: pages, `expand`, errors.

Query strings are read as Stripe reads them: `expand[0]=…`, `expand[]=…`, `created[gte]=…`.
https://docs.stripe.com/expand: at most four levels deep; lists are walked through `data`; some
fields are only there when they are expanded. https://docs.stripe.com/api/errors
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from fakes.stripe.objects import Books, listing
from fakes.stripe.shapes import Json

_MESSAGES: dict[int, tuple[str, str, str | None]] = {
    401: ("invalid_request_error", "Invalid API Key provided: rk_test_****", None),
    403: ("invalid_request_error", "The provided key does not have access.", None),
    404: ("invalid_request_error", "No such object.", "resource_missing"),
    409: ("idempotency_error", "The object is locked by another request.", "lock_timeout"),
    429: (
        "invalid_request_error",
        "Request rate limit exceeded. Learn more about rate limits here.",
        "rate_limit",
    ),
}


class Refused(Exception):
    """An answer other than 200: `status` and the JSON that goes with it."""

    def __init__(self, status: int, body: Json) -> None:
        super().__init__(body["error"]["message"])
        self.status = status
        self.body = body


def refused(
    status: int,
    message: str,
    *,
    type_: str = "invalid_request_error",
    code: str | None = None,
    param: str | None = None,
) -> Refused:
    """An error in the form in which Stripe tells it."""
    error: Json = {"message": message, "type": type_}
    if code:
        error |= {"code": code, "doc_url": f"https://stripe.com/docs/error-codes/{code}"}
    if param:
        error["param"] = param
    return Refused(status, {"error": error})


def ordinary(status: int) -> Refused:
    """What Stripe says with a status when nothing else is known."""
    unknown = ("api_error", "An unknown error occurred.", None)
    type_, message, code = _MESSAGES.get(status, unknown)
    return refused(status, message, type_=type_, code=code)


def unauthorized(key: str | None) -> Refused:
    """401: without a key, or with one that is not this account's."""
    if key is None:
        return refused(401, "You did not provide an API key.")
    return refused(401, f"Invalid API Key provided: {_masked(key)}")


def no_account(key: str, account: str) -> Refused:
    """403: a connected account that the key does not lead to."""
    return refused(
        403,
        f"The provided key '{_masked(key)}' does not have access to account '{account}' (or that "
        "account does not exist). Application access may have been revoked.",
        code="account_invalid",
    )


# What permissions call some kinds of objects; the others go by their own names.
# https://docs.stripe.com/stripe-apps/reference/permissions
_PERMISSIONS = {
    "account": "connected_account",
    "balance_transaction": "balance",
    "payment_link": "payment_links",
    "price": "plan",
    "webhook_endpoint": "webhook",
}
SOURCES = "rak_balance_transaction_source_read"
"""What it takes to have the source of a balance transaction expanded, whatever that is."""


def permission_for(kind: str, access: str = "read") -> str:
    """What it takes to read or write such objects, as Stripe calls it; `access`: read or write."""
    return f"rak_{_PERMISSIONS.get(kind, kind).replace('.', '_')}_{access}"


def no_permission(key: str, account: str, permission: str) -> Refused:
    """403: the key lacks a permission."""
    return refused(
        403,
        f"The provided key '{_masked(key)}' does not have the required permissions for this "
        f"endpoint on account '{account}'. Having the '{permission}' permission would allow this "
        "request to continue.",
        code="more_permissions_required",
    )


def missing(kind: str, id_: str, param: str = "id") -> Refused:
    """No such object: 404 for the one that was asked for, else 400."""
    message, status = f"No such {kind}: '{id_}'", 404 if param == "id" else 400
    return refused(status, message, code="resource_missing", param=param)


def _masked(key: str) -> str:
    return f"{key[:8]}{'*' * max(len(key) - 12, 0)}{key[-4:]}"


_KEY = re.compile(r"([a-z_.]+)(?:\[([a-z0-9_]*)\])?(?:\[([a-z0-9_]*)\])?\Z")

_COMPARE: dict[str, Callable[[int, int], bool]] = {
    "gt": lambda value, bound: value > bound,
    "gte": lambda value, bound: value >= bound,
    "lt": lambda value, bound: value < bound,
    "lte": lambda value, bound: value <= bound,
}


@dataclass(frozen=True, slots=True)
class Query:
    """One request's parameters, sorted by shape."""

    fields: dict[str, str] = field(default_factory=dict)
    lists: dict[str, list[str]] = field(default_factory=dict)
    maps: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def limit(self) -> int:
        text = self.fields.get("limit", "10")
        if not text.isdigit() or not 1 <= int(text) <= 100:
            raise refused(400, "Invalid integer: limit must be between 1 and 100", param="limit")
        return int(text)


def parse(pairs: Iterable[tuple[str, str]]) -> Query:
    """Read a query string's decoded pairs; `Refused` for a key that Stripe could not read."""
    query = Query()
    for key, value in pairs:
        match = _KEY.match(key)
        if match is None:
            raise refused(400, f"Received unknown parameter: {key}", param=key)
        name, inner, _ = match.groups()
        if inner is None:
            query.fields[name] = value
        elif inner == "" or inner.isdigit():
            query.lists.setdefault(name, []).append(value)
        else:
            query.maps.setdefault(name, {})[inner] = value
    return query


def within(value: int, bounds: Mapping[str, str]) -> bool:
    """True if a time (unix seconds) is within `gt`, `gte`, `lt` and `lte`."""
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
        raise missing("object", cursor, param) from None


DEPTH = 4
FIRST_PAGE = 10
"""How many of an expanded list are shown."""

Tree: TypeAlias = dict[str, "Tree"]


def tree(paths: Iterable[str]) -> Tree:
    """`["a.b", "a.c"]` as `{"a": {"b": {}, "c": {}}}`."""
    root: Tree = {}
    for path in paths:
        names = path.split(".")
        if len(names) > DEPTH:
            message = f"You cannot expand more than {DEPTH} levels of a property. Property: {path}"
            raise refused(400, message, param="expand")
        node = root
        for name in names:
            node = node.setdefault(name, {})
    return root


# Lists that are only shown when they are expanded: kind, the field by which it belongs, the path.
_HIDDEN = {
    ("checkout.session", "line_items"): ("item", "session", "checkout/sessions"),
    ("payment_link", "line_items"): ("item", "payment_link", "payment_links"),
    ("charge", "refunds"): ("refund", "charge", "charges"),
}


class Renderer:
    """Renders the objects of one account. `look` gets the kind of each object shown."""

    def __init__(self, books: Books, look: Callable[[str], None]) -> None:
        self._books = books
        self._look = look

    def render(self, obj: Json, wanted: Tree) -> Json:
        """The object, with what is wanted in it expanded; `Refused` for what cannot be."""
        shown = dict(obj)
        if obj.get("object") == "item" and isinstance(obj["price"], str):
            shown["price"] = self._books.get("price", obj["price"])
        if obj.get("object") == "list" and "data" not in wanted:
            shown["data"] = [self.render(each, {}) for each in obj["data"]]
        for name, deeper in wanted.items():
            shown[name] = self._value(shown, name, deeper)
        return shown

    def _value(self, obj: Json, name: str, deeper: Tree) -> Any:
        value = obj[name] if name in obj else self._hidden(obj, name)
        if name == "total_details" and "breakdown" in deeper:
            amount = value["amount_discount"]
            shown = [{"amount": amount, "discount": discount} for discount in obj["discounts"]]
            return value | {"breakdown": {"discounts": shown, "taxes": []}}
        if isinstance(value, str):
            return self._object(value, name, deeper)
        if isinstance(value, list):
            return [self.render(part, deeper) for part in value]
        if isinstance(value, dict):
            return self.render(value, deeper)
        return value

    def _object(self, id_: str, name: str, deeper: Tree) -> Json | str:
        found = self._books.find(id_)
        if found is None:
            if "_" not in id_:
                raise refused(400, f"This property cannot be expanded ({name}).", param="expand")
            return id_
        self._look(found["object"])
        return self.render(found, deeper)

    def _hidden(self, obj: Json, name: str) -> Json:
        """What is shown only when it is asked for."""
        found = _HIDDEN.get((obj.get("object", ""), name))
        if found is None:
            raise refused(400, f"This property cannot be expanded ({name}).", param="expand")
        kind, field, path = found
        ids = list(self._books.grouped(kind, field, obj["id"]))
        if kind == "refund":
            ids.reverse()
        shown = [self.render(self._books.get(kind, id_), {}) for id_ in ids[:FIRST_PAGE]]
        return listing(f"/v1/{path}/{obj['id']}/{name}", shown, has_more=len(ids) > FIRST_PAGE)
