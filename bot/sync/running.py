"""Parts of the running bot: kept at work while it runs, ended in time when it stops."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog

from bot.store.engine import StoreUnavailable
from bot.sync.stopping import cut_short

log = structlog.get_logger()

# A part that breaks down is started again after this many seconds.
RESTART_DELAY = 1.0
# One that cannot use the database is started again after this many; the database says why itself.
DATABASE_DELAY = 5.0


async def kept_running(work: Callable[[], Awaitable[None]]) -> None:
    """Run a part until it ends of itself; should it break down, say so and start it again."""
    while True:
        try:
            return await work()
        except StoreUnavailable:
            await asyncio.sleep(DATABASE_DELAY)
        except Exception:
            log.exception("a part of the bot broke down and is started again")
            await asyncio.sleep(RESTART_DELAY)


async def ended(running: Sequence[asyncio.Task[None]], seconds: float) -> None:
    """Wait until the parts have ended, and cut short what takes longer."""
    _, late = await asyncio.wait(running, timeout=seconds)
    await cut_short(late)
