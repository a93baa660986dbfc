"""Waiting for something to become true, in real time: another process does it."""

import asyncio
from collections.abc import Awaitable, Callable
from inspect import isawaitable
from typing import Any

PATIENCE = 60.0
"""Seconds until one gives up: no promise of speed, the machine may be busy."""
LOOK = 0.02


async def until(
    condition: Callable[[], Awaitable[Any] | Any], *, patience: float = PATIENCE
) -> None:
    """Look again and again until `condition` holds. Raises TimeoutError when it never does."""
    async with asyncio.timeout(patience):
        while not await _holds(condition):  # noqa: ASYNC110 - nobody else could set an event
            await asyncio.sleep(LOOK)


async def _holds(condition: Callable[[], Awaitable[Any] | Any]) -> bool:
    found = condition()
    return bool(await found if isawaitable(found) else found)
