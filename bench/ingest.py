"""Taking webhooks in: verified and durable, as a part of what a bare aiohttp handler does.

`bare` reads the body and answers 200, and so is the limit of what aiohttp can do; `ours` is the
bot's own endpoint in front of its inbox, in an SQLite file. The webhooks are signed beforehand, and
sent over many connections by aiohttp's own client.
"""

import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from typing import NamedTuple

import aiohttp
import uvloop
from aiohttp import web

from bench.processes import compared, serve
from bench.report import Figure, median
from bot.app import system_clock
from bot.store.engine import open_store
from bot.store.inbox import Inbox
from bot.sync.accept import Intake
from bot.sync.account_scope import AccountScope
from fakes.simulation import SECRET, now
from fakes.stripe import Customer, StripeAccount
from fakes.stripe.webhooks import body_of, signed_headers
from webhooks.application import create_web

EVENTS = 4_000
PART = 0.35
PATH = "/webhooks/stripe"
SIZE = 5_000
"""Bytes of an event's body: about what Stripe's Checkout Sessions have."""
CONNECTIONS = 64

_ID = "evt_0000000000000000"


class Delivery(NamedTuple):
    """A signed webhook."""

    body: bytes
    headers: Mapping[str, str]


def deliveries(first: int, count: int) -> list[Delivery]:
    """So many webhooks, each with an event of its own, numbered from `first`."""
    template, stamp = _event(), int(now().timestamp())
    names = (f"evt_{number:016d}" for number in range(first, first + count))
    bodies = [template.replace(_ID, name).encode() for name in names]
    return [Delivery(body, signed_headers(body, SECRET, stamp)) for body in bodies]


def _event() -> str:
    """A completed Checkout as Stripe writes it, of `SIZE` bytes."""
    account = StripeAccount(clock=now)
    price = account.price(account.product("Midnight Drive"), 2999, nickname="Basic Lease")
    account.buy(price, buyer=Customer(email="buyer@example.com", name="Jo Lee", country="US"))
    event = next(one for one in account.events if one["type"] == "checkout.session.completed")
    event = json.loads(json.dumps(event)) | {"id": _ID}
    fields = event["data"]["object"]
    # Stripe's own have some more fields, most of them null.
    while len(body_of(event)) < SIZE:
        fields[f"one_more_field_{len(fields)}"] = None
    return body_of(event).decode()


async def measure() -> list[Figure]:
    """Events a second of both and their ratio; with a flush of the disk machines are comparable."""
    sent = 0

    async def send(port: int, events: int) -> float:
        nonlocal sent
        ready = deliveries(sent, events)
        sent += events
        return await send_all(port, ready)

    ours = "ours, verified and durable"
    figures = await compared("bench.ingest", ours, "{:,.0f} events/s", EVENTS, PART, send)
    return [*figures, Figure("one flush of this disk", _flush_milliseconds(), "{:.2f} ms")]


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


def _flush_milliseconds(times: int = 20) -> float:
    """What making one page durable costs here."""
    taken = []
    with tempfile.NamedTemporaryFile() as file:
        for _ in range(times):
            began = time.perf_counter()
            file.write(bytes(4096))
            file.flush()
            os.fsync(file.fileno())
            taken.append(time.perf_counter() - began)
    return median(taken) * 1000


async def _bare(request: web.Request) -> web.Response:
    await request.read()
    return web.Response(text="stored")


async def main(kind: str, file: str) -> None:
    """Serve until the process is ended."""
    if kind == "bare":
        app = web.Application()
        app.router.add_post(PATH, _bare)
        await serve(app)
        return

    async def ready() -> dict[str, bool]:
        return {"store": True}

    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(open_store(f"sqlite+aiosqlite:///{file}"))
        inbox = await stack.enter_async_context(Inbox(store))
        accept = Intake(inbox, AccountScope(livemode=None, timezone=None)).accept
        await serve(create_web(secrets=[SECRET], accept=accept, ready=ready, clock=system_clock))


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))
