"""Loops rest, are woken and stopped; parts that break down are started again, ever later."""

import asyncio
import math

import pytest

from bot.loops import (
    AGAIN_SECONDS,
    LONGEST_DELAY,
    Backoff,
    Loop,
    Rest,
    Stop,
    Stopped,
    cancel,
    kept_running,
    wait_within,
)
from bot.store.engine import StoreUnavailable


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
    # The eleventh time it ends of itself, and is not started again.
    part, pauses = Part(10), list[float]()

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    await kept_running(part.run, pause)
    assert len(pauses) == 10
    assert pauses[:7] == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, LONGEST_DELAY]
    assert set(pauses[6:]) == {LONGEST_DELAY}
    said = capsys.readouterr().out
    assert said.count("broke down and is started again") == 1
    assert said.count("broke down as before") == 9
    assert said.count("Traceback") == 1


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


async def test_work_is_done_while_nobody_asks_to_stop_and_its_errors_come_through() -> None:
    async def fail() -> None:
        raise ValueError("no")

    stop = Stop()
    assert await stop.unless(answer(7)) == 7
    with pytest.raises(ValueError, match="no"):
        await stop.unless(fail())
    assert not stop.asked


@pytest.mark.parametrize("cancelled", [False, True], ids=["stopped", "cancelled"])
async def test_work_is_broken_off_when_it_is_stopped_or_cancelled(cancelled: bool) -> None:
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
    if cancelled:
        waiting.cancel()
    else:
        stop.ask()
    with pytest.raises(asyncio.CancelledError if cancelled else Stopped):
        await waiting
    assert ended.is_set()


class Steps(Loop):
    """Takes so many steps, each with its own rest or trouble, and is stopped after the last."""

    def __init__(self, *steps: Rest | Exception | None) -> None:
        self.pauses: list[tuple[str, float]] = []
        super().__init__(pause=self._noted)
        self.left = list(steps)

    async def step(self) -> Rest | None:
        following = self.left.pop(0)
        if not self.left:
            self.stop()
        if isinstance(following, Exception):
            raise following
        return following

    async def _noted(self, event: asyncio.Event, seconds: float) -> None:
        self.pauses.append(("woken" if event is self._woken else "stopped", seconds))


async def test_a_loop_rests_between_its_steps_and_is_deaf_as_long_as_it_should() -> None:
    loop = Steps(Rest(60.0), None, Rest(60.0, deaf=2.0), Rest(9.0, deaf=9.0), Rest(60.0))
    await loop.run()
    assert loop.pauses == [("woken", 60), ("stopped", 2), ("woken", 58), ("stopped", 9)]


async def test_a_loop_without_its_database_goes_on_soon_after_and_heeds_no_news_until_then() -> (
    None
):
    loop = Steps(*[StoreUnavailable("it does not answer")] * 3, None)
    await loop.run()
    assert loop.pauses == [("stopped", AGAIN_SECONDS)] * 3


async def test_a_loop_that_waits_is_woken_and_stopped_at_once() -> None:
    taken = asyncio.Queue[int]()

    class Waiting(Loop):
        async def step(self) -> Rest:
            await taken.put(1)
            return Rest(math.inf)

    loop = Waiting()
    running = asyncio.create_task(loop.run())
    async with asyncio.timeout(5):
        await taken.get()
        loop.wake()
        await taken.get()
        loop.stop()
        await running


async def test_waiting_ends_with_the_event_or_with_the_time() -> None:
    event = asyncio.Event()
    await wait_within(event, 0.001)
    assert not event.is_set()
    event.set()
    await wait_within(event, 3600)


def test_pauses_grow_up_to_the_longest_and_start_over_after_a_success() -> None:
    backoff = Backoff(1.0, 60.0)
    assert [backoff.next() for _ in range(9)] == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    backoff.reset()
    assert backoff.next() == 1


def test_pauses_are_at_least_as_long_as_the_other_side_asks_for() -> None:
    assert Backoff(1.0, 60.0).next(at_least=90.0) == 90.0


def test_chance_takes_off_up_to_the_jitter() -> None:
    waits = [Backoff(1.0, 60.0, jitter=0.5).next() for _ in range(200)]
    assert all(0.5 <= wait <= 1 for wait in waits)
    assert len(set(waits)) > 100


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
    await cancel({task})
    assert task.cancelled()
    assert lost == ["once"]
