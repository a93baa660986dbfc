"""The sync worker: takes what is due and makes our rows equal to what Stripe says."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeAlias

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.json_access import NotUnderstood
from bot.domain.period import Clock
from bot.domain.test_sale import KIND as TEST_SALE
from bot.loops import Loop, Rest, delay_after, ended
from bot.store import work_queue
from bot.store.books import test_sale
from bot.store.engine import Store, StoreUnavailable
from bot.store.work_queue import Due, Item
from bot.stripe_api import StripeApi
from bot.sync.account_scope import AccountScope
from bot.sync.catalogue_sync import KINDS, CatalogueSync
from bot.sync.object_work import Remainder
from bot.sync.payment_sync import PaymentSync
from bot.sync.payout_sync import PayoutSync
from bot.sync.recovery import Recovery
from bot.sync.stripe_calls import PATIENCE

log = structlog.get_logger()

Handler: TypeAlias = Callable[[Item], Awaitable[Remainder | None]]
Fetch: TypeAlias = Callable[[AsyncConnection, datetime, int], Awaitable[list[Due]]]

# How many objects are read at the same time; Stripe allows 25 calls a second in test mode. Sales
# have places of their own: none waits behind declined cards, strangers' payments or objects that
# Stripe denies, of which there may be thousands at once.
SALES_AT_ONCE = 8
NEWS_AT_ONCE = 4
# Next to them, so that no news waits behind looks that a slow Stripe keeps waiting.
LOOKS_AT_ONCE = 4
# How many remainders may run as well: one beyond that keeps its object's place.
REMAINDERS_AT_ONCE = 40
# How many due objects are fetched from the store at once.
BATCH = 200
# After as many seconds without a wake-up a worker is idle.
LULL = 0.05
# An idle worker looks at the store this often, in case a wake-up is lost.
LONGEST_WAIT = 60.0
# An object whose work fails for reasons of ours is tried this often before it is set aside.
MOST_ATTEMPTS = 8
# From one such try to the next, in seconds: the first and the longest wait.
TRY_AGAIN = 1.0, 64.0
# A look that fails for reasons of ours is repeated after this, however often.
LOOK_AGAIN = timedelta(minutes=5)
# How long running work may take to finish when the bot stops.
GRACE = 5.0


@dataclass(slots=True)
class _Group:
    """Objects of one kind of urgency: those that wait, those being worked on."""

    fetch: Fetch
    places: int
    ready: deque[Due] = field(default_factory=deque)
    running: set[Item] = field(default_factory=set)

    @property
    def free(self) -> bool:
        return len(self.running) < self.places


@dataclass(eq=False)
class Worker(Loop):
    """Runs the handler of each object that is due, several at a time, never two for one object."""

    store: Store
    clock: Clock
    handlers: Mapping[str, Handler]
    """The kind of an item (payment, payout) to what brings it up to date."""

    def __post_init__(self) -> None:
        super().__init__()
        self._groups = (
            _Group(work_queue.due_sales, SALES_AT_ONCE),
            _Group(work_queue.due_news, NEWS_AT_ONCE),
            _Group(work_queue.due_checks, LOOKS_AT_ONCE),
        )
        self.running: dict[Item, asyncio.Task[None]] = {}
        """The objects that are being worked on."""
        self._unavailable: StoreUnavailable | None = None
        """What a handler raised, so that nothing more is begun for now."""

    async def run(self) -> None:
        """Work until `stop`; then finish what is running."""
        await super().run()
        await ended(list(self.running.values()), GRACE)

    async def step(self) -> Rest | None:
        """Begin with what is due. Raises StoreUnavailable."""
        now = self.clock()
        await self.start_due(now)
        # While there is much to do, the store need not be asked what comes after.
        await self._pause(self._woken, LULL)
        return None if self._woken.is_set() else Rest(await self.seconds_to_next(now))

    async def settle(self) -> None:
        """Work until nothing is due (for tests and one-off commands, not next to `run`)."""
        while True:
            self._woken.clear()
            if await self.start_due(self.clock()):
                await asyncio.wait(self.running.values(), return_when=asyncio.FIRST_COMPLETED)
            elif not self._woken.is_set():
                return

    async def start_due(self, now: datetime) -> int:
        """Fill the free places; answer how many objects are being worked on.

        Raises StoreUnavailable, also what a handler met: else its object, still due, would be read
        from Stripe over and over.
        """
        if self._unavailable is not None:
            unavailable, self._unavailable = self._unavailable, None
            raise unavailable
        await self._refill(now)
        for group in self._groups:
            while group.ready and group.free:
                one = group.ready.popleft()
                if one.item not in self.running:
                    self._start(group, one)
        return len(self.running)

    async def _refill(self, now: datetime) -> None:
        idle = [group for group in self._groups if group.free and not group.ready]
        if not idle:
            return
        # What ends while we read may still be listed, though there is nothing left to do.
        running = set(self.running)
        async with self.store.read() as connection:
            for group in idle:
                due = await group.fetch(connection, now, BATCH)
                group.ready.extend(one for one in due if one.item not in running)

    def _start(self, group: _Group, due: Due) -> None:
        task = asyncio.create_task(self._work(group, due), name=f"sync {due.item.subject}")
        self.running[due.item] = task
        group.running.add(due.item)
        task.add_done_callback(lambda _: self._finished(group, due.item))

    def _finished(self, group: _Group, item: Item) -> None:
        del self.running[item]
        group.running.discard(item)
        self._woken.set()

    async def seconds_to_next(self, since: datetime) -> float:
        """How long nothing new is due: at most LONGEST_WAIT seconds."""
        # What was due by then is being worked on, or waits for a place: what finishes wakes us.
        async with self.store.read() as connection:
            soonest = await work_queue.next_due(connection, since)
        if soonest is None:
            return LONGEST_WAIT
        return min(max((soonest - self.clock()).total_seconds(), 0.0), LONGEST_WAIT)

    async def _work(self, group: _Group, due: Due) -> None:
        try:
            await self._handle(group, due)
        except StoreUnavailable as trouble:
            # It stays due, and this was no attempt.
            self._unavailable = trouble

    async def _handle(self, group: _Group, due: Due) -> None:
        try:
            remainder = await self.handlers[due.item.kind](due.item)
            if remainder is not None:
                self._make_room(group, due.item)
                await remainder()
        except StoreUnavailable:
            raise
        except NotUnderstood as trouble:
            log.error("object not understood", subject=due.item.subject, reason=str(trouble))
            async with self.store.write() as connection:
                await work_queue.set_aside(connection, due, str(trouble))
        except Exception as trouble:
            # One bad object must not hold up the others.
            log.exception("sync failed", subject=due.item.subject)
            await self._try_again(due, type(trouble).__name__)

    def _make_room(self, group: _Group, item: Item) -> None:
        """Free the place of an object: one about which Stripe is slow must not hold up others."""
        remainders = len(self.running) - sum(len(each.running) for each in self._groups)
        if remainders < REMAINDERS_AT_ONCE:
            group.running.discard(item)
            self._woken.set()

    async def _try_again(self, due: Due, reason: str) -> None:
        async with self.store.write() as connection:
            if not due.newest:
                await work_queue.look_again(connection, due.item, self.clock() + LOOK_AGAIN)
                return
            attempts = await work_queue.attempts(connection, due)
            if attempts + 1 >= MOST_ATTEMPTS:
                await work_queue.set_aside(connection, due, reason)
            else:
                later = self.clock() + timedelta(seconds=delay_after(attempts, *TRY_AGAIN))
                await work_queue.postpone(connection, due, later, reason)


def handlers(
    store: Store,
    api: StripeApi | None,
    scope: AccountScope,
    clock: Clock,
    changed: Callable[[], None],
    missed: Recovery | None,
    patience: float = PATIENCE,
) -> dict[str, Handler]:
    """What brings each kind of object up to date; `changed` is called when there may be news.

    `patience`: seconds that news waits for Stripe.
    """
    again = missed.catalogue.wake if missed else each()
    catalogue = CatalogueSync(store, api, scope, clock, changed, patience, missed=again)

    async def announce_test_sale(item: Item) -> None:
        async with store.write() as connection:
            producer = await scope.known_producer(connection, livemode=item.livemode)
            await test_sale.announce(connection, producer, item.object_id, clock())
        changed()

    return {
        "payment": PaymentSync(store, api, scope, clock, changed, patience),
        "payout": PayoutSync(store, api, scope, clock, changed, patience),
        **dict.fromkeys(KINDS, catalogue),
        TEST_SALE: announce_test_sale,
    }


def each(*calls: Callable[[], None]) -> Callable[[], None]:
    """Makes all of these calls, one after the other; none: there is nothing to be done."""

    def call() -> None:
        for one in calls:
            one()

    return call
