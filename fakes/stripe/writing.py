"""What the simulated API lets one write: the catalogue, and Checkout Sessions."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from fakes.stripe import errors, opening
from fakes.stripe.books import Books
from fakes.stripe.cart import Item, NotForSale
from fakes.stripe.catalogue import CannotArchive, Catalogue
from fakes.stripe.objects.shape import Json

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
    write: Callable[[Books, Json, str], Json]
    """The books, the form, and the id in the path."""


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


def _change(*fields: str) -> Callable[[Books, Json, str], Json]:
    """Give an object other values of these fields."""

    def write(books: Books, given: Json, id_: str) -> Json:
        unknown = given.keys() - set(fields)
        if unknown:
            param = min(unknown)
            raise errors.refused(400, f"Received unknown parameter: {param}", param=param)
        values: dict[str, Any] = {
            name: _BOOLEANS.get(value, value) if isinstance(value, str) else value
            for name, value in given.items()
        }
        if "metadata" in values:
            found = books.find(id_)
            values["metadata"] = (found or {}).get("metadata", {}) | values["metadata"]
        try:
            return Catalogue(books).change(id_, **values)
        except CannotArchive as refused:
            raise errors.refused(400, str(refused)) from refused

    return write


def _open(books: Books, given: Json, _: str) -> Json:
    unknown = given.keys() - {*_OPENING, *opening.SETTINGS}
    if unknown:
        param = min(unknown)
        raise errors.refused(400, f"Received unknown parameter: {param}", param=param)
    if given.get("mode") != "payment":
        raise errors.refused(400, "Missing required param: mode.", param="mode")
    life = int(given.get("expires_at", books.now() + _LONGEST)) - books.now()
    if not _SHORTEST - _INTO_THE_FUTURE <= life <= _LONGEST:
        message = (
            "The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout "
            "Session creation."
        )
        raise errors.refused(400, message, param="expires_at")
    bought = [
        Item(item["price"], int(item.get("quantity", 1)), _read(item.get("adjustable_quantity")))
        for item in given.get("line_items", {}).values()
    ]
    settings = {name: _read(given[name]) for name in opening.SETTINGS if name in given}
    named = {"success_url", "cancel_url"} & given.keys()
    try:
        return opening.open_session(
            books,
            bought,
            metadata=given.get("metadata"),
            expires_at=books.now() + life,
            settings=settings,
            **{name: given[name] for name in named},
        )
    except NotForSale as refused:
        param = "line_items[0][price]"
        raise errors.refused(400, str(refused), param=param) from refused


def _read(value: Any) -> Any:
    """A part of a form as an answer shows it: lists, truth values and numbers are such."""
    if not isinstance(value, dict):
        return _BOOLEANS.get(value, value)
    if value and all(key.isdigit() for key in value):
        return [_read(each) for each in value.values()]
    return {key: int(each) if key in _NUMBERS else _read(each) for key, each in value.items()}


def _expire(books: Books, _: Json, id_: str) -> Json:
    try:
        return opening.expire(books, id_)
    except NotForSale as refused:
        raise errors.refused(400, str(refused)) from refused


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
                raise errors.refused(400, message, type_="idempotency_error")
            return answer
        answer = write()
        self._answers[key] = (path, given, answer)
        return answer
