"""Where the story is played: the simulated account, its webhooks, and the bot that hears of it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from bot.app import App
from bot.store.on_sale import off_sale
from bot.store.queues import events, outbox
from demo.narrator import Narrator
from demo.pace import Pace
from demo.shop import BUYERS, Shop
from fakes.stripe import Purchase, StripeAccount, Webhooks
from fakes.stripe.objects.shape import Json

LOOK_EVERY = 0.02
LOOKS = 500
"""How often the story looks whether the bot has told everything, and every so many seconds; after
that it goes on all the same.
"""


class ToldWebhooks(Webhooks):
    """Webhooks that are told of as they are sent."""

    def __init__(self, narrator: Narrator, url: str, secret: str, **options: Any) -> None:
        super().__init__(url, secret, **options)
        self._narrator = narrator

    async def send(self, event: Json) -> int:
        began = perf_counter()
        status = await super().send(event)
        self._narrator.webhook(event, status, perf_counter() - began)
        return status


@dataclass(slots=True)
class Stage:
    """All that a chapter needs."""

    account: StripeAccount
    shop: Shop
    webhooks: Webhooks
    app: App
    pace: Pace
    payout: str
    """One that Stripe has made and not sent yet."""
    kept: dict[str, Purchase] = field(default_factory=dict)
    """Purchases that later chapters come back to, by a name of the story's."""
    on_its_way: list[Json] = field(default_factory=list)
    """Events that Stripe sends late."""

    def buy(self, buyer: str, license_name: str, *tracks: str) -> Purchase:
        """Somebody pays; what Stripe takes is not known yet (see `settle`)."""
        customer = BUYERS[buyer]
        prices = [self.shop.price(track, license_name, customer) for track in tracks]
        return self.account.buy(*prices, buyer=customer, settled=False)

    async def tell(self) -> None:
        """Let Stripe send its webhooks, and wait until the bot has told what there is to tell."""
        await self.send(self.account.take_events())

    async def send(self, sent: Sequence[Json]) -> None:
        """The same with some webhooks only."""
        await self.webhooks.deliver_all(sent)
        for _ in range(LOOKS):
            if await self._all_told():
                return
            await asyncio.sleep(LOOK_EVERY)

    async def settle(self, *purchases: Purchase) -> None:
        """Stripe books payments: now their fees are known."""
        for purchase in purchases:
            self.account.settle(purchase)
        await self.tell()

    async def _all_told(self) -> bool:
        async with self.app.store.read() as connection:
            inbox = await events.counts(connection)
            open_rows = await outbox.counts(connection)
            to_do = await off_sale.next_due(connection, self.account.livemode)
        waiting = (inbox.get("pending"), open_rows.get("pending"), open_rows.get("sending"), to_do)
        return not any(waiting)
