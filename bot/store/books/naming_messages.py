"""Which messages in Discord name a buyer: alerts of what they bought, and of conflicts with it."""

from collections.abc import AsyncIterator, Iterable

from sqlalchemy import Select, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.sale import Producer
from bot.store.books.announcements import subject_of
from bot.store.books.finding import without_index
from bot.store.tables import messages, sales, tracks

_CONFLICT = "reply:reply:conflict:"
"""How the message is kept that told of a conflict by itself: then comes the sale's id."""
_CHUNK = 500


async def naming(connection: AsyncConnection, producer: Producer, buyer_id: int) -> dict[str, int]:
    """Discord's ids of the messages that name a buyer, by what is kept of them there."""
    wanted = [
        *[subject_of(id_) async for id_ in _payments(connection, producer, buyer_id)],
        *[f"{_CONFLICT}{id_}" async for id_ in _conflicts(connection, producer, buyer_id)],
    ]
    return await _told(connection, producer, wanted)


async def _payments(
    connection: AsyncConnection, producer: Producer, buyer_id: int
) -> AsyncIterator[int]:
    """Their own, and those that collide with an exclusive of theirs."""
    held = sales.alias("held")
    own = select(sales.c.payment_id).where(
        sales.c.producer_id == producer.id, sales.c.buyer_id == buyer_id
    )
    colliding = (
        select(sales.c.payment_id)
        .join_from(held, tracks, tracks.c.holder_sale_id == held.c.id)
        .join(sales, without_index("track_id") == tracks.c.id)
        .where(
            held.c.producer_id == producer.id,
            held.c.buyer_id == buyer_id,
            sales.c.producer_id == producer.id,
            # Also in the words of its index.
            sales.c.conflict.is_(True),
            text("sales.conflict"),
        )
    )
    queries: tuple[Select[tuple[int]], ...] = (own, colliding)
    for query in queries:
        for row in await connection.execute(query.distinct()):
            yield row.payment_id


async def _conflicts(
    connection: AsyncConnection, producer: Producer, buyer_id: int
) -> AsyncIterator[int]:
    """Of what was once told as a conflict, the sales of tracks of which they have bought any."""
    query = select(messages.c.subject).where(
        messages.c.producer_id == producer.id,
        messages.c.subject >= _CONFLICT,
        messages.c.subject < f"{_CONFLICT}\U0010ffff",
    )
    told = [int(subject.removeprefix(_CONFLICT)) for subject in await connection.scalars(query)]
    theirs = select(sales.c.track_id).where(
        sales.c.producer_id == producer.id, sales.c.buyer_id == buyer_id
    )
    for first in range(0, len(told), _CHUNK):
        some = sales.c.id.in_(told[first : first + _CHUNK])
        for id_ in await connection.scalars(
            select(sales.c.id).where(some, sales.c.track_id.in_(theirs))
        ):
            yield id_


async def _told(
    connection: AsyncConnection, producer: Producer, subjects: Iterable[str]
) -> dict[str, int]:
    wanted = sorted(set(subjects))
    found: dict[str, int] = {}
    for first in range(0, len(wanted), _CHUNK):
        rows = await connection.execute(
            select(messages.c.subject, messages.c.message_id).where(
                messages.c.producer_id == producer.id,
                messages.c.subject.in_(wanted[first : first + _CHUNK]),
            )
        )
        found |= {row.subject: row.message_id for row in rows}
    return found
