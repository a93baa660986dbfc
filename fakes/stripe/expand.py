"""Answers as Stripe renders them: ids replaced by objects where `expand` asks for it.

https://docs.stripe.com/expand: at most four levels deep; lists are walked through `data`; some
fields are not there at all unless expanded.
"""

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from fakes.stripe.books import Books
from fakes.stripe.objects.checkout import breakdown
from fakes.stripe.objects.shape import Json, listing
from fakes.stripe.query import BadQuery

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
            raise BadQuery(
                f"You cannot expand more than {DEPTH} levels of a property. Property: {path}",
                "expand",
            )
        node = root
        for name in names:
            node = node.setdefault(name, {})
    return root


class Renderer:
    """Renders the objects of one account. `look` is told the kind of each object shown."""

    def __init__(self, books: Books, look: Callable[[str], None]) -> None:
        self._books = books
        self._look = look

    def render(self, obj: Json, wanted: Tree) -> Json:
        """The object, with what is wanted in it expanded; `BadQuery` for what cannot be."""
        shown = dict(obj)
        if obj.get("object") == "item" and isinstance(obj["price"], str):
            shown["price"] = self._books.get("price", obj["price"])
        for name, deeper in wanted.items():
            shown[name] = self._value(shown, name, deeper)
        return shown

    def _value(self, obj: Json, name: str, deeper: Tree) -> Any:
        value = obj[name] if name in obj else self._hidden(obj, name)
        if name == "total_details" and "breakdown" in deeper:
            return value | {"breakdown": breakdown(obj["discounts"], value["amount_discount"])}
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
                raise BadQuery(f"This property cannot be expanded ({name}).", "expand")
            return id_
        self._look(found["object"])
        return self.render(found, deeper)

    def _hidden(self, obj: Json, name: str) -> Json:
        """What is shown only when it is asked for."""
        match obj.get("object"), name:
            case "checkout.session", "line_items":
                return self._first(
                    "item", "session", obj, f"/v1/checkout/sessions/{obj['id']}/line_items"
                )
            case "payment_link", "line_items":
                return self._first(
                    "item", "payment_link", obj, f"/v1/payment_links/{obj['id']}/line_items"
                )
            case "charge", "refunds":
                return self._first("refund", "charge", obj, f"/v1/charges/{obj['id']}/refunds")
        raise BadQuery(f"This property cannot be expanded ({name}).", "expand")

    def _first(self, kind: str, field: str, owner: Json, url: str) -> Json:
        ids = list(self._books.grouped(kind, field, owner["id"]))
        if kind == "refund":
            ids.reverse()
        shown = [self.render(self._books.get(kind, id_), {}) for id_ in ids[:FIRST_PAGE]]
        return listing(url, shown, has_more=len(ids) > FIRST_PAGE)
