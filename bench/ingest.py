"""Taking webhooks in: verified and durable, as a part of what a bare aiohttp handler does.

Both servers run at the same time, each in its process, and are measured in turn: what else the
machine does hits both alike. `python -m bench.ingest bare|ours FILE` is one of them: `bare` reads
the body and answers 200, and so is the limit of what aiohttp can do; `ours` is the bot's own
endpoint in front of its inbox, in an SQLite file.
"""

import os
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path

import uvloop
from aiohttp import web

from bench.deliveries import PATH, deliveries, send_all
from bench.processes import line, python, serve
from bench.report import Figure, median
from bot.app import system_clock
from bot.store.engine import open_store
from bot.store.inbox import Inbox
from bot.sync.accept import Intake
from bot.sync.account_scope import AccountScope
from fakes.simulation import SECRET
from webhooks.application import create_web

ROUNDS = 5
EVENTS = 4_000
"""In a round, of each server; and a tenth of it beforehand, to warm up."""
PART = 0.35


async def measure() -> list[Figure]:
    """Events a second of both, the medians of `ROUNDS` interleaved rounds, and their ratio."""
    with tempfile.TemporaryDirectory() as folder:
        flush = _flush_milliseconds(Path(folder))
        file = str(Path(folder) / "store.db")
        async with (
            python("bench.ingest", "bare", file) as bare,
            python("bench.ingest", "ours", file) as ours,
        ):
            rates = await _rounds(int(await line(bare)), int(await line(ours)))
    ratio = median(ours / bare for bare, ours in rates)
    return [
        Figure("bare aiohttp handler", median(bare for bare, _ in rates), "{:,.0f} events/s"),
        Figure("ours, verified and durable", median(ours for _, ours in rates), "{:,.0f} events/s"),
        Figure("ours as a part of the bare one", ratio, "{:.2f}", at_least=PART),
        Figure("one flush of this disk", flush, "{:.2f} ms"),
    ]


async def _rounds(*ports: int) -> list[tuple[float, float]]:
    """The rates of both in each round."""
    rates, sent = [], 0
    for number in range(ROUNDS + 1):
        ready = deliveries(sent, EVENTS if number else EVENTS // 10)
        sent += len(ready)
        bare, ours = [len(ready) / await send_all(port, ready) for port in ports]
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
