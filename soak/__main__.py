"""`python -m soak`: kill the bot over and over; is anything lost, announced twice or miscounted?

Exit status: 0 nothing is, 1 something is in some seed, 2 there is no such option.
"""

import argparse
import asyncio
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import uvloop
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from soak.kills import Size, Tally
from soak.run import run

EVERY = 0.2
"""Seconds between two looks."""


@contextmanager
def showing(label: str, size: Size, tally: Tally, console: Console) -> Iterator[None]:
    """Show how `tally` grows until the block ends; nothing where nobody looks at a terminal."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:,.0f} of {task.total:,.0f} payments"),
        TextColumn("{task.fields[killed]} kills"),
        TextColumn("{task.fields[taken]:,} webhooks"),
        TimeElapsedColumn(),
    )
    progress = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
    with progress:
        task = progress.add_task(label, total=size.payments, killed=0, taken=0)

        async def follow() -> None:
            while True:
                progress.update(
                    task, completed=tally.payments, killed=tally.kills, taken=tally.taken
                )
                await asyncio.sleep(EVERY)

        following = asyncio.create_task(follow())
        try:
            yield
        finally:
            following.cancel()


FOLDER = Path("build/soak")
COLUMNS = "seed payments webhooks lost twice kills messages differences seconds".split()
WIDTH = 12


async def soak(seeds: Sequence[int], size: Size, console: Console) -> int:
    """Carry out the runs, one after the other; how many of them found something."""
    _line(console, COLUMNS)
    failed = 0
    for seed in seeds:
        tally = await _one(seed, size, console)
        for finding in tally.findings:
            console.print(Text(f"  {finding}"), soft_wrap=True)
        if tally.findings:
            failed += 1
            again = f"--seed {seed} --payments {size.payments} --kills {size.kills}"
            again += "" if size.webhooks else " --no-webhooks"
            console.print(
                Text(f'  again: make soak ARGS="{again}"; logs: {_folder(seed)}'), soft_wrap=True
            )
    return failed


async def _one(seed: int, size: Size, console: Console) -> Tally:
    folder = _folder(seed)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    tally = Tally()
    began = time.monotonic()
    with showing(f"seed {seed}", size, tally, console):
        try:
            await run(seed, size, folder, tally)
        except* TimeoutError:
            tally.findings.append("the bot does not get done")
    counts = (tally.payments, tally.taken, tally.lost, tally.doubled, tally.kills, tally.messages)
    seconds = int(time.monotonic() - began)
    _line(console, [f"{each:,}" for each in (seed, *counts, tally.differences, seconds)])
    return tally


def _folder(seed: int) -> Path:
    return FOLDER.absolute() / f"seed-{seed}"


def _line(console: Console, cells: Sequence[str]) -> None:
    console.print(Text("".join(f"{cell:>{WIDTH}}" for cell in cells)), soft_wrap=True)


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m soak", description=__doc__)
    usual = Size()
    parser.add_argument("--payments", type=_some, default=usual.payments, help="in each run")
    parser.add_argument("--kills", type=_some, default=usual.kills, help="in each run")
    parser.add_argument("--seeds", type=_some, default=5, help="how many runs: seeds 1, 2, 3, …")
    parser.add_argument("--seed", type=int, help="just the run of this seed")
    parser.add_argument(
        "--no-webhooks", action="store_true", help="Stripe never calls: the bot asks for each event"
    )
    return parser.parse_args(arguments)


def _some(typed: str) -> int:
    number = int(typed)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


def main(arguments: Sequence[str]) -> int:
    """Run what the options ask for; the exit status."""
    options = _options(arguments)
    seeds = range(1, options.seeds + 1) if options.seed is None else [options.seed]
    size = Size(options.payments, options.kills, webhooks=not options.no_webhooks)
    console = Console(highlight=False)
    failed = uvloop.run(soak(seeds, size, console))
    verdict = f"{failed} of {len(seeds)} failed" if failed else "nothing lost, told twice or wrong"
    console.print(Text(verdict))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
