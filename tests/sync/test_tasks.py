"""Parts of the bot that break down: started again, ever later, and the log is not filled."""

import asyncio

import pytest

from bot.store.engine import AGAIN_SECONDS, StoreUnavailable
from bot.sync.tasks import LONGEST_DELAY, Stop, Stopped, cut_short, kept_running


class Part:
    """Breaks down so often, then ends of itself."""

    def __init__(self, times: int, trouble: Exception | None = None) -> None:
        self.left = times
        self.trouble = trouble or KeyError("has_more")

    async def run(self) -> None:
        if self.left:
            self.left -= 1
            raise self.trouble


async def test_a_part_that_breaks_down_again_and_again_is_started_ever_later(
    capsys: pytest.CaptureFixture[str],
) -> None:
    part, pauses = Part(10), list[float]()

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    await kept_running(part.run, pause)
    assert pauses[:7] == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, LONGEST_DELAY]
    assert set(pauses[6:]) == {LONGEST_DELAY}
    said = capsys.readouterr().out
    assert said.count("broke down and is started again") == 1
    assert said.count("broke down as before") == 9
    assert said.count("Traceback") == 1


async def test_a_part_that_ends_of_itself_is_not_started_again() -> None:
    async def pause(_: float) -> None:
        raise AssertionError

    await kept_running(Part(0).run, pause)


async def test_a_part_without_its_database_goes_on_soon_after_and_says_nothing_itself(
    capsys: pytest.CaptureFixture[str],
) -> None:
    part, pauses = Part(20, StoreUnavailable("it does not answer")), list[float]()

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    await kept_running(part.run, pause)
    assert pauses == [AGAIN_SECONDS] * 20
    assert capsys.readouterr().out == ""


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
