"""Sales that were told without a key are read from Stripe once there is one; nobody hears twice."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.money import Money
from bot.store import tables
from bot.sync.recovery import GAP, REFUSED_DELAY
from fakes.stripe import StripeAccount
from tests.journey.live_bot import LiveBot, Time, live_bot
from tests.journey.shop import ANA, BEN, Shop
from tests.sync import actions

pytestmark = pytest.mark.counted


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def account(time: Time) -> StripeAccount:
    return StripeAccount(clock=time)


@asynccontextmanager
async def opened(
    folder: Path, time: Time, account: StripeAccount, *, key: bool
) -> AsyncIterator[LiveBot]:
    async with live_bot(folder, time=time, account=account, key=key) as bot:
        yield bot


async def imported_already(folder: Path, time: Time, account: StripeAccount) -> None:
    """Long ago there was a key: nothing of the past is left to import."""
    async with opened(folder, time, account, key=True) as bot:
        await actions.backfill_task_of(bot).work()
    time.pass_(days=40)


@pytest.mark.parametrize("had_key_before", [False, True])
async def test_fees_are_filled_in_and_the_message_edited(
    tmp_path: Path, time: Time, account: StripeAccount, had_key_before: bool
) -> None:
    shop = Shop(account)
    if had_key_before:
        await imported_already(tmp_path, time, account)
    async with opened(tmp_path, time, account, key=False) as bot:
        bought = await bot.happen(account.buy(shop.lease, buyer=ANA))
        await bot.happen(account.buy(shop.neon_lease, shop.paper_lease, buyer=BEN))
        await bot.happen(account.refund(bought, 1000))
        heard = await bot.hear()
        assert [key for kind, key in heard if kind == "announce"] == [
            "announce:payment:1",
            "announce:payment:2",
        ]
        assert {sale.share for sale in await bot.sales()} == {None}
    time.pass_(days=1)
    async with opened(tmp_path, time, account, key=True) as bot:
        past = actions.backfill_task_of(bot)
        await past.step()
        for _ in range(3):
            await bot.later(seconds=1)
        sales = await bot.sales()
        assert "Midnight Drive" in {sale.track for sale in sales}
        assert all(sale.share is not None for sale in sales)
        assert sales[0].left == Money(2999 - 117 - 1000, "usd")
        heard = await bot.hear()
        assert {kind for kind, _ in heard} == {"edit"}
        assert (await actions.audit(bot)).equal


async def test_stripe_is_asked_for_one_after_the_other_the_newest_first(
    tmp_path: Path, time: Time, account: StripeAccount
) -> None:
    shop = Shop(account)
    await imported_already(tmp_path, time, account)
    async with opened(tmp_path, time, account, key=False) as bot:
        for _ in range(5):
            await bot.happen(account.buy(shop.lease))
    async with opened(tmp_path, time, account, key=True) as bot:
        await actions.backfill_task_of(bot).step()
        dues = [due for _, due in sorted(await bot.rows(tables.payments, "id", "due"))]
        assert dues == [time() + GAP * place for place in (4, 3, 2, 1, 0)]


async def test_news_that_waited_for_its_payment_is_worked_on(
    tmp_path: Path, time: Time, account: StripeAccount
) -> None:
    shop = Shop(account)
    await imported_already(tmp_path, time, account)
    async with opened(tmp_path, time, account, key=False) as bot:
        bought = account.buy(shop.lease)
        account.take_events()
        await bot.happen(account.refund(bought))
        assert {state for (state,) in await bot.rows(tables.events, "state")} == {"waiting"}
    async with opened(tmp_path, time, account, key=True) as bot:
        await actions.backfill_task_of(bot).step()
        await bot.later(seconds=6)
        assert {state for (state,) in await bot.rows(tables.events, "state")} == {"done"}
        assert (await bot.sale()).refunded.amount == 2999


async def test_a_payout_told_without_a_key_is_broken_down(
    tmp_path: Path, time: Time, account: StripeAccount
) -> None:
    shop = Shop(account)
    await imported_already(tmp_path, time, account)
    async with opened(tmp_path, time, account, key=False) as bot:
        account.buy(shop.lease)
        time.pass_(days=3)
        payout = account.pay_out()
        account.send_payout(payout)
        await bot.happen(account.payout_paid(payout))
        assert await bot.rows(tables.payouts, "reconciled", "due") == [(False, None)]
    async with opened(tmp_path, time, account, key=True) as bot:
        await actions.backfill_task_of(bot).step()
        await bot.later(seconds=2)
        assert len(await bot.rows(tables.payout_items)) == 1


async def test_what_was_read_or_is_gone_is_left_alone(
    tmp_path: Path, time: Time, account: StripeAccount
) -> None:
    shop = Shop(account)
    async with opened(tmp_path, time, account, key=True) as bot:
        await actions.backfill_task_of(bot).work()
        await bot.happen(account.buy(shop.lease))
        bot.stripe.faults.fail_next(100, status=404)
        await bot.happen(account.buy(shop.neon_lease))
        await bot.catch_up()
        await actions.backfill_task_of(bot).step()
        assert await bot.rows(tables.payments, "due") == [(None,)] * 2


async def test_it_is_done_even_where_the_import_is_refused(
    tmp_path: Path, time: Time, account: StripeAccount
) -> None:
    shop = Shop(account)
    async with opened(tmp_path, time, account, key=False) as bot:
        await bot.happen(account.buy(shop.lease))
    time.pass_(days=1)
    async with opened(tmp_path, time, account, key=True) as bot:
        bot.stripe.faults.denied = {"dispute"}
        assert (await actions.backfill_task_of(bot).step()).seconds == REFUSED_DELAY
        await bot.later(seconds=1)
        assert (await bot.sale()).share is not None
        plan = await actions.progress(bot)
        assert plan is not None
        assert "rak_dispute_read" in plan.trouble
        await actions.set_progress(bot, replace(plan, trouble=""))
