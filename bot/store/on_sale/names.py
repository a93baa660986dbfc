"""Tracks and licenses as rows: each is made when a sale first names it, and found by its key."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from sqlalchemy import Select, Table, bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.item_names import license_key, track_key
from bot.store.tables import licenses, tracks
from bot.store.upsert import insert


async def ensure_tracks(
    connection: AsyncConnection, producer_id: int, names: Iterable[str]
) -> dict[str, int]:
    """The id of each track by its name as given; a track keeps the spelling first seen."""
    keys = {name: track_key(name) for name in names}
    return await _ensure(connection, tracks, producer_id, keys)


async def ensure_licenses(
    connection: AsyncConnection, producer_id: int, names: Iterable[str]
) -> dict[str, int]:
    """The id of each license by its name as given; a license keeps the spelling first seen."""
    keys = {name: license_key(name) for name in names}
    return await _ensure(connection, licenses, producer_id, keys)


async def _ensure(
    connection: AsyncConnection, table: Table, producer_id: int, keys: Mapping[str, str]
) -> dict[str, int]:
    asked = {"owner": producer_id, "keys": sorted(set(keys.values()))}
    found = await connection.execute(_known(table), asked)
    ids: dict[str, int] = {row.key: row.id for row in found}
    for name, key in keys.items():
        if key in ids:
            continue
        ids[key] = await connection.scalar(
            insert(connection, table)
            .values(producer_id=producer_id, key=key, name=name)
            .returning(table.c.id)
        )
    return {name: ids[key] for name, key in keys.items()}


@cache
def _known(table: Table) -> Select[Any]:
    wanted = table.c.key.in_(bindparam("keys", expanding=True))
    owned = table.c.producer_id == bindparam("owner")
    return select(table.c.key, table.c.id).where(owned, wanted)


async def find_track(connection: AsyncConnection, producer_id: int, name: str) -> int | None:
    """The id of the track that goes by this name, whatever its spelling."""
    return await _find(connection, tracks, producer_id, track_key(name))


async def find_license(connection: AsyncConnection, producer_id: int, name: str) -> int | None:
    """The id of the license that goes by this name, whatever its spelling."""
    return await _find(connection, licenses, producer_id, license_key(name))


async def _find(
    connection: AsyncConnection, table: Table, producer_id: int, key: str
) -> int | None:
    found: int | None = await connection.scalar(
        select(table.c.id).where(table.c.producer_id == producer_id, table.c.key == key)
    )
    return found
