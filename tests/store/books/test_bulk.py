"""Many payments written at once leave what the same payments leave that are written one by one."""

from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Table, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.payment import Payment
from bot.domain.payout import PayoutItem
from bot.domain.sale import Producer
from bot.store.books import payouts
from bot.store.books.bulk import NewPayment, record_new
from bot.store.engine import Store
from bot.store.tables import buyer_words, buyers, outbox, payments
from tests.factories import ANA, NOON, exclusive, lease, paid, settled
from tests.store.books_read import books, new_producer
from tests.store.histories import schedules
from tests.store.samples import Books, write


async def write_many(books: Books, *new: Payment, due: Any = None) -> None:
    async with books.store.write() as connection:
        rows = [NewPayment(payment, due) for payment in new]
        await record_new(connection, books.producer, rows, read=NOON)


async def rows(connection: AsyncConnection, table: Table, producer: Producer) -> list[Any]:
    """All rows, but for ids and the producer."""
    left_out = {"id", "producer_id", "buyer_id", "payment_id", "checks"}
    wanted = [column for column in table.c if column.name not in left_out]
    found = await connection.execute(select(*wanted).where(table.c.producer_id == producer.id))
    return sorted((tuple(row) for row in found), key=repr)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(schedule=schedules(), order=st.randoms(use_true_random=False), parts=st.integers(1, 3))
async def test_written_at_once_or_one_by_one_the_books_are_the_same(
    store: Store, schedule: list[Payment], order: Any, parts: int
) -> None:
    final = list({payment.charge or payment.key: payment for payment in schedule}.values())
    order.shuffle(final)
    at_once, one_by_one = await new_producer(store), await new_producer(store)
    await write(store, one_by_one, *final, quiet=True)
    known, *batches = [final[start::parts] for start in range(parts)]
    await write(store, at_once, *known, quiet=True)
    for batch in batches or [[]]:
        await write_many(Books(store, at_once), *batch)
    async with store.read() as connection:
        assert await books(connection, at_once) == await books(connection, one_by_one)
        for table in (payments, buyers, buyer_words, outbox):
            expected = await rows(connection, table, one_by_one)
            assert await rows(connection, table, at_once) == expected


async def test_sales_are_numbered_in_the_order_given(books: Books) -> None:
    await books.write(paid("1", lease()))
    await write_many(
        books, paid("2", lease(), lease("Neon Rain")), paid("3", exclusive("Paper Moon"))
    )
    await books.write(paid("4", lease()))
    assert await books.column("number") == [1001, 1002, 1003, 1004, 1005]
    assert await books.column("position") == [0, 0, 1, 0, 0]


async def test_nobody_is_told(books: Books) -> None:
    await write_many(books, paid("1", exclusive()), paid("2", lease()))
    assert await books.told() == []


async def test_what_is_open_is_looked_at_when_it_is_said(books: Books) -> None:
    due = NOON + timedelta(hours=1)
    await write_many(books, paid("1", lease()), due=due)
    async with books.store.read() as connection:
        row = (await connection.execute(select(payments))).one()
    assert (row.due, row.read, row.complete, row.checks) == (due, NOON, True, 1)


async def test_a_payout_that_is_known_already_holds_its_money(books: Books) -> None:
    payment = settled(paid("1", lease(), buyer=ANA))
    assert payment.movement is not None
    inside = PayoutItem(movement=payment.movement.id, kind="charge", net=payment.movement.net)
    await books.change_id(payouts.attach, "po_1", [inside])
    await write_many(books, payment, paid("2", lease()))
    async with books.store.read() as connection:
        found = await connection.execute(select(payments.c.key, payments.c.payout))
        assert {row.key: row.payout for row in found} == {
            payment.key: "po_1",
            paid("2", lease()).key: None,
        }


async def test_nothing_to_write_is_nothing(books: Books) -> None:
    await write_many(books)
