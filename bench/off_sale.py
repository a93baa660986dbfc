"""From the webhook of an exclusive to the last thing in Stripe that sold it, switched off.

The whole bot in its own process, beside a Stripe that takes a tenth of a second for each answer.
It begins when the webhook that names the Checkout is sent, and ends with the bot's last request
that changes something. Each exclusive is of a track of its own with payment links, prices and
Checkouts that are open.
"""

import asyncio
import time
from datetime import UTC, datetime

from aiohttp import web

from bench.deliveries import SECRET
from bench.latency import Handler
from bench.processes import running_bot
from bench.quiet_discord import QuietDiscord
from bench.report import Figure, percentile
from bot.domain.event_types import TYPES
from fakes.stripe import Customer, StripeAccount, StripeServer, Webhooks

EXCLUSIVES = 8
LINKS, PRICES, CHECKOUTS = 4, 4, 4
"""Of each track; one of the prices is the exclusive's."""
STRIPE_SECONDS = 0.1
PATIENCE = 60.0
QUIET = 1.0
"""Seconds without a change, after which the last one was the last."""

_NAMED = "checkout.session.completed"


class Track:
    """A track on many shelves."""

    def __init__(self, account: StripeAccount, number: int) -> None:
        self._account = account
        product = account.product(f"Beat {number:04d}")
        leases = [account.price(product, 2999 + n, nickname="Lease") for n in range(PRICES - 1)]
        self.exclusive = account.price(product, 49_900, nickname="Exclusive")
        links = [account.link([leases[n % len(leases)]]) for n in range(LINKS)]
        checkouts = [account.open(link=links[n % LINKS]) for n in range(CHECKOUTS)]
        self._shelves = [product, *leases, self.exclusive, *links]
        self._checkouts = checkouts

    @property
    def is_off(self) -> bool:
        """Whether nothing sells it any more."""
        books = self._account.books
        active = any((books.find(one) or {})["active"] for one in self._shelves)
        return not active and all(
            (books.find(one) or {})["status"] != "open" for one in self._checkouts
        )


class Changes:
    """When the bot last changed something at Stripe."""

    def __init__(self) -> None:
        self.last = 0.0

    @web.middleware
    async def asked(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Note when a change was answered."""
        answer = await handler(request)
        if request.method == "POST":
            self.last = time.monotonic()
        return answer


async def measure() -> list[Figure]:
    """Seconds from the webhook to the last change at Stripe."""
    took = await _sell()
    what = f"{LINKS} links, {PRICES} prices, {CHECKOUTS} open checkouts, the product"
    return [
        Figure(f"{what}: median", percentile(took, 50), "{:.2f} s"),
        Figure(f"{what}: the longest", max(took), "{:.2f} s", at_most=3.0),
    ]


async def _sell() -> list[float]:
    account = StripeAccount(clock=_now)
    tracks = [Track(account, number) for number in range(EXCLUSIVES)]
    account.take_events()
    stripe, changes = StripeServer(account), Changes()
    stripe.app.middlewares.append(changes.asked)
    async with (
        QuietDiscord() as discord,
        stripe,
        running_bot(discord, stripe) as bot,
        Webhooks(bot.webhooks, SECRET, clock=_now) as webhooks,
    ):
        # The catalogue is read at the start, while Stripe is still quick.
        await asyncio.sleep(QUIET)
        stripe.faults.delay = STRIPE_SECONDS
        return [await _take_off(account, track, changes, webhooks) for track in tracks]


async def _take_off(
    account: StripeAccount, track: Track, changes: Changes, webhooks: Webhooks
) -> float:
    buyer = Customer(email="buyer@example.com", name="Jo Lee", country="US")
    account.buy(track.exclusive, buyer=buyer)
    began = time.monotonic()
    for event in account.take_events():
        if event["type"] == _NAMED:
            began = time.monotonic()
        if event["type"] in TYPES:
            assert await webhooks.send(event) == 200
    async with asyncio.timeout(PATIENCE):
        while not track.is_off:  # noqa: ASYNC110 - nobody can wait at Stripe's side
            await asyncio.sleep(0.01)
    await asyncio.sleep(QUIET)
    return changes.last - began


def _now() -> datetime:
    return datetime.now(UTC)
