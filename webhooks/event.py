"""What a signed body says: bytes in, an event out. Pure."""

import re
from dataclasses import dataclass
from typing import Any

from pydantic_core import from_json

from webhooks.refusals import NOT_AN_EVENT, NOT_JSON, Refused

MAX_NAME = 255
"""Stripe's ids are at most this long. https://docs.stripe.com/upgrades"""

_LAST_SECOND = 253_402_300_799  # of the year 9999, the last a datetime knows

_ESCAPE = re.compile(
    r"""\\(?: (?P<pair>u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})
          |   (?P<lone>u[dD][89a-fA-F][0-9a-fA-F]{2} | u0000)
          |   . )""",
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Event:
    """One event as it came."""

    body: bytes
    """UTF-8 JSON that any database can hold: see `_storable`."""
    content: dict[str, Any]
    """`body`, parsed: `id` and `type` are printable ASCII of at most 255 characters; unless thin,
    `created` is a time in unix seconds, `livemode` a bool, `account` a name like `id` or absent,
    and `data.object` a dict."""
    thin: bool
    """Whether this is a v2 event, which only names what changed and carries no data."""


def parse_event(body: bytes) -> Event:
    """Read one of Stripe's events; raise Refused where it is not one.

    Of keys that come twice the last counts, as whoever parses `body` again will find. What nests
    more than 200 deep is no JSON to pydantic; Stripe nests about ten. Numbers may be absurd: what
    reads them has bounds, and turning the event away would have Stripe repeat it for days.
    """
    try:
        sent = body.decode("utf-8")
        text = _storable(sent)
        content = from_json(text, allow_inf_nan=False)
    except ValueError:
        raise Refused(NOT_JSON) from None
    if not isinstance(content, dict) or not _is_named(content):
        raise Refused(NOT_AN_EVENT)
    thin = content.get("object") == "v2.core.event"
    if not thin and not _is_snapshot(content):
        raise Refused(NOT_AN_EVENT)
    return Event(body if text is sent else text.encode(), content, thin)


def _storable(text: str) -> str:
    r"""Put U+FFFD for what JSON can escape and databases cannot hold: \u0000 and half characters.

    A buyer may have typed one into a name; refusing the event would lose the sale, and letting it
    through would fail later, at each attempt.
    """
    # A single character is found much faster than two, and most events hold no backslash at all.
    if "\\" not in text or "\\u" not in text:
        return text
    return _ESCAPE.sub(lambda escape: r"\ufffd" if escape["lone"] else escape[0], text)


def _is_named(content: dict[str, Any]) -> bool:
    return _is_name(content.get("id")) and _is_name(content.get("type"))


def _is_name(value: object) -> bool:
    return (
        isinstance(value, str)
        and 0 < len(value) <= MAX_NAME
        and value.isascii()
        and value.isprintable()
    )


def _is_snapshot(content: dict[str, Any]) -> bool:
    created, data, account = content.get("created"), content.get("data"), content.get("account")
    return (
        content.get("object", "event") == "event"
        and type(created) is int  # bool is an int too
        and 0 <= created <= _LAST_SECOND
        and isinstance(content.get("livemode"), bool)
        and (account is None or _is_name(account))
        and isinstance(data, dict)
        and isinstance(data.get("object"), dict)
    )
