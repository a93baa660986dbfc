"""All that the store keeps of a producer, but for what depends on the order of telling."""

from collections import Counter
from itertools import count
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.sale import Producer
from bot.store.books import producers
from bot.store.engine import Store
from bot.store.tables import (
    buyer_counts,
    buyer_totals,
    buyers,
    fees_of,
    licenses,
    list_totals,
    payments,
    purchase_totals,
    sales,
    totals,
    tracks,
)
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
    names: dict[str, dict[int, Any]] = {
        "track": {0: "*"} | await _by_id(connection, tracks.c.key, producer),
        "license": {0: "*"} | await _by_id(connection, licenses.c.key, producer),
        "buyer": await _by_id(connection, buyers.c.key, producer),
    }
    return {
        "sales": await _sales(connection, producer),
        "totals": await _sums(connection, totals, producer, names),
        "list_totals": await _sums(connection, list_totals, producer, names),
        "purchase_totals": await _sums(connection, purchase_totals, producer, names),
        "entries": await _entries(connection, producer),
        "buyers": await _buyers(connection, producer),
        "buyer_totals": await _sums(connection, buyer_totals, producer, names),
        "buyer_counts": await _sums(connection, buyer_counts, producer, names),
    }


async def _by_id(connection: AsyncConnection, column: Any, producer: Producer) -> dict[int, Any]:
    table = column.table
    found = await connection.execute(
        select(table.c.id, column).where(table.c.producer_id == producer.id)
    )
    return {row[0]: row[1] for row in found}


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
    rows = [dict(row._mapping) for row in found]
    return {(row["payment"], row["position"]): row | {"holds": bool(row["holds"])} for row in rows}


async def _sums(
    connection: AsyncConnection, table: Any, producer: Producer, names: dict[str, Any]
) -> dict[Any, dict[str, int]]:
    found = await connection.execute(select(table).where(table.c.producer_id == producer.id))
    keys = [column.name for column in table.primary_key][1:]
    sums = {}
    for row in found.mappings():
        amounts = {name: row[name] for name in row if name not in {"producer_id", *keys}}
        place = dict.fromkeys(keys) | {name: row[name] for name in keys}
        for what in ("track", "license", "buyer"):
            if f"{what}_id" in place:
                place[f"{what}_id"] = names[what][row[f"{what}_id"]]
        if any(amounts.values()):
            sums[tuple(place.values())] = {name: n for name, n in amounts.items() if n}
    return sums


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
            *(buyers.c.promotions, buyers.c.latest),
        ).where(buyers.c.producer_id == producer.id)
    )
    return Counter(tuple(row) for row in found)
