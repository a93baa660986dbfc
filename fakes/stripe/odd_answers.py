"""Answers that are not to the question, as proxies, caches and broken gateways give them."""

import json
from collections.abc import Callable
from enum import StrEnum
from typing import Any

from aiohttp import web

from fakes.stripe.objects.shape import Json

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
