"""Brings one payment up to date: from Stripe whole where that is possible, else from its events."""

import asyncio
from collections.abc import Set
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TypeAlias

import structlog

from bot.domain.json_access import NotUnderstood, mapping
from bot.domain.parse import payment_of, unreported_success
from bot.domain.payment import Payment
from bot.domain.problem import GONE, Problem, payment_problems
from bot.domain.stripe_view import StripeView
from bot.store import inbox, work_queue
from bot.store.books import payments
from bot.store.books.problem_log import has
from bot.store.books.record import record
from bot.store.books.stripe_listings import items_of
from bot.store.work_queue import Item
from bot.stripe_api import StripeApi
from bot.sync.object_work import (
    ObjectSync,
    Remainder,
    is_open,
    next_check,
    next_look_for,
    note_problems,
)
from bot.sync.payment_work import PaymentWork, Turn, Turns
from bot.sync.stripe_calls import NO_SUCH_OBJECT, NoAnswer, asking

log = structlog.get_logger()

# A payment's first events come within moments of each other. One that does not name its Checkout
# waits this long for the one that does, which saves asking Stripe which Checkout it belongs to.
CHECKOUT_GRACE = timedelta(seconds=2.5)
LEAST_PATIENCE = 0.6
"""Seconds that Stripe has in any case: time enough unless it is slow."""

_Answer: TypeAlias = tuple[Payment | None, Set[Problem]]
"""A payment as Stripe has it, None when it is no sale, and what is not understood of it."""
TURN_MAY_TAKE = 2.0
"""Seconds that a new sale waits for those that were begun before it, so that it gets its number
after them."""
LATE_TURN_MAY_TAKE = 60.0
LATE = timedelta(seconds=10)
"""What was paid so long ago is caught up on: there is time, and the order matters."""


@dataclass(eq=False)
class PaymentSync(ObjectSync):
    """The handler of `payment:` items."""

    def __post_init__(self) -> None:
        self._turns = Turns()

    async def __call__(self, item: Item) -> Remainder | None:
        """Read it, record it, finish its events: one transaction, so it all holds or none of it.

        If Stripe is slow, what the events say is recorded first, and the remainder is what Stripe
        answers in the end. Raises NotUnderstood when its objects are broken beyond use.
        """
        with self._turns.take() as turn:
            return await self._sync(item, turn)

    async def _sync(self, item: Item, turn: Turn) -> Remainder | None:
        work = await self._look_up(item)
        if work.known is None:
            work.turn = turn
        else:
            turn.over()
        if work.covered or (work.fresh and work.only_failed):
            async with self.store.write() as connection:
                await work.finish(connection)
        elif work.fresh and (until := work.gone_until(self.clock())) is not None:
            await self._go_by_events(work, NoAnswer(NO_SUCH_OBJECT, Problem(GONE)), until)
        elif (until := self._checkout_may_come(work)) is not None:
            await self._wait_for_checkout(work, until)
        elif self.api is None:
            await self._go_by_events(work, NoAnswer())
        else:
            return await self._bring_up_to_date(self.api, work)
        return None

    async def _look_up(self, item: Item) -> PaymentWork:
        async with self.store.read() as connection:
            producer = await self.scope.known_producer(connection, livemode=item.livemode)
            known = None
            if producer is not None:
                known = await payments.find_named(connection, producer.id, item.object_id)
            work = PaymentWork(item=item, events=await inbox.about(connection, item), known=known)
            if producer is not None and work.fresh and not (known and known.complete):
                if known is not None:
                    work.known_gone = await has(connection, producer.id, item.subject, GONE)
                session = mapping(work.shown.session)
                work.expected = await items_of(connection, producer.id, session)
        return work

    def _checkout_may_come(self, work: PaymentWork) -> datetime | None:
        """Until when the event that names the Checkout may still be on its way."""
        if self.api is None or work.newest is None or (work.known and work.known.complete):
            return None
        until = work.newest + CHECKOUT_GRACE
        return until if self.clock() < until and work.session is None else None

    async def _wait_for_checkout(self, work: PaymentWork, until: datetime) -> None:
        """What the events say of the sale by themselves is announced at once even so."""
        if await self._record_events(work):
            return
        async with self.store.write() as connection:
            waiting = "waiting for its Checkout"
            await work_queue.postpone(connection, work.due, until, waiting, tried=False)

    async def _bring_up_to_date(self, api: StripeApi, work: PaymentWork) -> Remainder | None:
        began = self.clock()
        asked = asyncio.create_task(self._ask_stripe(api, work))
        try:
            await asyncio.wait({asked}, timeout=self._patience_for(work))
            if not asked.done():
                log.info("the event speaks for itself first", subject=work.item.subject)
                await self._record_events(work)
                return partial(self._take_late, work, asked, began)
        except BaseException:
            asked.cancel()
            raise
        try:
            payment, problems = await asked
        except NoAnswer as trouble:
            await self._go_by_events(work, trouble)
        else:
            await self._go_by_stripe(work, payment, problems, began)
        return None

    def _patience_for(self, work: PaymentWork) -> float | None:
        """How many seconds Stripe may take until the events speak; None: as long as the API allows.

        What has waited for its turn is announced sooner, so that slow ones do not add up. An
        exclusive does not wait: its track is to go off sale, and every other buyer of it is a
        conflict.
        """
        if work.newest is None:
            return None
        if work.names_exclusive:
            return 0.0
        waited = (self.clock() - work.newest).total_seconds()
        return min(self.patience, max(self.patience - waited, LEAST_PATIENCE))

    async def _record_events(self, work: PaymentWork) -> bool:
        """Record what the events say of a sale by themselves, if they do."""
        payment = None
        with suppress(NotUnderstood):
            payment = work.payment_in_events()
        if payment is not None:
            await self._record(work, payment, work.problems(payment))
        return payment is not None

    async def _take_late(
        self, work: PaymentWork, asked: asyncio.Task[_Answer], began: datetime
    ) -> None:
        """What Stripe answers after all."""
        try:
            payment, problems = await asked
        except NoAnswer as trouble:
            # Events may have come since then, and others may have been recorded.
            await self._go_by_events(await self._look_up(work.item), trouble)
        else:
            await self._go_by_stripe(work, payment, problems, began)

    async def _ask_stripe(self, api: StripeApi, work: PaymentWork) -> _Answer:
        """The payment as Stripe has it, and what is not understood of it. Raises NoAnswer."""
        async with asking(work.item.subject):
            view = await self._read(api, work)
            if view is None:
                return None, frozenset()
            payment = payment_of(view)
            return payment, payment_problems(view, payment)

    async def _read(self, api: StripeApi, work: PaymentWork) -> StripeView | None:
        object_id = work.item.object_id
        view = await api.read_payment(
            session=work.session,
            intent=object_id if object_id.startswith("pi_") else None,
            charge=object_id if object_id.startswith(("ch_", "py_")) else None,
            disputed=work.disputed,
            succeeded=work.succeeded,
        )
        if view is None:
            return None
        if unreported_success(view) and not work.is_paid:
            # Stripe no longer has an event that says when. It has by now, and was not known to.
            view = replace(view, succeeded=self.clock())
        return work.with_events(view)

    async def _go_by_stripe(
        self, work: PaymentWork, payment: Payment | None, problems: Set[Problem], read: datetime
    ) -> None:
        """What Stripe says is final."""
        if payment is not None:
            await self._record(work, payment, problems, read=read)
            return
        async with self.store.write() as connection:
            await work.finish(connection)
            await work_queue.look_again(connection, work.item, None)

    async def _go_by_events(
        self, work: PaymentWork, trouble: NoAnswer, until: datetime | None = None
    ) -> None:
        """Without Stripe's answer, what the events say counts until it comes.

        `until`: it was not asked now, and will be then.
        """
        if not work.fresh:
            await self.put_off(work.item, work.known, trouble)
            return
        payment = work.payment_in_events()
        if payment is None:
            await self._keep_waiting(work, trouble, until)
        else:
            problems = work.problems(payment) | trouble.problems
            await self._record(work, payment, problems, gone=trouble.gone, until=until)

    async def _keep_waiting(
        self, work: PaymentWork, trouble: NoAnswer, until: datetime | None
    ) -> None:
        """No sale by what the events say: others may come, or Stripe may still answer."""
        now = self.clock()
        async with self.store.write() as connection:
            if self.api is None:
                await work.finish(connection, "waiting")
                return
            if trouble.gone:
                later = until or next_look_for(min(each.received for each in work.fresh), now)
            else:
                later = next_check(await work_queue.attempts(connection, work.due), now)
            if later is None:
                log.error("events given up", subject=work.item.subject, reason=str(trouble))
                await work_queue.set_aside(connection, work.due, str(trouble))
            else:
                await work_queue.postpone(connection, work.due, later, str(trouble))

    async def _record(
        self,
        work: PaymentWork,
        payment: Payment,
        problems: Set[Problem],
        *,
        read: datetime | None = None,
        gone: bool = False,
        until: datetime | None = None,
    ) -> None:
        """Write what is known now and when to look again, in one transaction.

        `until`: the look that is due then stays so, since Stripe was not asked.
        """
        if work.turn is not None:
            # The sale is new: it gets the next number.
            late = self.clock() - (payment.paid or payment.created) > LATE
            await work.turn.comes(LATE_TURN_MAY_TAKE if late else TURN_MAY_TAKE)
        now = self.clock()
        complete = read is not None
        checks = work.known.checks if work.known and not work.fresh else 0
        if until is not None and work.known is not None:
            checks = work.known.checks - 1
        due = None
        if self.api is not None and is_open(payment, complete=complete):
            due = until or next_check(checks, now, gone=gone)
        async with self.store.write() as connection:
            producer = await self.scope.producer(connection, livemode=work.item.livemode)
            await record(
                connection,
                producer,
                payment,
                complete=complete,
                read=read,
                due=due,
                checks=checks + 1,
                now=now,
                templates=self.scope.templates,
            )
            await note_problems(connection, producer.id, work.item, problems, now)
            await work.finish(connection, overruled=complete)
        self.announce()
