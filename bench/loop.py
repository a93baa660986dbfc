"""Whether anything holds the event loop: webhooks, sync and courier all at once.

A crowd buys at the same moment. All its webhooks are sent over 64 connections; the bot takes them in,
reads each payment from the simulated Stripe, writes it, and tells Discord. See `watched` for how
the loop is watched.
"""

import asyncio
import json
import signal
from asyncio.subprocess import Process
from collections import Counter
from datetime import UTC, datetime

from bench.bot import running_bot
from bench.deliveries import CONNECTIONS, SECRET
from bench.process import line, python
from bench.quiet_discord import Json, QuietDiscord
from bench.report import Figure, percentile
from bot.demo.stripe import Customer, StripeAccount, StripeServer, Webhooks
from bot.ledger.subjects import TYPES

CROWD = 500
WARM_UP = 20
LONGEST = 20.0
PATIENCE = 120.0


class Told:
    """Counts the sales that Discord has heard of."""

    def __init__(self) -> None:
        self.sales: Counter[str] = Counter()

    def posted(self, body: Json, _: float) -> None:
        self.sales.update(embed["author"]["name"] for embed in body["embeds"])

    async def all(self, count: int) -> None:
        async with asyncio.timeout(PATIENCE):
            while len(self.sales) < count:
                await asyncio.sleep(0.1)


async def measure() -> list[Figure]:
    """How late a task of the loop's was, in all and without what other processes took."""
    bot, idle = await _watched()
    late = [late for late, _ in bot]
    held = [max(0.0, late - waited) for late, waited in bot]
    beside = [late for late, _ in idle]
    return [
        Figure("held, p50", percentile(held, 50)),
        Figure("held, p99", percentile(held, 99)),
        Figure("held, the longest", max(held), at_most=LONGEST),
        Figure("with waits for a processor, p99", percentile(late, 99)),
        Figure("with waits for a processor, the longest", max(late)),
        Figure("an idle loop beside it, p99", percentile(beside, 99)),
        Figure("an idle loop beside it, the longest", max(beside)),
    ]


async def _watched() -> tuple[list[list[float]], list[list[float]]]:
    account, told = StripeAccount(clock=_now), Told()
    stripe = StripeServer(account)
    async with QuietDiscord(told.posted) as discord, stripe:
        async with (
            running_bot(discord, stripe, "bench.watched", "bot") as bot,
            python("bench.watched", "idle") as idle,
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
