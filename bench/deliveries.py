"""Webhooks made beforehand, down to the bytes of the request, and sent over many connections.

Whoever sends must not be what is measured: nothing is signed, encoded or parsed while it sends.
"""

import asyncio
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import cast

import aiohttp

from fakes.stripe import Customer, StripeAccount
from fakes.stripe.webhooks import signature

SECRET = "whsec_of_the_bench"
PATH = "/webhooks/stripe"
SIZE = 5_000
"""Bytes of an event's body: what Stripe's Checkout Sessions come to."""
CONNECTIONS = 64

_ID = "evt_0000000000000000"


@dataclass(frozen=True, slots=True)
class Delivery:
    """A signed webhook."""

    body: bytes
    headers: Mapping[str, str]
    request: bytes
    """Both as they go over the wire."""


def deliveries(first: int, count: int) -> list[Delivery]:
    """So many webhooks, each with an event of its own, numbered from `first`."""
    template = _event()
    stamp = int(datetime.now(UTC).timestamp())
    numbers = range(first, first + count)
    return [_delivery(template.replace(_ID, f"evt_{n:016d}").encode(), stamp) for n in numbers]


def _event() -> str:
    """A completed Checkout as Stripe writes it, of `SIZE` bytes."""
    account = StripeAccount(clock=lambda: datetime.now(UTC))
    price = account.price(account.product("Midnight Drive"), 2999, nickname="Basic Lease")
    account.buy(price, buyer=Customer(email="buyer@example.com", name="Jo Lee", country="US"))
    event = next(one for one in account.events if one["type"] == "checkout.session.completed")
    event = json.loads(json.dumps(event)) | {"id": _ID}
    fields = event["data"]["object"]
    # Stripe's own have some more fields, most of them null.
    while len(json.dumps(event, indent=2)) < SIZE:
        fields[f"one_more_field_{len(fields)}"] = None
    return json.dumps(event, indent=2)


def _delivery(body: bytes, stamp: int) -> Delivery:
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Stripe-Signature": signature(body, [SECRET], stamp),
        "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
    }
    lines = [f"POST {PATH} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    head = "".join(f"{line}\r\n" for line in [*lines, ""])
    return Delivery(body, headers, head.encode() + body)


async def send_by_client(port: int, ready: Sequence[Delivery]) -> float:
    """The same as `send_all` by aiohttp's own client, which is slower than what it talks to."""
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


async def send_all(port: int, ready: Sequence[Delivery]) -> float:
    """Send webhooks over `CONNECTIONS` connections that are kept; seconds from first to last.

    RuntimeError when one is not answered 200.
    """
    loop = asyncio.get_running_loop()
    rest = (one.request for one in ready)
    senders = [_Sender(rest, loop.create_future()) for _ in range(CONNECTIONS)]
    connections = [
        (await loop.create_connection(partial(_itself, sender), "127.0.0.1", port))[0]
        for sender in senders
    ]
    began = time.perf_counter()
    for sender in senders:
        sender.next()
    await asyncio.gather(*(sender.done for sender in senders))
    seconds = time.perf_counter() - began
    for connection in connections:
        connection.close()
    return seconds


def _itself(sender: "_Sender") -> "_Sender":
    return sender


class _Sender(asyncio.Protocol):
    """One connection: the next request as soon as the last is answered."""

    def __init__(self, rest: Iterator[bytes], done: "asyncio.Future[None]") -> None:
        self.done = done
        self._rest = rest
        self._answer = b""
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)  # uvloop's is of no such class

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(RuntimeError(f"connection lost: {error}"))

    def data_received(self, data: bytes) -> None:
        self._answer += data
        if not _is_whole(self._answer):
            return
        if not self._answer.startswith(b"HTTP/1.1 200"):
            self.done.set_exception(RuntimeError(f"not taken: {self._answer!r}"))
            return
        self._answer = b""
        self.next()

    def next(self) -> None:
        """Send the next request, if there is one left."""
        request = next(self._rest, None)
        if request is None:
            self.done.set_result(None)
            return
        assert self._transport is not None
        self._transport.write(request)


def _is_whole(answer: bytes) -> bool:
    head, found, body = answer.partition(b"\r\n\r\n")
    if not found:
        return False
    length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
    return len(body) >= int(length or 0)
