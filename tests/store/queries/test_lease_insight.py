"""Lease income beside the exclusive's price: only where there is enough to go by."""

from datetime import datetime, timedelta

import pytest

from bot.domain.answers import LeaseInsight
from bot.domain.money import Money
from bot.domain.payment import Payment
from bot.domain.records import Producer
from bot.store.engine import Store
from bot.store.queries import catalogue, rights
from fakes.stripe import StripeAccount
from tests.store.samples import NOON, exclusive, line, paid, refunded, settled, write

NOW = NOON + timedelta(days=120)


async def offer(store: Store, producer: Producer, amount: int = 30_000) -> None:
    account = StripeAccount(clock=lambda: NOON)
    product = account.product("Midnight Drive")
    for price in (amount, amount + 5_000):
        account.price(product, price, nickname="Exclusive", metadata={"exclusive": "true"})
    account.price(product, 100)
    shown = [event["data"]["object"] for event in account.take_events()]
    async with store.write() as connection:
        await catalogue.keep(connection, producer, shown, NOON)


async def insight(store: Store, producer: Producer, now: datetime = NOW) -> LeaseInsight | None:
    async with store.read() as connection:
        found = await rights.track_rights(connection, producer, "Midnight Drive", now)
    assert found is not None
    return found.insight


def leases(count: int, currency: str = "usd") -> list[Payment]:
    return [
        paid(f"{currency}{day}", at=NOON + timedelta(days=day), currency=currency)
        for day in range(count)
    ]


async def test_it_compares_in_one_currency_before_fees(store: Store, producer: Producer) -> None:
    await offer(store, producer)
    first, *others = leases(8)
    await write(store, producer, refunded(settled(first), 1_000), *others, *leases(9, "eur"))
    found = await insight(store, producer)
    assert found == LeaseInsight(
        leases=8,
        income=Money(23_000, "usd"),
        exclusive=Money(30_000, "usd"),
        since=NOON,
        days=120.0,
    )
    assert found.a_month == 2
    assert found.months_to_match == pytest.approx(30_000 / (23_000 / 4))


async def test_tax_is_no_income_of_leases(store: Store, producer: Producer) -> None:
    await offer(store, producer)
    taxed = [
        settled(paid(str(day), line(amount=3_267, tax=267), at=NOON + timedelta(days=day)), "eur")
        for day in range(8)
    ]
    await write(store, producer, *taxed)
    found = await insight(store, producer)
    assert found is not None
    assert found.income == Money(24_000, "usd")


async def test_too_few_leases_or_too_short_a_time_say_nothing(
    store: Store, producer: Producer
) -> None:
    await offer(store, producer)
    await write(store, producer, *leases(4))
    assert await insight(store, producer) is None
    await write(store, producer, *leases(5))
    assert await insight(store, producer, NOON + timedelta(days=59)) is None
    assert await insight(store, producer) is not None


async def test_without_an_exclusive_on_offer_there_is_nothing_to_compare(
    store: Store, producer: Producer
) -> None:
    await write(store, producer, *leases(9))
    assert await insight(store, producer) is None


async def test_once_it_is_sold_it_is_too_late(store: Store, producer: Producer) -> None:
    await offer(store, producer)
    await write(store, producer, *leases(9), paid("x", exclusive(), at=NOON + timedelta(days=50)))
    assert await insight(store, producer) is None
