"""Tracks that were sold exclusively before the bot was there, and that Stripe still sells.

Of these nothing is taken off sale unasked; the producer is told of each of them once.
"""

import json
from datetime import datetime
from typing import Any

from sqlalchemy import Select, case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.off_sale import LeftOnSale, LeftTrack, Obstacle, StepState
from bot.domain.sale import Producer
from bot.store import key_value, outbox
from bot.store.books.off_sale_steps import TOLD
from bot.store.books.off_sale_tracks import go_ahead
from bot.store.books.sync_progress import import_progress
from bot.store.tables import sales, steps, tracks

SHOWN = 25
"""Tracks that are named, as many as a menu holds."""
AT_ONCE = 500
"""Tracks that one press of a button takes off."""

# The others come and go with what the key may do; these stay until somebody acts.
_STANDING = [one.value for one in (Obstacle.OLD, Obstacle.SHARED, Obstacle.DEFAULT)]


async def left_on_sale(connection: AsyncConnection, producer: Producer) -> LeftOnSale:
    """What is left now, by name."""
    rows = (await connection.execute(_left(producer.id))).all()
    return LeftOnSale(
        tracks=tuple(
            LeftTrack(id=row.id, name=row.name, number=row.number, possible=bool(row.possible))
            for row in rows[:SHOWN]
        ),
        count=len(rows),
        possible=sum(bool(row.possible) for row in rows),
    )


async def take_off(
    connection: AsyncConnection, producer: Producer, chosen: frozenset[int] | None, now: datetime
) -> list[int]:
    """Have these taken off sale, or (None) all that can be; which. Others are left alone."""
    rows = await connection.execute(_left(producer.id))
    wanted = [row.id for row in rows if row.possible and (chosen is None or row.id in chosen)][
        :AT_ONCE
    ]
    await go_ahead(connection, producer, wanted, now)
    return wanted


async def tell_once(connection: AsyncConnection, producer: Producer, now: datetime) -> bool:
    """Have the producer told of those that they were never told of; whether there are any.

    Not while the past is being imported: more may come.
    """
    progress = await import_progress(connection, producer.livemode)
    if progress is not None and not progress.finished:
        return False
    left = {row.id for row in await connection.execute(_left(producer.id))}
    key = f"left on sale:{producer.id}"
    known = set(json.loads(await key_value.get(connection, key) or "[]"))
    new = left - known
    if not new:
        return False
    await key_value.put(connection, key, json.dumps(sorted(known | new)))
    await outbox.put(
        connection,
        producer.id,
        kind="notice",
        subject="notice:left_on_sale",
        key=f"notice:left_on_sale:{min(new)}",
        now=now,
        payload={"what": "left_on_sale"},
    )
    return True


def _left(producer_id: int) -> Select[Any]:
    """Each track once; `possible`: whether there is something that the bot itself can do."""
    possible = func.max(case((steps.c.obstacle == Obstacle.OLD.value, 1), else_=0))
    return (
        select(tracks.c.id, tracks.c.name, sales.c.number, possible.label("possible"))
        .join_from(steps, tracks, tracks.c.id == steps.c.track_id)
        .join(sales, sales.c.id == tracks.c.holder_sale_id)
        .where(
            steps.c.producer_id == producer_id,
            steps.c.state == StepState.BY_HAND.value,
            steps.c.obstacle.in_(_STANDING),
            ~TOLD,
        )
        .group_by(tracks.c.id, tracks.c.name, sales.c.number, tracks.c.key)
        .order_by(tracks.c.key)
    )
