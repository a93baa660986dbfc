"""Fees that Stripe books after the sale: filled in when they are known, never told as a sale."""

import pytest

from bot.domain.money import Money
from fakes.stripe import Purchase
from tests.journey.house import House
from tests.journey.shop import Shop

SESSION = "/v1/checkout/sessions/{id}"
SECOND, MINUTE, HOUR, DAY = 1, 60, 3600, 86_400
# How long after one another it is asked again.
SWEEP = (5 * SECOND, 30 * SECOND, 5 * MINUTE, HOUR, DAY, DAY, DAY)


@pytest.fixture
async def unsettled(home: House, shop: Shop) -> Purchase:
    bought = home.account.buy(shop.lease, settled=False)
    await home.happen()
    return bought


async def test_a_sale_is_told_before_its_fees_are_known(home: House, unsettled: Purchase) -> None:
    sale = await home.sale()
    assert sale.share is None
    assert sale.left == Money(2999, "usd")
    (total,) = (await home.listed()).totals
    assert total.unsettled == 1
    assert await home.hear() == [("announce", "announce:payment:1")]


async def test_charge_updated_fills_in_the_fees_and_edits_the_alert(
    home: House, unsettled: Purchase
) -> None:
    await home.hear()
    home.account.settle(unsettled)
    await home.happen()
    assert (await home.sale()).left == Money(2882, "usd")
    assert await home.hear() == [("edit", "edit:payment:1")]
    (total,) = (await home.listed()).totals
    assert (total.unsettled, total.fees, total.left) == (0, 117, 2882)


@pytest.mark.parametrize("looks", range(1, len(SWEEP) + 1))
async def test_without_charge_updated_the_sweep_finds_the_fees(
    home: House, unsettled: Purchase, looks: int
) -> None:
    await home.hear()
    for pause in SWEEP[: looks - 1]:
        home.time.pass_(seconds=pause)
        await home.work()
    home.account.settle(unsettled)
    home.account.take_events()
    home.time.pass_(seconds=SWEEP[looks - 1] - 1)
    await home.work()
    assert (await home.sale()).share is None
    home.time.pass_(seconds=1)
    await home.work()
    assert (await home.sale()).share is not None
    assert await home.hear() == [("edit", "edit:payment:1")]
    assert home.stripe.calls.paths[SESSION] == 1 + looks


async def test_looks_that_find_nothing_new_tell_nothing(home: House, unsettled: Purchase) -> None:
    await home.hear()
    await home.catch_up()
    assert await home.hear() == []


async def test_the_sweep_ends_when_the_fees_are_known(home: House, unsettled: Purchase) -> None:
    home.account.settle(unsettled)
    await home.happen()
    calls = home.stripe.calls.total
    await home.catch_up()
    assert home.stripe.calls.total == calls


async def test_an_event_begins_the_sweep_anew(home: House, unsettled: Purchase) -> None:
    for pause in SWEEP:
        home.time.pass_(seconds=pause)
        await home.work()
    home.account.refund(unsettled, 1000, pending=True)
    await home.happen()
    home.account.settle(unsettled)
    home.account.take_events()
    home.time.pass_(seconds=5)
    await home.work()
    assert (await home.sale()).share is not None
