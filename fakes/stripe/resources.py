"""What the simulated API offers: a row for each kind of object that is read or written."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from fakes.stripe import requests
from fakes.stripe.account import StripeAccount
from fakes.stripe.cart import Item, NotForSale
from fakes.stripe.catalogue import CannotArchive
from fakes.stripe.checkout import SETTINGS
from fakes.stripe.objects import Books
from fakes.stripe.requests import Query, within
from fakes.stripe.shapes import Json


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
    Resource("prices", "price", ("product", "active", "currency")),
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
        message = (
            "Balance transaction history can only be filtered on automatic payouts, not manual."
        )
        raise requests.refused(400, message, param="payout")
    if payout["reconciliation_status"] != "completed":
        return ()
    return books.grouped("balance_transaction", "payout", payout_id)


def condition(resource: Resource, query: Query) -> Callable[[Json], bool]:
    """True for an object that the query asks for."""
    equal = {name: query.fields[name] for name in resource.fields if name in query.fields}
    bounds = query.maps.get("created", {})
    types = query.lists.get("types", [])
    ids = query.lists.get("ids") if resource.kind == "product" else None
    pattern = query.fields.get("type") if resource.kind == "event" else None

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


_SHORTEST, _LONGEST = 30 * 60, 24 * 3600
_INTO_THE_FUTURE = 2
"""Seconds by which a clock may be behind: those that a call takes."""
_PARTS = re.compile(r"[^\[\]]+")
_BOOLEANS = {"true": True, "false": False}
_OPENING = ("cancel_url", "expires_at", "line_items", "metadata", "mode", "success_url")
_NUMBERS = ("maximum", "maximum_length", "minimum", "minimum_length")


@dataclass(frozen=True, slots=True)
class Writing:
    """A route that changes something, the kind it is about, and how."""

    path: str
    kind: str
    write: Callable[[StripeAccount, Json, str], Json]
    """The account, the form, and the id in the path."""
    method: str = "POST"


def form(pairs: Iterable[tuple[str, str]]) -> Json:
    """A form as Stripe reads it: `line_items[0][price]=…` becomes dicts in dicts."""
    read: Json = {}
    for key, value in pairs:
        *folders, last = _PARTS.findall(key)
        place = read
        for folder in folders:
            place = place.setdefault(folder, {})
        place[last] = value
    return read


def _require_known(given: Json, known: Iterable[str]) -> None:
    if unknown := given.keys() - set(known):
        param = min(unknown)
        raise requests.refused(400, f"Received unknown parameter: {param}", param=param)


def _change(*fields: str) -> Callable[[StripeAccount, Json, str], Json]:
    """Give an object other values of these fields."""

    def write(account: StripeAccount, given: Json, id_: str) -> Json:
        _require_known(given, fields)
        values: dict[str, Any] = {
            name: _BOOLEANS.get(value, value) if isinstance(value, str) else value
            for name, value in given.items()
        }
        if "metadata" in values:
            found = account.books.find(id_)
            values["metadata"] = (found or {}).get("metadata", {}) | values["metadata"]
        try:
            return account.change(id_, **values)
        except CannotArchive as refused:
            raise requests.refused(400, str(refused)) from refused

    return write


def _open(account: StripeAccount, given: Json, _: str) -> Json:
    _require_known(given, (*_OPENING, *SETTINGS))
    if given.get("mode") != "payment":
        raise requests.refused(400, "Missing required param: mode.", param="mode")
    now = account.books.now()
    expires = int(given.get("expires_at", now + _LONGEST))
    if not _SHORTEST - _INTO_THE_FUTURE <= expires - now <= _LONGEST:
        message = (
            "The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout "
            "Session creation."
        )
        raise requests.refused(400, message, param="expires_at")
    bought = [
        Item(item["price"], int(item.get("quantity", 1)), _read(item.get("adjustable_quantity")))
        for item in given.get("line_items", {}).values()
    ]
    try:
        return account.open_session(
            bought,
            metadata=given.get("metadata"),
            expires_at=expires,
            settings={name: _read(given[name]) for name in SETTINGS if name in given},
            **{name: given[name] for name in ("success_url", "cancel_url") if name in given},
        )
    except NotForSale as refused:
        param = "line_items[0][price]"
        raise requests.refused(400, str(refused), param=param) from refused


def _read(value: Any) -> Any:
    """A part of a form as an answer shows it: lists, truth values and numbers are such."""
    if not isinstance(value, dict):
        return _BOOLEANS.get(value, value)
    if value and all(key.isdigit() for key in value):
        return [_read(each) for each in value.values()]
    return {key: int(each) if key in _NUMBERS else _read(each) for key, each in value.items()}


def _expire(account: StripeAccount, _: Json, id_: str) -> Json:
    try:
        return account.expire(id_)
    except NotForSale as refused:
        raise requests.refused(400, str(refused)) from refused


MOST_ENDPOINTS = 16
"""Of an account in one mode. https://docs.stripe.com/webhooks"""
_ENDPOINT = ("api_version", "description", "enabled_events", "metadata", "url")


def _register(account: StripeAccount, given: Json, _: str) -> Json:
    """Create an endpoint: nothing but this answer ever shows its secret."""
    _require_known(given, _ENDPOINT)
    books, url = account.books, given.get("url", "")
    if not url.startswith("https://" if books.livemode else ("https://", "http://")):
        message = "Invalid URL: An explicit scheme (such as https) must be provided."
        raise requests.refused(400, message, code="url_invalid", param="url")
    if len(books.all("webhook_endpoint")) >= MOST_ENDPOINTS:
        mode = "live" if books.livemode else "test"
        message = f"You have reached the maximum of {MOST_ENDPOINTS} {mode} webhook endpoints."
        raise requests.refused(400, message)
    types = list(given.get("enabled_events", {}).values())
    metadata = given.get("metadata", {})
    id_ = account.endpoint(url, types, given.get("api_version"), metadata=metadata)
    return books.get("webhook_endpoint", id_) | {"secret": f"whsec_{books.ids.letters(32)}"}


def _remove(account: StripeAccount, _: Json, id_: str) -> Json:
    account.books.remove(id_)
    return {"id": id_, "object": "webhook_endpoint", "deleted": True}


WRITINGS = (
    Writing(
        "products/{id}",
        "product",
        _change("active", "name", "description", "default_price", "metadata"),
    ),
    Writing("prices/{id}", "price", _change("active", "nickname", "metadata")),
    Writing(
        "payment_links/{id}", "payment_link", _change("active", "inactive_message", "metadata")
    ),
    Writing("checkout/sessions", "checkout.session", _open),
    Writing("checkout/sessions/{id}/expire", "checkout.session", _expire),
    Writing("webhook_endpoints", "webhook_endpoint", _register),
    Writing("webhook_endpoints/{id}", "webhook_endpoint", _remove, "DELETE"),
)


class Remembered:
    """Answers by idempotency key: the same request gets the same answer again.

    https://docs.stripe.com/api/idempotent_requests
    """

    def __init__(self) -> None:
        self._answers: dict[str, tuple[str, Mapping[str, Any], Json]] = {}

    def answer(self, key: str, path: str, given: Json, write: Callable[[], Json]) -> Json:
        """What was answered to this key, else what `write` gives. Refused for another request."""
        if not key:
            return write()
        if key in self._answers:
            seen_path, seen, answer = self._answers[key]
            if (seen_path, seen) != (path, given):
                message = (
                    "Keys for idempotent requests can only be used with the same parameters they "
                    "were first used with."
                )
                raise requests.refused(400, message, type_="idempotency_error")
            return answer
        answer = write()
        self._answers[key] = (path, given, answer)
        return answer
