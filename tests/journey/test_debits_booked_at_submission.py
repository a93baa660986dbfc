"""Bank debits as Stripe books them: at their submission, days before they succeed or fail."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.sale import SaleState
from bot.store import tables
from fakes.stripe import Purchase
from tests.journey.live_bot import LiveBot
from tests.journey.shop import ANA, BEN, Shop
from tests.sync import actions

pytestmark = pytest.mark.counted

METHODS = ("us_bank_account", "sepa_debit", "bacs_debit", "au_becs_debit")


def _named(shop: Shop) -> str:
    """A link whose metadata names what it sells: without a key nothing else does."""
    named = {"track": "Midnight Drive", "license": "Exclusive"}
    return shop.account.link([shop.exclusive], metadata=named)


async def _holder(bot: LiveBot) -> str | None:
    """The email of who holds Midnight Drive."""
    found = await bot.rows(tables.tracks, "key", "holder_sale_id")
    held = dict(found)["midnight drive"]
    emails = {sale.number: sale.buyer.email for sale in await bot.sales()}
    numbers = dict(await bot.rows(tables.sales, "id", "number"))
    return emails[numbers[held]] if held else None


async def _conflicts(bot: LiveBot) -> list[str | None]:
    return [sale.buyer.email for sale in await bot.sales() if sale.conflict]


@pytest.mark.parametrize("method", METHODS)
async def test_who_succeeded_first_holds_the_exclusive_whoever_submitted_first(
    open_house: LiveBot, method: str
) -> None:
    bot, shop = open_house, Shop(open_house.account)
    link = _named(shop)
    debit = await bot.happen(bot.account.buy(shop.exclusive, link=link, buyer=ANA, method=method))
    await bot.later(days=4)
    await bot.happen(bot.account.buy(shop.exclusive, link=link, buyer=BEN))
    assert await _holder(bot) == BEN.email
    bot.time.pass_(minutes=1)
    await bot.happen(bot.account.arrive(debit))
    assert (await _holder(bot), await _conflicts(bot)) == (BEN.email, [ANA.email])
    first = next(sale for sale in await bot.sales() if sale.buyer.email == ANA.email)
    assert bot.time() - first.sold < timedelta(minutes=1)
    assert len(await bot.told("announce")) == 2


@pytest.mark.parametrize("backwards", [False, True])
async def test_a_debit_that_succeeded_first_holds_against_a_later_card(
    open_house: LiveBot, *, backwards: bool
) -> None:
    bot, shop = open_house, Shop(open_house.account)
    link = _named(shop)
    debit = bot.account.buy(shop.exclusive, link=link, buyer=ANA, method="us_bank_account")
    bot.time.pass_(days=4)
    bot.account.arrive(debit)
    bot.time.pass_(minutes=2)
    bot.account.buy(shop.exclusive, link=link, buyer=BEN)
    events = bot.account.take_events()
    await bot.take(reversed(events) if backwards else events)
    await bot.catch_up()
    assert (await _holder(bot), await _conflicts(bot)) == (ANA.email, [BEN.email])


async def test_a_card_holds_when_the_debit_submitted_before_it_fails(open_house: LiveBot) -> None:
    bot, shop = open_house, Shop(open_house.account)
    link = _named(shop)
    debit = bot.account.buy(shop.exclusive, link=link, buyer=ANA, method="us_bank_account")
    await bot.happen()
    bot.time.pass_(days=2)
    await bot.happen(bot.account.buy(shop.exclusive, link=link, buyer=BEN))
    bot.time.pass_(days=2)
    await bot.happen(bot.account.bounce(debit))
    assert (await _holder(bot), await _conflicts(bot)) == (BEN.email, [])
    assert len(await bot.told("announce")) == 1
    assert sorted(await bot.rows(tables.sales, "state")) == [("failed",), ("paid",)]


async def test_a_debit_without_checkout_is_dated_by_its_event(open_house: LiveBot) -> None:
    bot = open_house
    Shop(bot.account)
    named = {"track": "Midnight Drive", "license": "Exclusive"}
    debit = bot.account.pay(50_000, metadata=named, buyer=ANA, method="us_bank_account")
    await bot.happen()
    assert await bot.rows(tables.sales) == []
    bot.time.pass_(days=4)
    await bot.happen(bot.account.arrive(debit))
    assert bot.time() - (await bot.sale()).sold == timedelta(seconds=1)
    assert len(await bot.told("announce")) == 1


def _issue_event(bot: LiveBot) -> dict[str, Any]:
    """`charge.succeeded` of a debit that was submitted and booked four days ago."""
    now = int(bot.time().timestamp())
    four_days = 4 * 86_400
    booked = {
        "id": "txn_A",
        "object": "balance_transaction",
        "type": "payment",
        "created": now - four_days + 3600,
        "available_on": now + four_days,
        "status": "pending",
        "amount": 50_000,
        "currency": "usd",
        "fee": 500,
        "net": 49_500,
    }
    charge = {
        "id": "py_A",
        "object": "charge",
        "status": "succeeded",
        "amount": 50_000,
        "currency": "usd",
        "created": now - four_days,
        "metadata": {"track": "Midnight Drive", "license": "Exclusive"},
        "billing_details": {"email": ANA.email, "name": ANA.name},
        "payment_method_details": {"type": "us_bank_account"},
        "balance_transaction": booked,
    }
    bot.account.books.emit("charge.succeeded", charge)
    return bot.account.events[-1]


async def test_a_debit_told_with_its_balance_transaction_of_days_ago_is_of_today(
    open_house: LiveBot,
) -> None:
    bot, shop = open_house, Shop(open_house.account)
    await bot.happen(bot.account.buy(shop.exclusive, link=_named(shop), buyer=BEN))
    bot.time.pass_(minutes=1)
    await bot.deliver([_issue_event(bot)])
    await bot.later(seconds=6)
    assert (await _holder(bot), await _conflicts(bot)) == (BEN.email, [ANA.email])
    debit = next(sale for sale in await bot.sales() if sale.buyer.email == ANA.email)
    assert bot.time() - debit.sold <= timedelta(seconds=6)
    assert len(await bot.told("announce")) == 2


async def test_a_success_that_no_event_brings_is_dated_by_stripes_list_of_events(
    bot: LiveBot, shop: Shop
) -> None:
    debit = await bot.happen(bot.account.buy(shop.exclusive, buyer=ANA, method="us_bank_account"))
    bot.time.pass_(days=4)
    bot.account.arrive(debit)
    arrived = bot.time()
    bot.account.take_events()
    await bot.later(hours=20)
    sale = await bot.sale()
    assert (sale.state, sale.sold) == (SaleState.PAID, arrived)


async def test_a_success_of_which_stripe_lists_no_event_is_of_the_moment_it_is_seen(
    bot: LiveBot, shop: Shop
) -> None:
    debit = await bot.happen(bot.account.buy(shop.exclusive, buyer=ANA, method="us_bank_account"))
    bot.time.pass_(days=4)
    bot.account.arrive(debit)
    late = bot.account.take_events()
    bot.stripe.faults.denied.add("event")
    await bot.later(hours=20)
    assert (await bot.sale()).sold == bot.time()
    # The event comes after all, and says it better.
    await bot.take(late)
    assert (await bot.sale()).sold == bot.time() - timedelta(hours=20)
    assert await bot.told("announce") == ["announce:payment:1"]


async def test_a_pending_debit_brings_nothing_into_the_balance(bot: LiveBot, shop: Shop) -> None:
    await bot.happen(bot.account.buy(shop.lease, buyer=ANA, method="us_bank_account"))
    await bot.catch_up()
    assert await bot.rows(tables.payments, "movement", "available_on") == [(None, None)]
    assert await bot.rows(tables.entries) == []


async def test_the_audit_is_equal_while_a_debit_is_pending_and_after_it_came_or_failed(
    bot: LiveBot, shop: Shop
) -> None:
    bot.account.buy(shop.lease, buyer=BEN)
    comes = bot.account.buy(shop.lease, buyer=ANA, method="us_bank_account")
    fails = await bot.happen(bot.account.buy(shop.lease, buyer=ANA, method="sepa_debit"))
    await bot.catch_up()
    pending = await actions.audit(bot)
    assert pending.equal
    assert pending.unpaid[("usd", "payment")].count == 2
    assert pending.stripe[("usd", "sale")].count == 1
    bot.time.pass_(days=4)
    bot.account.arrive(comes)
    await bot.happen(bot.account.bounce(fails))
    await bot.catch_up()
    over = await actions.audit(bot)
    assert over.equal
    assert {kind: sums.count for (_, kind), sums in over.unpaid.items()} == {
        "payment": 1,
        "payment_failure_refund": 1,
    }
    assert over.stripe[("usd", "sale")].count == over.here[("usd", "sale")].count == 2


async def test_the_audit_of_some_days_is_equal_where_one_was_booked_before_and_paid_in_them(
    bot: LiveBot, shop: Shop
) -> None:
    debit = await bot.happen(bot.account.buy(shop.lease, buyer=ANA, method="us_bank_account"))
    bot.time.pass_(days=2)
    middle = bot.time()
    bot.time.pass_(days=2)
    await bot.happen(bot.account.arrive(debit))
    assert (await actions.audit(bot, since=middle)).equal
    before = await actions.audit(bot, until=middle)
    assert before.equal
    assert before.stripe[("usd", "sale")].count == 1


async def test_an_import_between_submission_and_success_swallows_nothing(
    bot: LiveBot, shop: Shop
) -> None:
    await actions.backfill_task_of(bot).work()
    debit = _submitted(bot, shop)
    await bot.happen()
    bot.time.pass_(days=3)
    await actions.look(bot)
    await actions.import_by_command(bot)
    bot.time.pass_(days=1)
    bot.account.arrive(debit)
    bot.time.pass_(hours=1)
    await actions.look(bot)
    assert await bot.told("announce") == ["announce:payment:1"]
    assert (await actions.audit(bot)).equal


async def test_an_import_after_the_success_leaves_it_to_be_told(bot: LiveBot, shop: Shop) -> None:
    await actions.backfill_task_of(bot).work()
    debit = _submitted(bot, shop)
    await bot.happen()
    bot.time.pass_(days=4)
    bot.account.arrive(debit)
    bot.account.take_events()
    # Longer ago than events are asked for: none will be brought.
    bot.time.pass_(hours=2)
    noted = await actions.seen(bot)
    await actions.set_seen(bot, replace(noted, until=bot.time()))
    summary = await actions.import_by_command(bot)
    assert (summary.payments.new, summary.payments.left) == (0, 1)
    await bot.work()
    assert await bot.told("announce") == ["announce:payment:1"]
    assert (await bot.sale()).sold == bot.time() - timedelta(hours=2)


async def test_the_first_import_leaves_a_success_after_the_start_to_its_event(
    bot: LiveBot, shop: Shop
) -> None:
    debit = _submitted(bot, shop)
    bot.account.take_events()
    bot.time.pass_(days=4)
    await actions.catch_up_of(bot).look()
    bot.time.pass_(minutes=20)
    bot.account.arrive(debit)
    bot.time.pass_(minutes=1)
    await actions.backfill_task_of(bot).work()
    assert await bot.told("announce") == []
    await bot.happen()
    assert await bot.told("announce") == ["announce:payment:1"]


async def test_the_first_import_dates_what_was_over_before_it_by_its_event(
    bot: LiveBot, shop: Shop
) -> None:
    debit = _submitted(bot, shop)
    bot.time.pass_(days=4)
    bot.account.buy(shop.exclusive, buyer=BEN)
    bot.time.pass_(minutes=1)
    bot.account.arrive(debit)
    arrived = bot.time()
    bot.account.take_events()
    bot.time.pass_(days=10)
    await actions.backfill_task_of(bot).work()
    assert (await _holder(bot), await _conflicts(bot)) == (BEN.email, [ANA.email])
    sold = {sale.buyer.email: sale.sold for sale in await bot.sales()}
    assert sold[ANA.email] == arrived
    assert await bot.outbox() == []
    assert (await actions.audit(bot)).equal


def _submitted(bot: LiveBot, shop: Shop) -> Purchase:
    return bot.account.buy(shop.exclusive, buyer=ANA, method="us_bank_account")
