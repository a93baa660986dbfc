"""Parts of the bot that break down: started again, ever later, and the log is not filled."""

import pytest

from bot.store.engine import StoreUnavailable
from bot.store.outage import AGAIN_SECONDS
from bot.sync.running import LONGEST_DELAY, kept_running


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
