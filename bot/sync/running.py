"""Parts of the running bot: kept at work while it runs, ended in time when it stops."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog

from bot.store.engine import StoreUnavailable
from bot.store.outage import AGAIN_SECONDS
from bot.sync.stopping import cut_short

log = structlog.get_logger()

FIRST_DELAY, LONGEST_DELAY = 1.0, 60.0
"""Seconds until a part that broke down is started again: longer each time."""
LONG_ENOUGH = 300.0
"""Seconds that a part has to run for its next breakdown to count as the first."""


async def kept_running(
    work: Callable[[], Awaitable[None]],
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Run a part until it ends of itself; should it break down, say so and start it again.

    What breaks down again and again is started ever later, and the log tells where it broke down
    only if that is not where it did the time before. `pause` waits so many seconds.
    """
    now = asyncio.get_running_loop().time
    delay, told = FIRST_DELAY, ""
    while True:
        began = now()
        try:
            return await work()
        except StoreUnavailable:
            await pause(AGAIN_SECONDS)
            continue
        except Exception as trouble:
            if now() - began > LONG_ENOUGH:
                delay, told = FIRST_DELAY, ""
            where = _where(trouble)
            if where != told:
                log.exception("a part of the bot broke down and is started again", after=delay)
            else:
                kind = type(trouble).__name__
                log.error("a part of the bot broke down as before", kind=kind, after=delay)
            told = where
        await pause(delay)
        delay = min(delay * 2, LONGEST_DELAY)


def _where(trouble: Exception) -> str:
    """What broke down in which line."""
    place = trouble.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    line = f"{place.tb_frame.f_code.co_filename}:{place.tb_lineno}" if place else ""
    return f"{type(trouble).__name__} {line}"


async def ended(running: Sequence[asyncio.Task[None]], seconds: float) -> None:
    """Wait until the parts have ended, and cut short what takes longer."""
    _, late = await asyncio.wait(running, timeout=seconds)
    await cut_short(late)
