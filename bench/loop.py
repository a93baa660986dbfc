"""Whether anything holds the event loop: webhooks, sync and dispatcher all at once.

A crowd buys at the same moment. All its webhooks are sent over 64 connections; the bot takes them
in, reads each payment from the simulated Stripe, writes it, and tells Discord. See `watched` for
how the loop is watched.
"""

import asyncio
import json
import signal
from asyncio.subprocess import Process
from collections import Counter
from datetime import UTC, datetime
from typing import TypeAlias

from bench.deliveries import CONNECTIONS, SECRET
from bench.processes import line, python, running_bot
from bench.quiet_discord import Json, QuietDiscord
from bench.report import Figure, percentile
from bot.domain.event_types import TYPES
from fakes.stripe import Customer, StripeAccount, StripeServer, Webhooks

CROWD = 500
WARM_UP = 20
LONGEST = 20.0
PATIENCE = 120.0


Noted: TypeAlias = list[tuple[float, float, float]]
"""Of each short sleep, in milliseconds: how late, how long computed, how long waited."""


class Told:
    """Counts the sales that Discord has heard of."""

    def __init__(self) -> None:
        self.sales: Counter[str] = Counter()

    def posted(self, body: Json, _: float) -> None:
        self.sales.update(embed["author"]["name"] for embed in body["embeds"])

    async def all(self, count: int) -> None:
        async with asyncio.timeout(PATIENCE):
            while len(self.sales) < count:  # noqa: ASYNC110 - nobody can wait at Discord's side
                await asyncio.sleep(0.1)


async def measure() -> list[Figure]:
    """How long the loop was held: by computing, and by standing still although it could go on.

    The first is the thread's own time, which other processes change little. The second is not:
    a virtual machine stands still now and then, and an idle loop beside the bot tells by how much.
    """
    bot, idle = await _watched()
    computed = [min(late, computed) for late, computed, _ in bot]
    stood, beside = (max(_stood_still(*one) for one in noted) for noted in (bot, idle))
    late = [late for late, _, _ in bot]
    return [
        Figure("computed at a stretch, p99", percentile(computed, 99)),
        Figure("computed at a stretch, the longest", max(computed), at_most=LONGEST),
        Figure("stood still, the longest", stood, at_most=LONGEST + beside),
        Figure("an idle loop beside it stood still, the longest", beside),
        Figure("late for whatever reason, p99", percentile(late, 99)),
        Figure("late for whatever reason, the longest", max(late)),
        Figure("an idle loop beside it late, the longest", max(late for late, _, _ in idle)),
    ]


def _stood_still(late: float, computed: float, waited: float) -> float:
    """What of a delay is neither the bot's computing nor the want of a processor."""
    return max(late - computed - waited, 0.0)


async def _watched() -> tuple[Noted, Noted]:
    account, told = StripeAccount(clock=_now), Told()
    stripe = StripeServer(account)
    async with (
        QuietDiscord(told.posted) as discord,
        stripe,
        running_bot(discord, stripe, "bench.watch", "bot") as bot,
        python("bench.watch", "idle") as idle,
        Webhooks(bot.webhooks, SECRET, clock=_now) as webhooks,
    ):
        await line(idle)
        await _crowd(account, webhooks, told, WARM_UP)
        watched = bot.process, idle
        _signal(*watched)
        await _crowd(account, webhooks, told, CROWD)
        _signal(*watched)
        seen = [json.loads(await line(process)) for process in watched]
    return seen[0], seen[1]


def _signal(*processes: Process) -> None:
    for process in processes:
        process.send_signal(signal.SIGUSR1)


async def _crowd(account: StripeAccount, webhooks: Webhooks, told: Told, buyers: int) -> None:
    """So many buy at once; returns when Discord has heard of all."""
    price = account.price(account.product("Midnight Drive"), 2999, nickname="Basic Lease")
    for number in range(buyers):
        account.buy(price, buyer=Customer(email=f"{number}@example.com", name="Jo Lee"))
    events = [event for event in account.take_events() if event["type"] in TYPES]
    known = len(told.sales)
    assert await webhooks.deliver_all(events, at_once=CONNECTIONS) == 0
    await told.all(known + buyers)


def _now() -> datetime:
    return datetime.now(UTC)
