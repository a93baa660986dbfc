"""Asking Stripe for as long as it takes: for what nobody waits for at this moment."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from bot.stripe_api import StripeDown

log = structlog.get_logger()

T = TypeVar("T")

FIRST_DELAY = 5.0
LONGEST_DELAY = 300.0


async def until_answered(
    ask: Callable[[], Awaitable[T]],
    pause: Callable[[float], Awaitable[None]],
    tries: int | None = None,
) -> T:
    """Ask until Stripe answers, with growing pauses, in seconds.

    Raises StripeDown after so many `tries` (None: never), and at once what asking again would not
    help.
    """
    delay = FIRST_DELAY
    failures = 0
    while True:
        try:
            return await ask()
        except StripeDown as trouble:
            failures += 1
            if failures == tries:
                raise
            wait = max(delay, trouble.retry_after or 0.0)
            log.warning("stripe does not answer, trying again", reason=str(trouble), seconds=wait)
        await pause(wait)
        delay = min(delay * 2, LONGEST_DELAY)
