"""The events in the inbox, and what became of them. When they are due, `agenda` says."""

from collections.abc import Sequence
from datetime import datetime
from itertools import takewhile
from typing import NamedTuple

from sqlalchemy import Integer, bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import key_value
from bot.store.queues.work_queue import Item
from bot.store.tables import events


class StoredEvent(NamedTuple):
    """One event of the inbox."""

    sequence: int
    """Its place in the order of arrival."""
    id: str
    type: str
    livemode: bool
    account: str
    subject: str | None
    created: datetime
    received: datetime
    state: str
    """pending, done, ignored, foreign, waiting or failed."""
    due: datetime | None
    """When it is to be worked on, while it is pending."""
    attempts: int
    """How often it was tried in vain."""
    error: str | None
    """Why it was tried in vain, or given up."""
    body: str
    """The raw event, JSON. Events whose body was removed are never asked for here."""


_COLUMNS = [events.c[name] for name in StoredEvent._fields]
# Made once, as all that is asked for each event: making a statement takes longer than running it.
_ABOUT = (
    select(*_COLUMNS)
    .where(
        events.c.subject == bindparam("about"),
        events.c.livemode == bindparam("mode"),
        events.c.state.not_in(("foreign", "ignored")),
        events.c.body != "",
    )
    .order_by(events.c.created, events.c.sequence)
)
_DROPPED = "event bodies dropped until"
"""The sequence of the last event whose body was removed for its age."""
_AFTER = (
    select(events.c.sequence, events.c.received, events.c.state)
    .where(events.c.sequence > bindparam("since"))
    .order_by(events.c.sequence)
    .limit(bindparam("most", type_=Integer))
)
_FINISH = (
    update(events)
    .where(events.c.sequence.in_(bindparam("these", expanding=True)))
    .values(state=bindparam("as_what"), due=None, error=bindparam("why"))
)


async def about(connection: AsyncConnection, item: Item) -> list[StoredEvent]:
    """All events about one object, done or not, oldest first by Stripe's time."""
    found = await connection.execute(_ABOUT, {"about": item.subject, "mode": item.livemode})
    return [StoredEvent._make(row) for row in found]


async def finish(
    connection: AsyncConnection, sequences: Sequence[int], state: str, error: str | None = None
) -> None:
    """Take events from the queue: done, waiting, failed; `error` says why, without secrets."""
    if not sequences:
        return
    of = {"these": sequences, "as_what": state, "why": error}
    await connection.execute(_FINISH, of)


async def has_old_body(connection: AsyncConnection, before: datetime) -> bool:
    """Whether there is any to be removed by `drop_bodies`."""
    since = int(await key_value.get(connection, _DROPPED) or 0)
    row = (await connection.execute(_AFTER, {"since": since, "most": 1})).first()
    return row is not None and row.received < before and row.state != "pending"


async def drop_bodies(connection: AsyncConnection, before: datetime, most: int) -> int:
    """Remove the bodies of events that came before a moment, the oldest first; how many events
    were gone through, at most `most`.

    Not beyond one that waits for its turn. What waited for its payment until now waits no longer.
    """
    since = int(await key_value.get(connection, _DROPPED) or 0)
    found = await connection.execute(_AFTER, {"since": since, "most": most})
    old = list(takewhile(lambda row: row.received < before and row.state != "pending", found))
    if not old:
        return 0
    sequences = [row.sequence for row in old]
    these = events.c.sequence.in_(sequences)
    await connection.execute(update(events).where(these).values(body=""))
    waiting = update(events).where(these, events.c.state == "waiting")
    await connection.execute(waiting.values(state="done"))
    await key_value.put(connection, _DROPPED, str(sequences[-1]))
    return len(old)


async def counts(connection: AsyncConnection) -> dict[str, int]:
    """How many events are in each state; states without any are left out."""
    query = select(events.c.state, func.count()).group_by(events.c.state)
    return dict((await connection.execute(query)).all())


async def latest(connection: AsyncConnection) -> datetime | None:
    """When the newest event came in; None while there is none."""
    query = select(events.c.received).order_by(events.c.sequence.desc()).limit(1)
    newest: datetime | None = await connection.scalar(query)
    return newest
