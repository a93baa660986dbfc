"""Small facts that the bot remembers between runs, and the key that codes are signed with."""

import secrets
from typing import TypeVar

from pydantic import TypeAdapter
from sqlalchemy import bindparam, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.news import Way
from bot.store.tables import notes, upsert

T = TypeVar("T")

_OF_KEY = select(notes.c.value).where(notes.c.key == bindparam("key"))


async def get(connection: AsyncConnection, key: str) -> str | None:
    """What is noted under `key`; None when nothing is."""
    return await connection.scalar(_OF_KEY, {"key": key})


async def put(connection: AsyncConnection, key: str, value: str) -> None:
    """Note `value` under `key`, in the place of what was there."""
    note = {"key": key, "value": value}
    await connection.execute(upsert(connection, notes, "value"), note)


async def read(connection: AsyncConnection, key: str, kind: TypeAdapter[T]) -> T | None:
    """The value of a kind that `write` noted under `key`; None when nothing is."""
    noted = await get(connection, key)
    return None if noted is None else kind.validate_json(noted)


async def write(connection: AsyncConnection, key: str, kind: TypeAdapter[T], value: T) -> None:
    """Note a value of a kind as JSON."""
    await put(connection, key, kind.dump_json(value).decode())


async def beginning(connection: AsyncConnection, prefix: str) -> dict[str, str]:
    """All that is noted under keys that begin so."""
    query = select(notes.c.key, notes.c.value).where(
        notes.c.key.startswith(prefix, autoescape=True)
    )
    return dict((await connection.execute(query.order_by(notes.c.key))).all())


async def drop(connection: AsyncConnection, key: str) -> None:
    """Forget what is noted under `key`, if anything is."""
    await connection.execute(delete(notes).where(notes.c.key == key))


def blocked_note(producer_id: int, way: Way = None) -> str:
    """The key of the note that says why a producer's alerts wait, in words for them: those in the
    channel of sales, or those of a route. The dispatcher writes it.

    What is noted is empty, or not there, when they do not wait.
    """
    route = "" if way is None else f":{way.value}"
    return f"alerts wait:{producer_id}{route}"


_NOTE = "signing key"
_BYTES = 32


async def ensure_key(connection: AsyncConnection) -> bytes:
    """The store's key, made when there is none yet. A new one would void every code given out."""
    known: bytes | None = connection.info.get(_NOTE)
    if known is None and (noted := await get(connection, _NOTE)) is not None:
        known = connection.info[_NOTE] = bytes.fromhex(noted)
    if known is not None:
        return known
    key = secrets.token_bytes(_BYTES)
    await put(connection, _NOTE, key.hex())
    return key
