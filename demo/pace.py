"""How fast the demo goes, and when it ends."""

import asyncio
import contextlib

BEAT = 4.0
"""Seconds between two turns of the story, where nobody is in a hurry."""
SALE_EVERY = 15.0
"""Seconds between two random sales after the story."""
STORY_SHARE = 0.6
"""Of the seconds that somebody gives the demo, so much is for the story's pauses."""


class Pace:
    """Pauses that end early when the demo is told to stop."""

    def __init__(self, seconds: float | None, beats: float) -> None:
        """`seconds`: how long the demo lasts, None until it is stopped; `beats`: of its story."""
        self._seconds = seconds
        self._beat = BEAT if seconds is None else min(BEAT, seconds * STORY_SHARE / beats)
        self._end = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()

    @property
    def over(self) -> bool:
        """Whether somebody has told it to stop."""
        return self._end.is_set()

    def stop(self) -> None:
        """End every pause, now and from now on."""
        self._end.set()

    async def beat(self, beats: float = 1.0) -> None:
        """A turn of the story."""
        await self._pause(self._beat * beats)

    @property
    def goes_on(self) -> bool:
        """Whether there is time for another random sale."""
        return not self.over and self._left() > SALE_EVERY

    async def next_sale(self) -> bool:
        """Wait for the next random sale; False when the demo's time is over before it."""
        goes_on = self.goes_on
        await self._pause(min(SALE_EVERY, self._left()))
        return goes_on and not self.over

    def _left(self) -> float:
        if self._seconds is None:
            return float("inf")
        return max(0.0, self._began + self._seconds - self._loop.time())

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._end.wait(), seconds)
