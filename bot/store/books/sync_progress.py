"""How far past payments and events are read from Stripe, and which of them are known already."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import NamedTuple

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, func, select, union
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.import_progress import EventsSeen, ImportProgress
from bot.domain.payment import Payment
from bot.domain.period import day_number
from bot.domain.polling import PERIOD, Polling
from bot.domain.sale import Producer
from bot.store import key_value, outbox
from bot.store.books import payment_rows
from bot.store.outbox import subject_of
from bot.store.tables import columns, day_totals, events, payments, rows_of

_IMPORT = TypeAdapter(ImportProgress)
_EVENTS = TypeAdapter(EventsSeen)
_POLLING = TypeAdapter(Polling)


async def import_progress(connection: AsyncConnection, livemode: bool) -> ImportProgress | None:
    """How far the import is; None before it ever began."""
    return await key_value.read(connection, import_key(livemode), _IMPORT)


def import_key(livemode: bool) -> str:
    """The key of the note of `import_progress`, for a query that reads it with more."""
    return _key("import", livemode)


def import_of(noted: str | None) -> ImportProgress | None:
    """What such a note says."""
    return None if noted is None else _IMPORT.validate_json(noted)


async def note_import(connection: AsyncConnection, livemode: bool, now: ImportProgress) -> None:
    """Note how far the import is now."""
    await key_value.write(connection, import_key(livemode), _IMPORT, now)


async def events_seen(connection: AsyncConnection, livemode: bool) -> EventsSeen | None:
    """Which events were asked for; None before the bot ever ran with a key of this mode."""
    return await key_value.read(connection, _key("events", livemode), _EVENTS)


async def note_events(connection: AsyncConnection, livemode: bool, seen: EventsSeen) -> None:
    """Note up to when events were asked for."""
    await key_value.write(connection, _key("events", livemode), _EVENTS, seen)


async def polling_noted(connection: AsyncConnection, livemode: bool) -> Polling:
    """What asking for events has taken of the allowance."""
    noted = await key_value.get(connection, _key("polling", livemode))
    return Polling() if noted is None else _POLLING.validate_json(noted)


async def note_polling(connection: AsyncConnection, livemode: bool, now: Polling) -> None:
    """Note what asking for events has taken so far."""
    await key_value.put(connection, _key("polling", livemode), _POLLING.dump_json(now).decode())


async def payments_lately(connection: AsyncConnection, producer: Producer, now: datetime) -> int:
    """How many payments were made in the period for which Stripe allows so many reads."""
    begin = day_number(now - PERIOD, producer.timezone)
    query = select(func.sum(day_totals.c.purchases)).where(
        day_totals.c.producer_id == producer.id, day_totals.c.day >= begin
    )
    return int(await connection.scalar(query) or 0)


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
    return None if noted is None else datetime.fromtimestamp(int(noted), UTC)


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
    return {row.id async for row in rows_of(connection, select(events.c.id), events.c.id, ids)}


async def _found(
    connection: AsyncConnection, producer_id: int, which: ColumnElement[bool]
) -> list[KnownPayment]:
    query = select(*columns(payments, "id document complete read")).where(
        payments.c.producer_id == producer_id, which
    )
    rows = (await connection.execute(query.order_by(payments.c.id))).all()
    subjects = [subject_of(row.id) for row in rows]
    told = await outbox.announced(connection, producer_id, subjects)
    return [
        KnownPayment(
            row.id,
            payment_rows.payment_from_json(row.document),
            row.complete,
            row.read,
            subject in told,
        )
        for row, subject in zip(rows, subjects, strict=True)
    ]


def _one_of(payment: Payment, by_name: dict[str, list[KnownPayment]]) -> KnownPayment | None:
    """As `record` finds it: by its key, else the oldest row under another of its names."""
    names = (payment.key, payment.intent, payment.charge)
    found = [known for name in names if name for known in by_name.get(name, ())]
    exact = (known for known in found if known.payment.key == payment.key)
    return next(exact, min(found, key=lambda known: known.id, default=None))


async def _subjects(
    connection: AsyncConnection, subjects: Iterable[str], *conditions: ColumnElement[bool]
) -> set[str]:
    query = select(events.c.subject).where(*conditions).distinct()
    return {row.subject async for row in rows_of(connection, query, events.c.subject, subjects)}
