"""Keeps the catalogue equal to Stripe's: object by object as events come, and whole every hour."""

import json
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any

import structlog

from bot.domain.json_access import Json, mapping
from bot.domain.period import Clock
from bot.loops import Loop, Rest
from bot.store import inbox
from bot.store.books import catalogue_rows, off_sale_steps, stripe_listings
from bot.store.engine import Store
from bot.store.queries import left_on_sale
from bot.store.work_queue import Item
from bot.stripe_api import Pages, StripeApi, StripeTrouble
from bot.sync.account_scope import AccountScope
from bot.sync.object_work import Work
from bot.sync.stripe_calls import PATIENCE, NoAnswer, Persistence, asking

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
        scope: AccountScope,
        clock: Clock,
        missed: Callable[[], None],
        changed: Callable[[], None] = lambda: None,
        patience: float = PATIENCE,
    ) -> None:
        """`missed` is called when Stripe did not answer; `changed` when there may be news for
        Discord, or something to take off sale.

        `patience` is in seconds. Without a key nothing is kept: what events alone say of a shop
        would be a part of it, and would stay long after it is gone.
        """
        self._store = store
        self._api = api
        self._scope = scope
        self._clock = clock
        self._missed = missed
        self._changed = changed
        self._patience = patience

    async def __call__(self, item: Item) -> None:
        """Make what is kept of it equal to what Stripe says, and finish its events."""
        async with self._store.read() as connection:
            work = Work(item=item, events=await inbox.about(connection, item))
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
            producer = await self._scope.known_producer(connection, livemode=work.item.livemode)
            if producer is None:
                return None
            kind = KINDS[work.item.kind]
            return await catalogue_rows.seen(connection, producer, kind, work.item.object_id)

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
        except NoAnswer as trouble:
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
            producer = await self._scope.producer(connection, livemode=item.livemode)
            await catalogue_rows.keep(connection, producer, [shown], as_of)

    async def _remove(self, item: Item) -> None:
        async with self._store.write() as connection:
            producer = await self._scope.producer(connection, livemode=item.livemode)
            kind = KINDS[item.kind]
            await catalogue_rows.remove(connection, producer, kind, item.object_id, self._clock())


def _shown(body: str) -> Json:
    return mapping(mapping(json.loads(body).get("data")).get("object"))


_READ: dict[str, Callable[[StripeApi, str], Coroutine[Any, Any, Json]]] = {
    "product": lambda api, id_: api.read_product(id_),
    "price": lambda api, id_: api.read_price(id_),
    "link": lambda api, id_: api.read_payment_link(id_),
}


log = structlog.get_logger()

EVERY = 3600.0
"""Seconds between two readings."""
MOST = 100_000
"""Objects of a kind that are read. A shop that has more makes a product for each sale or the like.
"""
# What was made while the list was being read may not be in it, and clocks differ.
JUST_NOW = timedelta(minutes=5)
TRACKS = 20
"""Tracks that are checked in one transaction: others write in between."""
AGAIN_AFTER = 30.0
"""Seconds until it is read again when woken: what is missed at the same time is read together."""


class CatalogueRound(Loop):
    """Makes what is kept of the catalogue equal to what is active at Stripe, a page at a time."""

    def __init__(
        self,
        store: Store,
        api: StripeApi,
        scope: AccountScope,
        clock: Clock,
        *,
        looked: Callable[[], None] = lambda: None,
    ) -> None:
        """`looked` is called when it was read once more."""
        super().__init__()
        self._store = store
        self._api = api
        self._scope = scope
        self._clock = clock
        self._livemode = scope.livemode is True
        self._persistence = Persistence(api.pause, stop=self._stop)
        self._looked = looked
        self._missed = False

    def wake(self) -> None:
        """Say that something was missed: read again, soon."""
        self._missed = True
        super().wake()

    async def step(self) -> Rest:
        """Read the whole catalogue: at the start, every hour, and when woken."""
        if self._missed:
            await self._stop.unless(self._api.pause(AGAIN_AFTER))
        self._missed = False
        await self.look()
        return Rest(EVERY)

    async def look(self) -> None:
        """Read all of it once. Raises StoreUnavailable and Stopped."""
        api, began = self._api, self._clock()
        lists = {
            "product": api.products(),
            "price": api.prices(),
            "payment_link": api.payment_links(),
        }
        troubles, whole = [], []
        for kind, pages in lists.items():
            try:
                await self._read(kind, pages, began)
                whole.append(kind)
            except StripeTrouble as trouble:
                # What can be read of the others is worth having.
                log.error("catalogue cannot be read", kind=kind, reason=str(trouble))
                troubles.append(str(trouble))
        read = None if troubles else began
        said = "; ".join(dict.fromkeys(troubles))
        async with self._store.write() as connection:
            producer = await self._scope.producer(connection, livemode=self._livemode)
            await stripe_listings.note_reading(connection, producer, read, said)
            await stripe_listings.note_kinds(connection, producer, whole)
            await off_sale_steps.try_again(connection, producer.id, self._clock())
            tracks = await off_sale_steps.to_review(connection, producer.id)
        for first in range(0, len(tracks), TRACKS):
            async with self._store.write() as connection:
                some = tracks[first : first + TRACKS]
                await off_sale_steps.settle(connection, producer.id, some, self._clock())
        async with self._store.write() as connection:
            await left_on_sale.tell_once(connection, producer, self._clock())
        self._looked()

    async def _read(self, kind: str, pages: Pages, began: datetime) -> None:
        count = 0
        while True:
            as_of = self._clock()
            try:
                page = await self._persistence.ask(pages.__anext__)
            except StopAsyncIteration:
                break
            count += len(page)
            async with self._store.write() as connection:
                producer = await self._scope.producer(connection, livemode=self._livemode)
                await catalogue_rows.keep(connection, producer, page, as_of)
            if count >= MOST:
                log.warning("catalogue too long, the rest is left out", kind=kind, read=count)
                return
        async with self._store.write() as connection:
            producer = await self._scope.producer(connection, livemode=self._livemode)
            gone = await catalogue_rows.retire(connection, producer, kind, began - JUST_NOW)
        if gone:
            log.info("no longer for sale", kind=kind, count=gone)
