"""Payments as recorded: to be found and asked about again, and whole as a record shows them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import CompoundSelect, Row, Select, bindparam, func, select, union
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.payment import Payment
from bot.domain.sale import PaymentRecord, Producer
from bot.store import payment_json
from bot.store.books.holding import sale_rights
from bot.store.books.sale_rows import SHOWN_SALES, payout_of, sale_of
from bot.store.on_sale import off_sale
from bot.store.queues import problems
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
    due: datetime | None
    """When to ask it again."""
    checks: int
    """How often it was asked."""


_STORED: Select[Any] = select(
    payments.c.id,
    payments.c.producer_id,
    payments.c.document,
    payments.c.complete,
    payments.c.read,
    payments.c.due,
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
    names = given(key=session, intent=intent, charge=charge)
    if not names:
        return None
    asked = {"owner": producer_id, **names}
    row = (await connection.execute(_find(tuple(names)), asked)).first()
    return None if row is None else _stored(row)


def given(*, key: str | None, intent: str | None, charge: str | None) -> dict[str, str]:
    """Those of a payment's names that there are, by their columns."""
    names = {"key": key, "intent": intent, "charge": charge}
    return {column: name for column, name in names.items() if name is not None}


def ids_of(columns: Iterable[str]) -> CompoundSelect[Any]:
    """The ids of payments of an `owner` that go by any name `given` in these columns.

    Each name is looked up by its own index: of an OR, SQLite would read every payment.
    """
    owned = payments.c.producer_id == bindparam("owner")
    found = (payments.c[column] == bindparam(column) for column in columns)
    return union(*(select(payments.c.id).where(owned, by_name) for by_name in found))


@cache
def _find(columns: tuple[str, ...]) -> Select[Any]:
    of_ids = _STORED.where(payments.c.id.in_(ids_of(columns)))
    return of_ids.order_by(payments.c.id).limit(1)


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
    asked = {"owner": producer.id, "payment": payment_id}
    return await _load(connection, producer, _OF_ID, asked, now)


async def load_by_number(
    connection: AsyncConnection, producer: Producer, number: int, now: datetime
) -> PaymentRecord | None:
    """The payment that the sale with this number is part of."""
    asked = {"owner": producer.id, "number": number}
    return await _load(connection, producer, _OF_NUMBER, asked, now)


_purchases = payments.alias("purchases")
_RECORD: Select[Any] = SHOWN_SALES.add_columns(
    payments.c.document,
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
_OWNED = sales.c.producer_id == bindparam("owner")
_ITS = select(sales.c.payment_id).where(_OWNED, sales.c.number == bindparam("number"))
_OF_ID = _RECORD.where(_OWNED, sales.c.payment_id == bindparam("payment"))
_OF_NUMBER = _RECORD.where(_OWNED, sales.c.payment_id == _ITS.scalar_subquery())


async def _load(
    connection: AsyncConnection,
    producer: Producer,
    query: Select[Any],
    asked: Mapping[str, int],
    now: datetime,
) -> PaymentRecord | None:
    rows = (await connection.execute(query, asked)).all()
    if not rows:
        return None
    payment = payment_json.load(rows[0].document)
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
        lacking=await problems.lacking(connection, producer.id),
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
        payment_json.load(row.document),
        row.complete,
        row.read,
        row.due,
        row.checks,
    )
