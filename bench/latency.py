"""From a webhook to the alert: what the bot itself takes, at five sales a second.

The whole bot runs in its own process. From here each sale's events are sent to it as Stripe does,
and here its questions to Stripe and its messages to Discord arrive; so one clock times all. It
begins when the webhook that names the Checkout is sent, and ends when the message has reached
Discord: somewhat more than from "received" to "call begun". What the simulated Stripe takes for
its answers about that Checkout is taken off, and so is what the bot's loop, or ours, waited for a
processor that other programs had.
"""

import asyncio
import re
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import TypeAlias

from aiohttp import web

from bench.deliveries import SECRET
from bench.processes import running_bot
from bench.quiet_discord import Json, QuietDiscord
from bench.report import Figure, percentile
from bench.watch import Use
from bot.domain.event_types import TYPES
from fakes.stripe import Customer, StripeAccount, StripeServer, Webhooks

SALES = 300
TRACKS = 30
"""Each is sold once before the times count: nothing is sold for the first time then."""
RATE = 5.0
"""Sales a second on average: they come at random, as buyers do."""
STRIPE_SECONDS = 0.2
"""How long Stripe takes for an answer, which is about what it takes."""
SETTLED_AFTER = 1.0
"""Seconds until Stripe tells the fees: the alert is then edited, beside the next sales."""
LAST_ALERTS = 10.0

Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]

_NAMED = "checkout.session.completed"
_BUYER = re.compile(r"Jo Lee (\d{4})")


@dataclass(frozen=True, slots=True)
class Moment:
    """Seconds of the monotonic clock, and of waits for a processor so far."""

    at: float
    waited: float


@dataclass(slots=True)
class Times:
    """When each sale, by its number, was sent and told, and when Stripe was asked about it."""

    loops: Sequence[Use]
    sent: dict[int, Moment] = field(default_factory=dict)
    told: dict[int, Moment] = field(default_factory=dict)
    session: dict[int, str] = field(default_factory=dict)
    stripe: dict[str, list[tuple[float, float]]] = field(default_factory=lambda: defaultdict(list))
    """When answers about a Checkout Session, by its id, were begun and done."""

    def now(self) -> Moment:
        return Moment(time.monotonic(), sum(one.waited() for one in self.loops))

    def posted(self, body: Json, _: float) -> None:
        """Note which sales a message tells of."""
        now = self.now()
        for number in _BUYER.findall(str(body["embeds"])):
            self.told.setdefault(int(number), now)

    @web.middleware
    async def asked(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Time an answer of Stripe's."""
        began = time.monotonic()
        answer = await handler(request)
        about = request.path.rpartition("/")[2]
        self.stripe[about].append((began, time.monotonic()))
        return answer

    def total(self, number: int) -> float:
        """Milliseconds from the webhook to the message."""
        return (self.told[number].at - self.sent[number].at) * 1000

    def without_stripe(self, number: int) -> float:
        """The same without Stripe's answers until then."""
        answers = self.stripe[self.session[number]]
        asked = sum(done - began for began, done in answers if done <= self.told[number].at)
        return self.total(number) - asked * 1000

    def own(self, number: int) -> float:
        """The same without waits for a processor either."""
        waited = self.told[number].waited - self.sent[number].waited
        return max(self.without_stripe(number) - waited * 1000, 0.0)


class Buyers:
    """Buy at random moments, one track after the other, and have the events sent."""

    def __init__(
        self, account: StripeAccount, prices: Sequence[str], webhooks: Webhooks, times: Times
    ) -> None:
        self._account = account
        self._prices = prices
        self._webhooks = webhooks
        self._times = times

    async def buy(self, count: int) -> None:
        """So many sales; returns when all their events were sent."""
        gaps = Random(count)
        async with asyncio.TaskGroup() as tasks:
            for number in range(count):
                tasks.create_task(self._one(number))
                await asyncio.sleep(gaps.expovariate(RATE))

    async def _one(self, number: int) -> None:
        price = self._prices[number % len(self._prices)]
        name = f"Jo Lee {number:04d}"
        buyer = Customer(email=f"buyer{number}@example.com", name=name, country="US")
        bought = self._account.buy(price, buyer=buyer, settled=False)
        assert bought.session is not None
        self._times.session[number] = bought.session
        await self._send(number)
        await asyncio.sleep(SETTLED_AFTER)
        self._account.settle(bought)
        await self._send(number)

    async def _send(self, number: int) -> None:
        for event in self._account.take_events():
            if event["type"] == _NAMED:
                self._times.sent[number] = self._times.now()
            if event["type"] in TYPES:
                assert await self._webhooks.send(event) == 200


async def measure() -> list[Figure]:
    """Half and 99 of a hundred sales are told within so many milliseconds."""
    times, computed = await _sell()
    numbers = range(SALES)
    own = [times.own(number) for number in numbers]
    without_stripe = [times.without_stripe(number) for number in numbers]
    total = [times.total(number) for number in numbers]
    return [
        Figure("without Stripe's answer, p50", percentile(own, 50), at_most=30),
        Figure("without Stripe's answer, p99", percentile(own, 99), at_most=100),
        Figure("the same with waits for a processor, p50", percentile(without_stripe, 50)),
        Figure("the same with waits for a processor, p99", percentile(without_stripe, 99)),
        Figure(f"all, with Stripe's {STRIPE_SECONDS * 1000:.0f} ms, p50", percentile(total, 50)),
        Figure(f"all, with Stripe's {STRIPE_SECONDS * 1000:.0f} ms, p99", percentile(total, 99)),
        Figure("computed a sale, its fees' edit included", computed * 1000 / SALES),
    ]


async def _sell() -> tuple[Times, float]:
    """Sell; the times, and the seconds that the bot computed for all sales."""
    account = StripeAccount(clock=_now)
    tracks = [account.product(f"Beat {number}") for number in range(TRACKS)]
    prices = [account.price(track, 2999, nickname="Basic Lease") for track in tracks]
    account.take_events()
    stripe = StripeServer(account)
    stripe.faults.delay = STRIPE_SECONDS
    loops = [Use(loop_only=True)]
    warm, times = Times(loops), Times(loops)
    stripe.app.middlewares.append(times.asked)
    async with (
        QuietDiscord() as discord,
        stripe,
        running_bot(discord, stripe) as bot,
        Webhooks(bot.webhooks, SECRET, clock=_now) as webhooks,
    ):
        loops.append(Use(bot.process.pid, loop_only=True))
        use = Use(bot.process.pid)
        for each, count in ((warm, TRACKS), (times, SALES)):
            discord.posted, before = each.posted, use.computed()
            await Buyers(account, prices, webhooks, each).buy(count)
            await _all_told(each, count)
        return times, use.computed() - before


async def _all_told(times: Times, count: int) -> None:
    async with asyncio.timeout(LAST_ALERTS):
        while len(times.told) < count:  # noqa: ASYNC110 - nobody can wait at Discord's side
            await asyncio.sleep(0.05)


def _now() -> datetime:
    return datetime.now(UTC)
