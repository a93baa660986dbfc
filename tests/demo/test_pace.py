"""How fast the demo goes, and when it ends."""

import asyncio

from demo.pace import Pace


async def test_a_demo_without_time_never_pauses_and_sells_nothing_more() -> None:
    pace = Pace(0, 10)

    await pace.beat(1000)

    assert not pace.goes_on
    assert not await pace.next_sale()


async def test_a_demo_without_end_goes_on_until_it_is_stopped() -> None:
    pace = Pace(None, 10)
    assert pace.goes_on
    waiting = asyncio.create_task(pace.next_sale())

    pace.stop()

    assert not await waiting
    assert pace.over
    assert not pace.goes_on


async def test_once_stopped_every_pause_is_over_at_once() -> None:
    pace = Pace(None, 10)
    pace.stop()

    await pace.beat(1000)

    assert not await pace.next_sale()
