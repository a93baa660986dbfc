"""What the simulated API offers: a row for each kind of object, with the filters of its list."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from fakes.stripe.books import Books
from fakes.stripe.objects.shape import Json
from fakes.stripe.query import BadQuery, Query, within


@dataclass(frozen=True, slots=True)
class Resource:
    """`fields` are the equality filters of the list, `nested` the lists below one object."""

    path: str
    kind: str
    fields: tuple[str, ...] = ()
    nested: Mapping[str, tuple[str, str]] | None = None
    """Last part of the path → (kind, the field by which those belong to this)."""


RESOURCES = (
    Resource(
        "checkout/sessions",
        "checkout.session",
        ("payment_intent", "payment_link", "status"),
        {"line_items": ("item", "session")},
    ),
    Resource("payment_intents", "payment_intent"),
    Resource("charges", "charge", ("payment_intent",), {"refunds": ("refund", "charge")}),
    Resource("refunds", "refund", ("charge", "payment_intent")),
    Resource("disputes", "dispute", ("charge", "payment_intent")),
    Resource("balance_transactions", "balance_transaction", ("type", "source", "currency")),
    Resource("payouts", "payout", ("status",)),
    Resource("events", "event"),
    Resource("products", "product", ("active",)),
    Resource("prices", "price", ("product", "active", "currency", "lookup_key")),
    Resource(
        "payment_links", "payment_link", ("active",), {"line_items": ("item", "payment_link")}
    ),
    Resource("webhook_endpoints", "webhook_endpoint"),
)


_EXPANDED = {
    "balance_transaction": "balance_transaction",
    "failure_balance_transaction": "balance_transaction",
    "latest_charge": "charge",
    "payment_intent": "payment_intent",
    "product": "product",
    "refunds": "refund",
}


def expanded_kinds(names: Sequence[str]) -> Sequence[str]:
    """The kinds of objects that a path of `expand` leads through."""
    return [_EXPANDED[name] for name in names if name in _EXPANDED]


def candidates(books: Books, resource: Resource, query: Query) -> Sequence[str]:
    """Ids, oldest first, among which the list's objects are: as few as the books can say."""
    if resource.kind == "balance_transaction" and "payout" in query.fields:
        return _contents(books, query.fields["payout"])
    for name in resource.fields:
        if name in query.fields and books.is_grouped(resource.kind, name):
            return books.grouped(resource.kind, name, query.fields[name])
    if "created" in query.maps:
        return _created(books, resource.kind, query.maps["created"])
    return books.all(resource.kind)


def _created(books: Books, kind: str, bounds: Mapping[str, str]) -> Sequence[str]:
    """Objects are kept in the order of their making: a span of time is one piece of them."""
    ids = books.all(kind)
    earliest = int(bounds.get("gte") or bounds.get("gt") or 0)
    latest = int(bounds.get("lt") or bounds.get("lte") or books.now())

    def made(id_: str) -> int:
        return int(books.get(kind, id_)["created"])

    return ids[bisect_left(ids, earliest, key=made) : bisect_right(ids, latest, key=made)]


def _contents(books: Books, payout_id: str) -> Sequence[str]:
    payout = books.get("payout", payout_id)
    if not payout["automatic"]:
        raise BadQuery(
            "Balance transaction history can only be filtered on automatic payouts, not manual.",
            "payout",
        )
    if payout["reconciliation_status"] != "completed":
        return ()
    return books.grouped("balance_transaction", "payout", payout_id)


def condition(resource: Resource, query: Query) -> Callable[[Json], bool]:
    """Whether an object is one that the query asks for."""
    equal = {name: query.fields[name] for name in resource.fields if name in query.fields}
    bounds = query.maps.get("created", {})
    types = query.lists.get("types", [])
    ids = query.lists.get("ids") if resource.kind == "product" else None
    pattern = query.fields.get("type") if resource.kind == "event" else None
    if "lookup_keys" in query.lists:
        keys = query.lists["lookup_keys"]
        return lambda obj: obj["lookup_key"] in keys

    def wanted(obj: Json) -> bool:
        return (
            all(_text(obj[name]) == value for name, value in equal.items())
            and (not bounds or within(obj["created"], bounds))
            and (not types or obj["type"] in types)
            and (ids is None or obj["id"] in ids)
            and (pattern is None or fnmatchcase(obj["type"], pattern))
        )

    return wanted


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
