"""The outbox: what Discord should hear, written in the transaction of the state that it is about.

A row is open (pending, or sending: begun, outcome not known) until it is sent, part of a summary,
failed (set aside), or withdrawn before it was sent. Only the dispatcher closes rows; `put` opens
them, and `reopen` those that were set aside.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from enum import Enum, auto
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Integer,
    Row,
    Select,
    Update,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    literal,
    literal_column,
    not_,
    null,
    or_,
    select,
    true,
    union_all,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.news import Way, route_key, route_of
from bot.domain.preferences import Route
from bot.domain.sale import Producer
from bot.store import inbox, key_value
from bot.store.engine import Store
from bot.store.tables import outbox, upsert

# Written out, not bound: a partial index serves only a query that is seen to be within it.
_OPEN: ColumnElement[bool] = outbox.c.state.in_(
    [literal_column("'pending'"), literal_column("'sending'")]
)
_SENDING: ColumnElement[bool] = outbox.c.state == literal_column("'sending'")
_FAILED: ColumnElement[bool] = outbox.c.state == literal_column("'failed'")


class OutboxRow(NamedTuple):
    """One thing to tell."""

    id: int
    producer_id: int
    kind: str
    """announce, edit, reply or notice."""
    subject: str
    """payment:12, payout:po_…, notice:…"""
    key: str
    """announce:<subject>, edit:<subject>, reply:<what>:<object id>, notice:…; never sent twice."""
    payload: dict[str, Any] | None
    """Of a reply or a notice: what it tells."""
    state: str
    created: datetime
    """Since when it should be sent."""
    begun: datetime | None
    """When it was last tried."""
    channel_id: int | None
    """Where that was."""
    attempts: int
    """How often it was set aside."""
    error: str | None


_COLUMNS = [outbox.c[name] for name in OutboxRow._fields]
# Made once, as all that each alert needs: making a statement takes longer than running it.
_OWNED = outbox.c.producer_id == bindparam("owner")
_THESE = update(outbox).where(outbox.c.id.in_(bindparam("these", expanding=True)))
_BEGIN = _THESE.where(_OPEN).values(
    state="sending", begun=bindparam("at"), channel_id=bindparam("channel")
)
_SENT = _THESE.where(_SENDING).values(state="sent", error=None)
_CREATED = select(outbox.c.key, outbox.c.created).where(
    _OWNED, outbox.c.key.in_(bindparam("keys", expanding=True))
)


# An edit comes after what it edits: an alert, or a message that is kept by its row's key.
_alert = outbox.alias("alert")
_ALERT_KEY = case(
    (outbox.c.subject.like("reply:%"), func.substr(outbox.c.subject, len("reply:") + 1)),
    (outbox.c.subject.like("notice:%"), func.substr(outbox.c.subject, len("notice:") + 1)),
    else_=literal("announce:") + outbox.c.subject,
)
_ALERT_OPEN = exists().where(
    _alert.c.producer_id == outbox.c.producer_id,
    _alert.c.key == _ALERT_KEY,
    _alert.c.state.in_([literal_column("'pending'"), literal_column("'sending'")]),
)
_IS_EDIT: ColumnElement[bool] = outbox.c.kind == literal_column("'edit'")


class Part(Enum):
    """Which open rows are meant."""

    ALL = auto()
    POSTS = auto()
    """What is posted, and the edits of what is not posted yet."""
    EDITS = auto()
    """The edits of messages that stand in a channel, or never will."""


_PARTS: Mapping[Part, ColumnElement[bool]] = {
    Part.ALL: true(),
    Part.POSTS: or_(not_(_IS_EDIT), _ALERT_OPEN),
    Part.EDITS: and_(_IS_EDIT, not_(_ALERT_OPEN)),
}
_KINDS: Mapping[Part, ColumnElement[bool]] = {
    Part.ALL: true(),
    Part.POSTS: not_(_IS_EDIT),
    Part.EDITS: _IS_EDIT,
}


def subject_of(payment_id: int) -> str:
    """What the outbox and the messages call a payment."""
    return f"payment:{payment_id}"


async def put(
    connection: AsyncConnection,
    producer_id: int,
    *,
    kind: str,
    subject: str,
    key: str,
    now: datetime,
    payload: Mapping[str, Any] | None = None,
) -> None:
    """Ask for a message. What has this key already stays as it is, except an edit.

    An edit is opened again, as of now, even while an older one is being sent: it shows a state
    that the older one has not seen.
    """
    row = {
        "producer_id": producer_id,
        "kind": kind,
        "subject": subject,
        "key": key,
        "payload": None if payload is None else json.dumps(payload),
        "route": route_key(route_of(kind, subject, key)),
    }
    opened = {"state": "pending", "created": now, "attempts": 0}
    opened |= dict.fromkeys(("begun", "channel_id", "error"))
    replaced = opened if kind == "edit" else ()
    await connection.execute(upsert(connection, outbox, *replaced), row | opened)


async def put_edit(
    connection: AsyncConnection, producer_id: int, subject: str, now: datetime
) -> None:
    """Have the message edited that shows a subject."""
    key = f"edit:{subject}"
    await put(connection, producer_id, kind="edit", subject=subject, key=key, now=now)


async def edit_announced(
    connection: AsyncConnection, producer_id: int, subject: str, now: datetime
) -> None:
    """The same, if the subject was announced."""
    if await announced(connection, producer_id, [subject]):
        await put_edit(connection, producer_id, subject, now)


async def open_rows(
    connection: AsyncConnection,
    producer_id: int,
    limit: int,
    ways: Collection[Way] | None = None,
    part: Part = Part.ALL,
) -> list[OutboxRow]:
    """What is to be sent, in order, at most `limit`, with what a crash left half done.

    `ways`: only what has one of these routes (None among them: what has none).
    """
    asked: dict[str, Any] = {"owner": producer_id, "most": limit}
    if ways is not None:
        asked["routes"] = [route_key(way) for way in ways]
    rows = await connection.execute(_open_rows(part, of_routes=ways is not None), asked)
    return [_outbox_row(row) for row in rows]


@cache
def _open_rows(part: Part, *, of_routes: bool) -> Select[Any]:
    query = select(*_COLUMNS).where(_OWNED, _OPEN, _PARTS[part])
    if of_routes:
        query = query.where(outbox.c.route.in_(bindparam("routes", expanding=True)))
    return query.order_by(outbox.c.id).limit(bindparam("most", type_=Integer))


async def of_key(connection: AsyncConnection, producer_id: int, key: str) -> OutboxRow | None:
    """The row of a key; None if there was never one."""
    query = select(*_COLUMNS).where(_OWNED, outbox.c.key == key)
    row = (await connection.execute(query, {"owner": producer_id})).first()
    return None if row is None else _outbox_row(row)


async def begin(
    connection: AsyncConnection, ids: Sequence[int], now: datetime, channel_id: int | None = None
) -> None:
    """Note, before Discord is called, that these are being sent, and to which channel."""
    begun = {"these": ids, "at": now, "channel": channel_id}
    await connection.execute(_BEGIN, begun)


async def sent(connection: AsyncConnection, ids: Sequence[int]) -> None:
    """Close rows that were begun. An edit that was asked for again since then stays open."""
    await connection.execute(_SENT, {"these": ids})


async def hide_edits(connection: AsyncConnection, producer_id: int) -> None:
    """Close edits that were set aside, as their messages need not change; each may be put again."""
    mine = (outbox.c.producer_id == producer_id, _FAILED, outbox.c.kind == "edit")
    await connection.execute(update(outbox).where(*mine).values(state="sent", error=None))


async def retry(connection: AsyncConnection, ids: Sequence[int], error: str) -> None:
    """Open rows that were begun for another try, as Discord has made no message of them."""
    await connection.execute(_these(ids).where(_SENDING).values(state="pending", error=error))


async def fail(
    connection: AsyncConnection, ids: Sequence[int], error: str, *, made: bool = False
) -> None:
    """Set rows aside until `reopen`; `error` says why, for people.

    `made`: Discord may have made the message all the same, so it is looked for then.
    """
    unknown = {} if made else {"begun": null(), "channel_id": null()}
    attempts = outbox.c.attempts + 1
    values = {"state": "failed", "attempts": attempts, "error": error, **unknown}
    await connection.execute(_these(ids).where(_OPEN).values(values))


async def summarize(connection: AsyncConnection, ids: Sequence[int]) -> None:
    """Close rows that one summary covers."""
    await connection.execute(_these(ids).where(_OPEN).values(state="summarized", error=None))


async def told_with_another(
    connection: AsyncConnection, producer_id: int, keys: Collection[str]
) -> None:
    """Close rows that were put just now, because another one covers them."""
    await connection.execute(
        update(outbox)
        .where(outbox.c.producer_id == producer_id, outbox.c.key.in_(keys))
        .values(state="summarized")
    )


async def announced(
    connection: AsyncConnection, producer_id: int, subjects: Iterable[str]
) -> dict[str, datetime]:
    """Since when each subject was to be announced; those that never were are left out."""
    keys = {f"announce:{subject}": subject for subject in subjects}
    found = await known(connection, producer_id, keys)
    return {keys[key]: created for key, created in found.items()}


async def known(
    connection: AsyncConnection, producer_id: int, keys: Collection[str]
) -> dict[str, datetime]:
    """Which of these keys were ever put, sent by now or not, and since when."""
    if not keys:
        return {}
    found = await connection.execute(_CREATED, {"owner": producer_id, "keys": list(keys)})
    return dict(found.all())


async def reopen(connection: AsyncConnection, producer_id: int, part: Part = Part.ALL) -> int:
    """Try all that was set aside once more, after what is new. How many there are."""
    state = case((outbox.c.begun.is_(None), "pending"), else_="sending")
    mine = (outbox.c.producer_id == producer_id, _FAILED, _KINDS[part])
    return (await connection.execute(update(outbox).where(*mine).values(state=state))).rowcount


async def waiting(connection: AsyncConnection, producer_id: int, prefix: str) -> set[str]:
    """The keys that begin so of what is pending: not sent, nor just being sent."""
    query = select(outbox.c.key, outbox.c.state).where(
        outbox.c.producer_id == producer_id, _OPEN, outbox.c.key.startswith(prefix, autoescape=True)
    )
    return {row.key for row in await connection.execute(query) if row.state == "pending"}


async def withdraw(connection: AsyncConnection, producer_id: int, keys: Collection[str]) -> None:
    """Remove what is pending and need no longer be sent. It may be put again."""
    await connection.execute(
        delete(outbox).where(
            outbox.c.producer_id == producer_id,
            outbox.c.key.in_(keys),
            outbox.c.state == literal_column("'pending'"),
        )
    )


async def counts(connection: AsyncConnection, producer_id: int | None = None) -> dict[str, int]:
    """How many rows are pending, sending and failed, of one producer or of all.

    States without any are left out.
    """
    mine = select(outbox.c.state)
    if producer_id is not None:
        mine = mine.where(outbox.c.producer_id == producer_id)
    unsent = union_all(mine.where(_OPEN), mine.where(_FAILED)).subquery()
    query = select(unsent.c.state, func.count()).group_by(unsent.c.state)
    return dict((await connection.execute(query)).all())


async def shut_routes(connection: AsyncConnection, producer: Producer) -> dict[Route, str]:
    """Why news that has a channel of its own waits, by its route."""
    query = select(outbox.c.route).where(outbox.c.producer_id == producer.id, _OPEN).distinct()
    waiting = set((await connection.execute(query)).scalars())
    reasons = {
        route: await key_value.get(connection, key_value.blocked_note(producer.id, route))
        for route in producer.preferences.channels
        if route_key(route) in waiting
    }
    return {route: reason for route, reason in reasons.items() if reason}


async def failures(connection: AsyncConnection, producer_id: int, limit: int) -> list[OutboxRow]:
    """What could not be sent, newest first, at most `limit`."""
    query = select(*_COLUMNS).where(outbox.c.producer_id == producer_id, _FAILED)
    rows = await connection.execute(query.order_by(outbox.c.id.desc()).limit(limit))
    return [_outbox_row(row) for row in rows]


def _these(ids: Iterable[int]) -> Update:
    return update(outbox).where(outbox.c.id.in_(list(ids)))


def _outbox_row(row: Row[Any]) -> OutboxRow:
    payload = None if row.payload is None else json.loads(row.payload)
    return OutboxRow._make(row)._replace(payload=payload)


async def depths(store: Store) -> Mapping[str, Mapping[str, int]]:
    """How many rows of the inbox and of the outbox are in each state; some states are left out."""
    async with store.read() as connection:
        return {"inbox": await inbox.counts(connection), "outbox": await counts(connection)}
