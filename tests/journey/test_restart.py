"""The bot stops at any point and starts again on the same file: nothing lost, nothing twice."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import TypeAlias

import pytest

from bot.domain.money import Money
from bot.domain.sale import SaleState
from bot.store import tables
from fakes.stripe import StripeAccount
from tests.journey.live_bot import LiveBot, Time, live_bot
from tests.journey.shop import ANA, Shop

Reopen: TypeAlias = Callable[[], AbstractAsyncContextManager[LiveBot]]


@pytest.fixture
def reopen(tmp_path: Path) -> Reopen:
    """The bot, started again where it was left, a minute later."""
    time = Time()
    account = StripeAccount(clock=time)

    @asynccontextmanager
    async def again() -> AsyncIterator[LiveBot]:
        time.pass_(minutes=1)
        async with live_bot(tmp_path, time=time, account=account) as opened:
            yield opened

    return again


async def test_between_inbox_and_work(reopen: Reopen) -> None:
    async with reopen() as bot:
        bot.account.buy(Shop(bot.account).lease, buyer=ANA)
        await bot.deliver(bot.account.take_events())
        assert await bot.rows(tables.payments) == []
    async with reopen() as bot:
        await bot.work()
        assert (await bot.sale()).left == Money(2882, "usd")
        assert await bot.outbox() == [("announce", "announce:payment:1")]


async def test_while_a_charge_waits_for_its_checkout(reopen: Reopen) -> None:
    async with reopen() as bot:
        bot.account.buy(Shop(bot.account).lease)
        charge, *_ = bot.account.take_events()
        await bot.take([charge])
    async with reopen() as bot:
        await bot.work()
        assert (await bot.sale()).track == "Midnight Drive"


async def test_while_fees_settle(reopen: Reopen) -> None:
    async with reopen() as bot:
        bought = await bot.happen(bot.account.buy(Shop(bot.account).lease, settled=False))
        await bot.hear()
        bot.account.settle(bought)
    async with reopen() as bot:
        await bot.work()
        assert (await bot.sale()).left == Money(2882, "usd")
        assert await bot.hear() == [("edit", "edit:payment:1")]


async def test_while_stripe_was_down(reopen: Reopen) -> None:
    async with reopen() as bot:
        bot.account.buy(Shop(bot.account).exclusive)
        bot.stripe.faults.down = True
        await bot.happen()
    async with reopen() as bot:
        await bot.work()
        assert (await bot.sale()).exclusive
        assert await bot.told("announce") == ["announce:payment:1"]


async def test_work_that_breaks_off_in_the_middle_leaves_nothing_half_done(
    reopen: Reopen, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def break_off(*_: object) -> None:
        raise RuntimeError("the power is gone")

    async with reopen() as bot:
        shop = Shop(bot.account)
        await bot.happen(bot.account.buy(shop.lease))
        bot.account.buy(shop.exclusive)
        with monkeypatch.context() as patch:
            # The last thing done in the transaction that records a sale.
            patch.setattr("bot.sync.object_work.inbox.finish", break_off)
            await bot.happen()
        assert len(await bot.rows(tables.sales)) == 1
        assert await bot.rows(tables.tracks, "holder_sale_id") == [(None,)]
        assert await bot.told("announce") == ["announce:payment:1"]
        assert await bot.rows(tables.day_totals, "sales") == [(1,)]
    async with reopen() as bot:
        await bot.work()
        assert [sale.exclusive for sale in await bot.sales()] == [False, True]
        (exclusive,) = (
            id_ for id_, it_is in await bot.rows(tables.sales, "id", "exclusive") if it_is
        )
        assert await bot.rows(tables.tracks, "holder_sale_id") == [(exclusive,)]
        announced = await bot.told("announce")
        assert len(announced) == len(set(announced)) == 2


async def test_events_that_come_while_the_bot_is_away_are_told_when_stripe_repeats_them(
    reopen: Reopen,
) -> None:
    async with reopen() as bot:
        bought = await bot.happen(bot.account.buy(Shop(bot.account).lease))
    bot.account.refund(bought)
    async with reopen() as bot:
        await bot.happen()
        assert (await bot.sale()).state is SaleState.REFUNDED


async def test_a_settled_house_asks_nothing_after_a_restart(reopen: Reopen) -> None:
    async with reopen() as bot:
        await bot.happen(bot.account.buy(Shop(bot.account).lease))
        before = await bot.rows(tables.payments)
    async with reopen() as bot:
        await bot.catch_up()
        assert bot.stripe.calls.total == 0
        assert await bot.rows(tables.payments) == before


async def test_numbers_go_on_after_a_restart(reopen: Reopen) -> None:
    for number in (1001, 1002):
        async with reopen() as bot:
            await bot.happen(bot.account.buy(Shop(bot.account).lease))
            assert (await bot.sales())[-1].number == number
