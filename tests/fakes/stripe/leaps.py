"""A Stripe that takes its time, without anybody having to wait: the event loop's clock leaps."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from fakes.stripe import StripeServer


class Leaps:
    """How much time has passed by Stripe's slowness alone."""

    def __init__(self) -> None:
        self.seconds = 0.0

    async def leap(self, seconds: float) -> None:
        self.seconds += seconds
        # What was to happen until then happens before the answer goes out.
        for _ in range(20):
            await asyncio.sleep(0)


@contextmanager
def leaping(stripe: StripeServer) -> Iterator[Leaps]:
    """Within it, the seconds before an answer pass at once, for shorter waits too."""
    loop, leaps = asyncio.get_running_loop(), Leaps()
    with pytest.MonkeyPatch.context() as patch:
        real = loop.time
        patch.setattr(loop, "time", lambda: real() + leaps.seconds)
        patch.setattr(stripe, "sleep", leaps.leap)
        yield leaps
