"""Fees that Stripe books after the sale: filled in when they are known, never told as a sale."""

import pytest

from bot.domain.money import Money
from fakes.stripe import Purchase
from tests.journey.live_bot import LiveBot
from tests.journey.shop import Shop

SESSION = "/v1/checkout/sessions/{id}"
SECOND, MINUTE, HOUR, DAY = 1, 60, 3600, 86_400
# How long after one another it is asked again.
SWEEP = (5 * SECOND, 30 * SECOND, 5 * MINUTE, HOUR, DAY, DAY, DAY)


@pytest.fixture
async def unsettled(bot: LiveBot, shop: Shop) -> Purchase:
    return await bot.happen(bot.account.buy(shop.lease, settled=False))


async def test_a_sale_is_told_before_its_fees_are_known(bot: LiveBot, unsettled: Purchase) -> None:
    sale = await bot.sale()
    assert sale.share is None
    assert sale.left == Money(2999, "usd")
    (total,) = (await bot.listed()).totals
    assert total.unsettled == 1
    assert await bot.hear() == [("announce", "announce:payment:1")]


async def test_charge_updated_fills_in_the_fees_and_edits_the_alert(
    bot: LiveBot, unsettled: Purchase
) -> None:
    await bot.hear()
    await bot.happen(bot.account.settle(unsettled))
    assert (await bot.sale()).left == Money(2882, "usd")
    assert await bot.hear() == [("edit", "edit:payment:1")]
    (total,) = (await bot.listed()).totals
    assert (total.unsettled, total.fees, total.left) == (0, 117, 2882)


@pytest.mark.parametrize("looks", range(1, len(SWEEP) + 1))
async def test_without_charge_updated_the_sweep_finds_the_fees(
    bot: LiveBot, unsettled: Purchase, looks: int
) -> None:
    await bot.hear()
    for pause in SWEEP[: looks - 1]:
        await bot.later(seconds=pause)
    bot.account.settle(unsettled)
    bot.account.take_events()
    await bot.later(seconds=SWEEP[looks - 1] - 1)
    assert (await bot.sale()).share is None
    await bot.later(seconds=1)
    assert (await bot.sale()).share is not None
    assert await bot.hear() == [("edit", "edit:payment:1")]
    assert bot.stripe.calls.paths[SESSION] == 1 + looks


async def test_looks_that_find_nothing_new_tell_nothing(bot: LiveBot, unsettled: Purchase) -> None:
    await bot.hear()
    await bot.catch_up()
    assert await bot.hear() == []


async def test_the_sweep_ends_when_the_fees_are_known(bot: LiveBot, unsettled: Purchase) -> None:
    await bot.happen(bot.account.settle(unsettled))
    calls = bot.stripe.calls.total
    await bot.catch_up()
    assert bot.stripe.calls.total == calls


async def test_an_event_begins_the_sweep_anew(bot: LiveBot, unsettled: Purchase) -> None:
    for pause in SWEEP:
        await bot.later(seconds=pause)
    await bot.happen(bot.account.refund(unsettled, 1000, pending=True))
    bot.account.settle(unsettled)
    bot.account.take_events()
    await bot.later(seconds=5)
    assert (await bot.sale()).share is not None
