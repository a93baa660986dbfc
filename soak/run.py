"""One run: a bot that is killed over and over while a shop's events come in disorder."""

import asyncio
import json
import signal
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Set
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

from fakes.bot_output import Books, alerts, replies, told
from fakes.business import BUYERS
from fakes.discord.guild import FakeChannel, Json, text
from fakes.simulation import BotProcess, World, until
from soak.kills import Size, Tally, killing
from soak.traffic import Deliveries, Disorder, Shop, Slowness

SHOWN = 5
"""So many of what was found are named."""


def judge(channel: FakeChannel, sold: Set[str], known: Mapping[int, str]) -> Iterator[str]:
    """Find what is not as it should be: payments announced twice or not at all, and the like.

    `sold`: the keys of all payments to be announced; `known`: those that the bot has written
    down, by the number of their first sale.
    """
    times = Counter(known.get(number, f"#{number}") for number in told(channel))
    yield from named("told more than once", (key for key, count in times.items() if count > 1))
    yield from named("not told", sold - times.keys())
    yield from named("not written down", sold - set(known.values()))
    said = Counter(_said(reply) for reply in replies(channel))
    yield from named("replies said twice", (reply for reply, count in said.items() if count > 1))
    unsettled = (alert["id"] for alert in alerts(channel) if "settling" in text(alert))
    yield from named("alerts without the fees", unsettled)


def _said(reply: Json) -> str:
    """All of it: its first line may be the same for two sales of one license."""
    return f"{reply['message_reference']}: {text(reply)}"


def named(what: str, found: Iterable[str]) -> Iterator[str]:
    """How many there are of something, and the first of them; nothing where there are none."""
    listed = sorted(found)
    if listed:
        more = " …" if len(listed) > SHOWN else ""
        yield f"{len(listed)} {what}: {', '.join(listed[:SHOWN])}{more}"


PATIENCE = 420.0
"""Seconds until a run gives up waiting: no promise of speed, the machine may be busy."""
SHELVES = frozenset({"payment_link", "product", "price", "checkout.session"})
"""What this shop's key may only read: its exclusives stay on sale, so that there are conflicts."""
ODD = 0.01
"""Of how many of Stripe's answers a proxy gives another one instead: `{}`, HTML, half a list."""
NO_WEBHOOKS = {"STRIPE_WEBHOOK_SECRET": ""}
AWAY = timedelta(minutes=10)
"""How long the bot seems to have been away after every other kill."""


async def run(seed: int, size: Size, folder: Path, tally: Tally) -> None:
    """Carry out the run of a seed, keeping `tally` up to date; its store and logs are in `folder`.

    Raises TimeoutError, or a group with one, when the bot does not get done.
    """
    shop = Shop(seed, size.payments // 10)
    async with World.open(folder, shop.account) as world:
        world.stripe.faults.read_only |= SHELVES
        world.stripe.faults.latency = Slowness(seed)
        world.stripe.faults.odd_share, world.stripe.faults.chance = ODD, Random(seed)
        deliveries = Deliveries(world, shop, Disorder(seed), size, tally)
        one = _Run(world, shop, deliveries, size, tally)
        async with deliveries.running():
            await one.live(Random(seed))
        await one.look_at_books()
        one.look_at_words()


class _Run:
    """A world, its shop, and what has become of both."""

    def __init__(
        self, world: World, shop: Shop, deliveries: Deliveries, size: Size, tally: Tally
    ) -> None:
        self._world = world
        self._shop = shop
        self._deliveries = deliveries
        self._size = size
        self._tally = tally
        self._books = Books(world.database)

    async def live(self, random: Random) -> None:
        """Let the bot live and die, and live again until it has nothing left to do."""
        bot = await self._launch()
        for life, moment in enumerate(self._size.moments(random), start=1):
            with killing(self._world, bot, moment):
                self._deliveries.go_on(self._size.payments * life // self._size.kills)
                await self._end_of(bot)
            self._tally.kills += 1
            self._look_whether_all_taken_is_kept()
            if life % 2 == 0:
                self._seem_long_away()
            if life == self._size.kills:
                # From here on nothing new happens: what the bot has not heard of, it has missed.
                self._come_to_rest()
            bot = await self._launch()
        self._deliveries.go_on(self._size.payments)
        async with asyncio.timeout(PATIENCE):
            await self._deliveries.done()
        await until(self._world.ready, patience=PATIENCE)
        await until(self._all_done, patience=PATIENCE)
        if status := await bot.stop():
            self._find(f"the bot ended with status {status}")

    async def _launch(self) -> BotProcess:
        return await self._world.launch(**({} if self._size.webhooks else NO_WEBHOOKS))

    async def look_at_books(self) -> None:
        """Have them compared with Stripe's, as a person would."""
        settings = self._world.settings
        command = ("audit", "--json")
        audit = await BotProcess.start(self._world.folder, "audit", settings, command)
        async with asyncio.timeout(PATIENCE):
            status = await audit.ended()
        said: dict[str, Any] = json.loads(audit.out.read_text("utf-8") or "{}")
        self._tally.differences = len(said.get("differences", ()))
        if status or not said["equal"] or said["not_booked_yet"]:
            self._find(f"the audit ended with status {status}: {audit.out}")

    def look_at_words(self) -> None:
        """Look at all that was said in the channel and in the log."""
        channel, world = self._world.channel, self._world
        self._tally.messages = len(channel.shown)
        self._tally.findings += judge(channel, self._shop.keys(), self._books.first_sales())
        slips = {slip for bot in world.runs for slip in world.slips(bot, BUYERS)}
        self._tally.findings += named("said in the log", slips)

    async def _end_of(self, bot: BotProcess) -> None:
        """Wait until the bot was killed. It is killed at the latest when all is delivered."""
        ended = asyncio.create_task(bot.ended())
        delivered = asyncio.create_task(self._deliveries.done())
        async with asyncio.timeout(PATIENCE):
            await asyncio.wait({ended, delivered}, return_when=asyncio.FIRST_COMPLETED)
            delivered.cancel()
            bot.kill()
            if (status := await ended) != -signal.SIGKILL:
                self._find(f"the bot ended by itself, with status {status}: {bot.err}")

    def _come_to_rest(self) -> None:
        while self._shop.sold < self._size.payments:
            self._shop.live()
        self._shop.rest()
        self._deliveries.set_out()

    def _seem_long_away(self) -> None:
        """As if Discord had forgotten meanwhile which nonces it knew."""
        self._world.discord.guild.forget_nonces()
        if self._world.taken or self._world.channel.shown:
            self._books.age_news(AWAY)

    def _look_whether_all_taken_is_kept(self) -> None:
        # A bot that was killed before it could take anything need not have a store.
        taken = set(self._world.taken)
        missing = taken - self._books.event_ids() if taken else set()
        self._tally.findings += named("answered with 200 and lost", missing)

    def _all_done(self) -> bool:
        """True when the bot has every event, by webhook or by asking, and nothing left to do."""
        books = self._books
        wanted = {event["id"] for event in self._shop.events}
        return wanted <= books.event_ids() and books.all_read() and books.all_done()

    def _find(self, what: str) -> None:
        self._tally.findings.append(what)
