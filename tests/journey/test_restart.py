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
from tests.journey.house import House, Time, house
from tests.journey.shop import ANA, Shop

Reopen: TypeAlias = Callable[[], AbstractAsyncContextManager[House]]


@pytest.fixture
def reopen(tmp_path: Path) -> Reopen:
    """The house, opened again where it was left, a minute later."""
    time = Time()
    account = StripeAccount(clock=time)

    @asynccontextmanager
    async def again() -> AsyncIterator[House]:
        time.pass_(minutes=1)
        async with house(tmp_path, time=time, account=account) as opened:
            yield opened

    return again


async def test_between_inbox_and_work(reopen: Reopen) -> None:
    async with reopen() as home:
        home.account.buy(Shop(home.account).lease, buyer=ANA)
        await home.deliver(home.account.take_events())
        assert await home.rows(tables.payments) == []
    async with reopen() as home:
        await home.work()
        assert (await home.sale()).left == Money(2882, "usd")
        assert await home.outbox() == [("announce", "announce:payment:1")]


async def test_while_a_charge_waits_for_its_checkout(reopen: Reopen) -> None:
    async with reopen() as home:
        home.account.buy(Shop(home.account).lease)
        charge, *_ = home.account.take_events()
        await home.deliver([charge])
        await home.work()
    async with reopen() as home:
        await home.work()
        assert (await home.sale()).track == "Midnight Drive"


async def test_while_fees_settle(reopen: Reopen) -> None:
    async with reopen() as home:
        bought = home.account.buy(Shop(home.account).lease, settled=False)
        await home.happen()
        await home.hear()
        home.account.settle(bought)
    async with reopen() as home:
        await home.work()
        assert (await home.sale()).left == Money(2882, "usd")
        assert await home.hear() == [("edit", "edit:payment:1")]


async def test_while_stripe_was_down(reopen: Reopen) -> None:
    async with reopen() as home:
        home.account.buy(Shop(home.account).exclusive)
        home.stripe.faults.down = True
        await home.happen()
    async with reopen() as home:
        await home.work()
        assert (await home.sale()).exclusive
        assert await home.told("announce") == ["announce:payment:1"]


async def test_work_that_breaks_off_in_the_middle_leaves_nothing_half_done(
    reopen: Reopen, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def break_off(*_: object) -> None:
        raise RuntimeError("the power is gone")

    async with reopen() as home:
        shop = Shop(home.account)
        home.account.buy(shop.lease)
        await home.happen()
        home.account.buy(shop.exclusive)
        with monkeypatch.context() as patch:
            # The last thing done in the transaction that records a sale.
            patch.setattr("bot.sync.object_work.events.finish", break_off)
            await home.happen()
        assert len(await home.rows(tables.sales)) == 1
        assert await home.rows(tables.tracks, "holder_sale_id") == [(None,)]
        assert await home.told("announce") == ["announce:payment:1"]
        assert await home.rows(tables.totals, "sales") == [(1,)] * 6
    async with reopen() as home:
        await home.work()
        assert [sale.exclusive for sale in await home.sales()] == [False, True]
        (exclusive,) = (
            id_ for id_, it_is in await home.rows(tables.sales, "id", "exclusive") if it_is
        )
        assert await home.rows(tables.tracks, "holder_sale_id") == [(exclusive,)]
        announced = await home.told("announce")
        assert len(announced) == len(set(announced)) == 2


async def test_events_that_come_while_the_bot_is_away_are_told_when_stripe_repeats_them(
    reopen: Reopen,
) -> None:
    async with reopen() as home:
        bought = home.account.buy(Shop(home.account).lease)
        await home.happen()
    home.account.refund(bought)
    async with reopen() as home:
        await home.happen()
        assert (await home.sale()).state is SaleState.REFUNDED


async def test_a_settled_house_asks_nothing_after_a_restart(reopen: Reopen) -> None:
    async with reopen() as home:
        home.account.buy(Shop(home.account).lease)
        await home.happen()
        before = await home.rows(tables.payments)
    async with reopen() as home:
        await home.catch_up()
        assert home.stripe.calls.total == 0
        assert await home.rows(tables.payments) == before


async def test_numbers_go_on_after_a_restart(reopen: Reopen) -> None:
    for number in (1001, 1002):
        async with reopen() as home:
            home.account.buy(Shop(home.account).lease)
            await home.happen()
            assert (await home.sales())[-1].number == number
