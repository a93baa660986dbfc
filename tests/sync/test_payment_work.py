"""Sales get their numbers in the order in which Stripe tells of them."""

import asyncio

from bot.sync.payment_work import Turns


async def test_what_began_first_is_recorded_first_however_long_it_takes() -> None:
    turns, recorded = Turns(), list[str]()
    slow, begun = asyncio.Event(), asyncio.Event()

    async def work(name: str, reading: asyncio.Event) -> None:
        with turns.take() as turn:
            begun.set()
            await reading.wait()
            await turn.comes(60)
            recorded.append(name)

    quick = asyncio.Event()
    quick.set()
    first = asyncio.create_task(work("first", slow))
    await begun.wait()
    others = [asyncio.create_task(work(name, quick)) for name in ("second", "third")]
    await asyncio.sleep(0)
    assert recorded == []
    slow.set()
    await asyncio.gather(first, *others)
    assert recorded == ["first", "second", "third"]
    assert turns._open == []


async def test_one_that_has_nothing_to_record_holds_up_nobody() -> None:
    turns = Turns()
    with turns.take() as first:
        first.over()
        with turns.take() as second:
            await second.comes(60)


async def test_one_that_takes_too_long_is_not_waited_for() -> None:
    turns = Turns()
    with turns.take(), turns.take() as second:
        await second.comes(0)
