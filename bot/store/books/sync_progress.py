"""How far past payments and events are read from Stripe, and which of them are known already."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, select, union
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.import_progress import EventsSeen, ImportProgress
from bot.domain.payment import Payment
from bot.store import key_value
from bot.store.books import payment_rows
from bot.store.tables import events, outbox, payments


async def import_progress(connection: AsyncConnection, livemode: bool) -> ImportProgress | None:
    """How far the import is; None before it ever began."""
    noted = await _read(connection, "import", livemode)
    if noted is None:
        return None
    return ImportProgress(
        start=_moment(noted["from"]),
        end=_moment(noted["to"]),
        done_until=_moment(noted["done_until"]),
        payments=noted["payments"],
        partial=noted.get("partial", False),
        away=noted.get("away", False),
        first_begun=_known(noted, "first_begun"),
        begun=_known(noted, "begun"),
        begun_from=_known(noted, "begun_from"),
        noted=_known(noted, "noted"),
        trouble=noted.get("trouble", ""),
    )


async def note_import(connection: AsyncConnection, livemode: bool, now: ImportProgress) -> None:
    """Note how far the import is now."""
    noted = {
        "from": int(now.start.timestamp()),
        "to": int(now.end.timestamp()),
        "done_until": int(now.done_until.timestamp()),
        "payments": now.payments,
        "partial": now.partial,
        "away": now.away,
        "first_begun": _seconds(now.first_begun),
        "begun": _seconds(now.begun),
        "begun_from": _seconds(now.begun_from),
        "noted": _seconds(now.noted),
        "trouble": now.trouble,
    }
    await key_value.put(connection, _key("import", livemode), json.dumps(noted))


async def events_seen(connection: AsyncConnection, livemode: bool) -> EventsSeen | None:
    """Which events were asked for; None before the bot ever ran with a key of this mode."""
    noted = await _read(connection, "events", livemode)
    if noted is None:
        return None
    return EventsSeen(
        begin=_moment(noted["begin"]),
        until=_moment(noted["until"]),
        looked=_known(noted, "looked"),
        trouble=noted.get("trouble", ""),
    )


async def note_events(connection: AsyncConnection, livemode: bool, seen: EventsSeen) -> None:
    """Note up to when events were asked for."""
    noted = {
        "begin": int(seen.begin.timestamp()),
        "until": int(seen.until.timestamp()),
        "looked": _seconds(seen.looked),
        "trouble": seen.trouble,
    }
    await key_value.put(connection, _key("events", livemode), json.dumps(noted))


async def note_trouble(
    connection: AsyncConnection, livemode: bool, *, of: str, trouble: str
) -> None:
    """Note why the `import`, or the reading of `events`, does not go on; for what has begun."""
    if of == "import":
        now = await import_progress(connection, livemode)
        if now is not None and not now.finished:
            await note_import(connection, livemode, replace(now, trouble=trouble))
    else:
        seen = await events_seen(connection, livemode)
        if seen is not None:
            await note_events(connection, livemode, replace(seen, trouble=trouble))


async def fee_returns_unread(connection: AsyncConnection, livemode: bool) -> datetime | None:
    """Since when it is not known what platforms returned of their fees, as the key may not read
    it; None if all is read.
    """
    noted = await key_value.get(connection, _key("fee returns unread", livemode))
    return None if noted is None else _moment(int(noted))


async def note_fee_returns_unread(
    connection: AsyncConnection, livemode: bool, since: datetime | None
) -> None:
    """Note since when it is not known, or earlier if that is noted; None: all is read."""
    key = _key("fee returns unread", livemode)
    if since is None:
        await key_value.drop(connection, key)
        return
    known = await fee_returns_unread(connection, livemode)
    await key_value.put(connection, key, str(int(min(since, known or since).timestamp())))


def _key(what: str, livemode: bool) -> str:
    return f"{what}:{'live' if livemode else 'test'}"


async def _read(connection: AsyncConnection, what: str, livemode: bool) -> dict[str, Any] | None:
    value = await key_value.get(connection, _key(what, livemode))
    return None if value is None else json.loads(value)


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _known(noted: dict[str, Any], name: str) -> datetime | None:
    seconds = noted.get(name)
    return None if seconds is None else _moment(seconds)


def _seconds(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp())


CHUNK = 500
"""How many ids go into one statement."""


class KnownPayment(NamedTuple):
    """A payment as it was last recorded."""

    id: int
    payment: Payment
    complete: bool
    """Whether Stripe itself was asked."""
    read: datetime | None
    """When we last began to ask it."""
    told: bool
    """Whether Discord has heard of it, or is about to."""


async def known_payments(
    connection: AsyncConnection, producer_id: int, wanted: Sequence[Payment]
) -> list[KnownPayment | None]:
    """Of each of some payments what is recorded, under whichever of its names; in their order."""
    names = {
        payments.c.key: {payment.key for payment in wanted},
        payments.c.intent: {payment.intent for payment in wanted if payment.intent},
        payments.c.charge: {payment.charge for payment in wanted if payment.charge},
    }
    # Each by its own index: of an OR, SQLite would read every payment.
    ids = union(
        *(
            select(payments.c.id).where(payments.c.producer_id == producer_id, column.in_(some))
            for column, some in names.items()
        )
    )
    found = await _found(connection, producer_id, payments.c.id.in_(ids))
    by_name: dict[str, list[KnownPayment]] = defaultdict(list)
    for known in found:
        for name in {known.payment.key, known.payment.intent, known.payment.charge}:
            by_name[name or ""].append(known)
    return [_one_of(payment, by_name) for payment in wanted]


async def known_by_charge(
    connection: AsyncConnection, producer_id: int, charges: Collection[str]
) -> dict[str, KnownPayment]:
    """The payments that are recorded with one of these charges."""
    found = await _found(connection, producer_id, payments.c.charge.in_(set(charges)))
    return {known.payment.charge: known for known in found if known.payment.charge}


async def subjects_waiting(
    connection: AsyncConnection, livemode: bool, subjects: Iterable[str]
) -> set[str]:
    """Which of these subjects have events that are still to be worked on."""
    return await _subjects(
        connection, subjects, events.c.livemode.is_(livemode), events.c.state == "pending"
    )


async def subjects_heard_of(
    connection: AsyncConnection, livemode: bool, subjects: Iterable[str]
) -> set[str]:
    """Of which of these subjects any event has come."""
    return await _subjects(connection, subjects, events.c.livemode.is_(livemode))


async def events_known(connection: AsyncConnection, ids: Iterable[str]) -> set[str]:
    """Which events of these ids have come."""
    known: set[str] = set()
    for some in _chunks(ids):
        known |= set(await connection.scalars(select(events.c.id).where(events.c.id.in_(some))))
    return known


async def _found(
    connection: AsyncConnection, producer_id: int, which: ColumnElement[bool]
) -> list[KnownPayment]:
    names = ("id", "document", "complete", "read")
    query = select(*(payments.c[name] for name in names)).where(
        payments.c.producer_id == producer_id, which
    )
    rows = (await connection.execute(query.order_by(payments.c.id))).all()
    told = await _told(connection, producer_id, [row.id for row in rows])
    return [
        KnownPayment(
            row.id,
            payment_rows.payment_from_json(row.document),
            row.complete,
            row.read,
            row.id in told,
        )
        for row in rows
    ]


async def _told(connection: AsyncConnection, producer_id: int, ids: Sequence[int]) -> set[int]:
    keys = {f"announce:payment:{id_}": id_ for id_ in ids}
    query = select(outbox.c.key).where(
        outbox.c.producer_id == producer_id, outbox.c.key.in_(keys.keys())
    )
    return {keys[key] for key in await connection.scalars(query)} if keys else set()


def _one_of(payment: Payment, by_name: dict[str, list[KnownPayment]]) -> KnownPayment | None:
    """As `record` finds it: by its key, else the oldest row under another of its names."""
    names = (payment.key, payment.intent, payment.charge)
    found = [known for name in names if name for known in by_name.get(name, ())]
    exact = (known for known in found if known.payment.key == payment.key)
    return next(exact, min(found, key=lambda known: known.id, default=None))


async def _subjects(
    connection: AsyncConnection, subjects: Iterable[str], *conditions: ColumnElement[bool]
) -> set[str]:
    found: set[str] = set()
    for some in _chunks(subjects):
        query = select(events.c.subject).where(events.c.subject.in_(some), *conditions).distinct()
        found |= {subject for subject in await connection.scalars(query) if subject}
    return found


def _chunks(values: Iterable[str]) -> list[list[str]]:
    listed = sorted(set(values))
    return [listed[start : start + CHUNK] for start in range(0, len(listed), CHUNK)]
