"""Test sales under way: a note, an event, a row of the outbox, a message; nothing of the books.

A note says which are under way, so that what a crash leaves of one is cleared up at the next start.
"""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain import test_sale
from bot.store import discord_messages, key_value, outbox
from bot.store.discord_messages import Place
from bot.store.tables import events
from bot.store.tables import messages as placed
from bot.store.tables import outbox as rows

_NOTES = f"{test_sale.KIND}:"
_RUNNING, _OVER = "running", "over"
_ALERT = f"notice:{test_sale.KIND}:"
_PLACE = f"notice:{_ALERT}"
"""How the dispatcher keeps the message of a notice: by the notice's key."""


class Standing(NamedTuple):
    """How far an alert is on its way to the channel."""

    place: Place | None
    """Where it stands; None while it does not."""
    hopeless: bool
    """Whether waiting alone does not help."""
    reason: str
    """Why it is not there: what Discord said, or why all alerts wait; empty where unknown."""


async def begin(connection: AsyncConnection, producer_id: int, token: str) -> None:
    """From now on the event of this test is taken."""
    await key_value.put(connection, _note(producer_id, token), _RUNNING)


async def tell(connection: AsyncConnection, producer_id: int, token: str, now: datetime) -> bool:
    """The event has come: have its alert told. False, and the event gone, where none was begun."""
    if await key_value.get(connection, _note(producer_id, token)) != _RUNNING:
        await drop_event(connection, token)
        return False
    await connection.execute(
        update(events).where(_event(token)).values(state="done", due=None, error=None)
    )
    await outbox.put(
        connection,
        producer_id,
        kind="notice",
        subject=f"notice:{test_sale.KIND}",
        key=_ALERT + token,
        now=now,
        payload={"what": test_sale.KIND, "at": int(now.timestamp())},
    )
    return True


async def drop_event(connection: AsyncConnection, token: str) -> None:
    """Throw a test's event away."""
    await connection.execute(delete(events).where(_event(token)))


async def is_stored(connection: AsyncConnection, token: str) -> bool:
    """Whether the test's event is in the inbox."""
    return await connection.scalar(select(events.c.sequence).where(_event(token))) is not None


async def standing(connection: AsyncConnection, producer_id: int, token: str) -> Standing:
    """How the test's alert stands."""
    place = await discord_messages.of(connection, producer_id, _PLACE + token)
    query = select(rows.c.state, rows.c.error).where(_row(producer_id, _ALERT + token))
    row = (await connection.execute(query)).first()
    blocked = await key_value.get(connection, key_value.blocked_note(producer_id)) or ""
    given_up = row is not None and row.state == "failed"
    said = row.error if row is not None else None
    return Standing(place, hopeless=bool(blocked) or given_up, reason=said or blocked)


def is_alert(subject: str) -> bool:
    """Whether a subject of the outbox is the alert of a test, to be edited."""
    return subject.startswith(_PLACE)


async def end(connection: AsyncConnection, producer_id: int, token: str, now: datetime) -> None:
    """The test is over, wherever it stands: what is not told yet never will be.

    An alert that is in the channel, or perhaps is, will be edited to say so; until that is done
    `is_over` is False.
    """
    await drop_event(connection, token)
    alert = _row(producer_id, _ALERT + token)
    await connection.execute(delete(rows).where(alert, rows.c.state != "sending"))
    told = await discord_messages.of(connection, producer_id, _PLACE + token) is not None
    # Begun, with an outcome that nobody knows: the dispatcher finds that out before it edits.
    if not told and not await _count(connection, alert):
        await forget(connection, producer_id, token)
        return
    await key_value.put(connection, _note(producer_id, token), _OVER)
    await outbox.put(
        connection,
        producer_id,
        kind="edit",
        subject=_PLACE + token,
        key=f"edit:{_PLACE}{token}",
        now=now,
    )


async def is_over(connection: AsyncConnection, producer_id: int, token: str) -> bool:
    """Whether an ended test's message says so, or never will: there is nothing left to tell."""
    left = and_(_of(producer_id, token), rows.c.state.in_(("pending", "sending")))
    return not await _count(connection, left)


async def forget(connection: AsyncConnection, producer_id: int, token: str) -> None:
    """Leave nothing of an ended test; its message in the channel stays as it is."""
    await drop_event(connection, token)
    await connection.execute(delete(rows).where(_of(producer_id, token)))
    await connection.execute(
        delete(placed).where(
            placed.c.producer_id == producer_id, placed.c.subject == _PLACE + token
        )
    )
    await key_value.drop(connection, _note(producer_id, token))


async def clear(connection: AsyncConnection, now: datetime) -> None:
    """End what a crash has left under way, and forget what is over."""
    for key, state in (await key_value.beginning(connection, _NOTES)).items():
        _, producer_id, token = key.split(":")
        if state == _RUNNING:
            await end(connection, int(producer_id), token, now)
        elif await is_over(connection, int(producer_id), token):
            await forget(connection, int(producer_id), token)


async def _count(connection: AsyncConnection, which: ColumnElement[bool]) -> int:
    counted = await connection.scalar(select(func.count()).select_from(rows).where(which))
    return counted or 0


def _note(producer_id: int, token: str) -> str:
    return f"{_NOTES}{producer_id}:{token}"


def _event(token: str) -> ColumnElement[bool]:
    return events.c.id == test_sale.event_id(token)


def _row(producer_id: int, key: str) -> ColumnElement[bool]:
    return and_(rows.c.producer_id == producer_id, rows.c.key == key)


def _of(producer_id: int, token: str) -> ColumnElement[bool]:
    keys = (_ALERT + token, f"edit:{_PLACE}{token}")
    return or_(*(_row(producer_id, key) for key in keys))
