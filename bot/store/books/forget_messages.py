"""Takes people out of the events in the inbox, once they were forgotten."""

import asyncio
import json
from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import Select, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.json_access import mapping
from bot.domain.payment import Payment
from bot.domain.redaction import mentions, scrubbed
from bot.domain.sale import Producer
from bot.store.engine import flush_afterwards
from bot.store.tables import events

# How many go into one statement; opening so many takes a few milliseconds.
_CHUNK = 20


def subjects_of(payment: Payment) -> list[str]:
    """What events of a payment may go by."""
    names = {payment.intent, payment.session, payment.charge, payment.key} - {None}
    return [f"payment:{name}" for name in sorted(filter(None, names))]


async def about(
    connection: AsyncConnection, producer: Producer, paid: Iterable[Payment]
) -> set[int]:
    """The places in the inbox of all events about payments."""
    subjects = sorted({subject for payment in paid for subject in subjects_of(payment)})
    found: set[int] = set()
    for first in range(0, len(subjects), 500):
        query = select(events.c.sequence).where(
            events.c.subject.in_(subjects[first : first + 500]),
            events.c.livemode.is_(producer.livemode),
        )
        found |= set(await connection.scalars(query))
    return found


async def mentioning(connection: AsyncConnection, email: str, after: int = 0) -> set[int]:
    """The places of all events that hold an email (case folded), of those after a place.

    Reads each of them whole: seconds, where there are a million.
    """
    spelled = {email, json.dumps(email)[1:-1]}
    body = func.lower(events.c.body)
    query = select(events.c.sequence).where(
        events.c.sequence > after, or_(*(body.contains(each, autoescape=True) for each in spelled))
    )
    found: set[int] = set()
    # Others' emails may hold this one within them.
    for few in _chunks(await connection.scalars(query)):
        rows = await connection.execute(_bodies(few))
        found |= {row.sequence for row in rows if mentions(json.loads(row.body), (email,))}
        await asyncio.sleep(0)
    return found


async def scrub(
    connection: AsyncConnection, sequences: Iterable[int], email: str | None = None
) -> None:
    """Take who paid out of these events; this email (case folded) wherever it stands."""
    for few in _chunks(sequences):
        await _scrub(connection, few, email)
        await asyncio.sleep(0)


async def scrub_about(connection: AsyncConnection, producer: Producer, payment: Payment) -> None:
    """Take who paid out of all events of a payment, those that come late among them."""
    await scrub(connection, await about(connection, producer, [payment]))


async def _scrub(connection: AsyncConnection, sequences: Sequence[int], email: str | None) -> None:
    for row in (await connection.execute(_bodies(sequences))).all():
        clean = json.dumps(scrubbed(mapping(json.loads(row.body)), email))
        error = None if email and mentions(row.error, (email,)) else row.error
        if (clean, error) != (row.body, row.error):
            flush_afterwards(connection)
            changed = update(events).where(events.c.sequence == row.sequence)
            await connection.execute(changed.values(body=clean, error=error))


def _chunks(sequences: Iterable[int]) -> Iterator[list[int]]:
    wanted = sorted(sequences)
    return (wanted[first : first + _CHUNK] for first in range(0, len(wanted), _CHUNK))


def _bodies(sequences: Sequence[int]) -> Select[tuple[int, str, str | None]]:
    columns = events.c.sequence, events.c.body, events.c.error
    return select(*columns).where(events.c.sequence.in_(sequences), events.c.body != "")
