"""The worker between its items: what comes meanwhile, what fails, what is due later."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import tables
from bot.store.engine import StoreUnavailable
from bot.store.work_queue import Item
from bot.sync.payment_sync import PaymentSync
from tests.journey.live_bot import LiveBot
from tests.journey.shop import Shop


def _payments(bot: LiveBot) -> PaymentSync:
    sync = bot.app.worker.handlers["payment"]
    assert isinstance(sync, PaymentSync)
    return sync


@asynccontextmanager
async def _arriving_meanwhile(bot: LiveBot, event: dict[str, Any]) -> AsyncIterator[None]:
    """An event is stored after the worker has looked, and before it writes what comes of that."""
    write, waiting = bot.app.store.write, asyncio.Semaphore(0)

    def wait_to_write() -> AbstractAsyncContextManager[AsyncConnection]:
        waiting.release()
        return write()

    async with write():
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(bot.app.store, "write", wait_to_write)
            sent = asyncio.create_task(bot.hook.send(event))
            await waiting.acquire()
            worked = asyncio.create_task(bot.work())
            await waiting.acquire()
    assert await sent == 200
    await worked
    yield


async def test_a_checkout_that_comes_just_now_does_not_wait_for_itself(
    bot: LiveBot, shop: Shop
) -> None:
    bot.account.buy(shop.lease)
    charge, _, checkout, _ = bot.account.take_events()
    await bot.deliver([charge])
    async with _arriving_meanwhile(bot, checkout):
        assert len(await bot.outbox()) == 1
        assert await bot.rows(tables.events, "state") == [("done",), ("done",)]


async def test_an_event_that_comes_just_now_does_not_fail_with_a_broken_one(
    keyless: LiveBot,
) -> None:
    keyless.account.buy(Shop(keyless.account).lease)
    *_, checkout, _ = keyless.account.take_events()
    broken = checkout["data"]["object"] | {"amount_total": None}
    await keyless.deliver([checkout | {"id": "evt_broken", "data": {"object": broken}}])
    async with _arriving_meanwhile(keyless, checkout):
        assert len(await keyless.outbox()) == 1
        assert (await keyless.event_states())["evt_broken"] == "failed"


@pytest.fixture
def defect(bot: LiveBot, monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """A mistake of ours in every piece of work; when it was met."""
    met: list[datetime] = []

    async def fail(_: Item) -> None:
        met.append(bot.time())
        raise KeyError("a mistake")

    monkeypatch.setitem(bot.app.worker.handlers, "payment", fail)
    return met


async def test_work_that_fails_is_tried_again_ever_later_and_then_set_aside(
    bot: LiveBot, shop: Shop, defect: list[datetime]
) -> None:
    await bot.happen(bot.account.buy(shop.lease))
    for _ in range(300):
        await bot.later(seconds=1)
    pauses = [(b - a).total_seconds() for a, b in pairwise(defect)]
    assert pauses == [1, 2, 4, 8, 16, 32, 64]
    assert set(await bot.rows(tables.events, "state", "error")) == {("failed", "KeyError")}


async def test_a_look_that_fails_is_repeated_without_haste_for_ever(
    bot: LiveBot, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    bought = await bot.happen(bot.account.buy(shop.lease, settled=False))
    looked = 0

    async def fail(_: Item) -> None:
        nonlocal looked
        looked += 1
        raise KeyError("a mistake")

    with monkeypatch.context() as patch:
        patch.setitem(bot.app.worker.handlers, "payment", fail)
        for _ in range(60):
            await bot.later(minutes=1)
    assert looked == 12
    bot.account.settle(bought)
    bot.account.take_events()
    await bot.later(minutes=5)
    assert (await bot.sale()).share is not None


async def test_a_payment_that_is_no_sale_any_more_is_not_asked_about_for_ever(
    bot: LiveBot,
) -> None:
    paid = bot.account.pay(5000, metadata={"track": "Midnight Drive"}, settled=False)
    await bot.happen()
    assert paid.intent is not None
    assert paid.charge is not None
    for object_id in (paid.intent, paid.charge):
        bot.account.books.change(object_id, metadata={})
    await bot.catch_up()
    assert bot.stripe.calls.total == 2
    assert (await bot.sale()).track == "Midnight Drive"


async def test_it_works_by_itself_from_the_arrival_of_an_event_until_it_is_stopped(
    bot: LiveBot, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = asyncio.Event()
    monkeypatch.setattr(_payments(bot), "announce", told.set)
    running = asyncio.create_task(bot.app.worker.run())
    bought = bot.account.buy(shop.lease, settled=False)
    await bot.deliver(bot.account.take_events()[-1:])
    await told.wait()
    told.clear()
    bot.account.settle(bought)
    bot.time.pass_(seconds=5)
    bot.app.worker.wake()
    await told.wait()
    assert (await bot.sale()).share is not None
    bot.app.worker.stop()
    await running


async def test_what_is_due_soon_is_not_forgotten_while_something_slow_is_under_way(
    bot: LiveBot, shop: Shop
) -> None:
    await bot.happen(bot.account.buy(shop.lease, settled=False))
    bot.account.buy(shop.neon_lease)
    charge, *_ = bot.account.take_events()
    bot.time.pass_(seconds=5)
    await bot.deliver([charge])
    bot.stripe.faults.delay = 30
    worker = bot.app.worker
    await worker.start_due(bot.time())
    waiting = next(task for item, task in worker.running.items() if "pi_" in item.subject)
    looking = [task for task in worker.running.values() if task is not waiting]
    await asyncio.wait(worker.running.values(), return_when=asyncio.FIRST_COMPLETED)
    assert await worker.seconds_to_next(bot.time()) == 2.5
    for task in looking:
        task.cancel()


async def test_work_that_the_database_does_not_take_is_no_attempt_and_done_once_it_does(
    bot: LiveBot, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot.account.buy(shop.lease)
    events = bot.account.take_events()
    asked = list[Item]()

    async def ask(item: Item) -> None:
        asked.append(item)
        raise StoreUnavailable("the disk is full")

    for event in events:
        assert await bot.hook.send(event) == 200
    with monkeypatch.context() as patch:
        patch.setitem(bot.app.worker.handlers, "payment", ask)
        for _ in range(3):
            with pytest.raises(StoreUnavailable, match="disk is full"):
                await bot.app.worker.settle()
    assert len(asked) == 3  # not over and over
    states = await bot.rows(tables.events, "state", "attempts")
    assert ("pending", 0) in states
    assert {attempts for _, attempts in states} == {0}
    await bot.work()
    assert len(await bot.outbox()) == 1
