"""Webhooks signed beforehand, and sent over many connections by aiohttp's own client."""

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import aiohttp

from fakes.simulation import SECRET, now
from fakes.stripe import Customer, StripeAccount
from fakes.stripe.webhooks import signature

PATH = "/webhooks/stripe"
SIZE = 5_000
"""Bytes of an event's body: about what Stripe's Checkout Sessions have."""
CONNECTIONS = 64

_ID = "evt_0000000000000000"


@dataclass(frozen=True, slots=True)
class Delivery:
    """A signed webhook."""

    body: bytes
    headers: Mapping[str, str]


def deliveries(first: int, count: int) -> list[Delivery]:
    """So many webhooks, each with an event of its own, numbered from `first`."""
    template = _event()
    stamp = int(datetime.now(UTC).timestamp())
    made = []
    for number in range(first, first + count):
        body = template.replace(_ID, f"evt_{number:016d}").encode()
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": signature(body, [SECRET], stamp),
            "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        }
        made.append(Delivery(body, headers))
    return made


def _event() -> str:
    """A completed Checkout as Stripe writes it, of `SIZE` bytes."""
    account = StripeAccount(clock=now)
    price = account.price(account.product("Midnight Drive"), 2999, nickname="Basic Lease")
    account.buy(price, buyer=Customer(email="buyer@example.com", name="Jo Lee", country="US"))
    event = next(one for one in account.events if one["type"] == "checkout.session.completed")
    event = json.loads(json.dumps(event)) | {"id": _ID}
    fields = event["data"]["object"]
    # Stripe's own have some more fields, most of them null.
    while len(json.dumps(event, indent=2)) < SIZE:
        fields[f"one_more_field_{len(fields)}"] = None
    return json.dumps(event, indent=2)


async def send_all(port: int, ready: Sequence[Delivery]) -> float:
    """Send webhooks over `CONNECTIONS` connections; the seconds from the first to the last.

    RuntimeError when one is not answered 200.
    """
    rest = iter(ready)
    connector = aiohttp.TCPConnector(limit=CONNECTIONS)
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}", connector=connector) as session:

        async def send() -> None:
            for one in rest:
                async with session.post(PATH, data=one.body, headers=one.headers) as answer:
                    if answer.status != 200:
                        raise RuntimeError(f"not taken: {answer.status}")

        began = time.perf_counter()
        await asyncio.gather(*(send() for _ in range(CONNECTIONS)))
        return time.perf_counter() - began
