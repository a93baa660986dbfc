"""The books as an audit asks for them: sums of entries by what Stripe booked, not by sale."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, TextClause, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.entries import EntryKind
from bot.domain.payment import Payment
from bot.domain.payout import Payout
from bot.store.books import payment_rows
from bot.store.books.day_totals import AMOUNTS
from bot.store.books.payouts import payout_of
from bot.store.tables import (
    RETURN,
    chunks,
    day_totals,
    entries,
    fees_of,
    moved_by,
    payments,
    payouts,
    rows_of,
    sales,
    total,
)


class Booked(NamedTuple):
    """What the entries of one balance transaction come to, in minor units."""

    source: str
    kind: str
    currency: str
    payment_id: int
    gross: int
    fee: int
    net: int
    """What Stripe's balance moved by: with the tax that buyers paid."""


class KeptWrong(NamedTuple):
    """A sum kept ready that does not equal its entries."""

    currency: str
    name: str
    kept: int
    entries: int


async def booked(
    connection: AsyncConnection, producer_id: int, start: datetime, end: datetime
) -> list[Booked]:
    """What is booked, and moved from `start` on and before `end` as our books have it."""
    return await _booked(connection, *_within(producer_id, start, end))


async def booked_as(
    connection: AsyncConnection, producer_id: int, sources: Iterable[str]
) -> list[Booked]:
    """What is booked by these balance transactions, whenever that was."""
    found: list[Booked] = []
    owned = entries.c.producer_id == producer_id
    for some in chunks(sources):
        named = entries.c.source.in_(some)
        # Each by an index: a sale by its payment's, all else by its own.
        charged = (
            select(sales.c.id)
            .join_from(payments, sales, sales.c.payment_id == payments.c.id)
            .where(payments.c.producer_id == producer_id, payments.c.movement.in_(some))
        )
        of_sales = entries.c.sale_id.in_(charged), entries.c.kind == EntryKind.SALE.value
        found += await _booked(connection, owned, named, *of_sales)
        found += await _booked(connection, owned, named, text(f"entries.{RETURN}"))
    return found


async def _booked(
    connection: AsyncConnection, *which: ColumnElement[bool] | TextClause
) -> list[Booked]:
    names = (entries.c.source, entries.c.kind, entries.c.currency, entries.c.payment_id)
    moved = total(moved_by(entries.c))
    found = await connection.execute(
        select(*names, total(entries.c.gross), total(fees_of(entries.c)), moved)
        .where(*which, entries.c.booked)
        # What was free moved nothing, and Stripe booked nothing.
        .where(entries.c.source != payments.c.key)
        .join(payments, payments.c.id == entries.c.payment_id)
        .group_by(*names)
    )
    return [Booked(*row) for row in found]


async def unbooked(
    connection: AsyncConnection, producer_id: int, start: datetime, end: datetime
) -> int:
    """How many payments have entries that Stripe has not booked, as far as we know."""
    query = select(func.count(entries.c.payment_id.distinct())).where(
        *_within(producer_id, start, end), entries.c.booked.is_(False)
    )
    return await connection.scalar(query) or 0


def _within(producer_id: int, start: datetime, end: datetime) -> tuple[ColumnElement[bool], ...]:
    return entries.c.producer_id == producer_id, entries.c.at >= start, entries.c.at < end


async def payments_by_id(connection: AsyncConnection, ids: Iterable[int]) -> dict[int, Payment]:
    """Payments as they were last recorded."""
    query = select(payments.c.id, payments.c.document)
    return {
        row.id: payment_rows.payment_from_json(row.document)
        async for row in rows_of(connection, query, payments.c.id, ids)
    }


async def charges_known(
    connection: AsyncConnection, producer_id: int, charges: Iterable[str]
) -> dict[str, str]:
    """Of these charges those of payments that are recorded, each with the payment's state."""
    query = select(payments.c.charge, payments.c.state)
    found = rows_of(
        connection, query.where(payments.c.producer_id == producer_id), payments.c.charge, charges
    )
    return {row.charge: row.state async for row in found}


async def charges_of_fees(
    connection: AsyncConnection, producer_id: int, fees: Iterable[str]
) -> dict[str, str]:
    """The charges of recorded payments whose platforms took these fees, by the fees' ids."""
    fee = payments.c.application_fee
    query = select(fee, payments.c.charge).where(
        payments.c.producer_id == producer_id, fee.is_not(None)
    )
    return {row.application_fee: row.charge async for row in rows_of(connection, query, fee, fees)}


async def has_platform(connection: AsyncConnection, producer_id: int) -> bool:
    """Whether a platform ever took a fee of a payment of theirs."""
    query = select(payments.c.id).where(
        payments.c.producer_id == producer_id, payments.c.application_fee.is_not(None)
    )
    return await connection.scalar(query.limit(1)) is not None


async def payouts_created(
    connection: AsyncConnection, producer_id: int, start: datetime, end: datetime
) -> list[Payout]:
    """Payouts that were made from `start` on and before `end`."""
    made = payouts.c.created >= start, payouts.c.created < end
    query = select(payouts).where(payouts.c.producer_id == producer_id, *made)
    return [payout_of(row) for row in await connection.execute(query)]


async def kept_wrong(connection: AsyncConnection, producer_id: int) -> list[KeptWrong]:
    """Where the sums that statistics show are not those of the entries; nowhere, that is."""
    counted = await connection.execute(
        select(entries.c.currency, *(amount.label(name) for name, amount in AMOUNTS.items()))
        .where(entries.c.producer_id == producer_id)
        .group_by(entries.c.currency)
    )
    kept = await connection.execute(
        select(day_totals.c.currency, *(total(day_totals.c[name]).label(name) for name in AMOUNTS))
        .where(day_totals.c.producer_id == producer_id)
        .group_by(day_totals.c.currency)
    )
    true: dict[str, Any] = {row.currency: row._asdict() for row in counted}
    shown: dict[str, Any] = {row.currency: row._asdict() for row in kept}
    return [
        KeptWrong(code, name, told, counted_)
        for code in sorted(true.keys() | shown.keys())
        for name in AMOUNTS
        if (told := shown.get(code, {}).get(name, 0))
        != (counted_ := true.get(code, {}).get(name, 0))
    ]
