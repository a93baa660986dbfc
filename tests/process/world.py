"""The world of these tests: a shop, whose buyers buy when they are told to."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path

from demo.shop import BUYERS, LICENSES, TRACKS, Shop
from fakes import simulation
from fakes.discord.server import FakeDiscord
from fakes.stripe import Purchase, StripeAccount, StripeServer
from fakes.stripe.shapes import Json


class World(simulation.World):
    """Everything around the bot, and what a test does with it."""

    def __init__(
        self, folder: Path, account: StripeAccount, stripe: StripeServer, discord: FakeDiscord
    ) -> None:
        super().__init__(folder, account, stripe, discord)
        self._shop = Shop(account)
        self._orders = count()
        account.take_events()

    def buy(self, licenses: int = 1, *, settled: bool = True) -> Purchase:
        """The next buyer buys; each order is of other tracks. `settled`: the fees are known."""
        order = next(self._orders)
        buyer = list(BUYERS.values())[order % len(BUYERS)]
        names = [name for name in LICENSES if name != "Exclusive"]
        prices = [
            self._shop.price(TRACKS[(order + place) % len(TRACKS)], names[order % 3], buyer)
            for place in range(licenses)
        ]
        return self.account.buy(*prices, buyer=buyer, settled=settled)

    def buy_exclusive(self) -> Purchase:
        """Somebody buys a track for good."""
        buyer = next(iter(BUYERS.values()))
        return self.account.buy(self._shop.price(TRACKS[-1], "Exclusive", buyer), buyer=buyer)

    def events_of_sales(self, number: int) -> list[Json]:
        """So many buyers buy: what Stripe has to tell of it."""
        for _ in range(number):
            self.buy()
        return self.account.take_events()

    async def sell(self, number: int = 1) -> None:
        """So many buyers buy, one after the other, and Stripe tells the bot in that order."""
        await self.send_all(self.events_of_sales(number), at_once=1)


@asynccontextmanager
async def open_world(folder: Path) -> AsyncIterator[World]:
    """A world in which no bot may say what is nobody's business."""
    opened: World | None = None
    try:
        async with World.open(folder, StripeAccount(clock=simulation.now, seed=7)) as opened:
            yield opened
    finally:
        for bot in opened.runs if opened else ():
            sys.stdout.write(bot.said)  # shown where a test has failed
    for bot in opened.runs:
        assert not opened.slips(bot, BUYERS.values()), bot.said
