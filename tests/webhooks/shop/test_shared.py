"""One question for many."""

import asyncio

import pytest

from webhooks.shop.showcase import Shared


class Clerk:
    """Answers with how often it was asked, when it is let."""

    def __init__(self) -> None:
        self.asked = 0
        self.let = asyncio.Event()
        self.broken = False

    async def __call__(self) -> int:
        self.asked += 1
        number = self.asked
        await self.let.wait()
        if self.broken:
            raise OSError("away")
        return number


async def _turns() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_all_who_come_while_a_question_is_out_share_the_next_one() -> None:
    clerk = Clerk()
    shared = Shared(clerk)
    first = asyncio.create_task(shared())
    await _turns()
    others = [asyncio.create_task(shared()) for _ in range(50)]
    await _turns()
    assert clerk.asked == 1
    clerk.let.set()
    assert await first == 1
    assert await asyncio.gather(*others) == [2] * 50
    assert await shared() == 3


async def test_an_answer_is_never_older_than_the_asking() -> None:
    value = 0

    async def look() -> int:
        seen = value
        await asyncio.sleep(0)
        return seen

    shared = Shared(look)

    async def visit() -> None:
        nonlocal value
        for _ in range(20):
            value += 1
            asked_at = value
            assert await shared() >= asked_at

    await asyncio.gather(*(visit() for _ in range(10)))


async def test_who_goes_away_does_not_take_the_answer_from_others() -> None:
    clerk = Clerk()
    shared = Shared(clerk)
    first, second = asyncio.create_task(shared()), asyncio.create_task(shared())
    await _turns()
    third = asyncio.create_task(shared())
    first.cancel()
    second.cancel()
    await _turns()
    clerk.let.set()
    assert await third == 2


async def test_a_failure_is_told_to_all_who_asked_and_to_nobody_after() -> None:
    clerk = Clerk()
    shared = Shared(clerk)
    clerk.broken = True
    clerk.let.set()
    for _ in range(2):
        with pytest.raises(OSError, match="away"):
            await shared()
    clerk.broken = False
    assert await shared() == 3
