"""Early fraud warnings: told as such, with no money moved, and kept whatever is read later."""

import pytest

from bot.domain.sale import SaleState
from fakes.stripe import Purchase
from tests.journey.house import House
from tests.journey.shop import Shop


@pytest.fixture
async def bought(home: House, shop: Shop) -> Purchase:
    purchase = home.account.buy(shop.lease)
    await home.happen()
    await home.hear()
    return purchase


async def warnings(home: House) -> list[str]:
    (payment,) = await home.payments()
    return [warning.id for warning in payment.warnings]


async def test_a_warning_is_told_and_moves_no_money(home: House, bought: Purchase) -> None:
    warning = home.account.warn_of_fraud(bought)
    await home.happen()
    sale = await home.sale()
    assert (sale.state, sale.left.amount) == (SaleState.PAID, 2882)
    assert await warnings(home) == [warning]
    assert await home.hear() == [
        ("edit", "edit:payment:1"),
        ("reply", f"reply:fraud_warning:{warning}"),
    ]


async def test_a_warning_is_kept_when_the_payment_is_read_again(
    home: House, bought: Purchase
) -> None:
    warning = home.account.warn_of_fraud(bought)
    await home.happen()
    home.account.refund(bought)
    await home.happen()
    assert (await home.sale()).state is SaleState.REFUNDED
    assert await warnings(home) == [warning]
    assert (await home.told("reply")).count(f"reply:fraud_warning:{warning}") == 1


async def test_a_warning_that_comes_before_its_sale_is_part_of_the_announcement(
    home: House, shop: Shop
) -> None:
    bought = home.account.buy(shop.lease)
    warning = home.account.warn_of_fraud(bought)
    events = home.account.take_events()
    await home.deliver(reversed(events))
    await home.work()
    await home.catch_up()
    assert await warnings(home) == [warning]
    assert len(await home.told("announce")) == 1


async def test_without_a_key_events_tell_it(keyless: House) -> None:
    bought = keyless.account.buy(Shop(keyless.account).lease)
    await keyless.happen()
    warning = keyless.account.warn_of_fraud(bought)
    await keyless.happen()
    assert await warnings(keyless) == [warning]
    assert await keyless.told("reply") == [f"reply:fraud_warning:{warning}"]
