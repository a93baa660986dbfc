"""Which Discord message tells of what."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.tables import messages
from bot.store.upsert import insert


class Place(NamedTuple):
    """Where a subject is told of."""

    subject: str
    """payment:12, payout:po_…"""
    channel_id: int
    message_id: int
    slot: int
    """Its place among the subjects of a shared message, from 0."""


async def place(
    connection: AsyncConnection,
    producer_id: int,
    subjects: Sequence[str],
    channel_id: int,
    message_id: int,
) -> None:
    """Keep that one message tells of these subjects, in this order; each leaves its old message."""
    rows = [
        {
            "producer_id": producer_id,
            "subject": subject,
            "channel_id": channel_id,
            "message_id": message_id,
            "slot": slot,
        }
        for slot, subject in enumerate(subjects)
    ]
    if not rows:
        return
    new = insert(connection, messages)
    moved = {name: new.excluded[name] for name in ("channel_id", "message_id", "slot")}
    await connection.execute(
        new.on_conflict_do_update(index_elements=["producer_id", "subject"], set_=moved), rows
    )


async def of(connection: AsyncConnection, producer_id: int, subject: str) -> Place | None:
    """The message that tells of a subject; None while there is none."""
    query = select(*(messages.c[name] for name in Place._fields)).where(
        messages.c.producer_id == producer_id, messages.c.subject == subject
    )
    row = (await connection.execute(query)).first()
    return None if row is None else Place(*row)


async def sharing(connection: AsyncConnection, producer_id: int, message_id: int) -> list[str]:
    """The subjects that a message tells of, in their order in it."""
    query = (
        select(messages.c.subject)
        .where(messages.c.producer_id == producer_id, messages.c.message_id == message_id)
        .order_by(messages.c.slot)
    )
    return list((await connection.execute(query)).scalars())
