"""How many statements a sale takes: what a busy evening of webhooks costs."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from bot.domain.import_progress import ImportProgress
from bot.domain.payment import Buyer, Payment
from bot.domain.sale import Producer
from bot.store.books.sync_progress import note_import
from bot.store.engine import Store
from tests.factories import ANA, BEN, NOON, lease, paid, settled
from tests.store.samples import Books, write

MOST = 12


@contextmanager
def statements() -> Iterator[list[str]]:
    """What is asked of the database from now on."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if "pg_advisory" not in statement:  # the writer's turn
            asked.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def past_sales() -> Sequence[Payment]:
    """One a day, more days than the best of them needs to count."""
    days = (NOON - timedelta(days=ago) for ago in range(20, 0, -1))
    return [
        settled(paid(f"day{at.day}_{at.month}", lease(amount=9000), created=at, paid=at))
        for at in days
    ]


@pytest.fixture
async def selling(books: Books) -> Producer:
    """A producer whose past is read, with milestones to be reached."""
    async with books.store.write() as connection:
        read = ImportProgress(start=NOON, end=NOON, done_until=NOON)
        await note_import(connection, books.producer.livemode, read)
    await books.write(*past_sales())
    return books.producer


@pytest.mark.parametrize("buyer", [ANA, BEN], ids=["known", "new"])
async def test_a_sale_and_its_fees_take_at_most_a_dozen_statements_each(
    store: Store, selling: Producer, buyer: Buyer
) -> None:
    sale = replace(paid("now", created=NOON, paid=NOON), buyer=buyer)
    for payment in (sale, settled(sale)):
        with statements() as asked:
            await write(store, selling, payment)
        assert 5 < len(asked) <= MOST, "\n".join(asked)


async def test_a_payment_that_is_read_again_without_a_change_rewrites_only_its_own_row(
    store: Store, selling: Producer
) -> None:
    sale = settled(paid("now", created=NOON, paid=NOON))
    await write(store, selling, sale)
    with statements() as asked:
        await write(store, selling, sale)
    written = [each for each in asked if not each.startswith(("SELECT", "BEGIN", "COMMIT"))]
    assert [each.split()[:2] for each in written] == [["UPDATE", "payments"]]
