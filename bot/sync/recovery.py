"""The parts of the running bot that make up for the past.

They fetch events that did not come, import what was sold before the bot ran, and read the sales
that were known from events alone until there was a key.
"""

import math
from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass
from datetime import timedelta
from itertools import count
from typing import NamedTuple

import structlog

from bot.domain.import_progress import ImportProgress
from bot.domain.period import Clock
from bot.domain.problem import KEY
from bot.loops import Loop, Rest
from bot.store import outbox, work_queue
from bot.store.books import off_sale_tracks, problem_log
from bot.store.books.sync_progress import note_trouble
from bot.store.engine import Store
from bot.stripe_api import StripeApi, StripeTrouble
from bot.sync.accept import Intake
from bot.sync.account_scope import AccountScope
from bot.sync.backfill import Backfill
from bot.sync.catalogue_sync import CatalogueRound
from bot.sync.catch_up import CatchUp
from bot.sync.cutover import at_start
from bot.sync.stripe_calls import Persistence, note_waiting

log = structlog.get_logger()

# Stripe allows 25 calls a second in test mode, and a payment takes one to three.
GAP = timedelta(seconds=0.5)
AT_ONCE = 500
"""Objects in one transaction: others write in between."""


async def ask_about_unread(
    store: Store, scope: AccountScope, clock: Clock, *, livemode: bool
) -> int:
    """Read everything from Stripe that was never read from it, one after the other; how many.

    The newest come first. What is already being asked for keeps its turn. Nothing is announced
    again by it, since a sale that is known is only brought up to date.
    """
    async with store.write() as connection:
        producer = await scope.producer(connection, livemode=livemode)
        # What the key could not read may be allowed by now; if not, it shows again.
        await problem_log.forget(connection, producer.id, KEY)
        unread = await work_queue.unread(connection, producer)
    now, turn = clock(), count()
    for start in range(0, len(unread), AT_ONCE):
        turns = [(each, now + GAP * next(turn)) for each in unread[start : start + AT_ONCE]]
        async with store.write() as connection:
            await work_queue.ask(connection, producer, turns)
    if unread:
        log.info("reading what was recorded without a key", objects=len(unread))
    return len(unread)


# Seconds until the import is begun again that Stripe would not let us do.
REFUSED_DELAY = 3600.0


@dataclass(eq=False)
class BackfillTask(Loop):
    """Runs whatever import is not finished: the first, one broken off, one after a long absence."""

    store: Store
    api: StripeApi
    scope: AccountScope
    clock: Clock
    _: KW_ONLY
    announce: Callable[[], None]
    """Called when there is news for Discord."""

    def __post_init__(self) -> None:
        super().__init__()
        self._livemode = self.scope.livemode is True
        waiting = note_waiting(self.store, self._livemode, of="import")
        persistence = Persistence(self.api.pause, stop=self._stop, waiting=waiting)
        self.backfill = Backfill(
            *(self.store, self.api.persistent(persistence.ask), self.scope, self.clock),
            livemode=self._livemode,
        )
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
            async with self.store.write() as connection:
                await note_trouble(connection, self._livemode, of="import", trouble=str(trouble))
            return False
        finally:
            # Once: while the bot runs, there is a key.
            if not self._asked and not self._stop.asked:
                self._asked = True
                await ask_about_unread(self.store, self.scope, self.clock, livemode=self._livemode)

    async def work(self) -> None:
        """Do what there is to do, once. Raises StripeTrouble and Stopped."""
        plan = await at_start(
            self.store, self.backfill.beginning, self.clock, livemode=self._livemode
        )
        if plan.finished:
            return
        log.info(
            "importing the past", since=plan.done_until.isoformat(), until=plan.end.isoformat()
        )
        summary = await self.backfill.walk(plan)
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
        async with self.store.write() as connection:
            producer = await self.scope.producer(connection, livemode=self._livemode)
            told = await off_sale_tracks.tell_of_left_once(connection, producer, self.clock())
        if told:
            self.announce()

    async def _say(self, plan: ImportProgress, payments: int) -> None:
        """Tell the producer that sales of a long absence were not announced one by one."""
        now = self.clock()
        async with self.store.write() as connection:
            producer = await self.scope.producer(connection, livemode=self._livemode)
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
        self.announce()


class Recovery(NamedTuple):
    """Three parts of the running bot."""

    catch_up: CatchUp
    backfill: BackfillTask
    catalogue: CatalogueRound


def recovery(
    store: Store,
    api: StripeApi | None,
    scope: AccountScope,
    intake: Intake,
    clock: Clock,
    announce: Callable[[], None],
    catalogue_read: Callable[[], None],
    *,
    webhooks: bool,
) -> Recovery | None:
    """Make them if there is a key; `announce` is called when there is news for Discord.

    `webhooks`: whether they are set up; if not, events come only by asking Stripe for them.

    `catalogue_read` is called when the catalogue was read once more.
    """
    if api is None:
        return None
    backfill = BackfillTask(store, api, scope, clock, announce=announce)
    catch_up = CatchUp(
        *(store, api, intake, scope, clock),
        webhooks=webhooks,
        absent=backfill.wake,
        announce=announce,
    )
    catalogue = CatalogueRound(
        *(store, api, scope, clock), changes_come=lambda: catch_up.works, looked=catalogue_read
    )
    return Recovery(catch_up, backfill, catalogue)
