"""Whatever the order, however often, and however little at first: the same books in the end."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.payment import Payment
from bot.store.books.day_totals import recount_days
from bot.store.engine import Store
from tests.store.books_expected import expected_days, expected_purchases, expected_sales
from tests.store.books_read import books, new_producer
from tests.store.histories import TIMEZONE, schedules
from tests.store.samples import write


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(schedule=schedules(), order=st.randoms(use_true_random=False))
async def test_every_order_ends_in_the_same_books(
    store: Store, schedule: list[Payment], order: Any
) -> None:
    final = list({payment.charge or payment.key: payment for payment in schedule}.values())
    order.shuffle(final)
    told, straight = await new_producer(store), await new_producer(store)
    await write(store, told, *schedule)
    await write(store, straight, *final)
    async with store.read() as connection:
        kept = await books(connection, told)
        assert kept == await books(connection, straight)
    assert kept["sales"] == expected_sales(final)
    assert {key: row for key, row in kept["days"].items() if row} == expected_days(final)
    assert {row[0]: list(row[-3:]) for row in kept["buyers"]} == expected_purchases(final)
    async with store.write() as connection:
        await recount_days(connection, told.id, TIMEZONE)
        assert await books(connection, told) == kept
