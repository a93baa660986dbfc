"""Asking Stripe for as long as it takes: for what nobody waits for at this moment."""

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

import structlog

from bot.stripe_api import StripeDown
from bot.sync.stopping import Stop

log = structlog.get_logger()

T = TypeVar("T")

FIRST_DELAY = 5.0
LONGEST_DELAY = 300.0


async def _nobody(_: str) -> None:
    """Nobody wants to know why there is no answer."""


class Persistence:
    """Asks until Stripe answers, with growing pauses; may be asked to stop meanwhile."""

    def __init__(
        self,
        pause: Callable[[float], Coroutine[Any, Any, None]],
        *,
        tries: int | None = None,
        stop: Stop | None = None,
        waiting: Callable[[str], Awaitable[None]] = _nobody,
    ) -> None:
        """`pause` waits so many seconds; `tries`: None for as long as it takes.

        `waiting` is told why, each time that Stripe gives no answer and is to be asked again.
        """
        self._pause = pause
        self._tries = tries
        self._stop = stop or Stop()
        self._waiting = waiting

    async def ask(self, question: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """The answer. Raises StripeDown after the last try, Stopped when asked to stop.

        Whatever else Stripe says is raised at once: asking again would not help.
        """
        delay = FIRST_DELAY
        tried = 0
        while True:
            try:
                return await self._stop.unless(question())
            except StripeDown as trouble:
                tried += 1
                if tried == self._tries:
                    raise
                wait = max(delay, trouble.retry_after or 0.0)
                log.warning("stripe does not answer, asked again", reason=str(trouble), after=wait)
                await self._waiting(str(trouble))
            await self._stop.unless(self._pause(wait))
            delay = min(delay * 2, LONGEST_DELAY)
