"""The parts of the running bot that make up for the past.

They fetch events that did not come, import what was sold before the bot ran, and read the sales
that were known from events alone until there was a key.
"""

import math
from collections.abc import Awaitable, Callable
from datetime import timedelta
from itertools import count
from typing import NamedTuple

import structlog

from bot.domain.import_progress import ImportProgress
from bot.domain.period import Clock
from bot.domain.problem import KEY
from bot.loops import Loop, Rest, Stop
from bot.store import outbox, work_queue
from bot.store.books import problem_log
from bot.store.books.sync_progress import note_trouble
from bot.store.engine import Store
from bot.store.queries import left_on_sale
from bot.stripe_api import StripeApi, StripeTrouble
from bot.sync.accept import Intake
from bot.sync.account_scope import Books
from bot.sync.backfill import HistoryImport
from bot.sync.catalogue_sync import CatalogueRound
from bot.sync.catch_up import CatchUp
from bot.sync.cutover import at_start
from bot.sync.stripe_calls import Persistence
from bot.sync.unbooked import FeeReturns

log = structlog.get_logger()

# Stripe allows 25 calls a second in test mode, and a payment takes one to three.
GAP = timedelta(seconds=0.5)
AT_ONCE = 500
"""Objects in one transaction: others write in between."""


async def ask_about_unread(store: Store, books: Books, clock: Clock, *, livemode: bool) -> int:
    """Have all asked for that Stripe was never asked about, one after the other; how many.

    The newest come first. What is already being asked for keeps its turn. Nothing is announced
    again by it, since a sale that is known is only brought up to date.
    """
    async with store.write() as connection:
        producer = await books.producer(connection, livemode=livemode)
        # What the key could not read may be allowed by now; if not, it shows again.
        await problem_log.forget(connection, producer.id, KEY)
        unread = await work_queue.unread(connection, producer)
    now, turn = clock(), count()
    for start in range(0, len(unread), AT_ONCE):
        turns = [(each, now + GAP * next(turn)) for each in unread[start : start + AT_ONCE]]
        async with store.write() as connection:
            await work_queue.ask(connection, producer, turns)
    if unread:
        log.info("reading what was told without a key", objects=len(unread))
    return len(unread)


# Seconds until the import is begun again that Stripe would not let us do.
REFUSED_DELAY = 3600.0


class PastSync(Loop):
    """Runs whatever import is not finished: the first, one broken off, one after a long absence."""

    def __init__(
        self,
        store: Store,
        history: HistoryImport,
        books: Books,
        clock: Clock,
        *,
        livemode: bool,
        stop: Stop,
        told: Callable[[], None],
    ) -> None:
        """`history` stops by `stop`, too; `told` is called when there is news for Discord."""
        super().__init__(stop=stop)
        self._store = store
        self._history = history
        self._books = books
        self._clock = clock
        self._livemode = livemode
        self._told = told
        self._asked = False

    async def step(self) -> Rest:
        """Import what there is to import, now and whenever woken."""
        if await self._import():
            return Rest(math.inf)
        return Rest(REFUSED_DELAY, deaf=REFUSED_DELAY)

    async def _import(self) -> bool:
        """Whether Stripe let us do it; then, or even so, ask about what it did not bring."""
        try:
            await self.work()
            return True
        except StripeTrouble as trouble:
            log.error("the past cannot be imported", reason=str(trouble))
            async with self._store.write() as connection:
                await note_trouble(connection, self._livemode, of="import", trouble=str(trouble))
            return False
        finally:
            await self._ask_about_unread()

    async def _ask_about_unread(self) -> None:
        """Once: while the bot runs, there is a key."""
        if not self._asked and not self._stop.asked:
            self._asked = True
            await ask_about_unread(self._store, self._books, self._clock, livemode=self._livemode)

    async def work(self) -> None:
        """Do what there is to do, once. Raises StripeTrouble and Stopped."""
        plan = await at_start(
            self._store, self._history.beginning, self._clock, livemode=self._livemode
        )
        if plan.finished:
            return
        log.info(
            "importing the past", since=plan.done_until.isoformat(), until=plan.end.isoformat()
        )
        summary = await self._history.walk(plan)
        log.info(
            "past imported",
            new=summary.payments.new,
            changed=summary.payments.changed,
            left=summary.payments.left,
            payouts=summary.payouts,
            broken=summary.broken,
        )
        if plan.away:
            await self._say(plan, summary.payments.new)
        await self._say_left_on_sale()

    async def _say_left_on_sale(self) -> None:
        """Of what turned out to be sold exclusively, unless the catalogue is not read yet."""
        async with self._store.write() as connection:
            producer = await self._books.producer(connection, livemode=self._livemode)
            told = await left_on_sale.tell_once(connection, producer, self._clock())
        if told:
            self._told()

    async def _say(self, plan: ImportProgress, payments: int) -> None:
        """Tell the producer that sales of a long absence were not told one by one."""
        now = self._clock()
        async with self._store.write() as connection:
            producer = await self._books.producer(connection, livemode=self._livemode)
            await outbox.put(
                connection,
                producer.id,
                kind="notice",
                subject="notice:away",
                key=f"notice:away:{int(plan.end.timestamp())}",
                now=now,
                payload={
                    "what": "imported_quietly",
                    "from": int(plan.start.timestamp()),
                    "to": int(plan.end.timestamp()),
                    "payments": payments,
                },
            )
        self._told()


class Recovery(NamedTuple):
    """Three parts of the running bot."""

    catch_up: CatchUp
    past: PastSync
    catalogue: CatalogueRound


def recovery(
    store: Store,
    api: StripeApi | None,
    books: Books,
    intake: Intake,
    clock: Clock,
    *,
    told: Callable[[], None],
    shelves_read: Callable[[], None],
) -> Recovery | None:
    """Make them, where there is somebody to ask; `told` is called when there is news to tell.

    `shelves_read` is called when the catalogue was read once more.
    """
    if api is None:
        return None
    livemode = books.livemode is True
    stops = Stop(), Stop()
    patience = [
        Persistence(api.pause, stop=stop, waiting=_noting(store, livemode, of))
        for stop, of in zip(stops, ("events", "import"), strict=True)
    ]
    history = HistoryImport(store, api, books, clock, livemode=livemode, persistence=patience[1])
    past = PastSync(store, history, books, clock, livemode=livemode, stop=stops[1], told=told)
    lists = api.history()
    returns = FeeReturns(store, lists, books, clock, livemode=livemode, persistence=patience[0])
    catch_up = CatchUp(
        store,
        lists,
        intake,
        books,
        clock,
        livemode=livemode,
        persistence=patience[0],
        stop=stops[0],
        fee_returns=returns.look,
        absent=past.wake,
        told=told,
    )
    return Recovery(catch_up, past, _catalogue(store, api, books, clock, livemode, shelves_read))


def _catalogue(
    store: Store,
    api: StripeApi,
    books: Books,
    clock: Clock,
    livemode: bool,
    looked: Callable[[], None],
) -> CatalogueRound:
    stop = Stop()
    persistence = Persistence(api.pause, stop=stop)
    return CatalogueRound(
        store,
        api,
        books,
        clock,
        livemode=livemode,
        persistence=persistence,
        stop=stop,
        looked=looked,
    )


def _noting(store: Store, livemode: bool, of: str) -> Callable[[str], Awaitable[None]]:
    """Notes why Stripe does not answer, for those who ask how far it is."""

    async def note(trouble: str) -> None:
        async with store.write() as connection:
            await note_trouble(connection, livemode, of=of, trouble=trouble)

    return note
