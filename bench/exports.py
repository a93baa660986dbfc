"""An export of a hundred thousand sales: how long it takes, and whether anybody notices.

It is made in a process of its own, as the bot makes it, twice: alone, and while somebody runs
commands all the time. See `exporter`.
"""

import asyncio
import json
from typing import Any

from bench.process import python
from bench.report import Figure, percentile
from bench.seeded import seeded_store

SALES = 100_000
SECONDS = 10.0
SLOWEST_COMMAND = 100.0
LONGEST = 20.0
MOST_MEMORY = 60.0
PATIENCE = 600.0


async def measure() -> list[Figure]:
    """The time of an export, and of commands beside it; the loop, and memory."""
    async with seeded_store(SALES):
        pass  # made before, so that its making counts nowhere
    alone, beside = await _export("alone"), await _export("beside")
    loop = [min(late, computed) for late, computed, _ in beside["loop"]]
    commands, with_waits = ([one[i] for one in beside["commands"]] for i in (0, 1))
    in_all = max(alone["took"] - alone["waited"], alone["computed"])
    return [
        Figure("CSV and XLSX", in_all, "{:.1f} s", at_most=SECONDS),
        Figure("CSV and XLSX, with waits for a processor", alone["took"], "{:.1f} s"),
        Figure("of it the store was read for", alone["reading"], "{:.1f} s"),
        Figure("the files", alone["bytes"] / 2**20, "{:.1f} MB"),
        Figure("memory taken meanwhile", alone["memory"], "{:.0f} MB", at_most=MOST_MEMORY),
        Figure("commands beside it, p50", percentile(commands, 50)),
        Figure("commands beside it, p99", percentile(commands, 99), at_most=SLOWEST_COMMAND),
        Figure("commands beside it, p99 with waits for a processor", percentile(with_waits, 99)),
        Figure("the loop computed at a stretch, p99", percentile(loop, 99)),
        Figure("the loop computed at a stretch, the longest", max(loop), at_most=LONGEST),
    ]


async def _export(how: str) -> dict[str, Any]:
    async with python("bench.exporter", str(SALES), how) as exporter:
        assert exporter.stdout is not None
        async with asyncio.timeout(PATIENCE):
            said = await exporter.stdout.read()
    if not said.strip():
        raise RuntimeError("the export ended early: see above")
    made: dict[str, Any] = json.loads(said.splitlines()[-1])
    return made
