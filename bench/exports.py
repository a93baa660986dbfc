"""An export as the bot makes it, in a process of its own: `python -m bench.exports SALES HOW`.

Of a store with so many sales, which must be there; `alone`, or `beside` commands: up to twenty a
second, drawn at random, each asking the store all that it asks. Says in one line of JSON the
seconds it took, computed, and waited for a processor; for how long it held the store; the bytes of
the files; by how many megabytes memory grew at most; of each command the milliseconds it took,
without waits for a processor and with them; and how the loop was held (see `watched`).

An export of a hundred thousand sales: how long it takes, and whether anybody notices.

It is made in a process of its own, as the bot makes it, twice: alone, and while somebody runs
commands all the time. See `exporter`.
"""

import asyncio
import json
import sys
import time
from pathlib import Path
from random import Random
from typing import Any

import discord
import uvloop

from bench.answers import COMMANDS
from bench.processes import python
from bench.report import Figure, percentile
from bench.seed import NOW, Seeded, seeded_store
from bench.watch import Use, Watch
from bot.app import calm_collector
from bot.domain.export_lines import What
from bot.domain.period import parse_period
from bot.text.export_files import exporting
from cogs.export import kind_of

PACE = 0.05
"""Seconds between two commands."""
WARM_UP = 40
_MEGABYTE = 2**20
_PAGE = 4096


class Beside:
    """What goes on while it is exported."""

    def __init__(self, of: Seeded) -> None:
        self.commands: list[tuple[float, float]] = []
        self.most = _memory()
        self._of = of
        self._dice = Random(1)
        self._use = Use(loop_only=True)

    async def command(self) -> None:
        """Any of the commands."""
        call = self._dice.choice(list(COMMANDS.values()))
        waited, began = self._use.waited(), time.perf_counter()
        async with self._of.store.read() as connection:
            await call(connection, self._of, self._dice)
        taken = time.perf_counter() - began
        own = max(taken - (self._use.waited() - waited), 0.0)
        self.commands.append((own * 1000, taken * 1000))

    async def run(self, *, commands: bool) -> None:
        """Until cancelled."""
        while True:
            self.most = max(self.most, _memory())
            if commands:
                await self.command()
            await asyncio.sleep(PACE)


async def main(sales: int, *, commands: bool) -> None:
    """Export once."""
    async with seeded_store(sales) as of:
        beside = Beside(of)
        for _ in range(WARM_UP):
            await beside.command()
        beside.commands.clear()
        calm_collector()
        began_with, watch = _memory(), Watch()
        going_on = asyncio.create_task(beside.run(commands=commands))
        if commands:
            watch.begin()
        said = await _export(of)
        going_on.cancel()
    said["memory"] = (beside.most - began_with) / _MEGABYTE
    said["commands"] = beside.commands
    said["loop"] = watch.end() if commands else []
    print(json.dumps(said), flush=True)


async def _export(of: Seeded) -> dict[str, Any]:
    use = Use()
    waited, computed, began = use.waited(), time.process_time(), time.perf_counter()
    span = parse_period("all", NOW, of.producer.timezone)
    kind = kind_of(What.SALES, of.producer, span, fees_possible=True)
    async with exporting("sales", kind.table) as export:
        async with of.store.read() as connection:
            await kind.fill(connection, export)
        reading = time.perf_counter() - began
        files = await export.files(discord.utils.DEFAULT_FILE_SIZE_LIMIT_BYTES)
        size = sum(map(_size, files))
    return {
        "took": time.perf_counter() - began,
        "computed": time.process_time() - computed,
        "waited": use.waited() - waited,
        "reading": reading,
        "bytes": size,
    }


def _size(file: Path) -> int:
    return file.stat().st_size


def _memory() -> int:
    """Resident bytes of this process: https://docs.kernel.org/filesystems/proc.html"""
    return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE


if __name__ == "__main__":
    _sales, _how = sys.argv[1:]
    uvloop.run(main(int(_sales), commands=_how == "beside"))


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
    alone, beside = await _export_of_exports("alone"), await _export_of_exports("beside")
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


async def _export_of_exports(how: str) -> dict[str, Any]:
    async with python("bench.exports", str(SALES), how) as exporter:
        assert exporter.stdout is not None
        async with asyncio.timeout(PATIENCE):
            said = await exporter.stdout.read()
    if not said.strip():
        raise RuntimeError("the export ended early: see above")
    made: dict[str, Any] = json.loads(said.splitlines()[-1])
    return made
