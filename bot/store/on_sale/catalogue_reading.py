"""When the catalogue was last read from Stripe, and what kept it from being read."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.sale import Producer
from bot.store import key_value


class Reading(NamedTuple):
    """How the last reading went."""

    read: datetime | None
    """When all of it was last read; None when it never was."""
    trouble: str
    """Why the last reading failed, in part or whole, in words without secrets; else empty."""


async def reading(connection: AsyncConnection, producer: Producer) -> Reading:
    """How the last reading of a producer's catalogue went."""
    read = await key_value.get(connection, _key("read", producer))
    trouble = await key_value.get(connection, _key("trouble", producer))
    return Reading(datetime.fromtimestamp(int(read), UTC) if read else None, trouble or "")


async def note_reading(
    connection: AsyncConnection, producer: Producer, read: datetime | None, trouble: str = ""
) -> None:
    """Note how a reading went: when it was whole (None: it was not), and what the trouble was."""
    if read is not None:
        await key_value.put(connection, _key("read", producer), str(int(read.timestamp())))
    await key_value.put(connection, _key("trouble", producer), trouble)


async def kinds_read(connection: AsyncConnection, producer_id: int) -> frozenset[str]:
    """Which kinds of objects (of `keeping.KINDS`) were ever read whole."""
    noted = await key_value.get(connection, f"catalogue kinds:{producer_id}")
    return frozenset((noted or "").split())


async def note_kinds(connection: AsyncConnection, producer: Producer, kinds: Iterable[str]) -> None:
    """Note that these were read whole."""
    known = await kinds_read(connection, producer.id)
    await key_value.put(connection, _key("kinds", producer), " ".join(sorted(known | set(kinds))))


def _key(what: str, producer: Producer) -> str:
    return f"catalogue {what}:{producer.id}"
