"""Keeps the catalogue equal to Stripe's: object by object as events come, and whole every day."""

import json
from collections.abc import Callable, Coroutine
from dataclasses import KW_ONLY, dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog

from bot.domain.json_access import Json, mapping
from bot.domain.period import Clock
from bot.loops import Loop, Rest
from bot.store import inbox
from bot.store.books import catalogue_rows, off_sale_steps, off_sale_tracks, stripe_listings
from bot.store.engine import Store
from bot.store.work_queue import Item
from bot.stripe_api import Pages, StripeApi, StripeTrouble
from bot.sync.account_scope import AccountScope
from bot.sync.object_work import ObjectSync, Work
from bot.sync.stripe_calls import NoAnswer, Persistence, asking

KINDS = {"product": "product", "price": "price", "link": "payment_link"}
"""The kind of an item, and what Stripe calls such an object."""

# Stripe's clock and ours may differ by so much: what was read that long after an event holds it.
CLOCKS_DIFFER = timedelta(minutes=1)


@dataclass(eq=False)
class CatalogueSync(ObjectSync):
    """The handler of `product:`, `price:` and `link:` items.

    Without a key nothing is kept: what events alone say of a shop would be a part of it, and would
    stay long after it is gone.
    """

    _: KW_ONLY
    missed: Callable[[], None]
    """Called when Stripe did not answer."""

    async def __call__(self, item: Item) -> None:
        """Make what is kept of it equal to what Stripe says, and finish its events."""
        async with self.store.read() as connection:
            work = Work(item=item, events=await inbox.about(connection, item))
        if self.api is not None and work.events:
            await self._bring_up_to_date(self.api, work)
        async with self.store.write() as connection:
            await work.finish(connection)
        self.announce()

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
        async with self.store.read() as connection:
            producer = await self.scope.known_producer(connection, livemode=work.item.livemode)
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
        began = self.clock()
        try:
            async with asking(work.item.subject, self.patience):
                found = await _READ[work.item.kind](api, work.item.object_id)
        except NoAnswer as trouble:
            if trouble.gone:
                await self._remove(work.item)
                return
            last = work.events[-1]
            await self._keep(work.item, _shown(last.body), last.created)
            self.missed()
        else:
            await self._keep(work.item, found, began)

    async def _keep(self, item: Item, shown: Json, as_of: datetime) -> None:
        async with self.store.write() as connection:
            producer = await self.scope.producer(connection, livemode=item.livemode)
            await catalogue_rows.keep(connection, producer, [shown], as_of)

    async def _remove(self, item: Item) -> None:
        async with self.store.write() as connection:
            producer = await self.scope.producer(connection, livemode=item.livemode)
            kind = KINDS[item.kind]
            await catalogue_rows.remove(connection, producer, kind, item.object_id, self.clock())


def _shown(body: str) -> Json:
    return mapping(mapping(json.loads(body).get("data")).get("object"))


_READ: dict[str, Callable[[StripeApi, str], Coroutine[Any, Any, Json]]] = {
    "product": lambda api, id_: api.read_product(id_),
    "price": lambda api, id_: api.read_price(id_),
    "link": lambda api, id_: api.read_payment_link(id_),
}


log = structlog.get_logger()

EVERY = 3600.0
"""Seconds until what was left undone is tried again."""
READ_EVERY = timedelta(days=1)
"""From one reading of the whole to the next, while events bring every change. If they cannot be
listed, it is read every hour."""
MOST = 100_000
"""Objects of a kind that are read. A shop that has more makes a product for each sale or the like.
"""
# What was made while the list was being read may not be in it, and clocks differ.
JUST_NOW = timedelta(minutes=5)
TRACKS = 20
"""Tracks that are checked in one transaction: others write in between."""
AGAIN_AFTER = 30.0
"""Seconds until it is read again when woken: what is missed at the same time is read together."""


@dataclass(eq=False)
class CatalogueRound(Loop):
    """Makes what is kept of the catalogue equal to what is active at Stripe, a page at a time."""

    store: Store
    api: StripeApi
    scope: AccountScope
    clock: Clock
    _: KW_ONLY
    changes_come: Callable[[], bool]
    """Whether events bring every change."""
    looked: Callable[[], None] = lambda: None
    """Called when there may be something to take off sale."""

    def __post_init__(self) -> None:
        super().__init__()
        self._livemode = self.scope.livemode is True
        self._api = self.api.persistent(Persistence(self.api.pause, stop=self._stop).ask)
        self.missed = False
        self._read_at: datetime | None = None

    def wake(self) -> None:
        """Say that something was missed: read again, soon."""
        self.missed = True
        super().wake()

    async def step(self) -> Rest:
        """Read the whole catalogue: at the start, every day, and when woken."""
        if self.missed:
            await self._stop.unless(self.api.pause(AGAIN_AFTER))
        read_at = self._read_at if self.changes_come() and not self.missed else None
        self.missed = False
        if read_at is None or self.clock() - read_at >= READ_EVERY:
            await self.look()
            return Rest(EVERY)
        async with self.store.write() as connection:
            producer = await self.scope.producer(connection, livemode=self._livemode)
            await off_sale_steps.try_again(connection, producer.id, self.clock())
        self.looked()
        return Rest(EVERY)

    async def look(self) -> None:
        """Read all of it once. Raises StoreUnavailable and Stopped."""
        api, began = self._api, self.clock()
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
        read = self._read_at = None if troubles else began
        said = "; ".join(dict.fromkeys(troubles))
        async with self.store.write() as connection:
            producer = await self.scope.producer(connection, livemode=self._livemode)
            await stripe_listings.note_reading(connection, producer, read, said)
            await stripe_listings.note_kinds(connection, producer, whole)
            await off_sale_steps.try_again(connection, producer.id, self.clock())
            tracks = await off_sale_steps.to_review(connection, producer.id)
        for first in range(0, len(tracks), TRACKS):
            async with self.store.write() as connection:
                some = tracks[first : first + TRACKS]
                await off_sale_steps.settle(connection, producer.id, some, self.clock())
        async with self.store.write() as connection:
            await off_sale_tracks.tell_of_left_once(connection, producer, self.clock())
        self.looked()

    async def _read(self, kind: str, pages: Pages, began: datetime) -> None:
        count, as_of = 0, self.clock()
        async for page in pages:
            count += len(page)
            async with self.store.write() as connection:
                producer = await self.scope.producer(connection, livemode=self._livemode)
                await catalogue_rows.keep(connection, producer, page, as_of)
            as_of = self.clock()
            if count >= MOST:
                log.warning("catalogue too long, the rest is left out", kind=kind, read=count)
                return
        async with self.store.write() as connection:
            producer = await self.scope.producer(connection, livemode=self._livemode)
            gone = await catalogue_rows.retire(connection, producer, kind, began - JUST_NOW)
        if gone:
            log.info("no longer for sale", kind=kind, count=gone)
