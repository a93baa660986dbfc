"""A line in the terminal that tells a person how far a run is."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from soak.tally import Size, Tally

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
