"""All that the store keeps of a producer, but for what depends on the order of telling."""

from collections import Counter
from itertools import count
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.sale import Producer
from bot.store.books import producers
from bot.store.engine import Store
from bot.store.tables import buyers, day_totals, fees_of, licenses, payments, sales, tracks
from bot.store.tables import entries as entries_table
from tests.store.histories import TIMEZONE

_accounts = count()


async def new_producer(store: Store) -> Producer:
    async with store.write() as connection:
        return await producers.ensure(
            connection, livemode=False, account=f"acct_{next(_accounts)}", timezone=TIMEZONE
        )


async def books(connection: AsyncConnection, producer: Producer) -> dict[str, Any]:
    """All that must not depend on the order: no ids, no numbers, no rows of zeros."""
    return {
        "sales": await _sales(connection, producer),
        "days": await _days(connection, producer),
        "entries": await _entries(connection, producer),
        "buyers": await _buyers(connection, producer),
    }


_SALE = [
    payments.c.key.label("payment"),
    sales.c.position,
    tracks.c.key.label("track"),
    licenses.c.key.label("license"),
    sales.c.exclusive,
    sales.c.sold,
    sales.c.state,
    sales.c.amount,
    sales.c.refunded,
    sales.c.settled,
    sales.c.settled_currency,
    sales.c.gross,
    sales.c.tax,
    sales.c.returned_tax,
    fees_of(sales.c).label("fees"),
    sales.c.remaining,
    sales.c.conflict,
    (tracks.c.holder_sale_id == sales.c.id).label("holds"),
]


async def _sales(connection: AsyncConnection, producer: Producer) -> dict[Any, dict[str, Any]]:
    found = await connection.execute(
        select(*_SALE)
        .select_from(sales)
        .join(payments, payments.c.id == sales.c.payment_id)
        .join(tracks, tracks.c.id == sales.c.track_id)
        .join(licenses, licenses.c.id == sales.c.license_id)
        .where(sales.c.producer_id == producer.id)
    )
    rows = [row._asdict() for row in found]
    return {(row["payment"], row["position"]): row | {"holds": bool(row["holds"])} for row in rows}


async def _days(connection: AsyncConnection, producer: Producer) -> dict[Any, dict[str, int]]:
    found = await connection.execute(
        select(day_totals).where(day_totals.c.producer_id == producer.id)
    )
    return {
        (row["day"], row["currency"]): {
            name: amount
            for name, amount in row.items()
            if amount and name not in ("producer_id", "day", "currency")
        }
        for row in found.mappings()
    }


async def _entries(connection: AsyncConnection, producer: Producer) -> Counter[Any]:
    left_out = {"id", "producer_id", "payment_id", "sale_id", "track_id"}
    columns = [column for column in entries_table.c if column.name not in left_out]
    found = await connection.execute(
        select(payments.c.key, sales.c.position, *columns)
        .select_from(entries_table)
        .join(payments, payments.c.id == entries_table.c.payment_id)
        .join(sales, sales.c.id == entries_table.c.sale_id)
        .where(entries_table.c.producer_id == producer.id)
    )
    return Counter(tuple(row) for row in found)


async def _buyers(connection: AsyncConnection, producer: Producer) -> Counter[Any]:
    found = await connection.execute(
        select(
            *(buyers.c[name] for name in ("key", "email", "name", "country")),
            *(buyers.c.promotions, buyers.c.first, buyers.c.second, buyers.c.latest),
        ).where(buyers.c.producer_id == producer.id)
    )
    return Counter(tuple(row) for row in found)
