"""Test sales: a note, an event, an alert in the outbox, a message; nothing in the books.

A test begins with its note and ends with it, so whatever a crash leaves of one is removed at the
next start.
"""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.sale import Producer
from bot.domain.test_sale import KIND, event_id
from bot.store import discord_messages, key_value, outbox
from bot.store.discord_messages import Place
from bot.store.tables import events, messages
from bot.store.tables import outbox as rows

_RUNNING, _ENDED = "running", "ended"
_ALERT = f"notice:{KIND}:"
_MESSAGE = f"notice:{_ALERT}"
"""The subject of a notice's message is made of the notice's key."""


class AlertState(NamedTuple):
    """Whether the alert is in the channel."""

    place: Place | None
    blocked: bool
    """Whether waiting alone does not help."""
    reason: str
    """Why it is not there, if that is known: Discord's answer, or why all alerts wait."""


async def begin(connection: AsyncConnection, producer_id: int, token: str) -> None:
    """Have the event of this test accepted from now on."""
    await key_value.put(connection, _note(producer_id, token), _RUNNING)


async def announce(
    connection: AsyncConnection, producer: Producer | None, token: str, now: datetime
) -> None:
    """The event has come: queue the alert; delete the event if no such test is running."""
    if producer is None or await _state(connection, producer.id, token) != _RUNNING:
        await connection.execute(delete(events).where(_is_event(token)))
        return
    done = update(events).where(_is_event(token)).values(state="done", due=None, error=None)
    await connection.execute(done)
    await outbox.put(
        connection,
        producer.id,
        kind="notice",
        subject=f"notice:{KIND}",
        key=_ALERT + token,
        now=now,
        payload={"what": KIND, "at": int(now.timestamp())},
    )


async def is_stored(connection: AsyncConnection, token: str) -> bool:
    """Whether the test's event is in the inbox."""
    return await connection.scalar(select(events.c.id).where(_is_event(token))) is not None


async def alert_state(connection: AsyncConnection, producer_id: int, token: str) -> AlertState:
    """How far the test's alert is on its way to the channel."""
    place = await discord_messages.of(connection, producer_id, _MESSAGE + token)
    row = await outbox.of_key(connection, producer_id, _ALERT + token)
    waiting = await key_value.get(connection, key_value.blocked_note(producer_id)) or ""
    error = row.error if row is not None else None
    failed = row is not None and row.state == "failed"
    return AlertState(place, bool(waiting) or failed, error or waiting)


def is_alert(subject: str) -> bool:
    """Whether an edit's subject is the alert of a test."""
    return subject.startswith(_MESSAGE)


async def remove(connection: AsyncConnection, producer_id: int, token: str, now: datetime) -> bool:
    """Remove all of a test, or as much as is possible now. True once nothing is left.

    An alert that is in the channel, or may be, is edited first: call this again after that.
    """
    await connection.execute(delete(events).where(_is_event(token)))
    mine = rows.c.producer_id == producer_id
    alert, edit = _ALERT + token, f"edit:{_MESSAGE}{token}"
    unsent = rows.c.state.not_in(("sending", "sent"))
    await connection.execute(delete(rows).where(mine, rows.c.key == alert, unsent))
    open_rows = select(rows.c.key).where(
        mine, rows.c.key.in_((alert, edit)), rows.c.state.in_(("pending", "sending"))
    )
    is_open = (await connection.execute(open_rows)).first() is not None
    place = await discord_messages.of(connection, producer_id, _MESSAGE + token)
    running = await _state(connection, producer_id, token) == _RUNNING
    if running and (is_open or place is not None):
        await key_value.put(connection, _note(producer_id, token), _ENDED)
        await outbox.put_edit(connection, producer_id, _MESSAGE + token, now)
        return False
    if is_open:
        return False
    await connection.execute(delete(rows).where(mine, rows.c.key.in_((alert, edit))))
    is_message = (messages.c.producer_id == producer_id, messages.c.subject == _MESSAGE + token)
    await connection.execute(delete(messages).where(*is_message))
    await key_value.drop(connection, _note(producer_id, token))
    return True


async def remove_all(connection: AsyncConnection, now: datetime) -> None:
    """Remove, as far as possible now, the tests that a crash has left."""
    for key in await key_value.beginning(connection, f"{KIND}:"):
        _, producer_id, token = key.split(":")
        await remove(connection, int(producer_id), token, now)


async def _state(connection: AsyncConnection, producer_id: int, token: str) -> str | None:
    return await key_value.get(connection, _note(producer_id, token))


def _note(producer_id: int, token: str) -> str:
    return f"{KIND}:{producer_id}:{token}"


def _is_event(token: str) -> ColumnElement[bool]:
    return events.c.id == event_id(token)
