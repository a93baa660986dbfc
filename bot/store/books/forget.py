"""Forgets a buyer: their name and email go from everything that is stored, and from messages.

All of the store changes in the caller's one transaction; the messages change by the outbox of the
same transaction. A buyer who was forgotten is recognized by a hash of their email, so what becomes
known later of what they bought until then stays forgotten.
"""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Column, Select, bindparam, delete, func, insert, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.json_access import mapping, moment
from bot.domain.payment import Payment
from bot.domain.redaction import Person, PersonRecords, emails_in, forgotten, mentions, scrubbed
from bot.domain.sale import Producer
from bot.store import outbox
from bot.store.books import payment_rows
from bot.store.engine import flush_afterwards
from bot.store.inbox import Incoming
from bot.store.key_value import ensure_key
from bot.store.outbox import subject_of
from bot.store.tables import (
    buyer_words,
    buyers,
    chunks,
    events,
    messages,
    payments,
    problems,
    rows_of,
    sales,
    tracks,
    without_index,
)
from bot.store.tables import forgotten as forgotten_table
from bot.store.tables import outbox as outbox_table


class Changed(Exception):
    """What is stored of a buyer is not what was shown; `found` is what there is."""

    def __init__(self, found: Person) -> None:
        super().__init__("it has changed meanwhile")
        self.found = found


class _Whole(NamedTuple):
    """All that one producer's books hold of a buyer."""

    producer: Producer
    buyer_id: int
    paid: dict[int, Payment]
    """By the ids of their rows."""
    messages: dict[str, int]
    """The messages that name them, by what is kept of them there."""
    traces: PersonRecords


async def look(connection: AsyncConnection, owners: Sequence[Producer], email: str) -> Person:
    """What the books of these producers hold of the buyer with this email.

    `email` as typed. Reads the whole inbox.
    """
    key = email.strip().casefold()
    return await _found(connection, owners, key, await mentioning(connection, key))


async def forget(
    connection: AsyncConnection, owners: Sequence[Producer], shown: Person, now: datetime
) -> None:
    """Remove what was `shown` by `look`. Raises Changed, with nothing removed, if there is more.

    A purchase after `now` is by a new buyer.
    """
    newest = max(shown.events, default=0)
    late = await mentioning(connection, shown.email, after=newest)
    found = await _found(connection, owners, shown.email, {*shown.events, *late})
    if found != shown:
        raise Changed(found)
    flush_afterwards(connection)
    for whole in await _everywhere(connection, owners, shown.email):
        await _forget(connection, whole, shown.email, now)
    await scrub(connection, shown.events, shown.email)


async def _found(
    connection: AsyncConnection, owners: Sequence[Producer], email: str, mentioning: set[int]
) -> Person:
    wholes = await _everywhere(connection, owners, email)
    for whole in wholes:
        mentioning |= await about(connection, whole.producer, whole.paid.values())
    traces = tuple(whole.traces for whole in wholes)
    return Person(email=email, traces=traces, events=tuple(sorted(mentioning)))


async def _everywhere(
    connection: AsyncConnection, owners: Sequence[Producer], email: str
) -> list[_Whole]:
    wholes = [await _whole(connection, producer, email) for producer in owners]
    return [whole for whole in wholes if whole is not None]


async def _whole(connection: AsyncConnection, producer: Producer, email: str) -> _Whole | None:
    mine = buyers.c.producer_id == producer.id, buyers.c.key == email
    row = (await connection.execute(select(buyers.c.id, buyers.c.name).where(*mine))).first()
    if row is None:
        return None
    of_buyer = payments.c.producer_id == producer.id, payments.c.buyer_id == row.id
    rows = await connection.execute(select(payments.c.id, payments.c.document).where(*of_buyer))
    paid = {id_: payment_rows.payment_from_json(document) for id_, document in rows}
    numbers = await connection.scalars(
        # In the order of its index: by number, SQLite would read all sales of the producer.
        select(sales.c.number)
        .where(sales.c.producer_id == producer.id, sales.c.buyer_id == row.id)
        .order_by(sales.c.sold, sales.c.id)
    )
    messages = await naming(connection, producer, row.id)
    names = {row.name, *(payment.buyer.name for payment in paid.values())} - {None}
    traces = PersonRecords(
        producer_id=producer.id,
        livemode=producer.livemode,
        names=tuple(sorted(filter(None, names))),
        payments=len(paid),
        sales=tuple(sorted(numbers)),
        messages=len(set(messages.values())),
    )
    return _Whole(producer, row.id, paid, messages, traces)


async def _forget(connection: AsyncConnection, whole: _Whole, email: str, now: datetime) -> None:
    producer_id, key = whole.producer.id, f"forgotten:{whole.buyer_id}"
    await connection.execute(delete(buyer_words).where(buyer_words.c.buyer_id == whole.buyer_id))
    nobody = {"key": key, "email": None, "name": None, "promotions": None, "forgotten": now}
    await connection.execute(update(buyers).where(buyers.c.id == whole.buyer_id).values(nobody))
    await _forget_payments(connection, whole.paid)
    row = {"producer_id": producer_id, "key": key, "until": now}
    row["digest"] = await digest(connection, email)
    await connection.execute(insert(forgotten_table), row)
    await _forget_words(connection, producer_id, email)
    for subject in sorted(whole.messages):
        await outbox.put_edit(connection, producer_id, subject, now)


async def _forget_payments(connection: AsyncConnection, paid: dict[int, Payment]) -> None:
    clean = {id_: replace(one, buyer=forgotten(one.buyer)) for id_, one in paid.items()}
    rows = [
        {"row": id_, "document": payment_rows.payment_to_json(one)} for id_, one in clean.items()
    ]
    change = update(payments).where(payments.c.id == bindparam("row"))
    await connection.execute(change.values(promotions=None), rows)


async def _forget_words(connection: AsyncConnection, producer_id: int, email: str) -> None:
    """Problems that quote Stripe's own words, and what was to be sent."""
    quoted = await _mentioning(connection, producer_id, problems.c.said, email)
    await connection.execute(delete(problems).where(problems.c.id.in_(quoted)))
    named = await _mentioning(connection, producer_id, outbox_table.c.payload, email)
    silenced = update(outbox_table).where(outbox_table.c.id.in_(named))
    await connection.execute(silenced.values(payload=None))


async def _mentioning(
    connection: AsyncConnection, producer_id: int, column: Column[Any], email: str
) -> list[int]:
    """The rows of a producer's in which a text has the email, not only as a part of another one."""
    table = column.table
    found = await connection.execute(
        select(table.c.id, column).where(
            table.c.producer_id == producer_id, func.lower(column).contains(email, autoescape=True)
        )
    )
    return [id_ for id_, text in found if mentions(text, (email,))]


_SINCE = (
    select(forgotten_table)
    .where(
        forgotten_table.c.producer_id == bindparam("owner"),
        forgotten_table.c.until >= bindparam("since"),
    )
    .order_by(forgotten_table.c.until)
)


async def anyone_since(connection: AsyncConnection, producer_id: int, since: datetime) -> bool:
    """Whether a buyer of this producer was forgotten since a moment."""
    asked = {"owner": producer_id, "since": since}
    return (await connection.execute(_SINCE, asked)).first() is not None


async def cleaned(connection: AsyncConnection, incoming: list[Incoming]) -> list[Incoming]:
    """Events as they are to be kept: without a buyer who was forgotten after what they are about.

    `record` sees to payments; this is for events of anything else, such as a charge that is no sale
    of ours.
    """
    last = forgotten_table.c.digest, func.max(forgotten_table.c.until)
    found = await connection.execute(select(*last).group_by(forgotten_table.c.digest))
    until: dict[str, datetime] = dict(found.all())
    if not until:
        return incoming
    key = await ensure_key(connection)
    return [_without_forgotten(each, key, until) for each in incoming]


def _without_forgotten(incoming: Incoming, key: bytes, until: Mapping[str, datetime]) -> Incoming:
    if "@" not in incoming.body:
        return incoming
    event = mapping(json.loads(incoming.body))
    made = moment(mapping(mapping(event.get("data")).get("object")).get("created"))
    made = made or incoming.created
    for email in emails_in(event):
        since = until.get(_digest(key, email))
        if since is not None and made <= since:
            event = scrubbed(event, email)
    return incoming._replace(body=json.dumps(event))


async def digest(connection: AsyncConnection, email: str) -> str:
    """What stands for an email (case folded): only the store's key leads to it."""
    return _digest(await ensure_key(connection), email)


def _digest(key: bytes, email: str) -> str:
    return hmac.new(key, f"forgotten {email}".encode(), hashlib.sha256).hexdigest()


async def buyer_keys(
    connection: AsyncConnection, producer_id: int, paid: Sequence[Payment]
) -> list[str]:
    """The key of each payment's buyer: that of a buyer forgotten since, else the email, else the
    payment's own."""
    keys = [payment.buyer.key or payment.key for payment in paid]
    since = min((payment.created for payment in paid), default=None)
    found = await connection.execute(_SINCE, {"owner": producer_id, "since": since})
    rows = found.all()
    for place, payment in enumerate(paid if rows else ()):
        if payment.buyer.key is None:
            continue
        own = await digest(connection, payment.buyer.key)
        whose = (row.key for row in rows if row.digest == own and row.until >= payment.created)
        keys[place] = next(whose, keys[place])
    return keys


_BODIES_AT_ONCE = 20
"""Opening so many takes a few milliseconds."""


def subjects_of(payment: Payment) -> list[str]:
    """What events of a payment may go by."""
    names = {payment.intent, payment.session, payment.charge, payment.key} - {None}
    return [f"payment:{name}" for name in sorted(filter(None, names))]


async def about(
    connection: AsyncConnection, producer: Producer, paid: Iterable[Payment]
) -> set[int]:
    """The places in the inbox of all events about payments."""
    subjects = [subject for payment in paid for subject in subjects_of(payment)]
    query = select(events.c.sequence).where(events.c.livemode.is_(producer.livemode))
    found = rows_of(connection, query, events.c.subject, subjects)
    return {row.sequence async for row in found}


async def mentioning(connection: AsyncConnection, email: str, after: int = 0) -> set[int]:
    """The places of all events that hold an email (case folded), of those after a place.

    Reads each of them whole: seconds if there are a million.
    """
    spelled = {email, json.dumps(email)[1:-1]}
    body = func.lower(events.c.body)
    query = select(events.c.sequence).where(
        events.c.sequence > after, or_(*(body.contains(each, autoescape=True) for each in spelled))
    )
    found: set[int] = set()
    # Others' emails may hold this one within them.
    for few in chunks(await connection.scalars(query), _BODIES_AT_ONCE):
        rows = await connection.execute(_bodies(few))
        found |= {row.sequence for row in rows if mentions(json.loads(row.body), (email,))}
        await asyncio.sleep(0)
    return found


async def scrub(
    connection: AsyncConnection, sequences: Iterable[int], email: str | None = None
) -> None:
    """Take who paid out of these events; this email (case folded) wherever it stands."""
    for few in chunks(sequences, _BODIES_AT_ONCE):
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


def _bodies(sequences: Sequence[int]) -> Select[tuple[int, str, str | None]]:
    columns = events.c.sequence, events.c.body, events.c.error
    return select(*columns).where(events.c.sequence.in_(sequences), events.c.body != "")


_CONFLICT = "reply:reply:conflict:"
"""How the subject of a reply about a conflict begins; then comes the sale's id."""


async def naming(connection: AsyncConnection, producer: Producer, buyer_id: int) -> dict[str, int]:
    """Discord's ids of the messages that name a buyer, by what is kept of them there."""
    wanted = [
        *map(subject_of, await _payments(connection, producer, buyer_id)),
        *await _conflicts(connection, producer, buyer_id),
    ]
    query = select(messages.c.subject, messages.c.message_id).where(
        messages.c.producer_id == producer.id
    )
    found = rows_of(connection, query, messages.c.subject, wanted)
    return {row.subject: row.message_id async for row in found}


async def _payments(connection: AsyncConnection, producer: Producer, buyer_id: int) -> list[int]:
    """Their own, and those that collide with an exclusive of theirs."""
    held = sales.alias("held")
    own = select(sales.c.payment_id).where(
        sales.c.producer_id == producer.id, sales.c.buyer_id == buyer_id
    )
    colliding = (
        select(sales.c.payment_id)
        .join_from(held, tracks, tracks.c.holder_sale_id == held.c.id)
        .join(sales, without_index("track_id") == tracks.c.id)
        .where(
            held.c.producer_id == producer.id,
            held.c.buyer_id == buyer_id,
            sales.c.producer_id == producer.id,
            # Also in the words of its index.
            sales.c.conflict.is_(True),
            text("sales.conflict"),
        )
    )
    return list(await connection.scalars(own.union(colliding)))


async def _conflicts(connection: AsyncConnection, producer: Producer, buyer_id: int) -> list[str]:
    """The replies about conflicts of tracks of which the buyer has bought any."""
    query = select(messages.c.subject).where(
        messages.c.producer_id == producer.id,
        messages.c.subject >= _CONFLICT,
        messages.c.subject < f"{_CONFLICT}\U0010ffff",
    )
    told = [int(subject.removeprefix(_CONFLICT)) for subject in await connection.scalars(query)]
    theirs = select(sales.c.track_id).where(
        sales.c.producer_id == producer.id, sales.c.buyer_id == buyer_id
    )
    of_track = select(sales.c.id).where(sales.c.track_id.in_(theirs))
    found = rows_of(connection, of_track, sales.c.id, told)
    return [f"{_CONFLICT}{row.id}" async for row in found]
