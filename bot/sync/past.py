"""The import as a part of the running bot: by itself at the first start with a key."""

import asyncio
from collections.abc import Callable

import structlog

from bot.domain.clock import Clock
from bot.domain.progress import ImportProgress
from bot.store.books.progress import note_trouble
from bot.store.engine import Store
from bot.store.queries import left_on_sale
from bot.store.queues import outbox
from bot.stripe_api import StripeTrouble
from bot.sync.account_scope import Books
from bot.sync.history import HistoryImport
from bot.sync.plans import at_start
from bot.sync.stopping import Stop, Stopped
from bot.sync.unread import ask_about_unread

log = structlog.get_logger()

# Seconds until the import is begun again that Stripe would not let us do.
REFUSED_DELAY = 3600.0


class PastSync:
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
        self._store = store
        self._history = history
        self._books = books
        self._clock = clock
        self._livemode = livemode
        self._stop = stop
        self._told = told
        self._wanted = asyncio.Event()
        self._asked = False

    def wake(self) -> None:
        """Say that there may be something to import."""
        self._wanted.set()

    def stop(self) -> None:
        self._stop.ask()

    async def run(self) -> None:
        """Import what there is to import, now and whenever woken, until `stop`."""
        try:
            while True:
                self._wanted.clear()
                if not await self._import():
                    await self._stop.wait(REFUSED_DELAY)
                    self.wake()
                await self._stop.unless(self._wanted.wait())
        except Stopped:
            return

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
        plan = await at_start(self._store, self._history, self._clock, livemode=self._livemode)
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
