"""An export of a hundred thousand sales, while commands are run all the time.

It is made as the bot makes it, in a process of its own: `python -m bench.exports SALES`. Up to
twenty commands a second, drawn at random, ask the store next to it. In one line of JSON it prints
what it took, how memory grew, how long each command took, and how the loop was held.
"""

import asyncio
import json
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random

import discord
import uvloop

from bench.answers import COMMANDS
from bench.processes import line, python
from bench.report import Figure, percentile
from bench.seed import NOW, Seeded, seeded_store
from bench.watch import Note, Use, Watch
from bot.app import calm_collector
from bot.domain.export_lines import bounds
from bot.domain.period import parse_period
from bot.text.export_files import exporting
from bot.text.export_tables import SalesTable
from cogs.export import fill_sales

SALES = 100_000
SECONDS = 30.0
SLOWEST_COMMAND = 100.0
LONGEST = 20.0
MOST_MEMORY = 60.0
PATIENCE = 600.0
PACE = 0.05
"""Seconds between two commands."""
WARM_UP = 40
_MEGABYTE = 2**20
_PAGE = 4096


@dataclass(slots=True)
class Measured:
    """What the process prints. Seconds, bytes, milliseconds of each command, notes of its loop."""

    took: float = 0.0
    computed: float = 0.0
    waited: float = 0.0
    size: int = 0
    memory: int = 0
    commands: list[float] = field(default_factory=list)
    loop: list[Note] = field(default_factory=list)


async def measure() -> list[Figure]:
    """The time of an export, and of commands during it; the loop, and memory."""
    async with seeded_store(SALES):
        pass  # made before, so that its making counts nowhere
    async with python("bench.exports", str(SALES)) as exporter:
        found = Measured(**json.loads(await line(exporter, PATIENCE)))
    held = [min(note.late, note.computed) for note in (Note(*each) for each in found.loop)]
    own = max(found.took - found.waited, found.computed)
    return [
        Figure("CSV and XLSX", own, "{:.1f} s", at_most=SECONDS),
        Figure("CSV and XLSX, with waits for a processor", found.took, "{:.1f} s"),
        Figure("the files", found.size / _MEGABYTE, "{:.1f} MB"),
        Figure("memory taken", found.memory / _MEGABYTE, "{:.0f} MB", at_most=MOST_MEMORY),
        Figure("commands during it, p50", percentile(found.commands, 50)),
        Figure("commands during it, p99", percentile(found.commands, 99), at_most=SLOWEST_COMMAND),
        Figure("the loop computed at a stretch, p99", percentile(held, 99)),
        Figure("the loop computed at a stretch, the longest", max(held), at_most=LONGEST),
    ]


async def main(sales: int) -> None:
    """Export once, and print what was measured."""
    found, watch = Measured(), Watch()
    async with seeded_store(sales) as of:
        dice, use = Random(1), Use(loop_only=True)
        for _ in range(WARM_UP):
            await _command(of, dice, use)
        calm_collector()
        memory = _memory()

        async def run_commands() -> None:
            while True:
                found.commands.append(await _command(of, dice, use))
                found.memory = max(found.memory, _memory() - memory)
                await asyncio.sleep(PACE)

        commands = asyncio.create_task(run_commands())
        watch.begin()
        await _export(of, found)
        commands.cancel()
    found.loop = watch.end()
    print(json.dumps(asdict(found)), flush=True)


async def _command(of: Seeded, dice: Random, use: Use) -> float:
    """Milliseconds that any of the commands took, without waits for a processor."""
    waited, began = use.waited(), time.perf_counter()
    async with of.store.read() as connection:
        await dice.choice(list(COMMANDS.values()))(connection, of, dice)
    taken = time.perf_counter() - began
    return max(taken - (use.waited() - waited), 0.0) * 1000


async def _export(of: Seeded, found: Measured) -> None:
    use = Use()
    waited, computed, began = use.waited(), time.process_time(), time.perf_counter()
    span = parse_period("all", NOW, of.producer.timezone)
    table, dates = SalesTable(of.producer.timezone), bounds(span, of.producer.timezone)
    async with exporting("sales", table.table) as export:
        async with of.store.read() as connection:
            asked = connection, of.producer, *dates
            await fill_sales(asked, table, export, fees_possible=True)
        files = await export.files(discord.utils.DEFAULT_FILE_SIZE_LIMIT_BYTES)
        found.size = sum(file.stat().st_size for file in files)
    found.took = time.perf_counter() - began
    found.computed = time.process_time() - computed
    found.waited = use.waited() - waited


def _memory() -> int:
    """Resident bytes of this process: https://docs.kernel.org/filesystems/proc.html"""
    return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))
