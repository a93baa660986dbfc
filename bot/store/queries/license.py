"""Sold licenses, each with its terms and, for an exclusive, the leases sold before it."""

from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.sale import PaymentRecord, Producer, Sale
from bot.domain.sold_license import PriorLease, SoldLicense
from bot.store.books import payments, producers, track_rows
from bot.store.books.exclusivity import leases, valid_leases
from bot.store.tables import sales, tracks

SHOWN_LEASES = 1000
"""Leases that are listed one by one: some ten pages of a document."""


async def by_number(
    connection: AsyncConnection, producer: Producer, number: int, now: datetime
) -> SoldLicense | None:
    """The license that was sold under this number; None where there is no such sale."""
    record = await payments.load_by_number(connection, producer, number, now)
    if record is None:
        return None
    sale = next(sale for sale in record.sales if sale.number == number)
    return SoldLicense(
        record=record,
        sale=sale,
        terms=await track_rows.of_sale(connection, producer, number),
        prior=await _prior(connection, record, sale) if sale.exclusive else (),
        prior_count=next(
            (one.earlier_leases for one in record.rights if one.number == sale.number), 0
        ),
        replaced=not sale.exclusive and await _replaced(connection, producer, number),
    )


async def by_code(connection: AsyncConnection, code: str, now: datetime) -> SoldLicense | None:
    """The license with this code, of any producer; None if no license has it."""
    query = select(sales.c.producer_id, sales.c.number).where(sales.c.code == code)
    found = (await connection.execute(query)).first()
    if found is None:
        return None
    producer = await producers.by_id(connection, found.producer_id)
    return await by_number(connection, producer, found.number, now)


async def bought(
    connection: AsyncConnection, session: str, now: datetime
) -> tuple[SoldLicense, ...]:
    """What was bought with a Checkout Session of any producer; empty until it is recorded.

    Without the leases sold before, which are for the documents.
    """
    for producer in await producers.everyone(connection):
        stored = await payments.find(connection, producer.id, session=session)
        if stored is None:
            continue
        record = await payments.load(connection, producer, stored.id, now)
        if record is not None:
            terms = [
                await track_rows.of_sale(connection, producer, sale.number) for sale in record.sales
            ]
            pairs = zip(record.sales, terms, strict=True)
            return tuple(SoldLicense(record=record, sale=sale, terms=own) for sale, own in pairs)
    return ()


async def _replaced(connection: AsyncConnection, producer: Producer, number: int) -> bool:
    """Whether the buyer of a sale holds its track by another one."""
    own, other = sales.alias(), sales.alias()
    query = (
        select(other.c.id)
        .select_from(own)
        .join(tracks, tracks.c.id == own.c.track_id)
        .join(other, other.c.id == tracks.c.holder_sale_id)
        .where(
            own.c.producer_id == producer.id,
            own.c.number == number,
            tracks.c.producer_id == producer.id,
            other.c.producer_id == producer.id,
            other.c.id != own.c.id,
            other.c.buyer_id == own.c.buyer_id,
        )
    )
    return (await connection.execute(query)).first() is not None


async def _prior(
    connection: AsyncConnection, record: PaymentRecord, sale: Sale
) -> tuple[PriorLease, ...]:
    """The oldest of those that `SaleRights.earlier_leases` counts."""
    of_track = select(sales.c.track_id).where(
        sales.c.producer_id == record.producer.id, sales.c.number == sale.number
    )
    earlier: tuple[ColumnElement[bool], ...] = (
        leases.c.producer_id == record.producer.id,
        leases.c.track_id == of_track.scalar_subquery(),
        leases.c.sold <= sale.sold,
        leases.c.payment_id != record.id,
    )
    found = await connection.execute(
        select(leases.c.number, leases.c.sold)
        .where(*earlier, valid_leases("leases"))
        .order_by(leases.c.sold, leases.c.id)
        .limit(SHOWN_LEASES)
    )
    return tuple(PriorLease(**row._asdict()) for row in found)
