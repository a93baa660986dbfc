"""From a webhook to the alert: what the bot itself takes, at five sales a second.

The whole bot runs in its own process. From here each sale's events are sent to it as Stripe does,
and here its questions to Stripe and its messages to Discord arrive, so that one clock times all.
The time begins when the webhook that names the Checkout is sent, and ends when the message has
reached Discord. What the simulated Stripe takes for its answers about that Checkout is taken off,
and so is what the bot's loop, or ours, waited for a processor that other programs had.
"""

import asyncio
import re
import time
from collections import defaultdict
from dataclasses import dataclass, field
from functools import partial
from random import Random

from aiohttp import web

from bench.processes import Moment, RunningBot, running_bot
from bench.report import Figure, percentile
from bench.watch import Use
from fakes.discord.server import Seen
from fakes.simulation import now, until
from fakes.stripe import Customer, StripeAccount

SALES = 300
TRACKS = 30
"""Each is sold once before the times count: nothing is sold for the first time then."""
RATE = 5.0
"""Sales a second on average: they come at random, as buyers do."""
STRIPE_SECONDS = 0.2
"""How long Stripe takes for an answer, which is about what it takes."""
SETTLED_AFTER = 1.0
"""Seconds until Stripe knows the fees: the alert is then edited, next to the next sales."""
LAST_ALERTS = 10.0
P50, P99 = 12.0, 50.0
COMPUTED = 20.0
"""Milliseconds of computing for one sale, the edit for its fees included."""

_BUYER = re.compile(r"Jo Lee (\d{4})")


@dataclass(slots=True)
class Times:
    """When each sale, by its number, was sent and announced, and when Stripe was asked about it."""

    sent: dict[int, Moment] = field(default_factory=dict)
    announced: dict[int, Moment] = field(default_factory=dict)
    sessions: dict[int, str] = field(default_factory=dict)
    answers: dict[str, list[tuple[float, float]]] = field(default_factory=lambda: defaultdict(list))
    """When answers about a Checkout Session, by its id, were begun and done."""

    def watch(self, bot: RunningBot) -> None:
        """Note from now on what the bot asks Stripe and what it posts."""

        async def posted(seen: Seen) -> None:
            if seen.method == "POST":
                for number in _BUYER.findall(str(seen.body.get("embeds"))):
                    self.announced.setdefault(int(number), bot.now())

        def answered(request: web.Request, began: float) -> None:
            self.answers[request.path.rpartition("/")[2]].append((began, time.monotonic()))

        bot.world.discord.on_request = posted
        bot.world.stripe.answered = answered

    def all_announced(self, count: int) -> bool:
        return len(self.announced) == count

    def stripe(self, number: int) -> float:
        """Milliseconds that Stripe took for its answers until the sale was announced."""
        until_then = self.announced[number].at
        answers = self.answers[self.sessions[number]]
        return sum(done - began for began, done in answers if done <= until_then) * 1000

    def total(self, number: int) -> float:
        return self.announced[number].milliseconds_since(self.sent[number])

    def without_stripe(self, number: int) -> float:
        return self.total(number) - self.stripe(number)

    def own(self, number: int) -> float:
        """Without Stripe's answers and without waits for a processor."""
        own = self.announced[number].own_milliseconds_since(self.sent[number])
        return max(own - self.stripe(number), 0.0)


async def measure() -> list[Figure]:
    """Half and 99 of a hundred sales are announced within so many milliseconds."""
    times, computed = await _sell()
    own, without_stripe, total = (
        [of(number) for number in range(SALES)]
        for of in (times.own, times.without_stripe, times.total)
    )
    whole = f"all, with Stripe's {STRIPE_SECONDS * 1000:.0f} ms"
    return [
        Figure("without Stripe's answer, p50", percentile(own, 50), at_most=P50),
        Figure("without Stripe's answer, p99", percentile(own, 99), at_most=P99),
        Figure("the same with waits for a processor, p50", percentile(without_stripe, 50)),
        Figure("the same with waits for a processor, p99", percentile(without_stripe, 99)),
        Figure(f"{whole}, p50", percentile(total, 50)),
        Figure(f"{whole}, p99", percentile(total, 99)),
        Figure("computed for a sale and its fees", computed * 1000 / SALES, at_most=COMPUTED),
    ]


async def _sell() -> tuple[Times, float]:
    """Sell; the times, and the seconds that the bot computed for all sales."""
    account = StripeAccount(clock=now)
    tracks = [account.product(f"Beat {number}") for number in range(TRACKS)]
    prices = [account.price(track, 2999, nickname="Basic Lease") for track in tracks]
    account.take_events()
    async with running_bot(account) as bot:
        bot.world.stripe.faults.delay = STRIPE_SECONDS
        use, computed = Use(bot.process.pid), 0.0
        for count in (TRACKS, SALES):  # the first only to warm up
            times, before = Times(), use.computed()
            times.watch(bot)
            gaps = Random(count)
            async with asyncio.TaskGroup() as buyers:
                for number in range(count):
                    buyers.create_task(_buy(bot, prices[number % TRACKS], number, times))
                    await asyncio.sleep(gaps.expovariate(RATE))
            await until(partial(times.all_announced, count), patience=LAST_ALERTS)
            computed = use.computed() - before
        return times, computed


async def _buy(bot: RunningBot, price: str, number: int, times: Times) -> None:
    account, name = bot.world.account, f"Jo Lee {number:04d}"
    buyer = Customer(email=f"buyer{number}@example.com", name=name, country="US")
    bought = account.buy(price, buyer=buyer, settled=False)
    times.sessions[number] = bought.session or ""
    times.sent[number] = await bot.send_new()
    await asyncio.sleep(SETTLED_AFTER)
    account.settle(bought)
    await bot.send_new()
