"""What may become of a payment besides being paid and refunded, with and without a key."""

from typing import Any

import pytest

from bot.domain.sale import SaleState
from bot.store import tables
from fakes.stripe import Purchase
from tests.journey.live_bot import LiveBot
from tests.journey.shop import ANA, BEN, Shop
from tests.sync import actions

pytestmark = pytest.mark.counted


@pytest.fixture
def bot(open_house: LiveBot) -> LiveBot:
    """With and without a key."""
    return open_house


def _link(shop: Shop) -> str:
    named = {"track": "Midnight Drive", "license": "Exclusive"}
    return shop.account.link([shop.exclusive], metadata=named)


def _has_key(bot: LiveBot) -> bool:
    return bot.app.recovery is not None


async def _is_equal(bot: LiveBot) -> None:
    """The books are Stripe's, where there is a key to compare them with; all was understood."""
    assert await bot.rows(tables.problems, "what", "about") == []
    if _has_key(bot):
        await bot.catch_up()
        assert (await actions.audit(bot)).differences == ()


async def _debit(bot: LiveBot, shop: Shop) -> Purchase:
    """An exclusive paid by a debit that arrived."""
    bought = bot.account.buy(shop.exclusive, link=_link(shop), buyer=ANA, method="sepa_debit")
    await bot.happen()
    bot.time.pass_(days=4)
    await bot.happen(bot.account.arrive(bought))
    await bot.hear()
    return bought


async def test_a_payment_that_fails_after_its_success_is_told_and_gives_the_track_back(
    bot: LiveBot, shop: Shop
) -> None:
    bought = await _debit(bot, shop)
    bot.time.pass_(days=6)
    await bot.happen(bot.account.fail_late(bought, fee=400))
    sale = await bot.sale()
    assert (sale.state, sale.refunded.amount) == (SaleState.REFUNDED, 49_900)
    assert f"reply:refund:{bought.charge}_failed" in await bot.told("reply")
    assert [key for key in await bot.told("reply") if "track_free" in key]
    if _has_key(bot):
        # Stripe keeps its own fee, and takes one more.
        assert sale.share is not None
        assert sale.left.amount == -sale.share.fees.total - 400
    await _is_equal(bot)


async def test_a_payment_that_fails_after_its_success_before_it_was_told_is_no_sale_that_holds(
    bot: LiveBot, shop: Shop
) -> None:
    bought = bot.account.buy(shop.exclusive, link=_link(shop), buyer=ANA, method="sepa_debit")
    bot.time.pass_(days=4)
    bot.account.arrive(bought)
    bot.time.pass_(days=3)
    bot.account.fail_late(bought)
    await bot.take(reversed(bot.account.take_events()))
    await bot.catch_up()
    assert (await bot.sale()).state is SaleState.REFUNDED
    assert await bot.rows(tables.tracks, "holder_sale_id") == [(None,)]
    await _is_equal(bot)


async def test_a_declined_card_before_a_pending_debit_is_no_failure(
    bot: LiveBot, shop: Shop
) -> None:
    link = _link(shop)
    bought = bot.account.buy(
        shop.exclusive, link=link, buyer=ANA, method="us_bank_account", declined=True
    )
    bot.time.pass_(seconds=30)
    events = bot.account.take_events()
    await bot.take(reversed(events))
    assert (await bot.sale()).state is SaleState.PENDING
    bot.time.pass_(days=4)
    await bot.happen(bot.account.arrive(bought))
    assert (await bot.sale()).state is SaleState.PAID
    assert await bot.told("announce") == ["announce:payment:1"]
    await _is_equal(bot)


async def test_a_declined_card_before_a_debit_that_fails_leaves_no_sale(
    bot: LiveBot, shop: Shop
) -> None:
    link = _link(shop)
    bought = await bot.happen(
        bot.account.buy(
            shop.exclusive, link=link, buyer=ANA, method="us_bank_account", declined=True
        )
    )
    bot.time.pass_(days=4)
    await bot.happen(bot.account.bounce(bought))
    assert await bot.rows(tables.sales, "state") == [("failed",)]
    assert await bot.outbox() == []
    await _is_equal(bot)


@pytest.mark.parametrize("expired", [False, True])
async def test_an_authorization_that_is_voided_was_no_sale(
    bot: LiveBot, shop: Shop, *, expired: bool
) -> None:
    bought = bot.account.buy(shop.exclusive, link=_link(shop), buyer=ANA, authorized=True)
    await bot.happen()
    assert (await bot.sale()).state is SaleState.PENDING
    bot.time.pass_(days=7)
    await bot.happen(bot.account.void(bought, expired=expired))
    assert await bot.rows(tables.sales, "state", "refunded") == [("failed", 0)]
    assert await bot.outbox() == []
    assert await bot.rows(tables.entries) == []
    await _is_equal(bot)


async def test_an_authorization_is_paid_when_it_is_captured(bot: LiveBot, shop: Shop) -> None:
    link = _link(shop)
    first = await bot.happen(bot.account.buy(shop.exclusive, link=link, buyer=ANA, authorized=True))
    bot.time.pass_(days=2)
    await bot.happen(bot.account.buy(shop.exclusive, link=link, buyer=BEN))
    bot.time.pass_(days=1)
    bot.account.capture(first)
    captured = bot.time()
    await bot.happen()
    conflicts = {sale.buyer.email: sale.conflict for sale in await bot.sales()}
    assert conflicts == {ANA.email: True, BEN.email: False}
    sold = {sale.buyer.email: sale.sold for sale in await bot.sales()}
    assert sold[ANA.email] == captured
    await _is_equal(bot)


async def test_a_partial_capture_is_a_sale_of_what_was_captured(bot: LiveBot, shop: Shop) -> None:
    bought = bot.account.buy(shop.exclusive, link=_link(shop), buyer=ANA, authorized=True)
    await bot.happen()
    bot.time.pass_(days=1)
    await bot.happen(bot.account.capture(bought, 20_000))
    await bot.catch_up()
    sale = await bot.sale()
    assert (sale.state, sale.price.amount, sale.refunded.amount) == (SaleState.PAID, 20_000, 0)
    assert await bot.told("announce") == ["announce:payment:1"]
    assert [key for key in await bot.told("reply") if "refund" in key] == []
    (total,) = (await bot.listed()).totals
    assert total.gross == 20_000
    await _is_equal(bot)
    await bot.happen(bot.account.refund(bought, 5000))
    sale = await bot.sale()
    assert (sale.state, sale.refunded.amount) == (SaleState.PARTLY_REFUNDED, 5000)
    await _is_equal(bot)


@pytest.mark.parametrize("open_house", ["key"], indirect=True)
async def test_a_dispute_of_one_line_takes_the_rights_of_that_one_alone(
    bot: LiveBot, shop: Shop
) -> None:
    bought = await bot.happen(bot.account.buy(shop.exclusive, shop.neon_lease, buyer=ANA))
    dispute = await bot.happen(bot.account.dispute(bought, 3500))
    states = [sale.state for sale in await bot.sales()]
    assert states == [SaleState.PAID, SaleState.DISPUTED]
    await bot.happen(bot.account.lose(dispute))
    states = [sale.state for sale in await bot.sales()]
    assert states == [SaleState.PAID, SaleState.DISPUTE_LOST]
    whole, taken = await bot.sales()
    assert whole.share is not None
    assert whole.left.amount == whole.share.net
    assert taken.left.amount < 0
    await _is_equal(bot)


async def test_a_dispute_of_a_part_of_the_money_leaves_the_rights(bot: LiveBot, shop: Shop) -> None:
    bought = await bot.happen(bot.account.buy(shop.exclusive, link=_link(shop), buyer=ANA))
    dispute = await bot.happen(bot.account.dispute(bought, 10_000))
    assert (await bot.sale()).state is SaleState.DISPUTED
    await bot.happen(bot.account.lose(dispute))
    sale = await bot.sale()
    assert (sale.state, sale.state.holds_rights) == (SaleState.PAID, True)
    assert sale.left.amount < 49_900 - 10_000
    assert not [key for key in await bot.told("reply") if "track_free" in key]
    await _is_equal(bot)


async def test_a_lost_dispute_whose_money_comes_back_gives_the_rights_back(
    bot: LiveBot, shop: Shop
) -> None:
    bought = bot.account.buy(shop.exclusive, link=_link(shop), buyer=ANA)
    dispute = bot.account.dispute(bought)
    await bot.happen(bot.account.lose(dispute))
    assert (await bot.sale()).state is SaleState.DISPUTE_LOST
    await bot.hear()
    bot.time.pass_(days=3)
    await bot.happen(bot.account.reinstate(dispute))
    sale = await bot.sale()
    assert sale.state is SaleState.PAID
    assert ("reply", f"reply:dispute_won:{dispute}") in await bot.hear()
    assert [row for row in await bot.rows(tables.tracks, "holder_sale_id") if row[0]]
    await _is_equal(bot)


def _old(event: dict[str, Any]) -> dict[str, Any]:
    """A Checkout as API versions of 2019 and 2020 show it."""
    shown = event["data"]["object"]
    if shown["object"] != "checkout.session":
        return event
    return event | {"data": {"object": shown | {"mode": None, "created": None}}}


async def test_an_event_of_2019_is_a_sale_at_its_events_time(bot: LiveBot, shop: Shop) -> None:
    bot.account.buy(shop.exclusive, link=_link(shop), buyer=ANA)
    await bot.take(map(_old, bot.account.take_events()))
    sale = await bot.sale()
    assert (sale.state, sale.buyer.email) == (SaleState.PAID, ANA.email)
    assert await bot.told("announce") == ["announce:payment:1"]


async def test_a_free_checkout_of_2019_has_the_time_of_its_event(keyless: LiveBot) -> None:
    shop = Shop(keyless.account)
    keyless.account.buy(shop.lease, discount=2999, buyer=ANA)
    sold = keyless.time()
    await keyless.deliver(map(_old, keyless.account.take_events()))
    await keyless.later(days=1)
    assert (await keyless.sale()).sold == sold


@pytest.mark.parametrize("other", ["subscription", "setup_intent"])
async def test_a_checkout_of_2019_that_sells_nothing_once_is_left_alone(
    bot: LiveBot, shop: Shop, other: str
) -> None:
    bot.account.buy(shop.lease, discount=2999, buyer=ANA)
    [event] = [_old(event) for event in bot.account.take_events()]
    shown = event["data"]["object"] | {other: "seti_1"}
    await bot.take([event | {"data": {"object": shown}}])
    assert await bot.rows(tables.payments) == []
