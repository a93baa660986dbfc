import asyncio

import pytest

from bot.sync.stopping import Stop, Stopped, cut_short


async def answer(value: int) -> int:
    return value


async def test_work_is_done_while_nobody_asks_to_stop() -> None:
    stop = Stop()
    assert await stop.unless(answer(7)) == 7
    await stop.wait(0.0)
    assert not stop.asked


async def test_errors_come_through() -> None:
    async def fail() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await Stop().unless(fail())


async def test_asked_to_stop_the_work_is_broken_off() -> None:
    stop = Stop()
    begun, ended = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    waiting = asyncio.create_task(stop.unless(work()))
    await begun.wait()
    stop.ask()
    with pytest.raises(Stopped):
        await waiting
    assert ended.is_set()


async def test_a_wait_ends_when_asked() -> None:
    stop = Stop()
    waiting = asyncio.create_task(stop.wait(3600))
    await asyncio.sleep(0)
    stop.ask()
    with pytest.raises(Stopped):
        await waiting


async def test_cancelled_from_outside_the_work_ends_too() -> None:
    ended = asyncio.Event()
    begun = asyncio.Event()

    async def work() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    waiting = asyncio.create_task(Stop().unless(work()))
    await begun.wait()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert ended.is_set()


async def test_a_task_that_loses_a_cancellation_is_cancelled_again() -> None:
    lost = []

    async def stubborn() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            lost.append("once")
        await asyncio.Event().wait()

    task = asyncio.create_task(stubborn())
    await asyncio.sleep(0)
    await cut_short({task})
    assert task.cancelled()
    assert lost == ["once"]
