"""Moving a producer's midnight while sales go on.

The days and months of the new time zone are counted from one state of the store, in many small
transactions, under names of their own that no answer reads. From that very state on, whatever is
written is booked by both zones. So once all is counted, both are right, and one short transaction
puts the new ones in the place of the others.
"""

import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

from sqlalchemy import bindparam, delete, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import key_value
from bot.store.books.booking import COMING, Booking
from bot.store.books.rebuilding import count
from bot.store.engine import Store
from bot.store.key_value import ZONE_TO_COME, zone_note
from bot.store.tables import list_totals, producers, purchase_totals, totals
from bot.store.tables import notes as notes_table

_BY_TIME = (totals, list_totals, purchase_totals)
_NAMES = ("day", "month")
# Rows of sums that are written in one transaction: it takes some ten milliseconds.
_HELD = 1_000
_ZONES = (
    select(producers.c.timezone, notes_table.c.value)
    .join_from(producers, notes_table, notes_table.c.key == bindparam("key"), isouter=True)
    .where(producers.c.id == bindparam("producer"))
)


class Overtaken(Exception):
    """The zone was moved by another process meanwhile."""


async def booking_of(connection: AsyncConnection, producer_id: int) -> Booking:
    """What collects changes of a producer's sums, by the zones of this very moment."""
    asked = {"key": zone_note(producer_id), "producer": producer_id}
    timezone, coming = (await connection.execute(_ZONES, asked)).one()
    return Booking(timezone, coming and _zone(coming))


async def move(store: Store, producer_id: int, timezone: str) -> None:
    """Count all days and months by another zone, and then let it count.

    `timezone`: an IANA name that exists. Should the bot be stopped meanwhile, nothing has changed,
    and `unfinished` tells of it. Raises Overtaken.
    """
    mark = f"{timezone} {secrets.token_hex(4)}"
    async with _snapshot(store, producer_id, mark) as connection:

        async def write(booking: Booking) -> None:
            async with store.write() as writing:
                await _require(writing, producer_id, mark)
                await booking.write(writing, producer_id)

        await count(connection, producer_id, partial(Booking, None, timezone), write, _HELD)
    async with store.write() as connection:
        await _require(connection, producer_id, mark)
        await _let_count(connection, producer_id, timezone)


async def unfinished(connection: AsyncConnection) -> dict[int, str]:
    """The zones that producers were being moved to when the bot was stopped, by their ids."""
    found = await key_value.beginning(connection, ZONE_TO_COME)
    return {int(key.removeprefix(ZONE_TO_COME)): _zone(value) for key, value in found.items()}


async def give_up(connection: AsyncConnection, producer_id: int) -> None:
    """Forget of a zone to come, and of what was counted by it."""
    await key_value.drop(connection, zone_note(producer_id))
    for table in _BY_TIME:
        coming = table.c.span.in_([f"{COMING}{name}" for name in _NAMES])
        await connection.execute(delete(table).where(table.c.producer_id == producer_id, coming))


@asynccontextmanager
async def _snapshot(store: Store, producer_id: int, mark: str) -> AsyncIterator[AsyncConnection]:
    """All as it is at the moment from which on both zones are booked by."""
    async with AsyncExitStack() as stack:
        async with store.write() as writing:
            await give_up(writing, producer_id)
            await key_value.put(writing, zone_note(producer_id), mark)
            # Nobody else can write before this is committed, so what is read is not booked yet.
            connection = await stack.enter_async_context(store.read())
            await connection.execute(select(literal(1)).select_from(producers).limit(1))
        yield connection


async def _require(connection: AsyncConnection, producer_id: int, mark: str) -> None:
    if await key_value.get(connection, zone_note(producer_id)) != mark:
        raise Overtaken


async def _let_count(connection: AsyncConnection, producer_id: int, timezone: str) -> None:
    for table in _BY_TIME:
        own = table.c.producer_id == producer_id
        await connection.execute(delete(table).where(own, table.c.span.in_(_NAMES)))
        for name in _NAMES:
            coming = update(table).where(own, table.c.span == f"{COMING}{name}")
            await connection.execute(coming.values(span=name))
    await key_value.drop(connection, zone_note(producer_id))
    values = {"timezone": timezone}
    await connection.execute(update(producers).where(producers.c.id == producer_id).values(values))


def _zone(mark: str) -> str:
    """Of a note: the zone, then what tells this move from any other."""
    return mark.partition(" ")[0]
