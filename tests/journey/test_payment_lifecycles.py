"""What may become of a payment besides being paid and refunded, with and without a key."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.domain.sale import SaleState
from bot.store import tables
from fakes.stripe import Purchase
from tests.journey.house import House, house
from tests.journey.shop import ANA, BEN, Shop
from tests.sync import ways

pytestmark = pytest.mark.counted


@pytest.fixture(params=["key", "no key"])
async def open_house(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path, key=request.param == "key") as opened:
        yield opened


@pytest.fixture
def shop(open_house: House) -> Shop:
    return Shop(open_house.account)


def _link(shop: Shop) -> str:
    named = {"track": "Midnight Drive", "license": "Exclusive"}
    return shop.account.link([shop.exclusive], metadata=named)


def _has_key(home: House) -> bool:
    return home.app.recovery is not None


async def _is_equal(home: House) -> None:
    """The books are Stripe's, where there is a key to compare them with; all was understood."""
    assert await home.rows(tables.problems, "what", "about") == []
    if _has_key(home):
        await home.catch_up()
        assert (await ways.audit(home)).differences == ()


async def _debit(home: House, shop: Shop) -> Purchase:
    """An exclusive paid by a debit that arrived."""
    bought = home.account.buy(shop.exclusive, link=_link(shop), buyer=ANA, method="sepa_debit")
    await home.happen()
    home.time.pass_(days=4)
    home.account.arrive(bought)
    await home.happen()
    await home.hear()
    return bought


async def test_a_payment_that_fails_after_its_success_is_told_and_gives_the_track_back(
    open_house: House, shop: Shop
) -> None:
    home = open_house
    bought = await _debit(home, shop)
    home.time.pass_(days=6)
    home.account.fail_late(bought, fee=400)
    await home.happen()
    sale = await home.sale()
    assert (sale.state, sale.refunded.amount) == (SaleState.REFUNDED, 49_900)
    assert f"reply:refund:{bought.charge}_failed" in await home.told("reply")
    assert [key for key in await home.told("reply") if "track_free" in key]
    if _has_key(home):
        # Stripe keeps its own fee, and takes one more.
        assert sale.share is not None
        assert sale.left.amount == -sale.share.fees.total - 400
    await _is_equal(home)


async def test_a_payment_that_fails_after_its_success_before_it_was_told_is_no_sale_that_holds(
    open_house: House, shop: Shop
) -> None:
    home = open_house
    bought = home.account.buy(shop.exclusive, link=_link(shop), buyer=ANA, method="sepa_debit")
    home.time.pass_(days=4)
    home.account.arrive(bought)
    home.time.pass_(days=3)
    home.account.fail_late(bought)
    await home.deliver(reversed(home.account.take_events()))
    await home.work()
    await home.catch_up()
    assert (await home.sale()).state is SaleState.REFUNDED
    assert await home.rows(tables.tracks, "holder_sale_id") == [(None,)]
    await _is_equal(home)


async def test_a_declined_card_before_a_pending_debit_is_no_failure(
    open_house: House, shop: Shop
) -> None:
    home, link = open_house, _link(shop)
    bought = home.account.buy(
        shop.exclusive, link=link, buyer=ANA, method="us_bank_account", declined=True
    )
    home.time.pass_(seconds=30)
    events = home.account.take_events()
    await home.deliver(reversed(events))
    await home.work()
    assert (await home.sale()).state is SaleState.PENDING
    home.time.pass_(days=4)
    home.account.arrive(bought)
    await home.happen()
    assert (await home.sale()).state is SaleState.PAID
    assert await home.told("announce") == ["announce:payment:1"]
    await _is_equal(home)


async def test_a_declined_card_before_a_debit_that_fails_leaves_no_sale(
    open_house: House, shop: Shop
) -> None:
    home, link = open_house, _link(shop)
    bought = home.account.buy(
        shop.exclusive, link=link, buyer=ANA, method="us_bank_account", declined=True
    )
    await home.happen()
    home.time.pass_(days=4)
    home.account.bounce(bought)
    await home.happen()
    assert await home.rows(tables.sales, "state") == [("failed",)]
    assert await home.outbox() == []
    await _is_equal(home)


@pytest.mark.parametrize("expired", [False, True])
async def test_an_authorization_that_is_voided_was_no_sale(
    open_house: House, shop: Shop, *, expired: bool
) -> None:
    home = open_house
    bought = home.account.buy(shop.exclusive, link=_link(shop), buyer=ANA, authorized=True)
    await home.happen()
    assert (await home.sale()).state is SaleState.PENDING
    home.time.pass_(days=7)
    home.account.void(bought, expired=expired)
    await home.happen()
    assert await home.rows(tables.sales, "state", "refunded") == [("failed", 0)]
    assert await home.outbox() == []
    assert await home.rows(tables.entries) == []
    await _is_equal(home)


async def test_an_authorization_is_paid_when_it_is_captured(open_house: House, shop: Shop) -> None:
    home, link = open_house, _link(shop)
    first = home.account.buy(shop.exclusive, link=link, buyer=ANA, authorized=True)
    await home.happen()
    home.time.pass_(days=2)
    home.account.buy(shop.exclusive, link=link, buyer=BEN)
    await home.happen()
    home.time.pass_(days=1)
    home.account.capture(first)
    captured = home.time()
    await home.happen()
    conflicts = {sale.buyer.email: sale.conflict for sale in await home.sales()}
    assert conflicts == {ANA.email: True, BEN.email: False}
    sold = {sale.buyer.email: sale.sold for sale in await home.sales()}
    assert sold[ANA.email] == captured
    await _is_equal(home)


async def test_a_partial_capture_is_a_sale_of_what_was_captured(
    open_house: House, shop: Shop
) -> None:
    home = open_house
    bought = home.account.buy(shop.exclusive, link=_link(shop), buyer=ANA, authorized=True)
    await home.happen()
    home.time.pass_(days=1)
    home.account.capture(bought, 20_000)
    await home.happen()
    await home.catch_up()
    sale = await home.sale()
    assert (sale.state, sale.price.amount, sale.refunded.amount) == (SaleState.PAID, 20_000, 0)
    assert await home.told("announce") == ["announce:payment:1"]
    assert [key for key in await home.told("reply") if "refund" in key] == []
    (total,) = (await home.listed()).totals
    assert total.gross == 20_000
    await _is_equal(home)
    home.account.refund(bought, 5000)
    await home.happen()
    sale = await home.sale()
    assert (sale.state, sale.refunded.amount) == (SaleState.PARTLY_REFUNDED, 5000)
    await _is_equal(home)


async def test_a_dispute_of_one_line_takes_the_rights_of_that_one_alone(
    home: House,
) -> None:
    shop = Shop(home.account)
    bought = home.account.buy(shop.exclusive, shop.neon_lease, buyer=ANA)
    await home.happen()
    dispute = home.account.dispute(bought, 3500)
    await home.happen()
    states = [sale.state for sale in await home.sales()]
    assert states == [SaleState.PAID, SaleState.DISPUTED]
    home.account.lose(dispute)
    await home.happen()
    states = [sale.state for sale in await home.sales()]
    assert states == [SaleState.PAID, SaleState.DISPUTE_LOST]
    whole, taken = await home.sales()
    assert whole.share is not None
    assert whole.left.amount == whole.share.net
    assert taken.left.amount < 0
    await _is_equal(home)


async def test_a_dispute_of_a_part_of_the_money_leaves_the_rights(
    open_house: House, shop: Shop
) -> None:
    home = open_house
    bought = home.account.buy(shop.exclusive, link=_link(shop), buyer=ANA)
    await home.happen()
    dispute = home.account.dispute(bought, 10_000)
    await home.happen()
    assert (await home.sale()).state is SaleState.DISPUTED
    home.account.lose(dispute)
    await home.happen()
    sale = await home.sale()
    assert (sale.state, sale.state.holds_rights) == (SaleState.PAID, True)
    assert sale.left.amount < 49_900 - 10_000
    assert not [key for key in await home.told("reply") if "track_free" in key]
    await _is_equal(home)


async def test_a_lost_dispute_whose_money_comes_back_gives_the_rights_back(
    open_house: House, shop: Shop
) -> None:
    home = open_house
    bought = home.account.buy(shop.exclusive, link=_link(shop), buyer=ANA)
    dispute = home.account.dispute(bought)
    home.account.lose(dispute)
    await home.happen()
    assert (await home.sale()).state is SaleState.DISPUTE_LOST
    await home.hear()
    home.time.pass_(days=3)
    home.account.reinstate(dispute)
    await home.happen()
    sale = await home.sale()
    assert sale.state is SaleState.PAID
    assert ("reply", f"reply:dispute_won:{dispute}") in await home.hear()
    assert [row for row in await home.rows(tables.tracks, "holder_sale_id") if row[0]]
    await _is_equal(home)


def _old(event: dict[str, Any]) -> dict[str, Any]:
    """A Checkout as API versions of 2019 and 2020 show it."""
    shown = event["data"]["object"]
    if shown["object"] != "checkout.session":
        return event
    return event | {"data": {"object": shown | {"mode": None, "created": None}}}


async def test_an_event_of_2019_is_a_sale_at_its_events_time(open_house: House, shop: Shop) -> None:
    home = open_house
    home.account.buy(shop.exclusive, link=_link(shop), buyer=ANA)
    await home.deliver(map(_old, home.account.take_events()))
    await home.work()
    sale = await home.sale()
    assert (sale.state, sale.buyer.email) == (SaleState.PAID, ANA.email)
    assert await home.told("announce") == ["announce:payment:1"]


async def test_a_free_checkout_of_2019_has_the_time_of_its_event(keyless: House) -> None:
    shop = Shop(keyless.account)
    keyless.account.buy(shop.lease, discount=2999, buyer=ANA)
    sold = keyless.time()
    await keyless.deliver(map(_old, keyless.account.take_events()))
    keyless.time.pass_(days=1)
    await keyless.work()
    assert (await keyless.sale()).sold == sold


@pytest.mark.parametrize("other", ["subscription", "setup_intent"])
async def test_a_checkout_of_2019_that_sells_nothing_once_is_left_alone(
    open_house: House, shop: Shop, other: str
) -> None:
    home = open_house
    home.account.buy(shop.lease, discount=2999, buyer=ANA)
    [event] = [_old(event) for event in home.account.take_events()]
    shown = event["data"]["object"] | {other: "seti_1"}
    await home.deliver([event | {"data": {"object": shown}}])
    await home.work()
    assert await home.rows(tables.payments) == []
