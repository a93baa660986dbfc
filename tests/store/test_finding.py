"""Lists walk an index: nothing they do grows with the number of sales."""

from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.dialects import sqlite

from bot.ledger.records import Producer, SaleFilter
from bot.store.engine import Store
from bot.store.finding import newest, understand
from tests.store.samples import exclusive, lease, paid, write

TRACK = "ix_sales_producer_id_track_id_sold"
LICENSE = "ix_sales_producer_id_license_id_sold"
TIME = "ix_sales_producer_id_sold"
DAY = date(2026, 1, 1)


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (SaleFilter(), TIME),
        (SaleFilter(since=DAY), TIME),
        (SaleFilter(status="paid"), TIME),
        (SaleFilter(track="A"), TRACK),
        (SaleFilter(track="A", license="Basic Lease"), TRACK),
        (SaleFilter(track="A", status="refunded", since=DAY), TRACK),
        (SaleFilter(license="Basic Lease"), LICENSE),
        (SaleFilter(license="Basic Lease", since=DAY), LICENSE),
        (SaleFilter(license="Basic Lease", status="refunded"), "ix_sales_state"),
        (SaleFilter(track="A", status="pending"), "ix_sales_state"),
        (SaleFilter(status="refunded"), "ix_sales_state"),
        (SaleFilter(status="disputed"), "ix_sales_state"),
        (SaleFilter(status="disputed", since=DAY), "ix_sales_state"),
        (SaleFilter(status="conflict"), "ix_sales_conflict"),
        (SaleFilter(status="conflict", track="A"), "ix_sales_conflict"),
        (SaleFilter(buyer="ana"), "ix_sales_buyer_id"),
        (SaleFilter(buyer="ana", track="A", since=DAY), "ix_sales_buyer_id"),
    ],
)
async def test_each_list_is_led_by_its_index(
    store: Store, producer: Producer, wanted: SaleFilter, index: str
) -> None:
    if store.dialect != "sqlite":
        pytest.skip("PostgreSQL plans by its statistics")
    await write(store, producer, paid("a", lease("A"), exclusive("A")))
    async with store.read() as connection:
        understood = await understand(connection, producer, wanted)
        assert understood is not None
        query = newest(understood, 10, 0).compile(
            dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True}
        )
        plan = await connection.execute(text(f"EXPLAIN QUERY PLAN {query}"))
        steps = [row.detail for row in plan if " sales " in row.detail]
    assert steps
    assert all(f"INDEX {index} " in step for step in steps), steps
