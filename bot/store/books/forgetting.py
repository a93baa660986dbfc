"""Forgets a buyer: their name and email go, from all that is kept and from what was told.

Everything of the store goes in the caller's one transaction, the messages by the outbox of the
same transaction. What is recorded later of the same payments stays forgotten: `recording`.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Column, bindparam, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.payment import Payment
from bot.domain.redaction import Found, Traces, forgotten, mentions
from bot.domain.sale import Producer
from bot.store import payment_json
from bot.store.books import forget_messages
from bot.store.books import forgotten as remembered
from bot.store.books.naming_messages import naming
from bot.store.engine import flush_afterwards
from bot.store.queues import outbox
from bot.store.tables import (
    buyer_words,
    buyers,
    payments,
    problems,
    sales,
)
from bot.store.tables import forgotten as forgotten_table
from bot.store.tables import outbox as outbox_table


class Changed(Exception):
    """What there is of somebody is not what was shown; `found` is what there is."""

    def __init__(self, found: Found) -> None:
        super().__init__("it has changed meanwhile")
        self.found = found


class _Whole(NamedTuple):
    """All there is of somebody in one producer's books."""

    producer: Producer
    buyer_id: int
    paid: dict[int, Payment]
    """By the ids of their rows."""
    messages: dict[str, int]
    """The messages that name them, by what is kept of them there."""
    traces: Traces


async def look(connection: AsyncConnection, owners: Sequence[Producer], email: str) -> Found:
    """What there is of who has this email, in the books of these producers.

    `email` as typed. Reads the whole inbox.
    """
    key = email.strip().casefold()
    return await _found(connection, owners, key, await forget_messages.mentioning(connection, key))


async def forget(
    connection: AsyncConnection, owners: Sequence[Producer], shown: Found, now: datetime
) -> None:
    """Remove what was `shown` by `look`. Raises Changed, with nothing removed, if there is more.

    A purchase after `now` is by somebody new.
    """
    newest = max(shown.events, default=0)
    late = await forget_messages.mentioning(connection, shown.email, after=newest)
    found = await _found(connection, owners, shown.email, {*shown.events, *late})
    if found != shown:
        raise Changed(found)
    flush_afterwards(connection)
    for whole in await _everywhere(connection, owners, shown.email):
        await _forget(connection, whole, shown.email, now)
    await forget_messages.scrub(connection, shown.events, shown.email)


async def _found(
    connection: AsyncConnection, owners: Sequence[Producer], email: str, mentioning: set[int]
) -> Found:
    wholes = await _everywhere(connection, owners, email)
    for whole in wholes:
        mentioning |= await forget_messages.about(connection, whole.producer, whole.paid.values())
    traces = tuple(whole.traces for whole in wholes)
    return Found(email=email, traces=traces, events=tuple(sorted(mentioning)))


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
    paid = {id_: payment_json.load(document) for id_, document in rows}
    numbers = await connection.scalars(
        # In the order of its index: by number, SQLite would read all sales of the producer.
        select(sales.c.number)
        .where(sales.c.producer_id == producer.id, sales.c.buyer_id == row.id)
        .order_by(sales.c.sold, sales.c.id)
    )
    messages = await naming(connection, producer, row.id)
    names = {row.name, *(payment.buyer.name for payment in paid.values())} - {None}
    traces = Traces(
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
    row = {
        "producer_id": producer_id,
        "digest": await remembered.digest(connection, email),
        "until": now,
        "key": key,
    }
    await connection.execute(insert(forgotten_table).values(row))
    await _forget_words(connection, producer_id, email)
    for subject in sorted(whole.messages):
        edit = f"edit:{subject}"
        await outbox.put(connection, producer_id, kind="edit", subject=subject, key=edit, now=now)


async def _forget_payments(connection: AsyncConnection, paid: dict[int, Payment]) -> None:
    rows = [
        {"row": id_, "clean": payment_json.dump(replace(payment, buyer=forgotten(payment.buyer)))}
        for id_, payment in paid.items()
    ]
    change = update(payments).where(payments.c.id == bindparam("row"))
    clean = change.values(document=bindparam("clean"), promotions=None)
    await connection.execute(clean, rows)


async def _forget_words(connection: AsyncConnection, producer_id: int, email: str) -> None:
    """Where Stripe's own words are quoted that nobody understood, and whatever was to be told."""
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
