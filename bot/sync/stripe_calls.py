"""Calls to Stripe: with little patience while an alert waits, else for as long as it takes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, TypeVar

import structlog

from bot.domain.json_access import NotUnderstood
from bot.domain.problem import DENIED, GONE, NOT_UNDERSTOOD, REFUSED, Problem
from bot.loops import Backoff, Stop
from bot.store.books.sync_progress import note_trouble
from bot.store.engine import Store
from bot.stripe_api import StripeDenied, StripeDown, StripeGone, StripeTrouble

log = structlog.get_logger()

PATIENCE = 4.5
"""Seconds that a sale waits for Stripe before it is announced by its event: within six in all. One
call takes 0.5 to 2 seconds, and most meet a cold connection."""


class NoAnswer(Exception):
    """There is no answer from Stripe, or no key to ask with. The message is safe to keep.

    `problem` says what is wrong if asking again will most likely not help.
    """

    def __init__(self, message: str = "", problem: Problem | None = None) -> None:
        super().__init__(message)
        self.problem = problem

    @property
    def problems(self) -> frozenset[Problem]:
        """The problem, if there is one."""
        return frozenset({self.problem} if self.problem else ())

    @property
    def gone(self) -> bool:
        """Whether Stripe says that there is no such object."""
        return self.problem is not None and self.problem.what == GONE


@asynccontextmanager
async def asking(subject: str, patience: float | None = None) -> AsyncIterator[None]:
    """Ask within it. Whatever keeps the answer away comes out as NoAnswer.

    `patience` is in seconds; None: as long as the API's own allows.
    """
    try:
        async with asyncio.timeout(patience):
            yield
    except TimeoutError:
        log.info("stripe is slow, the event speaks for itself", subject=subject)
        raise NoAnswer("Stripe took too long") from None
    except StripeTrouble as trouble:
        log.warning("stripe could not be asked", subject=subject, reason=str(trouble))
        gone = isinstance(trouble, StripeGone)
        words = NO_SUCH_OBJECT if gone else "Stripe could not be asked"
        raise NoAnswer(words, _problem(trouble)) from trouble
    except NotUnderstood as trouble:
        log.error("stripe is not understood", subject=subject, reason=str(trouble))
        problem = Problem(NOT_UNDERSTOOD, said=str(trouble))
        raise NoAnswer(f"Stripe is not understood: {trouble}", problem) from trouble


NO_SUCH_OBJECT = "Stripe knows no such object, deleted or of another account"


def _problem(trouble: StripeTrouble) -> Problem | None:
    match trouble:
        case StripeGone():
            return Problem(GONE)
        case StripeDenied():
            return Problem(DENIED, said=trouble.permission or "")
        case StripeDown():
            return None
    return Problem(REFUSED)


T = TypeVar("T")

FIRST_DELAY = 5.0
LONGEST_DELAY = 300.0


@dataclass(eq=False)
class Persistence:
    """Asks until Stripe answers, with growing pauses; may be asked to stop meanwhile."""

    pause: Callable[[float], Coroutine[Any, Any, None]]
    """Waits so many seconds."""
    _: KW_ONLY
    tries: int | None = None
    """None: for as long as it takes."""
    stop: Stop = field(default_factory=Stop)
    waiting: Callable[[str], Awaitable[None]] | None = None
    """Gets the reason each time that Stripe gives no answer and is to be asked again."""

    async def ask(self, question: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """The answer. Raises StripeDown after the last try, Stopped when asked to stop.

        Whatever else Stripe says is raised at once: asking again would not help.
        """
        backoff, tried = Backoff(FIRST_DELAY, LONGEST_DELAY), 0
        while True:
            try:
                return await self.stop.unless(question())
            except StripeDown as trouble:
                tried += 1
                if tried == self.tries:
                    raise
                wait = backoff.next(trouble.retry_after or 0.0)
                log.warning("stripe does not answer, asked again", reason=str(trouble), after=wait)
                if self.waiting is not None:
                    await self.waiting(str(trouble))
            await self.stop.unless(self.pause(wait))


def note_waiting(store: Store, livemode: bool, *, of: str) -> Callable[[str], Awaitable[None]]:
    """Notes why Stripe does not answer, for `/settings`; `of`: "events" or "import"."""

    async def note(trouble: str) -> None:
        async with store.write() as connection:
            await note_trouble(connection, livemode, of=of, trouble=trouble)

    return note
