"""When the bot is killed, picked by a seed, and how much happens in a run."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random

from fakes.discord.server import Seen
from fakes.simulation import BotProcess, World

MOST: Mapping[str, int] = {"taken": 30, "asked": 2, "done": 2, "late": 60, "young": 200}
"""The kinds of moments, and how large the count of each may be."""


@dataclass(frozen=True)
class Moment:
    """When to kill: at the so-manieth time that something happens."""

    what: str
    """taken: a webhook was answered with 200. asked: Discord was asked to write something, and has
    not begun. done: Discord has written it, and the bot has no answer yet. late: so many hundredths
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


@dataclass(frozen=True, slots=True)
class Size:
    """How much happens in a run."""

    payments: int = 2000
    """While the bot is there. Further ones, a tenth of this, were made before."""
    kills: int = 20
    webhooks: bool = True
    """Whether Stripe calls the bot; if not, the bot asks for each event."""

    @property
    def crowd(self) -> int:
        """How many events are on their way at a time: among so many they lose their order."""
        return max(self.payments // 10, 20)

    def moments(self, random: Random) -> list[Moment]:
        """When to kill: somewhere within each life's share of what happens."""
        share = max(self.payments // max(self.kills, 1), 2)
        most = {"asked": share // 2, "done": share // 2, "young": 300}
        if self.webhooks:
            most |= {"taken": 5 * share, "late": 5 * share}
        return moments(random, self.kills, most)


@dataclass(slots=True)
class Tally:
    """What has happened in a run so far."""

    payments: int = 0
    taken: int = 0
    """Webhooks that the bot has answered with 200."""
    lost: int = 0
    """Events that no webhook brings."""
    doubled: int = 0
    """Events that are sent twice."""
    kills: int = 0
    messages: int = 0
    """In the channel."""
    differences: int = 0
    """That the audit found."""
    findings: list[str] = field(default_factory=list)
    """What is not as it should be, in words."""
