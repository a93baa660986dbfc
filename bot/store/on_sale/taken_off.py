"""Many tracks that are taken off sale at one word: how far that is, in the message of that word."""

import json
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.off_sale import TakingOff
from bot.domain.sale import Producer
from bot.store import key_value
from bot.store.queues import messages, outbox
from bot.store.tables import steps

SUBJECT = "taken off sale"
"""What the outbox and the messages call it; a producer has one, the latest."""


async def begin(
    connection: AsyncConnection,
    producer: Producer,
    track_ids: Collection[int],
    *,
    by: int,
    now: datetime,
    channel_id: int,
    message_id: int,
) -> None:
    """Keep that somebody (`by`: their Discord id) has just said so, under this message.

    What was said before and is not done yet goes on with it.
    """
    if not track_ids:
        return
    known = await _noted(connection, producer.id)
    still = await _due(connection, producer.id, known["tracks"]) if known else set()
    noted = {"tracks": sorted(still | set(track_ids)), "by": by, "at": now.timestamp()}
    await key_value.put(connection, _key(producer.id), json.dumps(noted))
    await messages.place(connection, producer.id, [SUBJECT], channel_id, message_id)


async def taking_off(connection: AsyncConnection, producer: Producer) -> TakingOff | None:
    """How far it is; None where nothing of the kind was ever said."""
    noted = await _noted(connection, producer.id)
    if noted is None:
        return None
    left = await _due(connection, producer.id, noted["tracks"])
    return TakingOff(
        by=noted["by"],
        at=datetime.fromtimestamp(noted["at"], UTC),
        tracks=len(noted["tracks"]),
        done=len(noted["tracks"]) - len(left),
    )


async def tell(connection: AsyncConnection, producer_id: int, track_id: int, now: datetime) -> None:
    """Have the message edited, where this track is one of those."""
    noted = await _noted(connection, producer_id)
    if noted is not None and track_id in noted["tracks"]:
        key = f"edit:{SUBJECT}"
        await outbox.put(connection, producer_id, kind="edit", subject=SUBJECT, key=key, now=now)


async def _noted(connection: AsyncConnection, producer_id: int) -> dict[str, Any] | None:
    noted = await key_value.get(connection, _key(producer_id))
    return None if noted is None else dict(json.loads(noted))


async def _due(
    connection: AsyncConnection, producer_id: int, track_ids: Collection[int]
) -> set[int]:
    """Those of which a step is still to be done, or to be tried again."""
    found = await connection.scalars(
        select(func.distinct(steps.c.track_id)).where(
            steps.c.producer_id == producer_id,
            steps.c.track_id.in_(track_ids),
            steps.c.due.is_not(None),
        )
    )
    return set(found)


def _key(producer_id: int) -> str:
    return f"{SUBJECT}:{producer_id}"
