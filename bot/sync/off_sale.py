"""Takes tracks off sale at Stripe: works the steps until none is left, whatever happens meanwhile.

A step is done when what Stripe answers is kept in the catalogue: from there it is ticked, in one
transaction, as it would be had the producer done it. So nothing is ticked that is not so, and what
a crash left undone is done after it.
"""

import asyncio
from collections.abc import Callable, Collection
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial

import structlog

from bot.ledger.clock import Clock
from bot.ledger.off_sale import Key, StepKind
from bot.store.engine import Store, StoreUnavailable
from bot.store.on_sale import off_sale, taken_off
from bot.store.on_sale.off_sale import DueTrack
from bot.store.outage import AGAIN_SECONDS
from bot.stripe_api import StripeApi
from bot.sync.books import Books
from bot.sync.off_sale_checkouts import OpenCheckouts
from bot.sync.off_sale_steps import Shelving

log = structlog.get_logger()

AT_ONCE = 4
"""Tracks that are worked on at the same time."""
SOON, LATER = timedelta(seconds=5), timedelta(minutes=5)
"""Until a step is tried again that seems to have gone well, and one for which the bot has no words.
"""
LONGEST_WAIT = 60.0
"""Seconds between looks at the store, should a wake-up be lost."""


class OffSale:
    """A part of the running bot."""

    def __init__(
        self,
        store: Store,
        api: StripeApi | None,
        books: Books,
        clock: Clock,
        told: Callable[[], None],
    ) -> None:
        """`told` is called when there is news for Discord. Without a key there is nothing to do."""
        self._store = store
        self._api = api
        self._books = books
        self._clock = clock
        self._told = told
        self._woken = asyncio.Event()
        self._stopped = asyncio.Event()
        self._working: dict[int, asyncio.Task[None]] = {}
        """By the track's id."""
        if api is not None:
            self._shelving = Shelving(store, api, books, clock)
            self._checkouts = OpenCheckouts(store, api, clock)

    def wake(self) -> None:
        """Say that there may be something to do."""
        self._woken.set()

    def stop(self) -> None:
        self._stopped.set()
        self._woken.set()

    async def run(self) -> None:
        """Work until `stop`: at once when woken, and whenever something is due.

        A track that takes long holds up no other one.
        """
        async with asyncio.TaskGroup() as group:
            while not self._stopped.is_set():
                self._woken.clear()
                now = self._clock()
                try:
                    await self._start_due(group, now)
                    wait = await self._seconds_to_next(now)
                except StoreUnavailable:
                    wait = AGAIN_SECONDS
                await _event_within(self._woken, wait)

    async def settle(self) -> None:
        """Do all that is due at this moment, each track once."""
        seen: set[int] = set()
        async with asyncio.TaskGroup() as group:
            while await self._start_due(group, self._clock(), seen):
                seen |= self._working.keys()
                await asyncio.wait(self._working.values(), return_when=asyncio.FIRST_COMPLETED)

    async def _start_due(
        self, group: asyncio.TaskGroup, now: datetime, seen: Collection[int] = ()
    ) -> int:
        """Begin with as many tracks as there are places for; how many are being worked on."""
        if self._api is None or self._stopped.is_set():
            return len(self._working)
        async with self._store.read() as connection:
            due = await off_sale.due(connection, self._live, now)
        for track in due:
            id_ = track.track_id
            if len(self._working) < AT_ONCE and id_ not in self._working and id_ not in seen:
                self._working[id_] = group.create_task(self._guarded(track))
                self._working[id_].add_done_callback(partial(self._finished, id_))
        return len(self._working)

    def _finished(self, track_id: int, _: asyncio.Task[None]) -> None:
        del self._working[track_id]
        self._woken.set()

    async def _guarded(self, track: DueTrack) -> None:
        try:
            await self._try(track)
        except StoreUnavailable:
            await _event_within(self._stopped, AGAIN_SECONDS)

    async def _try(self, track: DueTrack) -> None:
        try:
            await self._work_on(track)
        except StoreUnavailable:
            raise
        except Exception:
            # One track must not hold up the others; its steps wait a while.
            log.exception("off sale failed", track=track.track_id)
            await self._put_off(track, LATER)

    async def _work_on(self, track: DueTrack) -> None:
        """Neither waits for the other: what sells the track is soon switched off, and there may be
        very many open Checkouts. These are looked for once more, as some were opened meanwhile.
        """
        before, due = await self._visible(track)
        await asyncio.gather(
            self._switch_off(track), self._checkouts.close(track, self._goes_on, last=False)
        )
        await self._checkouts.close(track, self._goes_on, last=True)
        after, left = await self._visible(track)
        if after != before:
            async with self._store.write() as connection:
                now = self._clock()
                await off_sale.tell(connection, track, now)
                await taken_off.tell(connection, track.producer_id, track.track_id, now)
            self._told()
        if due & left:
            # Stripe did it, and yet it is not so: its clock is ahead of ours.
            await self._put_off(track, SOON)

    async def _switch_off(self, track: DueTrack) -> None:
        await self._shelving.do(track, StepKind.LINK, StepKind.PRODUCT)
        await self._shelving.do(track, StepKind.PRICE)

    def _goes_on(self) -> bool:
        return not self._stopped.is_set()

    async def _visible(self, track: DueTrack) -> tuple[frozenset[object], set[Key]]:
        """How the track's steps look, and which of them are due."""
        async with self._store.read() as connection:
            due = await off_sale.due_steps(connection, track, self._clock())
            return await off_sale.visible(connection, track), {step.key for step in due}

    async def _put_off(self, track: DueTrack, wait: timedelta) -> None:
        later = self._clock() + wait
        async with self._store.write() as connection:
            for step in await off_sale.due_steps(connection, track, self._clock()):
                await off_sale.put_off(connection, track, step.key, later)

    async def _seconds_to_next(self, since: datetime) -> float:
        # What was due by then is being worked on, or waits for a place: what finishes wakes us.
        if self._api is None:
            return LONGEST_WAIT
        async with self._store.read() as connection:
            soonest = await off_sale.next_due(connection, self._live, since)
        if soonest is None:
            return LONGEST_WAIT
        return min(max((soonest - self._clock()).total_seconds(), 0.0), LONGEST_WAIT)

    @property
    def _live(self) -> bool:
        return self._books.livemode is True


async def _event_within(event: asyncio.Event, seconds: float) -> None:
    """Wait for an event, but no longer."""
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)
