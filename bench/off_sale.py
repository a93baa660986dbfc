"""From the webhook of an exclusive to the last thing in Stripe that sold it, switched off.

The whole bot in its own process, with a Stripe that takes a tenth of a second for each answer.
The time begins when the webhook that names the Checkout is sent, and ends with the bot's last
request that changes something. Each exclusive is of a track of its own, with payment links, prices
and open Checkouts.
"""

import asyncio
import time

from aiohttp import web

from bench.processes import RunningBot, running_bot
from bench.report import Figure, percentile
from fakes.simulation import now, until
from fakes.stripe import Customer, StripeAccount

EXCLUSIVES = 8
LINKS, PRICES, CHECKOUTS = 4, 4, 4
"""Of each track; one of the prices is the exclusive's."""
STRIPE_SECONDS = 0.1
MOST_SECONDS = 3.0
QUIET = 1.0
"""Seconds without a change, after which the last one was the last."""


class Track:
    """A track that many things in Stripe sell."""

    def __init__(self, account: StripeAccount, number: int) -> None:
        self._books = account.books
        product = account.product(f"Beat {number:04d}")
        leases = [account.price(product, 2999 + n, nickname="Lease") for n in range(PRICES - 1)]
        self.exclusive = account.price(product, 49_900, nickname="Exclusive")
        links = [account.link([leases[n % len(leases)]]) for n in range(LINKS)]
        self._sold_by = [product, *leases, self.exclusive, *links]
        self._checkouts = [account.open(link=links[n % LINKS]) for n in range(CHECKOUTS)]

    def is_off_sale(self) -> bool:
        find = self._books.find
        active = any((find(one) or {})["active"] for one in self._sold_by)
        return not active and all((find(one) or {})["status"] != "open" for one in self._checkouts)


async def measure() -> list[Figure]:
    """Seconds from the webhook to the last change at Stripe."""
    account = StripeAccount(clock=now)
    tracks = [Track(account, number) for number in range(EXCLUSIVES)]
    account.take_events()
    async with running_bot(account) as bot:
        # The catalogue is read at the start, while Stripe is still quick.
        await asyncio.sleep(QUIET)
        bot.world.stripe.faults.delay = STRIPE_SECONDS
        took = [await _take_off(bot, track) for track in tracks]
    what = f"{LINKS} links, {PRICES} prices, {CHECKOUTS} open checkouts, the product"
    return [
        Figure(f"{what}: median", percentile(took, 50), "{:.2f} s"),
        Figure(f"{what}: the longest", max(took), "{:.2f} s", at_most=MOST_SECONDS),
    ]


async def _take_off(bot: RunningBot, track: Track) -> float:
    last_change = 0.0

    def answered(request: web.Request, _: float) -> None:
        nonlocal last_change
        if request.method == "POST":
            last_change = time.monotonic()

    bot.world.stripe.answered = answered
    buyer = Customer(email="buyer@example.com", name="Jo Lee", country="US")
    bot.world.account.buy(track.exclusive, buyer=buyer)
    began = await bot.send_new()
    await until(track.is_off_sale)
    await asyncio.sleep(QUIET)
    return last_change - began.at
