"""Asking Stripe, which may not answer, not in time, or with what nobody understands."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from bot.ledger.reading import NotUnderstood
from bot.stripe_api import StripeTrouble

log = structlog.get_logger()

# News is told within a second: so long may Stripe take before the event speaks for itself.
PATIENCE = 0.6


class NotAsked(Exception):
    """There is no answer of Stripe's, or no key to ask with. The message is safe to keep."""


@asynccontextmanager
async def asking(subject: str, patience: float | None) -> AsyncIterator[None]:
    """Ask within it. Whatever keeps the answer away comes out as NotAsked.

    `patience` is in seconds; None: as long as the API's own allows.
    """
    try:
        async with asyncio.timeout(patience):
            yield
    except TimeoutError:
        log.info("stripe is slow, the event speaks for itself", subject=subject)
        raise NotAsked("Stripe took too long") from None
    except StripeTrouble as trouble:
        log.warning("stripe could not be asked", subject=subject, reason=str(trouble))
        raise NotAsked("Stripe could not be asked") from trouble
    except NotUnderstood as trouble:
        log.error("stripe is not understood", subject=subject, reason=str(trouble))
        raise NotAsked(f"Stripe is not understood: {trouble}") from trouble
