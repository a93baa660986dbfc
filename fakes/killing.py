"""Killing the bot at the worst moments, picked by a seed."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random

from fakes.bot_process import BotProcess
from fakes.discord.rest import Seen
from fakes.world import World

MOST: Mapping[str, int] = {"taken": 30, "asked": 2, "done": 2, "late": 60, "young": 200}
"""The kinds of moments, and how large the count of each may be."""


@dataclass(frozen=True)
class Moment:
    """When to kill: at the so-manieth time that something happens."""

    what: str
    """taken: a webhook was answered with 200. asked: Discord was asked to write something, and has
    not begun. done: Discord has written it, and nobody has told the bot. late: so many hundredths
    of a second after the first webhook was taken. young: so many after the block was entered."""
    count: int


def moments(random: Random, number: int, most: Mapping[str, int] = MOST) -> list[Moment]:
    """So many moments, each kind among them if they are as many."""
    kinds = random.sample(list(most), len(most))
    chosen = [kinds[place % len(kinds)] for place in range(number)]
    return [Moment(kind, random.randint(1, most[kind])) for kind in chosen]


@contextmanager
def killing(world: World, bot: BotProcess, moment: Moment) -> Iterator[None]:
    """Kill the bot when the moment comes within the block."""
    count = _counter(moment.count, bot.kill)
    loop = asyncio.get_running_loop()

    async def asked(seen: Seen) -> None:
        if _writes(seen):
            count()

    def done(seen: Seen) -> None:
        if _writes(seen):
            count()

    def soon() -> None:
        loop.call_later(moment.count / 100, bot.kill)

    if moment.what == "young":
        soon()
    elif moment.what == "taken":
        world.on_taken = count
    elif moment.what == "late":
        world.on_taken = _counter(1, soon)
    elif moment.what == "asked":
        world.discord.on_request = asked
    else:
        world.discord.answered = done
    yield
    world.on_taken = lambda: None
    world.discord.on_request = None
    world.discord.answered = lambda _: None


def _counter(number: int, then: Callable[[], None]) -> Callable[[], None]:
    """Call something at the so-manieth call of this."""
    left = number

    def count() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            then()

    return count


def _writes(seen: Seen) -> bool:
    return seen.method in ("POST", "PATCH") and "/messages" in seen.path
