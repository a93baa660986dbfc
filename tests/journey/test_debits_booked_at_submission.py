"""Bank debits as Stripe books them: at their submission, days before they succeed or fail."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
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

METHODS = ("us_bank_account", "sepa_debit", "bacs_debit", "au_becs_debit")


@pytest.fixture(params=["key", "no key"])
async def open_house(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path, key=request.param == "key") as opened:
        yield opened


def _named(shop: Shop) -> str:
    """A link whose metadata names what it sells: without a key nothing else does."""
    named = {"track": "Midnight Drive", "license": "Exclusive"}
    return shop.account.link([shop.exclusive], metadata=named)


async def _holder(home: House) -> str | None:
    """The email of who holds Midnight Drive."""
    found = await home.rows(tables.tracks, "key", "holder_sale_id")
    held = dict(found)["midnight drive"]
    emails = {sale.number: sale.buyer.email for sale in await home.sales()}
    numbers = dict(await home.rows(tables.sales, "id", "number"))
    return emails[numbers[held]] if held else None


async def _conflicts(home: House) -> list[str | None]:
    return [sale.buyer.email for sale in await home.sales() if sale.conflict]


@pytest.mark.parametrize("method", METHODS)
async def test_who_succeeded_first_holds_the_exclusive_whoever_submitted_first(
    open_house: House, method: str
) -> None:
    home, shop = open_house, Shop(open_house.account)
    link = _named(shop)
    debit = home.account.buy(shop.exclusive, link=link, buyer=ANA, method=method)
    await home.happen()
    home.time.pass_(days=4)
    await home.work()
    home.account.buy(shop.exclusive, link=link, buyer=BEN)
    await home.happen()
    assert await _holder(home) == BEN.email
    home.time.pass_(minutes=1)
    home.account.arrive(debit)
    await home.happen()
    assert (await _holder(home), await _conflicts(home)) == (BEN.email, [ANA.email])
    first = next(sale for sale in await home.sales() if sale.buyer.email == ANA.email)
    assert home.time() - first.sold < timedelta(minutes=1)
    assert len(await home.told("announce")) == 2


@pytest.mark.parametrize("backwards", [False, True])
async def test_a_debit_that_succeeded_first_holds_against_a_later_card(
    open_house: House, *, backwards: bool
) -> None:
    home, shop = open_house, Shop(open_house.account)
    link = _named(shop)
    debit = home.account.buy(shop.exclusive, link=link, buyer=ANA, method="us_bank_account")
    home.time.pass_(days=4)
    home.account.arrive(debit)
    home.time.pass_(minutes=2)
    home.account.buy(shop.exclusive, link=link, buyer=BEN)
    events = home.account.take_events()
    await home.deliver(reversed(events) if backwards else events)
    await home.work()
    await home.catch_up()
    assert (await _holder(home), await _conflicts(home)) == (ANA.email, [BEN.email])


async def test_a_card_holds_when_the_debit_submitted_before_it_fails(open_house: House) -> None:
    home, shop = open_house, Shop(open_house.account)
    link = _named(shop)
    debit = home.account.buy(shop.exclusive, link=link, buyer=ANA, method="us_bank_account")
    await home.happen()
    home.time.pass_(days=2)
    home.account.buy(shop.exclusive, link=link, buyer=BEN)
    await home.happen()
    home.time.pass_(days=2)
    home.account.bounce(debit)
    await home.happen()
    assert (await _holder(home), await _conflicts(home)) == (BEN.email, [])
    assert len(await home.told("announce")) == 1
    assert sorted(await home.rows(tables.sales, "state")) == [("failed",), ("paid",)]


async def test_a_debit_without_checkout_is_dated_by_its_event(open_house: House) -> None:
    home = open_house
    Shop(home.account)
    named = {"track": "Midnight Drive", "license": "Exclusive"}
    debit = home.account.pay(50_000, metadata=named, buyer=ANA, method="us_bank_account")
    await home.happen()
    assert await home.rows(tables.sales) == []
    home.time.pass_(days=4)
    home.account.arrive(debit)
    await home.happen()
    assert home.time() - (await home.sale()).sold == timedelta(seconds=1)
    assert len(await home.told("announce")) == 1


def _issue_event(home: House) -> dict[str, Any]:
    """`charge.succeeded` of a debit that was submitted and booked four days ago."""
    now = int(home.time().timestamp())
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
    return home.account.books.emit("charge.succeeded", charge)


async def test_a_debit_told_with_its_balance_transaction_of_days_ago_is_of_today(
    open_house: House,
) -> None:
    home, shop = open_house, Shop(open_house.account)
    home.account.buy(shop.exclusive, link=_named(shop), buyer=BEN)
    await home.happen()
    home.time.pass_(minutes=1)
    await home.deliver([_issue_event(home)])
    home.time.pass_(seconds=6)
    await home.work()
    assert (await _holder(home), await _conflicts(home)) == (BEN.email, [ANA.email])
    debit = next(sale for sale in await home.sales() if sale.buyer.email == ANA.email)
    assert home.time() - debit.sold <= timedelta(seconds=6)
    assert len(await home.told("announce")) == 2


async def test_a_success_that_no_event_brings_is_dated_by_stripes_list_of_events(
    home: House, shop: Shop
) -> None:
    debit = home.account.buy(shop.exclusive, buyer=ANA, method="us_bank_account")
    await home.happen()
    home.time.pass_(days=4)
    home.account.arrive(debit)
    arrived = home.time()
    home.account.take_events()
    home.time.pass_(hours=20)
    await home.work()
    sale = await home.sale()
    assert (sale.state, sale.sold) == (SaleState.PAID, arrived)


async def test_a_success_of_which_stripe_lists_no_event_is_of_the_moment_it_is_seen(
    home: House, shop: Shop
) -> None:
    debit = home.account.buy(shop.exclusive, buyer=ANA, method="us_bank_account")
    await home.happen()
    home.time.pass_(days=4)
    home.account.arrive(debit)
    late = home.account.take_events()
    home.stripe.faults.denied.add("event")
    home.time.pass_(hours=20)
    await home.work()
    assert (await home.sale()).sold == home.time()
    # The event comes after all, and says it better.
    await home.deliver(late)
    await home.work()
    assert (await home.sale()).sold == home.time() - timedelta(hours=20)
    assert await home.told("announce") == ["announce:payment:1"]


async def test_a_pending_debit_brings_nothing_into_the_balance(home: House, shop: Shop) -> None:
    home.account.buy(shop.lease, buyer=ANA, method="us_bank_account")
    await home.happen()
    await home.catch_up()
    assert await home.rows(tables.payments, "movement", "available_on") == [(None, None)]
    assert await home.rows(tables.entries) == []


async def test_the_audit_is_equal_while_a_debit_is_pending_and_after_it_came_or_failed(
    home: House, shop: Shop
) -> None:
    home.account.buy(shop.lease, buyer=BEN)
    comes = home.account.buy(shop.lease, buyer=ANA, method="us_bank_account")
    fails = home.account.buy(shop.lease, buyer=ANA, method="sepa_debit")
    await home.happen()
    await home.catch_up()
    pending = await ways.audit(home)
    assert pending.equal
    assert pending.unpaid[("usd", "payment")].count == 2
    assert pending.stripe[("usd", "sale")].count == 1
    home.time.pass_(days=4)
    home.account.arrive(comes)
    home.account.bounce(fails)
    await home.happen()
    await home.catch_up()
    over = await ways.audit(home)
    assert over.equal
    assert {kind: sums.count for (_, kind), sums in over.unpaid.items()} == {
        "payment": 1,
        "payment_failure_refund": 1,
    }
    assert over.stripe[("usd", "sale")].count == over.here[("usd", "sale")].count == 2


async def test_the_audit_of_some_days_is_equal_where_one_was_booked_before_and_paid_in_them(
    home: House, shop: Shop
) -> None:
    debit = home.account.buy(shop.lease, buyer=ANA, method="us_bank_account")
    await home.happen()
    home.time.pass_(days=2)
    middle = home.time()
    home.time.pass_(days=2)
    home.account.arrive(debit)
    await home.happen()
    assert (await ways.audit(home, since=middle)).equal
    before = await ways.audit(home, until=middle)
    assert before.equal
    assert before.stripe[("usd", "sale")].count == 1


async def test_an_import_between_submission_and_success_swallows_nothing(
    home: House, shop: Shop
) -> None:
    await ways.backfill_task_of(home).work()
    debit = _submitted(home, shop)
    await home.happen()
    home.time.pass_(days=3)
    await ways.look(home)
    await ways.import_by_command(home)
    home.time.pass_(days=1)
    home.account.arrive(debit)
    home.time.pass_(hours=1)
    await ways.look(home)
    assert await home.told("announce") == ["announce:payment:1"]
    assert (await ways.audit(home)).equal


async def test_an_import_after_the_success_leaves_it_to_be_told(home: House, shop: Shop) -> None:
    await ways.backfill_task_of(home).work()
    debit = _submitted(home, shop)
    await home.happen()
    home.time.pass_(days=4)
    home.account.arrive(debit)
    home.account.take_events()
    # Longer ago than events are asked for: none will be brought.
    home.time.pass_(hours=2)
    noted = await ways.seen(home)
    await ways.set_seen(home, replace(noted, until=home.time()))
    summary = await ways.import_by_command(home)
    assert (summary.payments.new, summary.payments.left) == (0, 1)
    await home.work()
    assert await home.told("announce") == ["announce:payment:1"]
    assert (await home.sale()).sold == home.time() - timedelta(hours=2)


async def test_the_first_import_leaves_a_success_after_the_start_to_its_event(
    home: House, shop: Shop
) -> None:
    debit = _submitted(home, shop)
    home.account.take_events()
    home.time.pass_(days=4)
    await ways.catch_up_of(home).look()
    home.time.pass_(minutes=20)
    home.account.arrive(debit)
    home.time.pass_(minutes=1)
    await ways.backfill_task_of(home).work()
    assert await home.told("announce") == []
    await home.happen()
    assert await home.told("announce") == ["announce:payment:1"]


async def test_the_first_import_dates_what_was_over_before_it_by_its_event(
    home: House, shop: Shop
) -> None:
    debit = _submitted(home, shop)
    home.time.pass_(days=4)
    home.account.buy(shop.exclusive, buyer=BEN)
    home.time.pass_(minutes=1)
    home.account.arrive(debit)
    arrived = home.time()
    home.account.take_events()
    home.time.pass_(days=10)
    await ways.backfill_task_of(home).work()
    assert (await _holder(home), await _conflicts(home)) == (BEN.email, [ANA.email])
    sold = {sale.buyer.email: sale.sold for sale in await home.sales()}
    assert sold[ANA.email] == arrived
    assert await home.outbox() == []
    assert (await ways.audit(home)).equal


def _submitted(home: House, shop: Shop) -> Purchase:
    return home.account.buy(shop.exclusive, buyer=ANA, method="us_bank_account")
