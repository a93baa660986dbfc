"""The import as a part of the bot: begun by itself, stopped and gone on with."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.progress import ImportProgress
from bot.sync import past as past_module
from tests.journey.house import House, house
from tests.sync import ways
from tests.sync.world import World


class Finished:
    """Waits for the import of a house to come to its end."""

    def __init__(self, home: House) -> None:
        self._event = asyncio.Event()
        ways.past_of(home)._history._watch = self._watch

    def _watch(self, plan: ImportProgress) -> None:
        if plan.finished:
            self._event.set()

    async def wait(self) -> None:
        await self._event.wait()
        self._event.clear()


@pytest.fixture
def finished(home: House) -> Finished:
    return Finished(home)


async def test_the_first_start_with_a_key_imports_in_the_background(
    home: House, world: World, finished: Finished
) -> None:
    past = ways.past_of(home)
    running = asyncio.create_task(past.run())
    await finished.wait()
    past.stop()
    await running
    assert len(await home.payments()) == world.sold
    assert await home.outbox() == []


async def test_without_a_key_there_is_nothing_to_import(tmp_path: Path, world: World) -> None:
    async with house(tmp_path, time=world.time, account=world.account, key=False) as home:
        assert home.app.recovery is None


async def test_stopped_on_the_way_it_goes_on_at_the_next_start(
    tmp_path: Path, home: House, world: World
) -> None:
    world.live(40)
    world.time.pass_(days=2)
    past = ways.past_of(home)

    def stop_half_way(plan: object) -> None:
        if getattr(plan, "share", 0) > 0.3:
            past.stop()

    past._history._watch = stop_half_way
    await past.run()
    half = await ways.progress(home)
    assert half is not None
    assert not half.finished
    async with house(tmp_path, time=world.time, account=world.account) as again:
        again.stripe.calls.reset()
        await ways.past_of(again).work()
        assert len(await again.payments()) == world.sold
        assert (await ways.audit(again)).differences == ()


async def test_a_key_that_may_not_read_is_said_and_tried_again_later(
    home: House, world: World, finished: Finished, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(past_module, "REFUSED_DELAY", 0.0)
    home.stripe.faults.fail_next(1, status=403, path="/v1/disputes")
    past = ways.past_of(home)
    running = asyncio.create_task(past.run())
    await finished.wait()
    past.stop()
    await running
    assert len(await home.payments()) == world.sold


async def test_woken_it_does_what_was_added(home: House, finished: Finished) -> None:
    past = ways.past_of(home)
    running = asyncio.create_task(past.run())
    await finished.wait()
    plan = await ways.progress(home)
    assert plan is not None
    await ways.set_progress(home, replace(plan, done_until=plan.start))
    past.wake()
    await finished.wait()
    past.stop()
    await running


async def test_the_bot_imports_while_it_serves(
    home: House, world: World, finished: Finished
) -> None:
    async with home.app.serving():
        await finished.wait()
    assert len(await home.payments()) == world.sold
