"""Brings one product, price or payment link up to date, as events tell of it."""

import json
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any

from bot.domain.clock import Clock
from bot.domain.json_access import Json, mapping
from bot.store.engine import Store
from bot.store.queries import catalogue
from bot.store.queues import events
from bot.store.queues.work_queue import Item
from bot.stripe_api import StripeApi
from bot.sync.account_scope import Books
from bot.sync.asking import PATIENCE, NotAsked, asking
from bot.sync.work import Work

KINDS = {"product": "product", "price": "price", "link": "payment_link"}
"""The kind of an item, and what Stripe calls such an object."""

# Stripe's clock and ours may differ by so much: what was read that long after an event holds it.
CLOCKS_DIFFER = timedelta(minutes=1)


class CatalogueSync:
    """The handler of `product:`, `price:` and `link:` items."""

    def __init__(
        self,
        store: Store,
        api: StripeApi | None,
        books: Books,
        clock: Clock,
        missed: Callable[[], None],
        changed: Callable[[], None] = lambda: None,
        patience: float = PATIENCE,
    ) -> None:
        """`missed` is called where Stripe should have been asked and did not answer; `changed`
        when there may be news for Discord, or something to take off sale.

        `patience` is in seconds. Without a key nothing is kept: what events alone tell of a shop
        would be a part of it, and would stay when it is long gone.
        """
        self._store = store
        self._api = api
        self._books = books
        self._clock = clock
        self._missed = missed
        self._changed = changed
        self._patience = patience

    async def __call__(self, item: Item) -> None:
        """Make what is kept of it equal to what Stripe says, and finish its events."""
        async with self._store.read() as connection:
            work = Work(item=item, events=await events.about(connection, item))
        if self._api is not None and work.events:
            await self._bring_up_to_date(self._api, work)
        async with self._store.write() as connection:
            await work.finish(connection)
        self._changed()

    async def _bring_up_to_date(self, api: StripeApi, work: Work) -> None:
        # Ids are given once: what was deleted does not come back.
        if any(event.type.endswith(".deleted") for event in work.events):
            await self._remove(work.item)
            return
        if await self._covered(work):
            return
        if work.item.kind != "link" and await self._told_by_the_event(work):
            return
        await self._read(api, work)

    async def _covered(self, work: Work) -> bool:
        """Whether Stripe was read long enough after the last of the events."""
        as_of = await self._as_of(work)
        return as_of is not None and work.events[-1].created < as_of - CLOCKS_DIFFER

    async def _as_of(self, work: Work) -> datetime | None:
        async with self._store.read() as connection:
            producer = await self._books.known_producer(connection, livemode=work.item.livemode)
            if producer is None:
                return None
            kind = KINDS[work.item.kind]
            return await catalogue.seen(connection, producer, kind, work.item.object_id)

    async def _told_by_the_event(self, work: Work) -> bool:
        """Take what the last event shows, if it is certain that it is the last word.

        Events have whole seconds: of two in the same one only Stripe knows which came last.
        """
        last = work.events[-1]
        if len([event for event in work.events if event.created == last.created]) > 1:
            return False
        as_of = await self._as_of(work)
        if as_of is not None and last.created <= as_of:
            return False
        await self._keep(work.item, _shown(last.body), last.created)
        return True

    async def _read(self, api: StripeApi, work: Work) -> None:
        began = self._clock()
        try:
            async with asking(work.item.subject, self._patience):
                found = await _READ[work.item.kind](api, work.item.object_id)
        except NotAsked as trouble:
            if trouble.gone:
                await self._remove(work.item)
                return
            last = work.events[-1]
            await self._keep(work.item, _shown(last.body), last.created)
            self._missed()
        else:
            await self._keep(work.item, found, began)

    async def _keep(self, item: Item, shown: Json, as_of: datetime) -> None:
        async with self._store.write() as connection:
            producer = await self._books.producer(connection, livemode=item.livemode)
            await catalogue.keep(connection, producer, [shown], as_of)

    async def _remove(self, item: Item) -> None:
        async with self._store.write() as connection:
            producer = await self._books.producer(connection, livemode=item.livemode)
            kind = KINDS[item.kind]
            await catalogue.remove(connection, producer, kind, item.object_id, self._clock())


def _shown(body: str) -> Json:
    return mapping(mapping(json.loads(body).get("data")).get("object"))


_READ: dict[str, Callable[[StripeApi, str], Coroutine[Any, Any, Json]]] = {
    "product": lambda api, id_: api.read_product(id_),
    "price": lambda api, id_: api.read_price(id_),
    "link": lambda api, id_: api.read_payment_link(id_),
}
