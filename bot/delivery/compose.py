"""The message of a batch, composed from the records as they are at this moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.batching import Action, Batch
from bot.domain.money import Money
from bot.domain.news import ordinary_news, ordinary_payment, ordinary_payout
from bot.domain.payout import PayoutRecord
from bot.domain.period import BadPeriod
from bot.domain.preferences import Cadence
from bot.domain.sale import PaymentRecord, Producer
from bot.domain.test_sale import KIND as TEST_SALE
from bot.domain.totals import Statistics
from bot.store import discord_messages, outbox
from bot.store.books import off_sale_tracks, payments, payouts, test_sale
from bot.store.queries import digest
from bot.text.alert import burst, payment_alert
from bot.text.alert_replies import alert_url, reply, summary, with_link
from bot.text.digest import digest_message
from bot.text.language import prepare, speaking
from bot.text.message import Message, headed
from bot.text.notices import milestone_reply, milestones_text, notice
from bot.text.payouts import payout_alert, payout_reply
from bot.text.test_sale import alert_of_test, ended_test
from bot.text.track_questions import going_off_sale, track_question
from bot.text.track_questions import left_on_sale as tell_left_on_sale

LATE = timedelta(minutes=15)
"""What the bot comes to know of a payment after this long was paid while it was away."""


class NothingToSend(Exception):
    """The store does not have what a row of the outbox is about."""


class Charted(NamedTuple):
    """A message that goes with a chart, and what the chart is drawn of."""

    message: Message
    statistics: Statistics


@dataclass(frozen=True, slots=True)
class Draft:
    """A message that is ready to be sent."""

    message: Message
    under: int | None = None
    """The message it is a reply to."""
    ordinary: bool = False
    """Whether it makes no sound in quiet hours."""
    charted: Charted | None = None
    """What it is instead if a chart can be shown with it."""


@dataclass(frozen=True, slots=True)
class Composer:
    """Makes messages for one channel of a producer's, on one connection."""

    connection: AsyncConnection
    producer: Producer
    channel_id: int
    now: datetime
    fees_possible: bool

    async def of(self, batch: Batch) -> Draft:
        """The message a batch posts. Raises NothingToSend."""
        await prepare(self.producer.preferences.language)
        with speaking(self.producer.preferences.language):
            return await self._of(batch)

    async def _of(self, batch: Batch) -> Draft:
        if batch.action is Action.MILESTONES:
            return await self._milestones(batch)
        if batch.action in (Action.REPLY, Action.NOTICE):
            [row] = batch.rows
            draft = await (
                self._reply(batch) if batch.action is Action.REPLY else self._notice(batch)
            )
            return replace(draft, ordinary=ordinary_news(row.kind, row.subject, row.key))
        if batch.subjects[0].startswith("payout:"):
            went_well = ordinary_payout(await self._payout(batch.subjects[0]))
            return Draft(await self._alert(batch.subjects), ordinary=went_well)
        records = await self._payments(batch.subjects)
        ordinary = all(map(ordinary_payment, records))
        if batch.action is Action.SUMMARY:
            return Draft(summary(records), ordinary=ordinary)
        return Draft(await self._sold(records), ordinary=ordinary)

    async def alert(self, subjects: Sequence[str]) -> Message:
        """The living message of a payout, of a payment, or of several that share it; and that of a
        test sale, once it is over."""
        await prepare(self.producer.preferences.language)
        with speaking(self.producer.preferences.language):
            return await self._alert(subjects)

    async def _alert(self, subjects: Sequence[str]) -> Message:
        if off_sale_tracks.SUBJECT in subjects:
            left = await off_sale_tracks.left_on_sale(self.connection, self.producer)
            taking = await off_sale_tracks.taking_off(self.connection, self.producer)
            return going_off_sale(left, self.producer, taking)
        if test_sale.is_alert(subjects[0]):
            return ended_test()
        if subjects[0].startswith("payout:"):
            payout = await self._payout(subjects[0])
            return payout_alert(payout, self.producer, fees_possible=self.fees_possible)
        if subjects[0].startswith("reply:"):
            return await self._reply_again(subjects[0].removeprefix("reply:"))
        return await self._sold(await self._payments(subjects))

    async def _sold(self, records: Sequence[PaymentRecord]) -> Message:
        late = await self._late(records)
        if len(records) == 1:
            return payment_alert(
                records[0], fees_possible=self.fees_possible, told_late=records[0].id in late
            )
        return burst(records, fees_possible=self.fees_possible, told_late=late)

    async def _late(self, records: Sequence[PaymentRecord]) -> set[int]:
        """The payments that were paid long before the bot knew of it.

        Until Stripe was asked, a bank debit seems to be paid on the day on which it was begun.
        """
        asked = {f"payment:{record.id}": record for record in records if record.complete}
        since = await outbox.announced(self.connection, self.producer.id, asked)
        return {
            record.id
            for subject, record in asked.items()
            if subject in since
            and record.payment.paid is not None
            and since[subject] - record.payment.paid > LATE
        }

    async def _reply_again(self, key: str) -> Message:
        """A short message under an alert, as it would be sent now."""
        row = await outbox.of_key(self.connection, self.producer.id, key)
        if row is None:
            raise NothingToSend(f"there is no {key}")
        return self._payment_reply(await self._payment(row.subject), row.payload or {})

    async def _reply(self, batch: Batch) -> Draft:
        [row] = batch.rows
        subject = row.subject
        if subject.startswith("payout:"):
            text = payout_reply(await self._payout(subject), self.producer)
            message = headed(text)
        else:
            message = self._payment_reply(await self._payment(subject), row.payload or {})
        place = await discord_messages.of(self.connection, self.producer.id, subject)
        if place is None:
            return Draft(message)
        # Discord takes replies within one channel only.
        if place.channel_id == self.channel_id:
            return Draft(message, place.message_id)
        alert = alert_url(self.producer, place.channel_id, place.message_id)
        return Draft(with_link(message, alert))

    async def _milestones(self, batch: Batch) -> Draft:
        """What many sales have reached; under their alert, if one message tells of them all."""
        records = await self._payments(batch.subjects)
        payloads = [row.payload or {} for row in batch.rows]
        text = milestones_text(list(zip(payloads, records, strict=True)))
        found = [
            await discord_messages.of(self.connection, self.producer.id, one)
            for one in batch.subjects
        ]
        places = {(place.channel_id, place.message_id) for place in found if place is not None}
        here = [message_id for channel_id, message_id in places if channel_id == self.channel_id]
        under = here[0] if len(places) == len(here) == 1 and None not in found else None
        return Draft(headed(text), under, ordinary=True)

    def _payment_reply(self, record: PaymentRecord, payload: Mapping[str, Any]) -> Message:
        what, object_id = payload.get("what", ""), payload.get("id", "")
        if what == "track_free":
            return track_question(record, int(object_id), int(payload["track"]))
        mark = milestone_reply(payload, record)
        if mark is not None:
            return headed(mark)
        amount = Money(int(payload["amount"]), payload["currency"]) if "amount" in payload else None
        text = reply(what, record, object_id, amount, fees_possible=self.fees_possible)
        return headed(text)

    async def _notice(self, batch: Batch) -> Draft:
        [row] = batch.rows
        payload = row.payload or {}
        if payload.get("what") == "left_on_sale":
            left = await off_sale_tracks.left_on_sale(self.connection, self.producer)
            return Draft(tell_left_on_sale(left, self.producer))
        if payload.get("what") == TEST_SALE:
            return Draft(alert_of_test(self.producer, int(payload["at"])))
        if payload.get("what") == "digest":
            return await self._digest(payload)
        text = notice(payload, self.producer)
        if text is None:
            raise NothingToSend(f"there are no words for {row.key}")
        return Draft(headed(text))

    async def _digest(self, payload: Mapping[str, Any]) -> Draft:
        cadence = Cadence(payload["cadence"])
        period = payload["period"]
        try:
            found = await digest.digest(self.connection, self.producer, period, cadence, self.now)
        except BadPeriod as trouble:
            raise NothingToSend(f"{period} is not over in {self.producer.timezone}") from trouble
        made = partial(digest_message, found, self.producer, fees_possible=self.fees_possible)
        return Draft(made(), charted=Charted(made(charted=True), found.statistics))

    async def _payments(self, subjects: Sequence[str]) -> list[PaymentRecord]:
        return [await self._payment(subject) for subject in subjects]

    async def _payment(self, subject: str) -> PaymentRecord:
        payment_id = int(subject.removeprefix("payment:"))
        record = await payments.load(self.connection, self.producer, payment_id, self.now)
        if record is None:
            raise NothingToSend(f"there is no {subject}")
        return record

    async def _payout(self, subject: str) -> PayoutRecord:
        payout_id = subject.removeprefix("payout:")
        record = await payouts.load(self.connection, self.producer, payout_id)
        if record is None:
            raise NothingToSend(f"there is no {subject}")
        return record
