"""Sales get their numbers in the order in which Stripe announces them."""

import asyncio

from bot.sync.payment_work import Turns


async def test_turns_come_in_the_order_in_which_they_began() -> None:
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


async def test_a_turn_with_nothing_to_record_holds_up_no_other() -> None:
    turns = Turns()
    with turns.take() as first:
        first.over()
        with turns.take() as second:
            await second.comes(60)


async def test_a_turn_that_takes_too_long_is_not_waited_for() -> None:
    turns = Turns()
    with turns.take(), turns.take() as second:
        await second.comes(0)
