"""Stripe's signature and the event it signs. Pure: bytes, header, secrets and time in.

Each way to refuse a delivery is a row, with its status and reason.
"""

import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic_core import from_json


@dataclass(frozen=True, slots=True)
class Refusal:
    """How one kind of bad delivery is answered."""

    outcome: str
    """One word for logs and metrics; nothing the sender wrote."""
    status: int
    """Stripe repeats any delivery that is not answered 2xx."""
    answer: str
    """What the sender reads; Stripe shows it next to the delivery in its Dashboard."""


class Refused(Exception):
    """A delivery is refused, and nothing of it was stored."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.outcome)
        self.refusal = refusal


# The request itself.
WRONG_CONTENT_TYPE = Refusal(
    "wrong_content_type", 415, "Stripe sends application/json without a content encoding."
)
TOO_LARGE = Refusal("too_large", 413, "An event is at most 1 MiB.")
TOO_SLOW = Refusal("too_slow", 408, "The body took too long to arrive.")
BROKEN_UPLOAD = Refusal("broken_upload", 400, "The body did not arrive whole.")

# The signature. Which part is wrong is no secret, and helps to set up the endpoint.
NO_SIGNATURE = Refusal("no_signature", 400, "There is no Stripe-Signature header.")
UNREADABLE_SIGNATURE = Refusal(
    "unreadable_signature", 400, "The Stripe-Signature header needs one t and at least one v1."
)
WRONG_SIGNATURE = Refusal(
    "wrong_signature",
    400,
    "No secret in STRIPE_WEBHOOK_SECRET made this signature: "
    "copy the signing secret of this very endpoint from Stripe.",
)
STALE_SIGNATURE = Refusal(
    "stale_signature",
    400,
    "The signature's time is over 300 seconds away from this server's: check its clock.",
)

# The content, read only after its signature was verified.
NOT_JSON = Refusal("not_json", 400, "The body is not JSON in UTF-8, or beyond what a store holds.")
NOT_AN_EVENT = Refusal("not_an_event", 400, "The body is not an event of Stripe's.")

# Our own failure: Stripe sends the event again later.
NOT_STORED = Refusal("not_stored", 503, "The event could not be stored. Please send it again.")

REFUSALS = tuple(one for one in vars().values() if isinstance(one, Refusal))

TOLERANCE = 300.0
"""Seconds between the signature's time and ours, either way: Stripe's own default. It limits how
long a recorded delivery can be replayed."""

# Unix seconds have ten digits until the year 2286; more is not a time.
_LONGEST_TIME = 12


def check_signature(body: bytes, header: str | None, secrets: Sequence[str], now: datetime) -> None:
    """Return if one of `secrets` signed `body` within TOLERANCE of `now`; raise Refused if not.

    `body` is the request's raw bytes, `header` the Stripe-Signature header as aiohttp decodes it
    (bytes that are not UTF-8 as surrogates), `now` is aware. Schemes other than v1 are ignored;
    every v1 is tried with every secret, since Stripe sends one for each while a secret is rolled.
    https://docs.stripe.com/webhooks#verify-manually
    """
    if header is None:
        raise Refused(NO_SIGNATURE)
    time, signatures = _read(header)
    signed = time + b"." + body
    if not any(_made_by(secret, signed, signatures) for secret in secrets):
        raise Refused(WRONG_SIGNATURE)
    # Last, so that only a valid signature is called stale, which points to a wrong clock.
    if abs(now.timestamp() - int(time)) > TOLERANCE:
        raise Refused(STALE_SIGNATURE)


def sign(body: bytes, secrets: Sequence[str], now: datetime) -> str:
    """A body's Stripe-Signature header, as Stripe would make it: one v1 for each secret."""
    time = str(int(now.timestamp()))
    signed = time.encode() + b"." + body
    return ",".join([f"t={time}", *(f"v1={_signature(secret, signed)}" for secret in secrets)])


def _read(header: str) -> tuple[bytes, list[bytes]]:
    """Take the time and the v1 signatures out of `t=…,v1=…[,v1=…][,v0=…]`."""
    pairs = [
        part.strip().partition(b"=")
        for part in header.encode("utf-8", "surrogateescape").split(b",")
    ]
    times = [value for scheme, _, value in pairs if scheme == b"t"]
    signatures = [value for scheme, _, value in pairs if scheme == b"v1"]
    if len(times) != 1 or not signatures:
        raise Refused(UNREADABLE_SIGNATURE)
    # Of bytes, isdigit() means ASCII digits: no sign, space or underscore that int() would take.
    if not times[0].isdigit() or len(times[0]) > _LONGEST_TIME:
        raise Refused(UNREADABLE_SIGNATURE)
    return times[0], signatures


def _made_by(secret: str, signed: bytes, signatures: Sequence[bytes]) -> bool:
    expected = _signature(secret, signed).encode()
    # Bytes, because compare_digest raises on text that is not ASCII.
    return any(hmac.compare_digest(expected, signature) for signature in signatures)


def _signature(secret: str, signed: bytes) -> str:
    return hmac.digest(secret.encode(), signed, "sha256").hex()


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
    """Parse one of Stripe's events; raise Refused if it is not one.

    Of duplicate keys the last counts, as when `body` is parsed again. Pydantic accepts no nesting
    deeper than 200; Stripe nests about ten. Numbers may be absurd: the code that reads them has
    bounds, and Stripe would repeat a refused event for days.
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

    A buyer may have typed one into a name. Refusing the event would lose the sale, and storing it
    would fail at each attempt.
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
