"""Taking webhooks in: verified and durable, as a part of what a bare aiohttp handler does.

Both servers run at the same time, each in its process, and are measured in turn: what else the
machine does hits both alike. What it took of their processor is taken off.
"""

import os
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.deliveries import requests, send_all
from bench.process import line, python
from bench.processor import Waits
from bench.report import Figure, median

ROUNDS = 5
EVENTS = 4_000
"""In a round, of each server; and a tenth of it beforehand, to warm up."""
PART = 0.35


@dataclass(frozen=True, slots=True)
class Server:
    """A server under test."""

    port: int
    waits: Waits

    async def rate(self, ready: Sequence[bytes]) -> float:
        """Events a second that it takes, while it has a processor."""
        waited = self.waits.seconds()
        seconds = await send_all(self.port, ready)
        return len(ready) / (seconds - (self.waits.seconds() - waited))


async def measure() -> list[Figure]:
    """Events a second of both, the medians of `ROUNDS` interleaved rounds, and their ratio."""
    with tempfile.TemporaryDirectory() as folder:
        flush = _flush_milliseconds(Path(folder))
        async with _server("bare", folder) as bare, _server("ours", folder) as ours:
            rates = await _rounds(bare, ours)
    limit, reached = (median(rate) for rate in zip(*rates, strict=True))
    ratio = median(ours / bare for bare, ours in rates)
    return [
        Figure("bare aiohttp handler", limit, "{:,.0f} events/s"),
        Figure("ours: verified and durable", reached, "{:,.0f} events/s"),
        Figure("ours as a part of the bare one", ratio, "{:.2f}", at_least=PART),
        Figure("one flush of this disk", flush, "{:.2f} ms"),
    ]


@asynccontextmanager
async def _server(kind: str, folder: str) -> AsyncIterator[Server]:
    async with python("bench.server", kind, str(Path(folder) / "store.db")) as process:
        yield Server(int(await line(process)), Waits(process.pid, loop_only=True))


async def _rounds(*servers: Server) -> list[tuple[float, ...]]:
    sent = 0
    rates = []
    for number in range(ROUNDS + 1):
        count = EVENTS if number else EVENTS // 10
        ready = requests(sent, count)
        sent += count
        each = tuple([await server.rate(ready) for server in servers])
        if number:
            rates.append(each)
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
