"""Reads the whole catalogue, at the start and every hour: what no event told of comes out then."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from bot.domain.clock import Clock
from bot.store.engine import Store
from bot.store.on_sale import off_sale_steps, step_review
from bot.store.queries import catalogue, left_on_sale
from bot.stripe_api import Pages, StripeApi, StripeTrouble
from bot.sync.account_scope import Books
from bot.sync.retry import Persistence
from bot.sync.stopping import Stop, Stopped

log = structlog.get_logger()

EVERY = 3600.0
"""Seconds between two readings."""
MOST = 100_000
"""Objects of a kind that are read. Whoever has more makes a product for each sale or the like."""
# What was made while the list was being read may not be in it, and clocks differ.
JUST_NOW = timedelta(minutes=5)
TRACKS = 20
"""Tracks that are looked at in one transaction: others want to write, too."""
AGAIN_AFTER = 30.0
"""Seconds until it is read again when woken: what is missed at the same time is read together."""


class CatalogueRound:
    """Makes what is kept of the catalogue equal to what is active at Stripe, a page at a time."""

    def __init__(
        self,
        store: Store,
        api: StripeApi,
        books: Books,
        clock: Clock,
        *,
        livemode: bool,
        persistence: Persistence,
        stop: Stop,
        looked: Callable[[], None] = lambda: None,
    ) -> None:
        """`persistence` stops by `stop`, too. `looked` is called when it was read once more."""
        self._store = store
        self._api = api
        self._books = books
        self._clock = clock
        self._livemode = livemode
        self._persistence = persistence
        self._stop = stop
        self._looked = looked
        self._wanted = asyncio.Event()

    def stop(self) -> None:
        self._stop.ask()

    def wake(self) -> None:
        """Say that something was missed: read again, soon."""
        self._wanted.set()

    async def run(self) -> None:
        """Read now, every hour, and when woken, until `stop`."""
        try:
            while True:
                self._wanted.clear()
                await self.look()
                await self._stop.unless(self._rest())
        except Stopped:
            return

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
            producer = await self._books.producer(connection, livemode=self._livemode)
            await catalogue.note_reading(connection, producer, read, said)
            await catalogue.note_kinds(connection, producer, whole)
            await step_review.try_again(connection, producer.id, self._clock())
            tracks = await step_review.to_review(connection, producer.id)
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
                producer = await self._books.producer(connection, livemode=self._livemode)
                await catalogue.keep(connection, producer, page, as_of)
            if count >= MOST:
                log.warning("catalogue too long, the rest is left out", kind=kind, read=count)
                return
        async with self._store.write() as connection:
            producer = await self._books.producer(connection, livemode=self._livemode)
            gone = await catalogue.retire(connection, producer, kind, began - JUST_NOW)
        if gone:
            log.info("no longer for sale", kind=kind, count=gone)

    async def _rest(self) -> None:
        try:
            await asyncio.wait_for(self._wanted.wait(), EVERY)
        except TimeoutError:
            return
        await self._api.pause(AGAIN_AFTER)
