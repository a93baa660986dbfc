"""Payments as recorded: to be found and asked about again, and whole as a record shows them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, CompoundSelect, Row, Select, func, select, union
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.ledger.payment import Payment
from bot.ledger.records import PaymentRecord, Producer
from bot.store import documents, off_sale, problems
from bot.store.holding import sale_rights
from bot.store.shown import SHOWN_SALES, payout_of, sale_of
from bot.store.tables import payments, sales


class StoredPayment(NamedTuple):
    """A payment as it was last recorded."""

    id: int
    producer_id: int
    payment: Payment
    complete: bool
    """Whether Stripe itself was asked."""
    read: datetime | None
    """When we last began to ask it."""
    checks: int
    """How often it was asked."""


_STORED: Select[Any] = select(
    payments.c.id,
    payments.c.producer_id,
    payments.c.document,
    payments.c.complete,
    payments.c.read,
    payments.c.checks,
)


async def find(
    connection: AsyncConnection,
    producer_id: int,
    *,
    session: str | None = None,
    intent: str | None = None,
    charge: str | None = None,
) -> StoredPayment | None:
    """A producer's payment by any of Stripe's ids for it."""
    ids = named(producer_id, key=session, intent=intent, charge=charge)
    if ids is None:
        return None
    query = _STORED.where(payments.c.id.in_(ids)).order_by(payments.c.id).limit(1)
    row = (await connection.execute(query)).first()
    return None if row is None else _stored(row)


def named(
    producer_id: int, *, key: str | None, intent: str | None, charge: str | None
) -> CompoundSelect[Any] | None:
    """The ids of a producer's payments that go by any of these; None where none is given.

    Each name is looked up by its own index: of an OR, SQLite would read every payment.
    """
    names = {payments.c.key: key, payments.c.intent: intent, payments.c.charge: charge}
    found = [
        select(payments.c.id).where(payments.c.producer_id == producer_id, column == name)
        for column, name in names.items()
        if name is not None
    ]
    return union(*found) if found else None


async def find_named(
    connection: AsyncConnection, producer_id: int, object_id: str
) -> StoredPayment | None:
    """A producer's payment by the one id that its events go by: pi_…, cs_…, or the charge's."""
    if object_id.startswith("pi_"):
        return await find(connection, producer_id, intent=object_id)
    if object_id.startswith("cs_"):
        return await find(connection, producer_id, session=object_id)
    return await find(connection, producer_id, charge=object_id)


async def due(connection: AsyncConnection, now: datetime, limit: int) -> list[StoredPayment]:
    """Payments to ask Stripe about again, the longest due first, at most `limit`."""
    query = _STORED.where(payments.c.due <= now).order_by(payments.c.due, payments.c.id)
    return [_stored(row) for row in await connection.execute(query.limit(limit))]


async def next_due(connection: AsyncConnection) -> datetime | None:
    """When the next payment is due (it may be past); None when none is."""
    first: datetime | None = await connection.scalar(select(func.min(payments.c.due)))
    return first


async def load(
    connection: AsyncConnection, producer: Producer, payment_id: int, now: datetime
) -> PaymentRecord | None:
    """A producer's payment with its sales, rights and buyer, as of `now`."""
    return await _load(connection, producer, sales.c.payment_id == payment_id, now)


async def load_by_number(
    connection: AsyncConnection, producer: Producer, number: int, now: datetime
) -> PaymentRecord | None:
    """The payment that the sale with this number is part of."""
    its = select(sales.c.payment_id).where(
        sales.c.producer_id == producer.id, sales.c.number == number
    )
    return await _load(connection, producer, sales.c.payment_id == its.scalar_subquery(), now)


_purchases = payments.alias("purchases")
_RECORD: Select[Any] = SHOWN_SALES.add_columns(
    payments.c.document,
    payments.c.complete,
    select(func.count())
    .select_from(_purchases)
    .where(
        _purchases.c.buyer_id == payments.c.buyer_id,
        _purchases.c.producer_id == payments.c.producer_id,
        _purchases.c.state == "paid",
    )
    .scalar_subquery()
    .label("purchases"),
).order_by(sales.c.position)


async def _load(
    connection: AsyncConnection, producer: Producer, which: ColumnElement[bool], now: datetime
) -> PaymentRecord | None:
    query = _RECORD.where(sales.c.producer_id == producer.id, which)
    rows = (await connection.execute(query)).all()
    if not rows:
        return None
    payment = documents.load(rows[0].document)
    return PaymentRecord(
        id=rows[0].payment_id,
        producer=producer,
        payment=payment,
        sales=tuple(sale_of(row, now) for row in rows),
        rights=await sale_rights(connection, producer, rows[0].payment_id)
        if _bears_on_rights(rows)
        else (),
        purchases=rows[0].purchases if payment.buyer.key else 0,
        payout=payout_of(rows[0], now),
        complete=rows[0].complete,
        problems=await problems.of_payment(connection, producer.id, payment),
        off_sale=await off_sale.of_payment(connection, producer, rows[0].payment_id)
        if any(row.exclusive for row in rows)
        else (),
    )


def _bears_on_rights(rows: Sequence[Row[Any]]) -> bool:
    return any(row.exclusive or row.conflict for row in rows)


def _stored(row: Row[Any]) -> StoredPayment:
    return StoredPayment(
        row.id,
        row.producer_id,
        documents.load(row.document),
        row.complete,
        row.read,
        row.checks,
    )
