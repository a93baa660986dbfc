"""Brings one payment up to date: from Stripe whole where that is possible, else from its events."""

import asyncio
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bot.ledger.clock import Clock
from bot.ledger.fields import Json, identifier
from bot.ledger.payment import Payment
from bot.ledger.reading import Evidence, events_evidence, payment_of, payment_of_events
from bot.store import agenda, events, payments
from bot.store.agenda import Item
from bot.store.engine import Store
from bot.store.events import StoredEvent
from bot.store.payments import StoredPayment
from bot.store.recording import record
from bot.stripe_api import StripeApi, StripeTrouble
from bot.sync.books import Books
from bot.sync.schedule import is_open, next_check

log = structlog.get_logger()

# A new sale is told within a second: so long may Stripe take before the event speaks for itself.
PATIENCE = 0.6
# A payment's first events come within moments of each other. One that does not name its Checkout
# waits this long for the one that does, which saves asking Stripe which Checkout it belongs to.
CHECKOUT_GRACE = timedelta(seconds=5)


class _NotAsked(Exception):
    """Stripe has not answered (in time), or there is no key to ask with."""


@dataclass(slots=True)
class _Work:
    """One payment's work: what is known of it, and all its events, new and old."""

    item: Item
    known: StoredPayment | None
    events: Sequence[StoredEvent]

    @property
    def fresh(self) -> list[StoredEvent]:
        return [event for event in self.events if event.state in ("pending", "waiting")]

    @property
    def sequences(self) -> list[int]:
        return [event.sequence for event in self.fresh]

    @property
    def attempts(self) -> int:
        return max((event.attempts for event in self.fresh), default=0)

    @property
    def session(self) -> str | None:
        """The Checkout Session's id, where an event or an earlier reading has named it."""
        if self.known is not None and self.known.payment.session:
            return self.known.payment.session
        session = events_evidence(self._bodies()).session
        return identifier(session) if session else None

    @property
    def disputed(self) -> bool:
        """Whether a bank has asked about it: Stripe need not say so on the charge."""
        return any("dispute" in event.type for event in self.events)

    def told_by_events(self) -> Payment | None:
        """The payment as far as all its events tell it, onto what was known."""
        return payment_of_events(self._bodies(), self.known.payment if self.known else None)

    def _bodies(self) -> Iterator[Json]:
        return (json.loads(event.body) for event in self.events)

    @property
    def covered(self) -> bool:
        """Whether Stripe was asked after the last of these events had come."""
        read = self.known.read if self.known else None
        return read is not None and all(event.received <= read for event in self.fresh)


class PaymentSync:
    """The handler of `payment:` items."""

    def __init__(
        self,
        store: Store,
        api: StripeApi | None,
        books: Books,
        clock: Clock,
        told: Callable[[], None],
        patience: float = PATIENCE,
    ) -> None:
        """`told` is called when there may be news for Discord; `patience` is in seconds."""
        self._store = store
        self._api = api
        self._books = books
        self._clock = clock
        self._told = told
        self._patience = patience

    async def __call__(self, item: Item) -> None:
        """Read it, record it, finish its events: one transaction, so it all holds or none of it.

        Raises NotUnderstood when its objects are broken beyond use.
        """
        work = await self._look_up(item)
        if work.fresh and work.covered:
            await self._finish(work)
        elif self._must_wait_for_checkout(work):
            await self._wait_for_checkout(work)
        else:
            await self._bring_up_to_date(work)

    async def _look_up(self, item: Item) -> _Work:
        async with self._store.read() as connection:
            producer = await self._books.known_producer(connection, livemode=item.livemode)
            known = None
            if producer is not None:
                known = await payments.find_named(connection, producer.id, item.object_id)
            about = await events.about(connection, item)
        return _Work(item, known, about)

    def _must_wait_for_checkout(self, work: _Work) -> bool:
        if self._api is None or work.known is not None or work.session is not None:
            return False
        newest = max((event.received for event in work.fresh), default=self._clock())
        return self._clock() < newest + CHECKOUT_GRACE

    async def _wait_for_checkout(self, work: _Work) -> None:
        newest = max(event.received for event in work.fresh)
        async with self._store.write() as connection:
            await agenda.postpone(
                connection, work.item, newest + CHECKOUT_GRACE, "waiting for its Checkout"
            )

    async def _bring_up_to_date(self, work: _Work) -> None:
        began = self._clock()
        try:
            payment = await self._ask_stripe(work)
        except _NotAsked:
            await self._record(work, work.told_by_events(), read=None)
        else:
            await self._record(work, payment, read=began)

    async def _ask_stripe(self, work: _Work) -> Payment | None:
        """The payment as Stripe has it, None when it is no sale; raises _NotAsked."""
        if self._api is None:
            raise _NotAsked
        news = work.known is None or bool(work.fresh)
        try:
            async with asyncio.timeout(self._patience if news else None):
                evidence = await self._read(self._api, work)
        except TimeoutError:
            log.info("stripe is slow, the event speaks for itself", subject=work.item.subject)
            raise _NotAsked from None
        except StripeTrouble as trouble:
            log.warning("stripe could not be asked", subject=work.item.subject, reason=str(trouble))
            raise _NotAsked from trouble
        return payment_of(evidence) if evidence else None

    async def _read(self, api: StripeApi, work: _Work) -> Evidence | None:
        object_id = work.item.object_id
        return await api.read_payment(
            session=work.session,
            intent=object_id if object_id.startswith("pi_") else None,
            charge=object_id if object_id.startswith(("ch_", "py_")) else None,
            disputed=work.disputed,
        )

    async def _record(self, work: _Work, payment: Payment | None, read: datetime | None) -> None:
        """Write what is known now and when to look again, in one transaction."""
        if payment is None:
            await self._leave(work, asked=read is not None)
            return
        now = self._clock()
        checks = work.known.checks if work.known and not work.fresh else 0
        async with self._store.write() as connection:
            await record(
                connection,
                await self._books.producer(connection, livemode=work.item.livemode),
                payment,
                complete=read is not None,
                read=read,
                due=self._next_look(payment, checks, now, complete=read is not None),
                checks=checks + 1,
                now=now,
            )
            await events.finish(connection, work.sequences, "done")
        self._told()

    def _next_look(
        self, payment: Payment, checks: int, now: datetime, *, complete: bool
    ) -> datetime | None:
        if self._api is None or not is_open(payment, complete=complete):
            return None
        return next_check(checks, now)

    async def _leave(self, work: _Work, *, asked: bool) -> None:
        """It is no sale as far as we know. Stripe's word is final; without it, more may come."""
        async with self._store.write() as connection:
            if asked:
                await events.finish(connection, work.sequences, "done")
            elif self._api is None:
                await events.finish(connection, work.sequences, "waiting")
            else:
                later = next_check(work.attempts, self._clock())
                if later is None:
                    await agenda.set_aside(connection, work.item, "Stripe could not be asked")
                else:
                    await agenda.postpone(connection, work.item, later, "Stripe could not be asked")

    async def _finish(self, work: _Work) -> None:
        async with self._store.write() as connection:
            await events.finish(connection, work.sequences, "done")
