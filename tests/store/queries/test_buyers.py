"""All that a buyer has bought, from any one of their sales."""

from datetime import timedelta

import pytest

from bot.domain.answers import BuyerRecord, SaleSort
from bot.domain.money import Money
from bot.domain.payment import Buyer, DisputeState
from bot.domain.records import Producer
from bot.store.engine import Store
from bot.store.queries import buyers
from tests.store.samples import (
    ANA,
    BEN,
    NOON,
    disputed,
    failed,
    lease,
    paid,
    pending,
    refunded,
    settled,
    write,
)


async def _of_sale(
    store: Store, producer: Producer, number: int, page: int = 0
) -> BuyerRecord | None:
    async with store.read() as connection:
        return await buyers.of_sale(connection, producer, number, NOON, page)


async def test_a_buyer_is_shown_with_all_they_bought(store: Store, producer: Producer) -> None:
    await write(
        store,
        producer,
        refunded(settled(paid("a", lease("A", 1000), lease("B", 2000))), 500),
        paid("b", lease("C", 700), at=NOON + timedelta(days=1), currency="eur"),
        pending(paid("c", at=NOON + timedelta(days=2))),
        failed(paid("d", at=NOON - timedelta(days=2))),
        paid("e", buyer=BEN),
    )
    found = await _of_sale(store, producer, 1001)
    assert found is not None
    assert found.buyer == ANA
    assert [sale.number for sale in found.sales] == [1004, 1003, 1002, 1001]
    assert (found.count, found.payments, found.first) == (4, 2, NOON)
    assert found.spent == (Money(2500, "usd"), Money(700, "eur"))


async def test_what_they_bought_is_listed_in_every_order(store: Store, producer: Producer) -> None:
    """Each currency by itself, first the one that most was bought in."""
    await write(
        store,
        producer,
        settled(paid("a", lease("A", 1000), lease("B", 2000))),
        settled(paid("b", lease("C", 700), at=NOON + timedelta(days=1), currency="eur"), "eur"),
    )
    for sort, numbers in (("oldest", [1001, 1002, 1003]), ("largest", [1002, 1001, 1003])):
        async with store.read() as connection:
            found = await buyers.of_sale(connection, producer, 1001, NOON, 0, SaleSort(sort))
        assert found is not None
        assert [sale.number for sale in found.sales] == numbers


@pytest.mark.parametrize(("page", "shown", "sales"), [(0, 0, 20), (1, 1, 3), (9, 1, 3)])
async def test_what_they_bought_comes_in_pages(
    store: Store, producer: Producer, page: int, shown: int, sales: int
) -> None:
    await write(store, producer, paid("a", *(lease(f"Track {i}", 100) for i in range(23))))
    found = await _of_sale(store, producer, 1001, page)
    assert found is not None
    assert (found.page, len(found.sales), found.count) == (shown, sales, 23)


async def test_what_a_bank_took_back_is_not_spent(store: Store, producer: Producer) -> None:
    await write(store, producer, disputed(settled(paid("a")), DisputeState.LOST), paid("b"))
    found = await _of_sale(store, producer, 1001)
    assert found is not None
    assert (found.payments, found.spent) == (2, (Money(3000, "usd"),))


async def test_an_unknown_buyer_bought_this_one_payment(store: Store, producer: Producer) -> None:
    await write(store, producer, paid("a", buyer=Buyer()), paid("b", buyer=Buyer()))
    found = await _of_sale(store, producer, 1001)
    assert found is not None
    assert (found.buyer, found.count) == (Buyer(), 1)


async def test_there_is_no_buyer_of_a_sale_that_is_not_there(
    store: Store, producer: Producer
) -> None:
    assert await _of_sale(store, producer, 1001) is None
