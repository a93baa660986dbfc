"""The worker between its items: what comes meanwhile, what fails, what is due later."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from itertools import pairwise
from typing import Any

import pytest

from bot.domain.payment import Payment
from bot.store import tables
from bot.store.engine import StoreUnavailable
from bot.sync.payment_sync import PaymentSync
from tests.journey.house import House
from tests.journey.shop import Shop


def _payments(home: House) -> PaymentSync:
    sync = home.app.worker._handlers["payment"]
    assert isinstance(sync, PaymentSync)
    return sync


@asynccontextmanager
async def _arriving_meanwhile(home: House, event: dict[str, Any]) -> AsyncIterator[None]:
    """An event is stored after the worker has looked, and before it writes what comes of that."""
    turn = home.app.store._turn
    async with home.app.store.write():
        sent = asyncio.create_task(home.hook.send(event))
        await _until_waiting(turn, 1)
        worked = asyncio.create_task(home.work())
        await _until_waiting(turn, 2)
    assert await sent == 200
    await worked
    yield


async def _until_waiting(turn: asyncio.Lock, count: int) -> None:
    while len(turn._waiters or ()) < count:  # noqa: ASYNC110 - a Lock tells nobody
        await asyncio.sleep(0)


async def test_a_checkout_that_comes_just_now_does_not_wait_for_itself(
    home: House, shop: Shop
) -> None:
    home.account.buy(shop.lease)
    charge, _, checkout, _ = home.account.take_events()
    await home.deliver([charge])
    async with _arriving_meanwhile(home, checkout):
        assert len(await home.outbox()) == 1
        assert await home.rows(tables.events, "state") == [("done",), ("done",)]


async def test_an_event_that_comes_just_now_does_not_fail_with_a_broken_one(
    keyless: House,
) -> None:
    keyless.account.buy(Shop(keyless.account).lease)
    *_, checkout, _ = keyless.account.take_events()
    broken = checkout["data"]["object"] | {"amount_total": None}
    await keyless.deliver([checkout | {"id": "evt_broken", "data": {"object": broken}}])
    async with _arriving_meanwhile(keyless, checkout):
        assert len(await keyless.outbox()) == 1
        assert (await keyless.event_states())["evt_broken"] == "failed"


@pytest.fixture
def defect(home: House, monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """A mistake of ours in every piece of work; when it was met."""
    met: list[datetime] = []

    async def fail(*_: object) -> Payment:
        met.append(home.time())
        raise KeyError("a mistake")

    monkeypatch.setattr(_payments(home), "_ask_stripe", fail)
    return met


async def test_work_that_fails_is_tried_again_ever_later_and_then_set_aside(
    home: House, shop: Shop, defect: list[datetime]
) -> None:
    home.account.buy(shop.lease)
    await home.happen()
    for _ in range(300):
        home.time.pass_(seconds=1)
        await home.work()
    pauses = [(b - a).total_seconds() for a, b in pairwise(defect)]
    assert pauses == [1, 2, 4, 8, 16, 32, 64]
    assert set(await home.rows(tables.events, "state", "error")) == {("failed", "KeyError")}


async def test_a_look_that_fails_is_repeated_without_haste_for_ever(
    home: House, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    bought = home.account.buy(shop.lease, settled=False)
    await home.happen()
    looked = 0

    async def fail(*_: object) -> Payment:
        nonlocal looked
        looked += 1
        raise KeyError("a mistake")

    with monkeypatch.context() as patch:
        patch.setattr(_payments(home), "_ask_stripe", fail)
        for _ in range(60):
            home.time.pass_(minutes=1)
            await home.work()
    assert looked == 12
    home.account.settle(bought)
    home.account.take_events()
    home.time.pass_(minutes=5)
    await home.work()
    assert (await home.sale()).share is not None


async def test_a_payment_that_is_no_sale_any_more_is_not_asked_about_for_ever(
    home: House,
) -> None:
    paid = home.account.pay(5000, metadata={"track": "Midnight Drive"}, settled=False)
    await home.happen()
    assert paid.intent is not None
    assert paid.charge is not None
    for object_id in (paid.intent, paid.charge):
        home.account.books.change(object_id, metadata={})
    await home.catch_up()
    assert home.stripe.calls.total == 2
    assert (await home.sale()).track == "Midnight Drive"


async def test_it_works_by_itself_from_the_arrival_of_an_event_until_it_is_stopped(
    home: House, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = asyncio.Event()
    monkeypatch.setattr(_payments(home), "_announce", told.set)
    running = asyncio.create_task(home.app.worker.run())
    bought = home.account.buy(shop.lease, settled=False)
    await home.deliver(home.account.take_events()[-1:])
    await told.wait()
    told.clear()
    home.account.settle(bought)
    home.time.pass_(seconds=5)
    home.app.worker.wake()
    await told.wait()
    assert (await home.sale()).share is not None
    home.app.worker.stop()
    await running


async def test_what_is_due_soon_is_not_forgotten_while_something_slow_is_under_way(
    home: House, shop: Shop
) -> None:
    home.account.buy(shop.lease, settled=False)
    await home.happen()
    home.account.buy(shop.neon_lease)
    charge, *_ = home.account.take_events()
    home.time.pass_(seconds=5)
    await home.deliver([charge])
    home.stripe.faults.delay = 30
    worker = home.app.worker
    await worker._start_due(home.time())
    waiting = next(task for item, task in worker._running.items() if "pi_" in item.subject)
    looking = [task for task in worker._running.values() if task is not waiting]
    await asyncio.wait(worker._running.values(), return_when=asyncio.FIRST_COMPLETED)
    assert await worker._seconds_to_next(home.time()) == 2.5
    for task in looking:
        task.cancel()


async def test_work_that_the_database_does_not_take_is_no_attempt_and_done_once_it_does(
    home: House, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.account.buy(shop.lease)
    events = home.account.take_events()
    sync, asked = _payments(home), list[object]()
    write = sync._ask_stripe

    async def ask(*given: Any) -> Any:
        asked.append(given)
        raise StoreUnavailable("the disk is full")

    monkeypatch.setattr(sync, "_ask_stripe", ask)
    for event in events:
        assert await home.hook.send(event) == 200
    for _ in range(3):
        with pytest.raises(StoreUnavailable, match="disk is full"):
            await home.app.worker.settle()
    assert len(asked) == 3  # not over and over
    states = await home.rows(tables.events, "state", "attempts")
    assert ("pending", 0) in states
    assert {attempts for _, attempts in states} == {0}
    monkeypatch.setattr(sync, "_ask_stripe", write)
    await home.work()
    assert len(await home.outbox()) == 1
