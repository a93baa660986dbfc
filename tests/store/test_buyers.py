"""All that a buyer has bought, from any one of their sales."""

from datetime import timedelta

from bot.ledger.answers import BuyerRecord
from bot.ledger.money import Money
from bot.ledger.payment import Buyer
from bot.ledger.records import Producer
from bot.store import buyers
from bot.store.engine import Store
from tests.store.samples import (
    ANA,
    BEN,
    NOON,
    failed,
    lease,
    paid,
    pending,
    refunded,
    settled,
    write,
)


async def _of_sale(
    store: Store, producer: Producer, number: int, shown: int = 25
) -> BuyerRecord | None:
    async with store.read() as connection:
        return await buyers.of_sale(connection, producer, number, NOON, shown)


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


async def test_only_the_newest_are_shown_and_all_are_counted(
    store: Store, producer: Producer
) -> None:
    await write(store, producer, paid("a"), paid("b", at=NOON + timedelta(days=1)))
    found = await _of_sale(store, producer, 1001, shown=1)
    assert found is not None
    assert ([sale.number for sale in found.sales], found.count) == ([1002], 2)


async def test_an_unknown_buyer_bought_this_one_payment(store: Store, producer: Producer) -> None:
    await write(store, producer, paid("a", buyer=Buyer()), paid("b", buyer=Buyer()))
    found = await _of_sale(store, producer, 1001)
    assert found is not None
    assert (found.buyer, found.count) == (Buyer(), 1)


async def test_there_is_no_buyer_of_a_sale_that_is_not_there(
    store: Store, producer: Producer
) -> None:
    assert await _of_sale(store, producer, 1001) is None
