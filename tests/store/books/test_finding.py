"""Lists walk an index: nothing they do grows with the number of sales."""

from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.dialects import sqlite

from bot.domain.sale import Producer, SaleFilter
from bot.store.books.finding import Lead, by_time, understand
from bot.store.engine import Store
from bot.store.queries.largest import in_order
from tests.factories import exclusive, lease, line, paid, refunded, settled
from tests.store.samples import write

TRACK = "ix_sales_producer_id_track_id_sold"
LICENSE = "ix_sales_producer_id_license_id_sold"
STATE = "ix_sales_state"
TIME = "ix_sales_producer_id_sold"
DAY = date(2026, 1, 1)


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (SaleFilter(), TIME),
        (SaleFilter(since=DAY), TIME),
        (SaleFilter(status="paid"), TIME),
        (SaleFilter(track="A"), TRACK),
        (SaleFilter(track="A", since=DAY), TRACK),
        (SaleFilter(license="Basic Lease"), LICENSE),
        (SaleFilter(license="Basic Lease", status="paid", since=DAY), LICENSE),
        (SaleFilter(status="refunded"), STATE),
        (SaleFilter(status="disputed"), STATE),
        (SaleFilter(status="disputed", since=DAY), STATE),
        (SaleFilter(status="conflict"), "ix_sales_conflict"),
        (SaleFilter(buyer="ana"), "ix_sales_buyer_id"),
        (SaleFilter(buyer="ana", track="A", status="refunded", since=DAY), "ix_sales_buyer_id"),
    ],
)
async def test_each_list_is_led_by_its_index(
    store: Store, producer: Producer, wanted: SaleFilter, index: str
) -> None:
    await write(store, producer, paid("a", lease("A"), exclusive("A")))
    assert await _indexes(store, producer, wanted) == {index}


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        # One sale of A, two refunded ones, three of B, four basic leases, no conflict.
        (SaleFilter(track="A", status="refunded"), TRACK),
        (SaleFilter(track="B", status="refunded"), STATE),
        (SaleFilter(track="B", license="Basic Lease"), TRACK),
        (SaleFilter(track="B", license="Premium Lease"), LICENSE),
        (SaleFilter(license="Basic Lease", status="refunded"), STATE),
        (SaleFilter(track="A", license="Basic Lease", status="conflict"), "ix_sales_conflict"),
    ],
)
async def test_of_several_filters_the_rarest_leads(
    store: Store, producer: Producer, wanted: SaleFilter, index: str
) -> None:
    returned = [refunded(settled(paid(f"{i}", lease("B")))) for i in range(2)]
    await write(store, producer, paid("a", lease("A"), lease("B")), *returned)
    await write(store, producer, paid("p", line("C", license="Premium Lease", amount=3000)))
    assert await _indexes(store, producer, wanted) == {index}


@pytest.mark.parametrize(
    ("wanted", "lead", "index"),
    [
        (SaleFilter(), Lead.TIME, "ix_sales_largest"),
        (SaleFilter(track="A"), Lead.TRACK, "ix_sales_largest_of_track"),
        (SaleFilter(license="Basic Lease"), Lead.LICENSE, "ix_sales_largest_of_license"),
        (SaleFilter(status="refunded"), Lead.STATE, "ix_sales_largest_of_state"),
    ],
)
async def test_the_largest_come_first_in_an_index(
    store: Store, producer: Producer, wanted: SaleFilter, lead: Lead, index: str
) -> None:
    await write(store, producer, paid("a", lease("A")))
    assert await _indexes(store, producer, wanted, lead) == {index}


async def _indexes(
    store: Store, producer: Producer, wanted: SaleFilter, largest_of: Lead | None = None
) -> set[str]:
    """Those by which the sales of a list are found, as SQLite plans it, and nothing is sorted."""
    if store.dialect != "sqlite":
        pytest.skip("PostgreSQL plans by its statistics")
    async with store.read() as connection:
        understood = await understand(connection, producer, wanted)
        assert understood is not None
        found = by_time(understood, 10, 0)
        if largest_of is not None:
            found = in_order(understood, largest_of, "usd")
        query = found.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})
        plan = await connection.execute(text(f"EXPLAIN QUERY PLAN {query}"))
        steps = [row.detail for row in plan if " sales " in row.detail or largest_of]
    return {step.partition(" INDEX ")[2].partition(" ")[0] for step in steps}
