"""Who holds a track, and what that means for one sale of it."""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Row,
    ScalarSelect,
    TextClause,
    func,
    or_,
    select,
    text,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.money import Money
from bot.domain.payment import Buyer
from bot.domain.sale import Holder, Producer, SaleRights, SaleState
from bot.store.tables import HOLDS_RIGHTS, buyers, sales, tracks

holding = sales.alias("holding")
"""The sale that holds a track."""
holders = buyers.alias("holders")
leases = sales.alias("leases")

HOLDER_COLUMNS = (
    holding.c.number.label("holder_number"),
    holding.c.sold.label("holder_sold"),
    holding.c.amount.label("holder_amount"),
    holding.c.currency.label("holder_currency"),
    holding.c.state.label("holder_state"),
    holders.c.email.label("holder_email"),
    holders.c.name.label("holder_name"),
    holders.c.country.label("holder_country"),
    holders.c.forgotten.label("holder_forgotten"),
)
"""For `holder_of`."""


def with_holder(tables: FromClause) -> FromClause:
    """Join `tables`, `tracks` among them, with who holds each track; nobody may."""
    return tables.outerjoin(holding, holding.c.id == tracks.c.holder_sale_id).outerjoin(
        holders, holders.c.id == holding.c.buyer_id
    )


def holder_of(row: Row[Any]) -> Holder | None:
    """Who holds the track, of a row with `HOLDER_COLUMNS`."""
    if row.holder_number is None:
        return None
    return Holder(
        number=row.holder_number,
        at=row.holder_sold,
        price=Money(row.holder_amount, row.holder_currency),
        buyer=Buyer(
            email=row.holder_email,
            name=row.holder_name,
            country=row.holder_country,
            forgotten=row.holder_forgotten is not None,
        ),
        state=SaleState(row.holder_state),
    )


def valid_leases(name: str) -> TextClause:
    """Leases of the table so named that stay valid, in the words of their index.

    They hold rights, and nobody held the track when they were bought.
    """
    return text(f"NOT {name}.exclusive AND NOT {name}.conflict AND {name}.{HOLDS_RIGHTS}")


def lease_count(*where: ColumnElement[bool]) -> ScalarSelect[int]:
    """How many valid leases there are of a track, for use inside another query."""
    return (
        select(func.count())
        .select_from(leases)
        .where(*where, valid_leases("leases"))
        .scalar_subquery()
    )


async def sale_rights(
    connection: AsyncConnection, producer: Producer, payment_id: int
) -> tuple[SaleRights, ...]:
    """What each sale of a payment that is exclusive or a conflict means for its track."""
    earlier = lease_count(
        leases.c.producer_id == producer.id,
        leases.c.track_id == sales.c.track_id,
        leases.c.sold <= sales.c.sold,
        leases.c.payment_id != sales.c.payment_id,
    )
    found = await connection.execute(
        select(
            sales.c.number,
            sales.c.exclusive,
            sales.c.conflict,
            earlier.label("earlier"),
            *HOLDER_COLUMNS,
        )
        .select_from(with_holder(sales.join(tracks, tracks.c.id == sales.c.track_id)))
        .where(
            sales.c.producer_id == producer.id,
            sales.c.payment_id == payment_id,
            or_(sales.c.exclusive, sales.c.conflict),
        )
        .order_by(sales.c.position)
    )
    return tuple(
        SaleRights(
            number=row.number,
            earlier_leases=row.earlier if row.exclusive else 0,
            holder=holder_of(row) if row.conflict else None,
        )
        for row in found
    )
