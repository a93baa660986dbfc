"""How many statements a sale takes: what a busy evening of webhooks costs."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from bot.domain.payment import Buyer, Payment
from tests.factories import ANA, BEN, NOON, lease, paid, settled
from tests.store.books.test_milestones import note_past
from tests.store.samples import Books

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
async def selling(books: Books) -> Books:
    """A producer whose past is read, with milestones to be reached."""
    await books.change(note_past, NOON)
    await books.write(*past_sales())
    return books


@pytest.mark.parametrize("buyer", [ANA, BEN], ids=["known", "new"])
async def test_a_sale_and_its_fees_take_at_most_a_dozen_statements_each(
    selling: Books, buyer: Buyer
) -> None:
    sale = replace(paid("now", created=NOON, paid=NOON), buyer=buyer)
    for payment in (sale, settled(sale)):
        with statements() as asked:
            await selling.write(payment)
        assert 5 < len(asked) <= MOST, "\n".join(asked)


async def test_a_payment_that_is_read_again_without_a_change_rewrites_only_its_own_row(
    selling: Books,
) -> None:
    sale = settled(paid("now", created=NOON, paid=NOON))
    await selling.write(sale)
    with statements() as asked:
        await selling.write(sale)
    written = [each for each in asked if not each.startswith(("SELECT", "BEGIN", "COMMIT"))]
    assert [each.split()[:2] for each in written] == [["UPDATE", "payments"]]
