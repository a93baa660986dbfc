"""What holds the event loop: webhooks, sync and delivery all at once.

A crowd buys at the same moment. All its webhooks are sent over 64 connections; the bot takes them
in, reads each payment from the simulated Stripe, writes it, and tells Discord. See `watch` for
how the loop is watched.
"""

import json
import signal
from collections import Counter

from bench.ingest import CONNECTIONS
from bench.processes import RunningBot, line, python, running_bot
from bench.report import Figure, percentile
from bench.watch import Note
from bot.domain.event_types import TYPES
from fakes.discord.server import Seen
from fakes.simulation import now, until
from fakes.stripe import Customer, StripeAccount

CROWD = 500
WARM_UP = 20
LONGEST = 20.0
PATIENCE = 300.0


async def measure() -> list[Figure]:
    """How long the loop was held: by computing, and by standing still although it could go on.

    The first is the thread's own time, which other processes change little. The second is not:
    a virtual machine stands still now and then, and an idle loop next to the bot shows by how much.
    """
    bot, idle = await _watched()
    computed = [min(note.late, note.computed) for note in bot]
    stood, beside = (max(note.stood_still for note in notes) for notes in (bot, idle))
    late = [note.late for note in bot]
    return [
        Figure("computed at a stretch, p99", percentile(computed, 99)),
        Figure("computed at a stretch, the longest", max(computed), at_most=LONGEST),
        Figure("stood still, the longest", stood, at_most=LONGEST + beside),
        Figure("an idle loop beside it stood still, the longest", beside),
        Figure("late for whatever reason, p99", percentile(late, 99)),
        Figure("late for whatever reason, the longest", max(late)),
    ]


async def _watched() -> tuple[list[Note], list[Note]]:
    account, announced = StripeAccount(clock=now), Counter[str]()

    async def posted(seen: Seen) -> None:
        if seen.method == "POST":
            footers = (embed.get("footer", {}) for embed in seen.body.get("embeds", ()))
            announced.update(footer["text"] for footer in footers if footer)

    async with (
        running_bot(account, "bench.watch", "bot") as bot,
        python("bench.watch", "idle") as idle,
    ):
        bot.world.discord.on_request = posted
        await line(idle)
        await _crowd(bot, announced, WARM_UP)
        watched = bot.process, idle
        for process in watched:
            process.send_signal(signal.SIGUSR1)
        await _crowd(bot, announced, CROWD)
        for process in watched:
            process.send_signal(signal.SIGUSR1)
        of_bot, of_idle = [json.loads(await line(process)) for process in watched]
    return [Note(*each) for each in of_bot], [Note(*each) for each in of_idle]


async def _crowd(bot: RunningBot, announced: Counter[str], buyers: int) -> None:
    """So many buy at once; returns when all of it is announced."""
    account, known = bot.world.account, len(announced)
    price = account.price(account.product("Midnight Drive"), 2999, nickname="Basic Lease")
    for number in range(buyers):
        account.buy(price, buyer=Customer(email=f"{number}@example.com", name="Jo Lee"))
    events = [event for event in account.take_events() if event["type"] in TYPES]
    assert await bot.world.hook.deliver_all(events, at_once=CONNECTIONS) == 0
    await until(lambda: len(announced) == known + buyers, patience=PATIENCE)
