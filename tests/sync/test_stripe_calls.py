from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from bot.loops import Stop, Stopped
from bot.stripe_api import StripeDenied, StripeDown
from bot.sync.stripe_calls import LONGEST_DELAY, Persistence
from tests.stripe_api.conftest import Pauses


def failing(times: int, error: Exception) -> Callable[[], Coroutine[Any, Any, str]]:
    left = times

    async def ask() -> str:
        nonlocal left
        left -= 1
        if left >= 0:
            raise error
        return "here"

    return ask


async def test_persistence_without_an_answer_asks_again_with_growing_pauses() -> None:
    pauses = Pauses()
    assert await Persistence(pauses).ask(failing(9, StripeDown("down"))) == "here"
    assert pauses.seconds[:4] == [5, 10, 20, 40]
    assert pauses.seconds[-1] == LONGEST_DELAY


async def test_persistence_waits_at_least_as_long_as_stripe_asks() -> None:
    pauses = Pauses()
    await Persistence(pauses).ask(failing(1, StripeDown("busy", retry_after=90.0)))
    assert pauses.seconds == [90]


async def test_persistence_after_its_tries_gives_up() -> None:
    pauses = Pauses()
    with pytest.raises(StripeDown):
        await Persistence(pauses, tries=3).ask(failing(3, StripeDown("down")))
    assert len(pauses.seconds) == 2


async def test_a_refusal_is_raised_at_once() -> None:
    pauses = Pauses()
    with pytest.raises(StripeDenied):
        await Persistence(pauses).ask(failing(1, StripeDenied("no", 403)))
    assert pauses.seconds == []


async def test_persistence_asked_to_stop_asks_no_more() -> None:
    stop = Stop()

    async def pause(_: float) -> None:
        stop.ask()

    with pytest.raises(Stopped):
        await Persistence(pause, stop=stop).ask(failing(9, StripeDown("down")))
