"""Deliveries as Stripe makes them: events, and the header that signs them; and a real server."""

import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from webhooks.application import create_runner

SECRET = "whsec_midnight_drive"
OLD_SECRET = "whsec_before_the_roll"
NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
SECONDS = int(NOW.timestamp())
URL = "/webhooks/stripe"


@asynccontextmanager
async def served(app: web.Application, **options: Any) -> AsyncIterator[int]:
    """Serve an application as the bot does; its port."""
    runner = create_runner(app, **options)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield site.port
    finally:
        await runner.cleanup()


def event(**changes: Any) -> dict[str, Any]:
    """A checkout that was paid, as an event; `changes` replace its fields."""
    session = {"id": "cs_test_1", "object": "checkout.session", "payment_intent": "pi_1"}
    return {
        "id": "evt_1",
        "object": "event",
        "type": "checkout.session.completed",
        "created": SECONDS,
        "livemode": False,
        "data": {"object": session},
    } | changes


def without(*names: str) -> dict[str, Any]:
    """The same event with fields left out."""
    return {name: value for name, value in event().items() if name not in names}


def bytes_of(value: object) -> bytes:
    return json.dumps(value).encode()


def signature(body: bytes, *, secret: str = SECRET, time: int | str = SECONDS) -> str:
    """The v1 signature alone, in hex."""
    return hmac.new(secret.encode(), f"{time}.".encode() + body, "sha256").hexdigest()


def header(body: bytes, *, secret: str = SECRET, time: int | str = SECONDS) -> str:
    """A Stripe-Signature header."""
    return f"t={time},v1={signature(body, secret=secret, time=time)}"


def headers(body: bytes, **signing: Any) -> dict[str, str]:
    """All headers of a delivery."""
    return {
        "Content-Type": "application/json; charset=utf-8",
        "Stripe-Signature": header(body, **signing),
    }
