"""Which channels the bot is to delete its own messages from, and how far it is."""

import json
from dataclasses import asdict, dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import key_value

_KEY = "messages to delete:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deletion:
    """One channel's: from a message upwards, newest first."""

    producer_id: int
    channel_id: int
    warning_id: int
    """The message under which it was asked for, which then says how it went."""
    before: int
    """All that is ours and older than this message goes."""
    seen: int = 0
    """How many messages were looked at, other people's too."""
    deleted: int = 0


async def put(connection: AsyncConnection, deletion: Deletion) -> None:
    """Ask for it, or keep how far it is."""
    await key_value.put(connection, _key(deletion), json.dumps(asdict(deletion)))


async def first(connection: AsyncConnection) -> Deletion | None:
    """A deletion that is not finished; None if all are."""
    found = await key_value.beginning(connection, _KEY)
    value = next(iter(found.values()), None)
    return None if value is None else Deletion(**json.loads(value))


async def drop(connection: AsyncConnection, deletion: Deletion) -> None:
    """It is done, or cannot be done."""
    await key_value.drop(connection, _key(deletion))


def _key(deletion: Deletion) -> str:
    return f"{_KEY}{deletion.channel_id}"
