"""The inbox: every event is kept, durably, before Stripe is answered; and what became of each.

All events that wait share one transaction (group commit): the disk's flush, which costs the most,
is paid once for up to 500 of them. `work_queue` says which are due.
https://docs.stripe.com/webhooks#handle-duplicate-events
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime
from itertools import takewhile
from types import TracebackType
from typing import NamedTuple, Self, TypeAlias

import structlog
from sqlalchemy import Integer, bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import key_value
from bot.store.engine import Store, StoreUnavailable
from bot.store.tables import events, upsert
from bot.store.work_queue import Item

GROUP = 500
"""The most events of one transaction."""
CLOSE_SECONDS = 1.0
"""How long closing waits for the database, when no sender waits for an answer any longer."""

log = structlog.get_logger()


class Incoming(NamedTuple):
    """One event of Stripe's as it came, and what we decided about it at the door."""

    id: str
    type: str
    livemode: bool
    account: str
    """Empty for the account that owns the endpoint."""
    subject: str | None
    created: datetime
    received: datetime
    state: str
    """pending, ignored, foreign or failed."""
    body: str
    """The raw event, JSON; empty if it must not be kept."""
    tells_of_sale: bool = False
    """Whether it tells of a sale by itself: those are worked on before all others."""
    error: str | None = None
    """Why it failed."""


Cleaning: TypeAlias = Callable[[AsyncConnection, list[Incoming]], Awaitable[list[Incoming]]]
"""What is to be kept of events: each with its body as it is, or without a forgotten buyer."""


async def _as_they_are(_: AsyncConnection, incoming: list[Incoming]) -> list[Incoming]:
    return incoming


class _Waiter(NamedTuple):
    incoming: Incoming
    answer: asyncio.Future[bool]


class Inbox:
    """Takes events in, durably. Use it under `async with`: leaving stores all that still wait."""

    def __init__(
        self,
        store: Store,
        arrived: Callable[[], None] = lambda: None,
        cleaning: Cleaning = _as_they_are,
    ) -> None:
        """`arrived` is called after each commit: there is work. `cleaning` says before it what of
        the events is kept."""
        self._store = store
        self._cleaning = cleaning
        self._arrived = arrived
        self._waiting: deque[_Waiter] = deque()
        self._knock = asyncio.Event()
        self._closing = False
        self._writer: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._writer = asyncio.create_task(self._run(), name="inbox")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def put(self, incoming: Incoming) -> bool:
        """Store one event; once this returns, it survives a crash of the machine.

        True when it is new, False when an event of this id is there already. Raises
        StoreUnavailable when it could not be stored: Stripe is to send it again.
        """
        if self._closing or self._writer is None:
            raise StoreUnavailable("the inbox is closed")
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiter(incoming, answer))
        self._knock.set()
        return await answer

    async def close(self) -> None:
        """Take nothing more, store all that waits, and stop. A silent database is not waited for:
        what it did not take is refused."""
        self._closing = True
        self._knock.set()
        if self._writer is not None:
            await asyncio.wait({self._writer}, timeout=CLOSE_SECONDS)
            self._writer.cancel()
            await asyncio.gather(self._writer, return_exceptions=True)
            self._writer = None
        _refuse(self._waiting, "the inbox is closed")

    async def _run(self) -> None:
        while self._waiting or not self._closing:
            await self._knock.wait()
            self._knock.clear()
            while self._waiting:
                size = min(GROUP, len(self._waiting))
                await self._store_group([self._waiting.popleft() for _ in range(size)])

    async def _store_group(self, group: Sequence[_Waiter]) -> None:
        """Store a group; whatever goes wrong reaches those who wait, and the next group is tried.

        When one of them cannot be stored, each is stored alone: none suffers for another.
        """
        try:
            await self._commit(group)
        except StoreUnavailable as error:
            _refuse(group, str(error))
        except asyncio.CancelledError:
            _refuse(group, "the inbox was stopped")
            raise
        except Exception as error:  # noqa: BLE001
            if len(group) > 1:
                for waiter in group:
                    await self._store_group([waiter])
                return
            kind = type(error).__name__
            log.error("event_not_storable", event_id=group[0].incoming.id, kind=kind)
            _refuse(group, f"the event cannot be stored: {kind}")

    async def _commit(self, group: Sequence[_Waiter]) -> None:
        async with self._store.write() as connection:
            incoming = await self._cleaning(connection, [waiter.incoming for waiter in group])
            new = await _insert(connection, incoming)
        for waiter in group:
            # Of two with one id in a group, the first is the new one.
            is_new = waiter.incoming.id in new
            new.discard(waiter.incoming.id)
            if not waiter.answer.done():
                waiter.answer.set_result(is_new)
        self._arrived()


def _refuse(group: Iterable[_Waiter], why: str) -> None:
    for waiter in group:
        if not waiter.answer.done():
            waiter.answer.set_exception(StoreUnavailable(why))


async def _insert(connection: AsyncConnection, group: Sequence[Incoming]) -> set[str]:
    """Insert a group; the ids of those that were not there before."""
    rows = [
        each._asdict() | {"due": each.received if each.state == "pending" else None}
        for each in group
    ]
    insertion = upsert(connection, events)
    return set(await connection.scalars(insertion.returning(events.c.id), rows))


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


# Made once, as all that is asked for each event: making a statement takes longer than running it.
_ABOUT = (
    select(*(events.c[name] for name in StoredEvent._fields))
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
