"""Taking webhooks in: verified and durable, as a part of what a bare aiohttp handler does.

Both servers run at the same time, each in its process, and are measured in turn: what else the
machine does hits both alike. https://docs.python.org/3/library/asyncio-protocol.html
"""

import os
import tempfile
import time
from pathlib import Path

from bench.deliveries import requests, send_all
from bench.process import line, python
from bench.report import Figure, median

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
            python("bench.server", "bare", file) as bare,
            python("bench.server", "ours", file) as ours,
        ):
            ports = int(await line(bare)), int(await line(ours))
            rates = await _rounds(ports)
    limit, reached = (median(rate) for rate in zip(*rates, strict=True))
    ratio = median(ours / bare for bare, ours in rates)
    return [
        Figure("bare aiohttp handler", limit, "{:,.0f} events/s"),
        Figure("ours: verified and durable", reached, "{:,.0f} events/s"),
        Figure("ours as a part of the bare one", ratio, "{:.2f}", at_least=PART),
        Figure("one flush of this disk", flush, "{:.2f} ms"),
    ]


async def _rounds(ports: tuple[int, int]) -> list[tuple[float, float]]:
    sent = 0
    rates = []
    for number in range(ROUNDS + 1):
        count = EVENTS if number else EVENTS // 10
        ready = requests(sent, count)
        sent += count
        bare, ours = [count / await send_all(port, ready) for port in ports]
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
