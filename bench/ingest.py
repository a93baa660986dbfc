"""A server to be sent webhooks, in a process of its own: `python -m bench.ingest bare|ours FILE`.

It says its port in one line. `bare` reads the body and answers 200, and so is the limit of what
aiohttp can do; `ours` is the bot's own endpoint in front of its inbox, in an SQLite file.

Taking webhooks in: verified and durable, as a part of what a bare aiohttp handler does.

Both servers run at the same time, each in its process, and are measured in turn: what else the
machine does hits both alike. The promise is about what arrives from an ordinary HTTP client. A
sender that costs nothing drives a bare handler to several times that: its ratio is shown too.
"""

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TypeAlias

import uvloop
from aiohttp import web

from bench.deliveries import PATH, SECRET, Delivery, deliveries, send_all, send_by_client
from bench.processes import line, python
from bench.report import Figure, median
from bot.app import calm_collector, system_clock
from bot.store.engine import open_store
from bot.store.inbox import Inbox
from bot.sync.accept import Intake
from bot.sync.account_scope import Books
from webhooks.application import create_runner, create_web


async def _bare(request: web.Request) -> web.Response:
    await request.read()
    return web.Response(text="stored")


def _bare_app() -> web.Application:
    app = web.Application()
    app.router.add_post(PATH, _bare)
    return app


async def _our_app(stack: AsyncExitStack, file: str) -> web.Application:
    store = await stack.enter_async_context(open_store(f"sqlite+aiosqlite:///{file}"))
    inbox = await stack.enter_async_context(Inbox(store))
    accept = Intake(inbox, Books(livemode=None, timezone=None)).accept

    async def ready() -> dict[str, bool]:
        return {"store": True}

    return create_web(secrets=[SECRET], accept=accept, ready=ready, clock=system_clock)


async def main(kind: str, file: str) -> None:
    """Serve until the process is ended."""
    async with AsyncExitStack() as stack:
        app = _bare_app() if kind == "bare" else await _our_app(stack, file)
        runner = create_runner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        calm_collector()
        print(runner.addresses[0][1], flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))


ROUNDS = 5
EVENTS = 4_000
"""In a round, of each server; and a tenth of it beforehand, to warm up."""
PART = 0.35

Send: TypeAlias = Callable[[int, Sequence[Delivery]], Awaitable[float]]
"""Sends to a port; the seconds it took."""


async def measure() -> list[Figure]:
    """Events a second of both, the medians of `ROUNDS` interleaved rounds, and their ratio."""
    with tempfile.TemporaryDirectory() as folder:
        flush = _flush_milliseconds(Path(folder))
        file = str(Path(folder) / "store.db")
        async with (
            python("bench.ingest", "bare", file) as bare,
            python("bench.ingest", "ours", file) as ours,
        ):
            ports = int(await line(bare)), int(await line(ours))
            rates = await _rounds(ports, send_by_client, EVENTS, 0)
            prepared = await _rounds(ports, send_all, EVENTS, EVENTS * (ROUNDS + 1) * 2)
    return [
        Figure("bare aiohttp handler", median(bare for bare, _ in rates), "{:,.0f} events/s"),
        Figure("ours, verified and durable", median(ours for _, ours in rates), "{:,.0f} events/s"),
        Figure("ours as a part of the bare one", _ratio(rates), "{:.2f}", at_least=PART),
        Figure("the same, sent at no cost", _ratio(prepared), "{:.2f}"),
        Figure("one flush of this disk", flush, "{:.2f} ms"),
    ]


def _ratio(rates: Sequence[tuple[float, float]]) -> float:
    return median(ours / bare for bare, ours in rates)


async def _rounds(
    ports: tuple[int, int], send: Send, events: int, sent: int
) -> list[tuple[float, float]]:
    """The rates of both in each round; events are numbered from `sent`."""
    rates = []
    for number in range(ROUNDS + 1):
        ready = deliveries(sent, events if number else events // 10)
        sent += len(ready)
        bare, ours = [len(ready) / await send(port, ready) for port in ports]
        if number:
            rates.append((bare, ours))
    return rates


def _flush_milliseconds(folder: Path, times: int = 20) -> float:
    """What making one page durable costs here: with it, other machines can be compared."""
    taken = []
    with (folder / "flushed").open("wb") as file:
        for _ in range(times):
            began = time.perf_counter()
            file.write(bytes(4096))
            file.flush()
            os.fsync(file.fileno())
            taken.append(time.perf_counter() - began)
    return median(taken) * 1000
