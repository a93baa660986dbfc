from bot.stripe_api.pace import Pace
from tests.stripe_api.conftest import Pauses


async def test_the_first_call_does_not_wait() -> None:
    pauses = Pauses()
    await Pace(10, pauses).turn()
    assert pauses.seconds == []


async def test_calls_that_come_at_once_begin_one_after_the_other() -> None:
    pauses = Pauses()
    pace = Pace(10, pauses)
    for _ in range(4):
        await pace.turn()
    assert [round(seconds, 1) for seconds in pauses.seconds] == [0.1, 0.2, 0.3]
