"""What a unit of work says, made from the records as they stand at this moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerts.plan import Act, Unit
from bot.ledger.records import PaymentRecord, PayoutRecord, Producer
from bot.render.alerts import burst, payment_alert, payout_alert
from bot.render.message import Message
from bot.render.replies import payout_reply, reply, summary
from bot.store import messages, payments, payouts


class NothingToTell(Exception):
    """The store does not know what a row of the outbox is about."""


@dataclass(frozen=True, slots=True)
class Draft:
    message: Message
    under: int | None = None
    """The message it is a reply to."""


@dataclass(frozen=True, slots=True)
class Drafts:
    """Makes messages for one producer on one connection."""

    connection: AsyncConnection
    producer: Producer
    now: datetime
    fees_possible: bool

    async def of(self, unit: Unit) -> Draft:
        """The message a unit posts. Raises NothingToTell."""
        if unit.act is Act.REPLY:
            return await self._reply(unit)
        if unit.act is Act.SUMMARY:
            return Draft(summary(await self._payments(unit.subjects)))
        return Draft(await self.alert(unit.subjects))

    async def alert(self, subjects: Sequence[str]) -> Message:
        """The living message of a payout, of a payment, or of several that share it."""
        if subjects[0].startswith("payout:"):
            return payout_alert(await self._payout(subjects[0]), self.producer)
        records = await self._payments(subjects)
        if len(records) == 1:
            return payment_alert(records[0], fees_possible=self.fees_possible)
        return burst(records, fees_possible=self.fees_possible)

    async def _reply(self, unit: Unit) -> Draft:
        [row] = unit.rows
        subject = row.subject
        if subject.startswith("payout:"):
            text = payout_reply(await self._payout(subject))
        else:
            told = row.payload or {}
            record = await self._payment(subject)
            text = reply(told.get("what", ""), record, told.get("id", ""))
        place = await messages.of(self.connection, self.producer.id, subject)
        # Discord takes replies within one channel only.
        here = place is not None and place.channel_id == self.producer.channel_id
        return Draft(Message(content=text), place.message_id if place and here else None)

    async def _payments(self, subjects: Sequence[str]) -> list[PaymentRecord]:
        return [await self._payment(subject) for subject in subjects]

    async def _payment(self, subject: str) -> PaymentRecord:
        payment_id = int(subject.removeprefix("payment:"))
        record = await payments.load(self.connection, self.producer, payment_id, self.now)
        if record is None:
            raise NothingToTell(f"there is no {subject}")
        return record

    async def _payout(self, subject: str) -> PayoutRecord:
        payout_id = subject.removeprefix("payout:")
        record = await payouts.load(self.connection, self.producer, payout_id)
        if record is None:
            raise NothingToTell(f"there is no {subject}")
        return record
