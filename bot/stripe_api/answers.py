"""Whether an answer with status 200 is what was asked for. What is not is Stripe not answering.

A proxy, a cache or a broken gateway answers with another page, with `{}` or with half a list. Taken
at its word it would say that there is no sale, no refund, nothing for sale. So each answer is held
against its question: the kind of object, its id, the filters of a list. Fields that only hold data
are not looked at here: the ledger reads those with care.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias
from urllib.parse import unquote

from bot.domain.json_access import identifier, integer
from bot.stripe_api.errors import StripeDown

Json: TypeAlias = dict[str, Any]

_KINDS = {
    "/v1/balance_transactions": "balance_transaction",
    "/v1/charges": "charge",
    "/v1/checkout/sessions": "checkout.session",
    "/v1/disputes": "dispute",
    "/v1/events": "event",
    "/v1/payment_intents": "payment_intent",
    "/v1/payment_links": "payment_link",
    "/v1/payouts": "payout",
    "/v1/prices": "price",
    "/v1/products": "product",
    "/v1/refunds": "refund",
    "/v1/webhook_endpoints": "webhook_endpoint",
}
"""What each list holds, by its path."""
_FILTERS = ("charge", "payment_intent", "payment_link", "product", "status")
"""Parameters of a list that are fields of what it holds."""
_EXPANDED = {
    "balance_transaction": "balance_transaction",
    "failure_balance_transaction": "balance_transaction",
    "latest_charge": "charge",
    "payment_intent": "payment_intent",
    "product": "product",
}
"""Which kind of object an expanded field holds. It may be null, or an id still."""
_EXPANDED_LISTS = {"line_items": "item", "refunds": "refund"}
_COMPARE = {
    "gte": lambda made, bound: made >= bound,
    "lt": lambda made, bound: made < bound,
    "lte": lambda made, bound: made <= bound,
}


class NotWhatWasAsked(StripeDown):
    """The answer is not one to the question."""

    def __init__(self, path: str) -> None:
        super().__init__(f"Stripe's answer is not what was asked for: {path}")


class Cursor:
    """Where a walk through a list stands: after which id it goes on."""

    def __init__(self, after: str | None = None) -> None:
        self.after = after
        self._passed: set[str] = set()

    def move(self, path: str, page: Json) -> bool:
        """Go behind a page; whether there is more. Raises NotWhatWasAsked for a walk in circles."""
        if not page["has_more"]:
            return False
        last: str = page["data"][-1]["id"]
        if last in self._passed:
            raise NotWhatWasAsked(path)
        self._passed.add(last)
        self.after = last
        return True


def verify(path: str, params: Mapping[str, object], answer: object, *, written: bool) -> Json:
    """The answer, if it is one to the question. Raises NotWhatWasAsked.

    `written`: it was a POST. Of a path that is not known only an object is expected.
    """
    collection, kind = next(
        (each for each in _KINDS.items() if path == each[0] or path.startswith(f"{each[0]}/")),
        ("", ""),
    )
    if isinstance(answer, dict) and _answers(path, collection, kind, params, answer, written):
        return answer
    raise NotWhatWasAsked(collection or path)


def _answers(
    path: str,
    collection: str,
    kind: str,
    params: Mapping[str, object],
    answer: Json,
    written: bool,
) -> bool:
    below = path[len(collection) + 1 :].split("/") if collection else []
    if path == "/v1/account":
        return _is(answer, "account")
    if not collection:
        return True
    if path == collection and not written:
        return _is_list(answer, kind) and all(
            _was_asked_for(each, params) for each in answer["data"]
        )
    if below[1:] == ["line_items"]:
        return _is_list(answer, "item") and not _repeats(answer, params)
    named = path == collection or answer.get("id") == unquote(below[0])
    return named and _is(answer, kind) and _shows(answer, params)


def _is(shown: object, kind: str) -> bool:
    if not isinstance(shown, Mapping) or identifier(shown) is None:
        return False
    return shown.get("object") == kind


def _is_list(shown: object, kind: str) -> bool:
    """Whether it is a whole page: of objects of that kind, and it says whether there is more."""
    if not isinstance(shown, Mapping) or shown.get("object") != "list":
        return False
    data, more = shown.get("data"), shown.get("has_more")
    if not isinstance(data, list) or not isinstance(more, bool):
        return False
    return all(_is(each, kind) for each in data) and (bool(data) or not more)


def _was_asked_for(shown: Json, params: Mapping[str, object]) -> bool:
    """Whether a list with these parameters may hold it."""
    for name in _FILTERS:
        if isinstance(params.get(name), str) and identifier(shown.get(name)) != params[name]:
            return False
    ids, made, bounds = params.get("ids"), integer(shown.get("created")), params.get("created")
    if isinstance(ids, Sequence) and shown["id"] not in ids:
        return False
    if made is not None and isinstance(bounds, Mapping):
        within = all(_COMPARE[name](made, bound) for name, bound in bounds.items())
        if not within:
            return False
    return shown["id"] != params.get("starting_after") and _shows(shown, params, below="data.")


def _repeats(page: Json, params: Mapping[str, object]) -> bool:
    return any(each["id"] == params.get("starting_after") for each in page["data"])


def _shows(shown: Json, params: Mapping[str, object], *, below: str = "") -> bool:
    """Whether what was to be expanded in it can be used."""
    expand = params.get("expand")
    if not isinstance(expand, Sequence):
        return True
    paths = (str(path).removeprefix(below).split(".") for path in expand)
    return all(_opened(shown, names) for names in paths)


def _opened(shown: Json, names: Sequence[str]) -> bool:
    if not names:
        return True
    name, rest = names[0], names[1:]
    value = shown.get(name)
    if name in _EXPANDED_LISTS:
        if value is None:
            return name != "line_items"
        if not _is_list(value, _EXPANDED_LISTS[name]):
            return False
        return all(_opened(each, rest[1:]) for each in value["data"])
    if isinstance(value, Mapping):
        known = name not in _EXPANDED or _is(value, _EXPANDED[name])
        return known and _opened(dict(value), rest)
    return True
