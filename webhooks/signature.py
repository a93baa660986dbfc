"""Whether Stripe signed a delivery: a pure function of bytes, header, secrets and time."""

import hmac
from collections.abc import Sequence
from datetime import datetime

from webhooks.refusals import (
    NO_SIGNATURE,
    STALE_SIGNATURE,
    UNREADABLE_SIGNATURE,
    WRONG_SIGNATURE,
    Refused,
)

TOLERANCE = 300.0
"""Seconds between the signature's time and ours, either way: Stripe's own default, and the bound
on how long a recorded delivery can be replayed."""

# Unix seconds have ten digits until the year 2286; more is not a time.
_LONGEST_TIME = 12


def check_signature(body: bytes, header: str | None, secrets: Sequence[str], now: datetime) -> None:
    """Return when one of `secrets` signed `body` within TOLERANCE of `now`; raise Refused if not.

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
    # Last, so that "stale" is only ever said of a true signature and points to a wrong clock.
    if abs(now.timestamp() - int(time)) > TOLERANCE:
        raise Refused(STALE_SIGNATURE)


def sign(body: bytes, secrets: Sequence[str], now: datetime) -> str:
    """The Stripe-Signature header of a body, as Stripe would make it: one v1 for each secret."""
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
