"""The marketplaces where a producer sells outside of Stripe, and from which a track was removed."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import and_, delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.item_names import track_key
from bot.domain.off_sale import Marketplace
from bot.domain.sale import Producer
from bot.store.books.off_sale_steps import tell_holder, tell_holders
from bot.store.tables import marketplaces, ticks, tracks, upsert

MOST = 10
"""Marketplaces of a producer."""
LONGEST = 60
"""Characters of a name."""
FOLLOWING = 25
"""Alerts that are edited when the list changes: older ones stay as they are."""


class Full(Exception):
    """There are as many marketplaces as there can be."""


async def listed(connection: AsyncConnection, producer: Producer) -> tuple[Marketplace, ...]:
    """All marketplaces, in the order in which they were added."""
    found = await connection.execute(
        select(marketplaces.c.id, marketplaces.c.name)
        .where(marketplaces.c.producer_id == producer.id)
        .order_by(marketplaces.c.id)
    )
    return tuple(Marketplace(**row._asdict()) for row in found)


async def add(connection: AsyncConnection, producer: Producer, name: str, now: datetime) -> None:
    """Add one; nothing happens if it is there already. Raises Full."""
    name = _tidy(name)
    known = await listed(connection, producer)
    if track_key(name) in {track_key(one.name) for one in known}:
        return
    if len(known) >= MOST:
        raise Full
    new = {"producer_id": producer.id, "key": track_key(name), "name": name}
    await connection.execute(upsert(connection, marketplaces), new)
    await tell_holders(connection, producer.id, FOLLOWING, now)


async def remove(connection: AsyncConnection, producer: Producer, name: str, now: datetime) -> bool:
    """Remove one with all its ticks; False if there is none of this name."""
    its = marketplaces.c.producer_id == producer.id, marketplaces.c.key == track_key(_tidy(name))
    found = await connection.scalar(select(marketplaces.c.id).where(*its))
    if found is None:
        return False
    ticked = ticks.c.producer_id == producer.id, ticks.c.marketplace_id == found
    await connection.execute(delete(ticks).where(*ticked))
    await connection.execute(delete(marketplaces).where(marketplaces.c.id == found))
    await tell_holders(connection, producer.id, FOLLOWING, now)
    return True


async def of_track(
    connection: AsyncConnection, producer: Producer, track_id: int
) -> tuple[Marketplace, ...]:
    """All marketplaces, each with whether the track was removed from it."""
    ticked = and_(
        ticks.c.producer_id == producer.id,
        ticks.c.track_id == track_id,
        ticks.c.marketplace_id == marketplaces.c.id,
    )
    found = await connection.execute(
        select(
            marketplaces.c.id,
            marketplaces.c.name,
            ticks.c.marketplace_id.is_not(None).label("ticked"),
        )
        .select_from(marketplaces.outerjoin(ticks, ticked))
        .where(marketplaces.c.producer_id == producer.id)
        .order_by(marketplaces.c.id)
    )
    return tuple(Marketplace(**row._asdict()) for row in found)


async def left_to_tick(
    connection: AsyncConnection, producer: Producer, track_ids: Collection[int]
) -> dict[int, int]:
    """On how many marketplaces each of these tracks is still to be taken down."""
    here = marketplaces.c.producer_id == producer.id
    count = await connection.scalar(select(func.count()).select_from(marketplaces).where(here))
    ticked = await connection.execute(
        select(ticks.c.track_id, func.count())
        .where(ticks.c.producer_id == producer.id, ticks.c.track_id.in_(track_ids))
        .group_by(ticks.c.track_id)
    )
    done: dict[int, int] = dict(ticked.all())
    return {track_id: (count or 0) - done.get(track_id, 0) for track_id in track_ids}


async def tick(
    connection: AsyncConnection,
    producer: Producer,
    track_id: int,
    chosen: Collection[int],
    *,
    by: int,
    now: datetime,
) -> None:
    """Keep that a track was removed from these marketplaces, and no others (`by`: a Discord id).

    Nothing happens to a track that no exclusive sale holds.
    """
    its = tracks.c.producer_id == producer.id, tracks.c.id == track_id
    if await connection.scalar(select(tracks.c.holder_sale_id).where(*its)) is None:
        return
    there = {one.id: one for one in await of_track(connection, producer, track_id)}
    gone = [one.id for one in there.values() if one.ticked and one.id not in chosen]
    ticked = ticks.c.producer_id == producer.id, ticks.c.track_id == track_id
    await connection.execute(delete(ticks).where(*ticked, ticks.c.marketplace_id.in_(gone)))
    for marketplace_id in sorted(set(chosen) & there.keys()):
        if not there[marketplace_id].ticked:
            new = {"marketplace_id": marketplace_id, "ticked_by": by, "ticked": now}
            new |= {"producer_id": producer.id, "track_id": track_id}
            await connection.execute(upsert(connection, ticks), new)
    await tell_holder(connection, producer.id, track_id, now)


def _tidy(name: str) -> str:
    return " ".join(name.split())[:LONGEST].strip()
