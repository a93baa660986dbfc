"""`producer-bot check`: what is wrong, seen from this machine, with its cure.

Nothing is changed in Stripe, Discord or the database, and a running bot is not disturbed. Each
check has its own time limit, and one that fails does not hold up the others.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain, zip_longest
from typing import TypeAlias

import aiohttp
import structlog
from rich.console import Console
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
CONNECTED = "Is this machine online?"
MARKS = {State.WRONG: "✗", State.NOTE: "!", State.OK: "✓"}
"""In this order."""
PLAIN_MARKS = {State.WRONG: "x", State.NOTE: "!", State.OK: "+"}
"""For a terminal without Unicode."""
STYLES = {State.WRONG: "bold red", State.NOTE: "bold yellow", State.OK: "green"}

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


async def check(settings: Settings, clock: Clock, *, everything: bool = False) -> int:
    """Run all checks and show what is wrong, or `everything`; the exit status, 1 if wrong."""
    with _discord_silent():
        found = await _look(settings, clock)
    shown = [each for each in found if everything or each.to_do]
    console = Console(highlight=False)
    _show(console, shown, Redaction(settings.secrets))
    wrongs = sum(each.state is State.WRONG for each in found)
    said = f"{wrongs} wrong" if wrongs else "Nothing is wrong"
    console.print(f"{said}{'' if everything else _left_out(found)}", style="bold", soft_wrap=True)
    return SOMETHING_WRONG if wrongs else WELL


def _left_out(found: Sequence[Finding]) -> str:
    fine = sum(each.state is State.OK for each in found)
    untested = sum(each.state is State.NOTE and not each.to_do for each in found)
    rest = f", {untested} can't be tested" if untested else ""
    return f", {fine} fine{rest} (--all)"


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
    except (aiohttp.ClientError, OSError):
        return [wrong(name, "no answer", CONNECTED)]
    except Exception as trouble:
        # An unforeseen error must not hide what the other checks found.
        log.exception("a check failed", check=name)
        said = f"could not be checked ({type(trouble).__name__})"
        return [wrong(name, said, "See the log above")]


def _show(console: Console, found: Sequence[Finding], hidden: Redaction) -> None:
    """A line for each finding, the worst first; its link below it, in one piece, to be clicked.

    A link is shown once for all the findings in a row that have it. Anything that looks like a
    secret or an email is hidden. Only a terminal needs lines that fit.
    """
    marks = MARKS if console.encoding.startswith("utf") else PLAIN_MARKS
    order = list(MARKS)
    in_order = sorted(found, key=lambda each: order.index(each.state))
    for finding, after in zip_longest(in_order, in_order[1:]):
        line = Text.assemble((marks[finding.state], STYLES[finding.state]), " ")
        line.append(hidden.text(finding.subject), "bold").append(hidden.text(_words(finding)))
        wide = console.width - 2 if console.is_terminal else len(line)
        for number, part in enumerate(line.wrap(console, wide)):
            part.rstrip()
            console.print(Text("  " if number else "").append_text(part), soft_wrap=True)
        if finding.link and (after is None or after.link != finding.link):
            console.print(Text.assemble("  ", (finding.link, "blue")), soft_wrap=True)


def _words(finding: Finding) -> str:
    return f": {finding.meaning}" + (f" → {finding.advice}" if finding.advice else "")
