"""The import of the past: how much of it is our own work, and whether anybody has to wait for it.

Stripe is simulated in one process and the import runs in another. It runs twice, into two stores.
The first time its loop is watched, and another program writes into the same store all the while;
the second time it is alone, Stripe has its answers ready, and next to nothing of the machine is
used but by the import. Calls are not spaced out, as they are for the real Stripe.
"""

import asyncio
import json
import tempfile
import time
from asyncio.subprocess import Process
from pathlib import Path
from typing import Any

from bench.process import line, python
from bench.report import Figure, percentile
from bot.store import key_value
from bot.store.engine import Store, open_store

SALES = 3000
PAYMENTS_A_SECOND = 300.0
LONGEST = 20.0
LONGEST_WRITE = 200.0
WRITE_EVERY = 0.02
PATIENCE = 600.0


async def measure() -> list[Figure]:
    """Payments a second, by what was computed and by the clock; who was held up, and how long."""
    with tempfile.TemporaryDirectory() as folder:
        async with python("bench.past_stripe", str(SALES)) as stripe:
            about = json.loads(await line(stripe))
            watched, waits = await _beside_another(about, Path(folder) / "watched.db")
            alone = await _import(about, Path(folder) / "alone.db", "alone")
    assert alone["payments"] == watched["payments"] == about["sales"]
    loop = [min(late, computed) for late, computed, _ in watched["loop"]]
    per_second = "{:,.0f} a second"
    computed = alone["payments"] / alone["computed"]
    return [
        Figure("payments, of what it computes", computed, per_second, at_least=PAYMENTS_A_SECOND),
        Figure("payments, by the clock", alone["payments"] / alone["took"], per_second),
        Figure("its loop computed at a stretch, p99", percentile(loop, 99)),
        Figure("its loop computed at a stretch, the longest", max(loop), at_most=LONGEST),
        Figure("another program's write, p50", percentile(waits, 50)),
        Figure("another program's write, p99", percentile(waits, 99), at_most=LONGEST_WRITE),
        Figure("another program's write, the longest", max(waits)),
    ]


async def _beside_another(about: dict[str, Any], file: Path) -> tuple[dict[str, Any], list[float]]:
    """What the import says, and for how many milliseconds each write beside it took."""
    waits: list[float] = []
    async with open_store(f"sqlite+aiosqlite:///{file}") as store:
        writing = asyncio.create_task(_write(store, waits))
        try:
            return await _import(about, file, "watched"), waits
        finally:
            writing.cancel()
            await asyncio.wait({writing})


async def _import(about: dict[str, Any], file: Path, how: str) -> dict[str, Any]:
    facts = (about["url"], about["key"], file, about["start"], about["end"], how)
    async with python("bench.importer", *map(str, facts)) as importer:
        said: dict[str, Any] = json.loads(await _last_line(importer))
    return said


async def _write(store: Store, waits: list[float]) -> None:
    """Write something small now and then, as the bot does that runs beside an import."""
    while True:
        began = time.perf_counter()
        async with store.write() as connection:
            await key_value.put(connection, "bench", str(len(waits)))
        waits.append((time.perf_counter() - began) * 1000)
        await asyncio.sleep(WRITE_EVERY)


async def _last_line(process: Process) -> bytes:
    assert process.stdout is not None
    async with asyncio.timeout(PATIENCE):
        said = await process.stdout.read()
    if not said.strip():
        raise RuntimeError("the import ended early: see above")
    return said.splitlines()[-1]
