"""Which Discord message shows what, and which channels the bot is to delete its messages from."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pydantic import TypeAdapter
from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import key_value
from bot.store.tables import messages, upsert


class Place(NamedTuple):
    """The message that shows a subject."""

    subject: str
    """payment:12, payout:po_…"""
    channel_id: int
    message_id: int
    slot: int
    """Its place among the subjects of a shared message, from 0."""


_OWNED = messages.c.producer_id == bindparam("owner")
_OF = select(*(messages.c[name] for name in Place._fields)).where(
    _OWNED, messages.c.subject == bindparam("about")
)
_SHARING = (
    select(messages.c.subject)
    .where(_OWNED, messages.c.message_id == bindparam("message"))
    .order_by(messages.c.slot)
)


async def place(
    connection: AsyncConnection,
    producer_id: int,
    subjects: Sequence[str],
    channel_id: int,
    message_id: int,
    first: int = 0,
) -> None:
    """Keep that one message tells of these subjects, in this order, from the `first` slot on; each
    leaves its old message."""
    where = {"producer_id": producer_id, "channel_id": channel_id, "message_id": message_id}
    rows = [
        {**where, "subject": subject, "slot": slot} for slot, subject in enumerate(subjects, first)
    ]
    if rows:
        moved = "channel_id", "message_id", "slot"
        await connection.execute(upsert(connection, messages, *moved), rows)


async def of(connection: AsyncConnection, producer_id: int, subject: str) -> Place | None:
    """The message that tells of a subject; None while there is none."""
    asked = {"owner": producer_id, "about": subject}
    row = (await connection.execute(_OF, asked)).first()
    return None if row is None else Place(*row)


async def known(connection: AsyncConnection, ids: Collection[int]) -> set[int]:
    """Which of these messages tell of anything, of any producer."""
    query = select(messages.c.message_id).where(messages.c.message_id.in_(sorted(ids)))
    return set(await connection.scalars(query)) if ids else set()


async def sharing(connection: AsyncConnection, producer_id: int, message_id: int) -> list[str]:
    """The subjects that a message tells of, in their order in it."""
    asked = {"owner": producer_id, "message": message_id}
    return list((await connection.execute(_SHARING, asked)).scalars())


async def stand_in(connection: AsyncConnection, channel_id: int) -> bool:
    """Whether any message that is known, of any producer, is in a channel."""
    told = select(messages.c.id).where(messages.c.channel_id == channel_id).limit(1)
    return await connection.scalar(told) is not None


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


_DELETION = TypeAdapter(Deletion)


async def put(connection: AsyncConnection, deletion: Deletion) -> None:
    """Ask for it, or keep how far it is."""
    await key_value.write(connection, _key(deletion), _DELETION, deletion)


async def first(connection: AsyncConnection) -> Deletion | None:
    """A deletion that is not finished; None if all are."""
    found = await key_value.beginning(connection, _KEY)
    value = next(iter(found.values()), None)
    return None if value is None else _DELETION.validate_json(value)


async def drop(connection: AsyncConnection, deletion: Deletion) -> None:
    """It is done, or cannot be done."""
    await key_value.drop(connection, _key(deletion))


def _key(deletion: Deletion) -> str:
    return f"{_KEY}{deletion.channel_id}"
