"""Disputes that wait for the producer's answer, by the moment until which banks take it."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.payment import Dispute
from bot.store import payment_json
from bot.store.tables import outbox, payments


class Unanswered(NamedTuple):
    """A dispute that the producer has not answered yet."""

    producer_id: int
    payment_id: int
    dispute: Dispute
    due: datetime


async def unanswered(
    connection: AsyncConnection, after: datetime, until: datetime
) -> list[Unanswered]:
    """Disputes whose answer is due after a moment and until another, of every producer."""
    query = select(payments.c.producer_id, payments.c.id, payments.c.document)
    # A payment may have one that is past and another that is not.
    found = await connection.execute(query.where(payments.c.answer_by <= until))
    return [
        Unanswered(row.producer_id, row.id, dispute, dispute.answer_by)
        for row in found
        for dispute in payment_json.load(row.document).disputes
        if dispute.answer_by is not None and after < dispute.answer_by <= until
    ]


async def told(connection: AsyncConnection, producer_id: int, dispute_id: str) -> datetime | None:
    """When Discord was to hear that the dispute was opened; None where that was no news."""
    keys = [f"reply:{what}:{dispute_id}" for what in ("dispute_opened", "inquiry")]
    query = select(outbox.c.created).where(
        outbox.c.producer_id == producer_id, outbox.c.key.in_(keys)
    )
    moments: list[datetime] = list((await connection.execute(query)).scalars())
    return max(moments, default=None)
