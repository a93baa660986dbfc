"""Taking webhooks in: verified and durable, as a part of what a bare aiohttp handler does.

Both servers run at the same time, each in its process, and are measured in turn: what else the
machine does hits both alike. The promise is about what arrives from an ordinary HTTP client. A
sender that costs nothing drives a bare handler to several times that: its ratio is shown too.
"""

import os
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TypeAlias

from bench.deliveries import Delivery, deliveries, send_all, send_by_client
from bench.process import line, python
from bench.report import Figure, median

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
            python("bench.server", "bare", file) as bare,
            python("bench.server", "ours", file) as ours,
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
