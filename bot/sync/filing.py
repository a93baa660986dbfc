"""Writes payments of the past, many a time, without telling anybody and without undoing anything.

What events have yet to tell is left to them: had the import written it first, it would be no news
any more when they come. So is what was read of Stripe later than this.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.merge_listed import latest_change, refreshed
from bot.domain.parse import Evidence, amend
from bot.domain.payment import DisputeState, Payment, PaymentState
from bot.domain.records import Producer
from bot.domain.terms import NO_TEMPLATES, Templates
from bot.store.books.bulk import NewPayment, record_new
from bot.store.books.importing import (
    KnownPayment,
    known_by_charge,
    known_payments,
    subjects_waiting,
)
from bot.store.books.recording import record
from bot.store.queues import outbox, work_queue
from bot.store.queues.work_queue import Item
from bot.sync.schedule import is_open

# A transaction of so many takes a few hundredths of a second: others write in between.
BATCH = 25
# What is open is looked at again when the import has most likely come to the end of it.
LOOK_AGAIN = timedelta(hours=1)


@dataclass(slots=True)
class Filed:
    """How many payments were new, changed, as they were known, or left to the events."""

    new: int = 0
    changed: int = 0
    same: int = 0
    left: int = 0

    def add(self, other: "Filed") -> None:
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))


@dataclass(frozen=True, slots=True, kw_only=True)
class Filing:
    """One reading of Stripe's lists, to be written."""

    producer: Producer
    began: datetime
    """When the reading began."""
    handover: datetime
    """From when on events tell."""
    still_told: frozenset[str] = field(default_factory=frozenset)
    """Free Checkouts whose event came after the handover: they have no time of their own."""
    templates: Templates = NO_TEMPLATES

    async def payments(
        self, connection: AsyncConnection, seen: Sequence[Payment], now: datetime
    ) -> Filed:
        """Write payments that Stripe was asked for whole, but for refunds and disputes."""
        known = await known_payments(connection, self.producer.id, seen)
        waiting = await self._waiting(connection, seen)
        new: dict[str, Payment] = {}
        filed = Filed()
        for payment, before in zip(seen, known, strict=True):
            if payment.key in waiting or (before is None and self._comes_by_event(payment)):
                filed.left += 1
            elif before is None:
                new[payment.key] = payment
            elif before.complete and refreshed(before.payment, payment) == before.payment:
                filed.same += 1
            else:
                after = refreshed(before.payment, payment)
                filed.add(await self._change(connection, before, after, now, whole=True))
        await record_new(
            connection,
            self.producer,
            [NewPayment(payment, _due(payment, now)) for payment in new.values()],
            read=self.began,
            templates=self.templates,
        )
        filed.new += len(new)
        return filed

    async def parts(
        self, connection: AsyncConnection, parts: Mapping[str, Evidence], now: datetime
    ) -> Filed:
        """Add refunds and disputes to payments that are known by their charges."""
        known = await known_by_charge(connection, self.producer.id, parts.keys())
        waiting = await self._waiting(connection, [each.payment for each in known.values()])
        filed = Filed()
        for charge, before in known.items():
            after = amend(before.payment, parts[charge])
            if before.payment.key in waiting:
                filed.left += 1
            elif after == before.payment:
                filed.same += 1
            else:
                filed.add(await self._change(connection, before, after, now, whole=False))
        return filed

    async def _waiting(self, connection: AsyncConnection, seen: Sequence[Payment]) -> set[str]:
        """The keys of the payments that events wait to tell of."""
        subjects = {subject: payment.key for payment in seen for subject in _subjects(payment)}
        waiting = await subjects_waiting(connection, self.producer.livemode, subjects)
        return {subjects[subject] for subject in waiting}

    def _comes_by_event(self, payment: Payment) -> bool:
        if payment.free and payment.key in self.still_told:
            return True
        return (payment.paid or payment.created) >= self.handover

    async def _change(
        self,
        connection: AsyncConnection,
        before: KnownPayment,
        after: Payment,
        now: datetime,
        *,
        whole: bool,
    ) -> Filed:
        """Write what a known payment has become; `whole`: Stripe was asked for all of it."""
        if before.read is not None and before.read > self.began:
            return Filed(same=1)
        if _is_paid_anew(before, after):
            # However long ago that was: it was never told, and it is asked for to be told.
            item = Item(self.producer.livemode, _subjects(after)[0])
            await work_queue.ask(connection, self.producer, [(item, now)])
            return Filed(left=1)
        if self._is_news(before, after):
            return Filed(left=1)
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
            await self._correct_message(connection, before.id, now)
        return Filed(changed=1)

    def _is_news(self, before: KnownPayment, after: Payment) -> bool:
        """Whether Discord is still to hear of the change by the ordinary way."""
        if latest_change(after) >= self.handover:
            return True
        # The outcome of a dispute has no time of its own: it is looked for, and told, every day.
        return before.told and _outcomes(after) != _outcomes(before.payment)

    async def _correct_message(
        self, connection: AsyncConnection, payment_id: int, now: datetime
    ) -> None:
        """An edit notifies nobody, and a living message has to be true."""
        subject = f"payment:{payment_id}"
        key = f"edit:{subject}"
        await outbox.put(
            connection, self.producer.id, kind="edit", subject=subject, key=key, now=now
        )


def _is_paid_anew(before: KnownPayment, after: Payment) -> bool:
    """Whether a payment that was waited for has come, or one that had come has failed."""
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
