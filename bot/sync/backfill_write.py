"""Writes payments and payouts of the past, quietly and without undoing anything.

What events have yet to announce is left to them: if the import wrote it first, it would no longer
be news when they come. The same goes for what was read from Stripe later than this.
"""

import asyncio
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.json_access import Json, NotUnderstood, identifier
from bot.domain.license_terms import NO_TEMPLATES, Templates
from bot.domain.merge import merge_listed
from bot.domain.parse import amend
from bot.domain.payment import DisputeState, Payment, PaymentState
from bot.domain.payout import Payout, PayoutItem, payout_items_of, payout_of
from bot.domain.period import Clock
from bot.domain.problem import NOT_UNDERSTOOD, Problem, payout_problems
from bot.domain.related_objects import latest_change
from bot.domain.sale import Producer
from bot.domain.stripe_view import StripeView
from bot.store import outbox, work_queue
from bot.store.books import payouts
from bot.store.books.bulk import NewPayment, record_new
from bot.store.books.payouts import StoredPayout
from bot.store.books.record import record
from bot.store.books.sync_progress import (
    KnownPayment,
    known_by_charge,
    known_payments,
    subjects_waiting,
)
from bot.store.engine import Store
from bot.store.work_queue import Item
from bot.stripe_api import History, StripeDenied, StripeDown, StripeTrouble
from bot.sync.object_work import is_open, is_open_payout, settle_problems

# A transaction of so many takes a few hundredths of a second: others write in between.
BATCH = 25
# What is open is checked again when the import has most likely ended.
LOOK_AGAIN = timedelta(hours=1)


@dataclass(slots=True)
class Written:
    """How many payments were new, changed, unchanged, or left to the events."""

    new: int = 0
    changed: int = 0
    same: int = 0
    left: int = 0

    def add(self, other: "Written") -> None:
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentWriter:
    """One reading of Stripe's lists, to be written."""

    producer: Producer
    began: datetime
    """When the reading began."""
    cutover: datetime
    """From when on events announce sales."""
    come_by_event: frozenset[str] = field(default_factory=frozenset)
    """Free Checkouts whose event came after the cutover: they have no time of their own."""
    templates: Templates = NO_TEMPLATES

    async def payments(
        self, connection: AsyncConnection, seen: Sequence[Payment], now: datetime
    ) -> Written:
        """Write payments that Stripe was asked for whole, but for refunds and disputes."""
        known = await known_payments(connection, self.producer.id, seen)
        waiting = await self._waiting(connection, seen)
        new: dict[str, Payment] = {}
        written = Written()
        for payment, before in zip(seen, known, strict=True):
            if payment.key in waiting or (before is None and self._comes_by_event(payment)):
                written.left += 1
            elif before is None:
                new[payment.key] = payment
            elif before.complete and merge_listed(before.payment, payment) == before.payment:
                written.same += 1
            else:
                after = merge_listed(before.payment, payment)
                written.add(await self._change(connection, before, after, now, whole=True))
        await record_new(
            connection,
            self.producer,
            [NewPayment(payment, _due(payment, now)) for payment in new.values()],
            read=self.began,
            templates=self.templates,
        )
        written.new += len(new)
        return written

    async def parts(
        self, connection: AsyncConnection, parts: Mapping[str, StripeView], now: datetime
    ) -> Written:
        """Add refunds and disputes to payments that are known by their charges."""
        known = await known_by_charge(connection, self.producer.id, parts.keys())
        waiting = await self._waiting(connection, [each.payment for each in known.values()])
        written = Written()
        for charge, before in known.items():
            after = amend(before.payment, parts[charge])
            if before.payment.key in waiting:
                written.left += 1
            elif after == before.payment:
                written.same += 1
            else:
                written.add(await self._change(connection, before, after, now, whole=False))
        return written

    async def _waiting(self, connection: AsyncConnection, seen: Sequence[Payment]) -> set[str]:
        """The keys of the payments that have events waiting."""
        subjects = {subject: payment.key for payment in seen for subject in _subjects(payment)}
        waiting = await subjects_waiting(connection, self.producer.livemode, subjects)
        return {subjects[subject] for subject in waiting}

    def _comes_by_event(self, payment: Payment) -> bool:
        if payment.free and payment.key in self.come_by_event:
            return True
        return (payment.paid or payment.created) >= self.cutover

    async def _change(
        self,
        connection: AsyncConnection,
        before: KnownPayment,
        after: Payment,
        now: datetime,
        *,
        whole: bool,
    ) -> Written:
        """Write what a known payment has become; `whole`: Stripe was asked for all of it."""
        if before.read is not None and before.read > self.began:
            return Written(same=1)
        if _paid_or_failed_since(before, after):
            # However long ago that was, it was never announced: Stripe is asked, and it will be.
            item = Item(self.producer.livemode, _subjects(after)[0])
            await work_queue.ask(connection, self.producer, [(item, now)])
            return Written(left=1)
        if self._is_news(before, after):
            return Written(left=1)
        complete = whole or before.complete
        await record(
            connection,
            self.producer,
            after,
            complete=complete,
            read=self.began if whole else None,
            due=_due(after, now, complete=complete),
            checks=1,
            now=now,
            quiet=True,
            templates=self.templates,
        )
        if before.told:
            # An edit sends no notification, and a living message has to be true.
            await outbox.put_edit(connection, self.producer.id, f"payment:{before.id}", now)
        return Written(changed=1)

    def _is_news(self, before: KnownPayment, after: Payment) -> bool:
        """Whether the change is still to be announced in the ordinary way."""
        if latest_change(after) >= self.cutover:
            return True
        # The outcome of a dispute has no time of its own: it is checked, and announced, every day.
        return before.told and _outcomes(after) != _outcomes(before.payment)


def _paid_or_failed_since(before: KnownPayment, after: Payment) -> bool:
    """Whether a pending payment has come, or one that had come has failed."""
    was_paid = before.payment.state is PaymentState.PAID
    return was_paid is not (after.state is PaymentState.PAID)


def _subjects(payment: Payment) -> list[str]:
    """What its events may go by."""
    names = (payment.intent, payment.session, payment.charge, payment.key)
    return [f"payment:{name}" for name in names if name]


def _due(payment: Payment, now: datetime, *, complete: bool = True) -> datetime | None:
    return now + LOOK_AGAIN if is_open(payment, complete=complete) else None


def _outcomes(payment: Payment) -> dict[str, DisputeState]:
    return {dispute.id: dispute.state for dispute in payment.disputes}


log = structlog.get_logger()

# Seconds between two transactions, in which another process may write.
REST = 0.005


@dataclass(eq=False)
class PayoutWriter:
    """Writes what Stripe's list of payouts shows, quietly; but a failure is always announced."""

    store: Store
    history: History
    clock: Clock

    async def write(
        self, producer: Producer, listed: Sequence[Json], *, began: datetime, cutover: datetime
    ) -> int:
        """Write payouts as they were listed, from `began` on; how many were new or had changed.

        Those that came after the `cutover` are announced by events, and so are those that have
        events waiting.
        """
        if not listed:
            return 0
        written = 0
        seen, problems = _seen(listed)
        async with self.store.read() as connection:
            ids = [payout.id for payout in seen]
            recorded = await payouts.find_all(connection, producer.id, ids)
            subjects = [f"payout:{id_}" for id_ in ids]
            waiting = await subjects_waiting(connection, producer.livemode, subjects)
        for payout in seen:
            known = recorded.get(payout.id)
            new = known is None and payout.created >= cutover
            if not new and f"payout:{payout.id}" not in waiting and not _read_since(known, began):
                written += await self._write_one(producer, payout, known, began)
                await asyncio.sleep(REST)
        async with self.store.write() as connection:
            await settle_problems(connection, producer, problems, self.clock())
        return written

    async def _write_one(
        self, producer: Producer, payout: Payout, known: StoredPayout | None, began: datetime
    ) -> bool:
        contents = None
        if payout.automatic and payout.reconciled and not (known and known.payout.reconciled):
            contents = await self._contents(payout.id)
        # Whether it is reconciled says here whether what is in it was read.
        seen = replace(payout, reconciled=bool(known and known.payout.reconciled))
        if known and contents is None and known.payout == seen:
            return False
        await self._write(producer, payout, known, contents, began)
        return True

    async def _contents(self, payout_id: str) -> Sequence[PayoutItem] | None:
        try:
            listed = await self.history.payout_movements(payout_id)
        except (StripeDown, StripeDenied):
            raise
        except StripeTrouble as trouble:
            log.warning("payout cannot be broken down", payout=payout_id, reason=str(trouble))
            return None
        return payout_items_of(listed)

    async def _write(
        self,
        producer: Producer,
        payout: Payout,
        known: StoredPayout | None,
        contents: Sequence[PayoutItem] | None,
        began: datetime,
    ) -> None:
        now = self.clock()
        inside_known = contents is not None or bool(known and known.payout.reconciled)
        async with self.store.write() as connection:
            if known and _read_since(await payouts.find(connection, producer.id, payout.id), began):
                return  # meanwhile
            await payouts.record(
                connection,
                producer,
                payout,
                read=began,
                due=now + LOOK_AGAIN if is_open_payout(payout, inside_known=inside_known) else None,
                checks=1,
                now=now,
                # Of a known payout only a failure is announced, or its message edited.
                quiet=known is None,
            )
            if contents is not None:
                await payouts.attach(connection, producer.id, payout.id, contents)


def _seen(listed: Sequence[Json]) -> tuple[list[Payout], dict[str, Set[Problem]]]:
    """Payouts as Stripe lists them, the oldest first, and what of each is not understood."""
    seen: list[Payout] = []
    problems: dict[str, Set[Problem]] = {}
    for shown in reversed(listed):
        subject = f"payout:{identifier(shown) or 'unknown'}"
        try:
            seen.append(payout_of(shown))
            problems[subject] = payout_problems(shown)
        except NotUnderstood as trouble:
            log.error("object not understood", subject=subject, reason=str(trouble))
            problems[subject] = {Problem(NOT_UNDERSTOOD, said=str(trouble))}
    return seen, problems


def _read_since(known: StoredPayout | None, began: datetime) -> bool:
    """Whether what is known was read of Stripe later."""
    return known is not None and known.read is not None and known.read > began
