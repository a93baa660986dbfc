"""Bad input, through the real route: kept as far as it is understood, marked, told in /settings."""

from dataclasses import dataclass
from typing import Any

import pytest

from bot.domain.sale import SaleState
from bot.store import tables
from bot.store.books import payments, problem_log
from bot.text.alert import payment_alert
from bot.text.problem_words import problems_list
from bot.text.sale_record import sale_record
from fakes.stripe import Purchase
from tests.journey.live_bot import LiveBot
from tests.journey.shop import ANA, Shop
from tests.text.limits import text

pytestmark = pytest.mark.counted


async def told(bot: LiveBot) -> str:
    """What /settings says of what is not understood; empty where there is nothing."""
    producer = await bot.producer()
    async with bot.app.store.read() as connection:
        count, shown = await problem_log.shown(connection, producer, 5)
    return "\n".join(problems_list(shown, count, producer))


async def record(bot: LiveBot) -> str:
    """What /sale says."""
    producer, sale = await bot.producer(), await bot.sale()
    async with bot.app.store.read() as connection:
        found = await payments.load(connection, producer, sale.payment_id, bot.time())
    assert found is not None
    return text(sale_record(found, sale, bot.time())) + text(payment_alert(found))


async def neighbours(bot: LiveBot, shop: Shop) -> None:
    """Whatever is wrong with the one, the next sale is told and settled."""
    await bot.happen(bot.account.buy(shop.neon_lease))
    (neon,) = (sale for sale in await bot.sales() if sale.track == "Neon Rain")
    assert neon.share is not None


@dataclass(frozen=True)
class Case:
    """What is done to an object of Stripe's, and what is told of it."""

    kind: str
    changes: dict[str, Any]
    words: str
    log: str = "not all is understood"


BENT = {
    "a refund in a state nobody knows": Case(
        "refund", {"status": "frozen"}, "Stripe says `frozen` (`re_"
    ),
    "a refund of a negative amount": Case("refund", {"amount": -5}, "a refund (`re_"),
    "a refund of an absurd amount": Case("refund", {"amount": 10**16}, "a refund (`re_"),
    "a refund in a currency of its own": Case("refund", {"currency": "eur"}, "a refund (`re_"),
    "a refund without an amount": Case("refund", {"amount": None}, "a refund (`re_"),
    "a dispute in a state nobody knows": Case(
        "dispute", {"status": "pondered"}, "Stripe says `pondered` (`dp_"
    ),
    "a dispute over a text": Case("dispute", {"amount": "all"}, "a dispute (`dp_"),
    "a charge in a state nobody knows": Case(
        "charge", {"status": "dreaming"}, "Stripe says `dreaming` (`ch_"
    ),
    "fees that cannot be read": Case(
        "balance_transaction", {"amount": 10**17}, "a balance transaction (`txn_"
    ),
    "fees in no currency": Case(
        "balance_transaction", {"currency": 7}, "a balance transaction (`txn_"
    ),
    "fees in a currency nobody has heard of": Case(
        "balance_transaction", {"currency": "xqz"}, "I don't know the currency `xqz`"
    ),
    "a Checkout paid in a way nobody knows": Case(
        "checkout.session", {"payment_status": "half_paid"}, "Stripe says `half_paid` ("
    ),
}


def bend(bot: LiveBot, bought: Purchase, case: Case) -> None:
    """Change an object of the payment at Stripe, after a refund or a dispute of it."""
    account = bot.account
    if case.kind == "refund":
        target = account.refund(bought, 1000)
    elif case.kind == "dispute":
        target = account.dispute(bought)
    elif case.kind == "checkout.session":
        assert bought.session is not None
        target = bought.session
    else:
        target = bought.paid_with()[1]
        if case.kind == "balance_transaction":
            target = account.get("charge", target)["balance_transaction"]
    account.books.change(target, **case.changes)


@pytest.mark.parametrize("case", BENT.values(), ids=BENT.keys())
async def test_what_is_odd_about_a_payment_is_marked_and_the_rest_counts(
    bot: LiveBot, shop: Shop, case: Case, capsys: pytest.CaptureFixture[str]
) -> None:
    bought = bot.account.buy(shop.lease, buyer=ANA)
    bend(bot, bought, case)
    await bot.happen()
    words = await told(bot)
    assert "**1 thing from Stripe that I don't understand**" in words
    assert case.words in words
    assert f"/payments/{bought.intent}>" in words
    assert case.words.casefold() in (await record(bot)).casefold()
    assert case.log in capsys.readouterr().out
    assert (await bot.sale()).price.amount == 2999
    await neighbours(bot, shop)


async def test_it_is_told_no_more_once_stripe_has_mended_it(bot: LiveBot, shop: Shop) -> None:
    bought = bot.account.buy(shop.lease)
    refund = bot.account.refund(bought, 1000)
    whole = bot.account.books.change(refund)
    bot.account.books.change(refund, amount=None)
    await bot.happen()
    assert await told(bot)
    bot.account.books.change(refund, **whole)
    await bot.happen(bot.account.refund(bought, 500))
    assert await told(bot) == ""
    assert (await bot.sale()).refunded.amount == 1500


async def test_fields_that_are_new_are_nobodys_business(bot: LiveBot, shop: Shop) -> None:
    bought = bot.account.buy(shop.lease)
    assert bought.session is not None
    _, charge = bought.paid_with()
    for id_ in (bought.session, charge, bot.account.get("charge", charge)["balance_transaction"]):
        bot.account.books.change(id_, brand_new={"deep": [1, {"er": None}]}, another="text")
    await bot.happen()
    assert await told(bot) == ""
    assert (await bot.sale()).share is not None


GONE = "Stripe has no such object (deleted, or in another account)"


async def test_a_sale_that_stripe_denies_is_told_and_marked(bot: LiveBot, shop: Shop) -> None:
    bot.account.buy(shop.lease, buyer=ANA)
    checkout = bot.account.take_events()[2]
    session = checkout["data"]["object"] | {"id": "cs_gone", "payment_intent": "pi_gone"}
    await bot.take([checkout | {"data": {"object": session}}])
    assert (await bot.sale()).price.amount == 2999
    assert "[Payment `pi_gone`](<https://dashboard.stripe.com/test/payments/pi_gone>)" in (
        await told(bot)
    )
    assert GONE in await told(bot)
    words = await record(bot)
    assert GONE in words
    assert "settling" not in words
    await neighbours(bot, shop)


async def test_stripe_is_asked_for_what_it_denies_for_an_hour_only(
    bot: LiveBot, shop: Shop
) -> None:
    bot.account.buy(shop.lease, buyer=ANA)
    checkout = bot.account.take_events()[2]
    session = checkout["data"]["object"] | {"id": "cs_gone", "payment_intent": "pi_gone"}
    await bot.take([checkout | {"data": {"object": session}}])
    await bot.catch_up()
    assert await bot.rows(tables.payments, "due") == [(None,)]
    bot.stripe.calls.reset()
    await bot.later(days=3)
    assert bot.stripe.calls.total == 0


async def test_news_of_a_payment_that_stripe_denies_is_given_up_after_an_hour(
    bot: LiveBot, shop: Shop
) -> None:
    bot.account.refund(bot.account.buy(shop.lease))
    refunded = bot.account.take_events()[-1]
    refund = refunded["data"]["object"] | {"payment_intent": "pi_gone", "charge": "ch_gone"}
    await bot.take([refunded | {"data": {"object": refund}}])
    assert await told(bot) == ""
    await bot.catch_up()
    words = await told(bot)
    assert "Event `refund.created`" in words
    assert "Stripe knows no such object, deleted or of another account" in words
    assert f"/events/{refunded['id']}>" in words


async def test_a_payout_that_stripe_denies_is_kept_as_its_event_told_it(bot: LiveBot) -> None:
    bot.account.pay_out(automatic=False, amount=500)
    (created,) = bot.account.take_events()
    payout = created["data"]["object"] | {"id": "po_gone"}
    await bot.take([created | {"data": {"object": payout}}])
    assert await bot.rows(tables.payouts, "payout", "amount") == [("po_gone", 500)]
    assert "[Payout `po_gone`](<https://dashboard.stripe.com/test/payouts/po_gone>)" in (
        await told(bot)
    )
    await bot.catch_up()
    assert await bot.rows(tables.payouts, "due") == [(None,)]


async def test_a_payout_in_a_state_nobody_knows_is_marked(bot: LiveBot) -> None:
    payout = bot.account.pay_out(automatic=False, amount=500)
    bot.account.books.change(payout, status="resting", currency="xqz")
    await bot.happen()
    words = await told(bot)
    assert "Stripe says `resting` (`po_" in words
    assert "I don't know the currency `xqz`" in words


async def test_a_key_that_may_not_read_something_is_told_once_for_all(
    bot: LiveBot, shop: Shop
) -> None:
    bot.stripe.faults.denied = {"balance_transaction"}
    for price in (shop.lease, shop.neon_lease):
        bot.account.buy(price)
    await bot.happen()
    words = await told(bot)
    assert "**1 thing from Stripe that I don't understand**" in words
    assert "The key" in words
    assert "can't read **Balance**" in words


BROKEN: dict[str, tuple[dict[str, Any], str]] = {
    "no amount": ({"amount_total": None}, "lacks its amount"),
    "a text for an amount": ({"amount_total": "2999"}, "amount or currency cannot be read"),
    "a fraction for an amount": ({"amount_total": 29.99}, "amount or currency cannot be read"),
    "a negative amount": ({"amount_total": -1}, "amount or currency cannot be read"),
    "an absurd amount": ({"amount_total": 10**16}, "amount or currency cannot be read"),
    "a currency of another kind": ({"currency": ["usd"]}, "amount or currency cannot be read"),
    "no currency": ({"currency": None}, "amount or currency cannot be read"),
    "a time of another kind": ({"created": {}}, "lacks its time"),
    "an absurd time": ({"created": 10**18}, "lacks its time"),
}


@pytest.mark.parametrize(("changes", "words"), BROKEN.values(), ids=BROKEN.keys())
async def test_an_event_that_is_broken_beyond_use_is_told_with_what_it_lacks(
    bot: LiveBot, shop: Shop, changes: dict[str, Any], words: str
) -> None:
    bot.account.buy(shop.lease, buyer=ANA)
    checkout = bot.account.take_events()[2]
    session = checkout["data"]["object"] | {"id": "cs_x", "payment_intent": "pi_x"} | changes
    await bot.take([checkout | {"data": {"object": session}}])
    assert await bot.rows(tables.payments) == []
    said = await told(bot)
    assert "Event `checkout.session.completed`" in said
    assert words in said
    assert f"/events/{checkout['id']}>" in said
    assert "ana" not in said.casefold()
    await neighbours(bot, shop)


async def test_what_was_given_up_counts_no_more_once_stripe_has_told_all(
    bot: LiveBot, shop: Shop
) -> None:
    bot.account.buy(shop.lease)
    checkout, booked = bot.account.take_events()[2:]
    broken = checkout["data"]["object"] | {"amount_total": "?"}
    bot.stripe.faults.fail_next(1, status=404)
    await bot.take([checkout | {"data": {"object": broken}}])
    assert await told(bot)
    await bot.take([booked])
    assert await told(bot) == ""
    assert (await bot.sale()).state is SaleState.PAID


async def test_they_can_be_tried_again(bot: LiveBot, shop: Shop) -> None:
    bought = bot.account.buy(shop.lease)
    bot.stripe.faults.fail_next(50, status=404)
    await bot.happen()
    await bot.catch_up()
    assert await told(bot)
    bot.stripe.faults.clear()
    async with bot.app.store.write() as connection:
        await problem_log.try_again(connection, await bot.producer(), bot.time())
    await bot.work()
    assert await told(bot) == ""
    assert (await bot.sale()).share is not None
    assert bought.session is not None


async def test_they_can_be_hidden_and_stay_hidden(bot: LiveBot, shop: Shop) -> None:
    bought = bot.account.buy(shop.lease)
    bot.account.books.change(bot.account.refund(bought, 100), status="frozen")
    await bot.happen()
    async with bot.app.store.write() as connection:
        await problem_log.hide(connection, await bot.producer())
    assert await told(bot) == ""
    await bot.happen(bot.account.refund(bought, 200))
    assert await told(bot) == ""
    assert "frozen" in await record(bot)
