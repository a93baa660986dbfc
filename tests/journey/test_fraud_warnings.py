"""Early fraud warnings: told as such, with no money moved, and kept whatever is read later."""

import pytest

from bot.domain.sale import SaleState
from fakes.stripe import Purchase
from tests.journey.live_bot import LiveBot
from tests.journey.shop import Shop


@pytest.fixture
async def bought(bot: LiveBot, shop: Shop) -> Purchase:
    purchase = await bot.happen(bot.account.buy(shop.lease))
    await bot.hear()
    return purchase


async def warnings(bot: LiveBot) -> list[str]:
    (payment,) = await bot.payments()
    return [warning.id for warning in payment.warnings]


async def test_a_warning_is_told_and_moves_no_money(bot: LiveBot, bought: Purchase) -> None:
    warning = await bot.happen(bot.account.warn_of_fraud(bought))
    sale = await bot.sale()
    assert (sale.state, sale.left.amount) == (SaleState.PAID, 2882)
    assert await warnings(bot) == [warning]
    assert await bot.hear() == [
        ("edit", "edit:payment:1"),
        ("reply", f"reply:fraud_warning:{warning}"),
    ]


async def test_a_warning_is_kept_when_the_payment_is_read_again(
    bot: LiveBot, bought: Purchase
) -> None:
    warning = await bot.happen(bot.account.warn_of_fraud(bought))
    await bot.happen(bot.account.refund(bought))
    assert (await bot.sale()).state is SaleState.REFUNDED
    assert await warnings(bot) == [warning]
    assert (await bot.told("reply")).count(f"reply:fraud_warning:{warning}") == 1


async def test_a_warning_that_comes_before_its_sale_is_part_of_the_announcement(
    bot: LiveBot, shop: Shop
) -> None:
    bought = bot.account.buy(shop.lease)
    warning = bot.account.warn_of_fraud(bought)
    events = bot.account.take_events()
    await bot.take(reversed(events))
    await bot.catch_up()
    assert await warnings(bot) == [warning]
    assert len(await bot.told("announce")) == 1


async def test_without_a_key_events_tell_it(keyless: LiveBot) -> None:
    bought = await keyless.happen(keyless.account.buy(Shop(keyless.account).lease))
    warning = await keyless.happen(keyless.account.warn_of_fraud(bought))
    assert await warnings(keyless) == [warning]
    assert await keyless.told("reply") == [f"reply:fraud_warning:{warning}"]
