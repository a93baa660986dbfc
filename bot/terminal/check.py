"""`producer-bot check`: everything that must be right, seen from this machine, in a table.

Nothing is changed in Stripe, Discord or the database, and a running bot is not disturbed. Each
check has its own time limit, and one that fails does not hold up the others.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain
from typing import TypeAlias

import aiohttp
import structlog
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.domain.period import Clock
from bot.logs import Redaction
from bot.settings import Settings
from bot.store.queries.inspection import Inspected
from bot.terminal.check_discord import discord_side
from bot.terminal.check_machine import (
    database,
    discords_clock,
    reached_from_outside,
    running_here,
    settings_given,
    stripes_clock,
)
from bot.terminal.check_stripe import stripe_side
from bot.terminal.findings import Finding, Look, State, wrong

WELL, SOMETHING_WRONG = 0, 1
PATIENCE = 20.0
"""Seconds that each check may take; they run at the same time."""
CONNECTED = "Is this machine connected to the internet?"
STYLES = {State.OK: "green", State.NOTE: "yellow", State.WRONG: "bold red"}

log = structlog.get_logger()

Check: TypeAlias = Callable[[Look], Awaitable[list[Finding]]]

CHECKS: dict[str, Check] = {
    "Settings": settings_given,
    "Discord": discord_side,
    "Stripe": stripe_side,
    "This machine": running_here,
    "From the internet": reached_from_outside,
    "Clock, by Stripe's": stripes_clock,
    "Clock, by Discord's": discords_clock,
}
"""By the name that a failure of the check is shown under."""


async def check(settings: Settings, clock: Clock) -> int:
    """Run all checks and show what they found; the exit status, 1 if something is wrong."""
    with _discord_silent():
        found = await _look(settings, clock)
    console = Console()
    console.print(_table(found, Redaction(settings.secrets)))
    count = sum(finding.state is State.WRONG for finding in found)
    if not count:
        console.print("Everything is fine.")
        return WELL
    console.print(f"{count} {'thing is' if count == 1 else 'things are'} wrong.")
    return SOMETHING_WRONG


@contextmanager
def _discord_silent() -> Iterator[None]:
    """Silence the library, which would log each login and what the table is about to say."""
    library = logging.getLogger("discord")
    before = library.level
    library.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        library.setLevel(before)


async def _look(settings: Settings, clock: Clock) -> list[Finding]:
    """All findings in the order of CHECKS, the database's after the settings'."""
    inspected: Inspected | None = None

    async def of_database(_: Look) -> list[Finding]:
        nonlocal inspected
        inspected, found = await database(settings)
        return found

    timeout = aiohttp.ClientTimeout(total=PATIENCE / 2)
    # No connection is kept open: the bot that runs here may be about to stop.
    connector = aiohttp.TCPConnector(force_close=True)
    async with aiohttp.ClientSession(timeout=timeout, connector=connector) as http:
        look = Look(settings=settings, clock=clock, http=http, inspected=None)
        about_database = await _guarded("Database", of_database, look)
        look = replace(look, inspected=inspected)
        checks = (_guarded(name, each, look) for name, each in CHECKS.items())
        given, *others = await asyncio.gather(*checks)
    return [*given, *about_database, *chain.from_iterable(others)]


async def _guarded(name: str, each: Check, look: Look) -> list[Finding]:
    """What a check finds, or that it failed or took too long."""
    try:
        async with asyncio.timeout(PATIENCE):
            return await each(look)
    except TimeoutError:
        return [wrong(name, f"no answer within {PATIENCE:.0f} s", CONNECTED)]
    except (aiohttp.ClientError, OSError) as trouble:
        said = f"no answer ({type(trouble).__name__})"
        return [wrong(name, said, CONNECTED)]
    except Exception as trouble:
        # An unforeseen error must not hide what the other checks found.
        log.exception("a check failed", check=name)
        said = f"could not be checked ({type(trouble).__name__})"
        return [wrong(name, said, "See the log above.")]


def _table(found: Sequence[Finding], hidden: Redaction) -> Table:
    """A row for each finding. Anything that looks like a secret or an email is hidden."""
    table = Table("What", "", "What it means", "What to do", box=SIMPLE_HEAD)
    for column in table.columns:
        column.overflow = "fold"  # an address cut short leads nowhere
    for finding in found:
        words = (finding.subject, finding.meaning, finding.advice)
        subject, meaning, advice = (Text(hidden.text(text)) for text in words)
        state = Text(finding.state.value, STYLES[finding.state])
        table.add_row(subject, state, meaning, advice)
    return table
