"""What a message in Discord tells of, found the way back from the message.

What could not be told, and of which sale it was.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.payout import PayoutContents
from bot.domain.problem import SetAside
from bot.domain.sale import PaymentRecord, Producer, Sale
from bot.store import discord_messages, outbox
from bot.store.books import payments
from bot.store.queries import payouts
from bot.store.queries.sales import of_payout
from bot.store.tables import sales

_PAYMENT, _PAYOUT = "payment:", "payout:"
# What was told under an alert is kept by its key, with how it was told before it.
_UNDER = ("reply:", "notice:")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What messages tell of; nothing at all, where they are none of ours or of no sale."""

    payments: tuple[PaymentRecord, ...] = ()
    payout: PayoutContents | None = None
    sold: tuple[Sale, ...] = ()
    """Some of the sales in the payout."""


async def told(
    connection: AsyncConnection, producer: Producer, message_ids: Iterable[int], now: datetime
) -> Told:
    """What the first of these messages tells of that tells of anything of this producer's."""
    for message_id in message_ids:
        listed = await discord_messages.sharing(connection, producer.id, message_id)
        about = [await _subject(connection, producer, one) for one in listed]
        found = await _of(connection, producer, about, now)
        if found != Told():
            return found
    return Told()


async def _of(
    connection: AsyncConnection, producer: Producer, subjects: Iterable[str], now: datetime
) -> Told:
    records = []
    for subject in dict.fromkeys(subjects):
        if subject.startswith(_PAYOUT):
            payout = subject.removeprefix(_PAYOUT)
            return Told(
                payout=await payouts.contents(connection, producer, payout, 0),
                sold=await of_payout(connection, producer, payout, now),
            )
        if subject.startswith(_PAYMENT):
            payment_id = int(subject.removeprefix(_PAYMENT))
            records.append(await payments.load(connection, producer, payment_id, now))
    return Told(payments=tuple(record for record in records if record is not None))


async def _subject(connection: AsyncConnection, producer: Producer, subject: str) -> str:
    """What a message is about; of a reply, what that is a reply to."""
    under = next((before for before in _UNDER if subject.startswith(before)), None)
    if under is None:
        return subject
    row = await outbox.of_key(connection, producer.id, subject.removeprefix(under))
    return subject if row is None else row.subject


async def set_aside(connection: AsyncConnection, producer: Producer, limit: int) -> list[SetAside]:
    """The newest messages that were set aside, at most `limit`."""
    rows = await outbox.failures(connection, producer.id, limit)
    payments = {
        int(row.subject.removeprefix(_PAYMENT)) for row in rows if row.subject.startswith(_PAYMENT)
    }
    found = await connection.execute(
        select(sales.c.payment_id, func.min(sales.c.number))
        .where(sales.c.producer_id == producer.id, sales.c.payment_id.in_(payments))
        .group_by(sales.c.payment_id)
    )
    numbers = {f"{_PAYMENT}{payment_id}": number for payment_id, number in found}
    return [
        SetAside(row.kind, row.subject, row.key, row.error or "", numbers.get(row.subject))
        for row in rows
    ]
