"""A long time walked in windows, the oldest first, each about as full as the next.

Stripe lists the newest first, and the past may hold a sale a week or a thousand a day. So each
window is sized by how much came back in the one before it; what is too full is cut shorter.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sized
from datetime import datetime, timedelta
from typing import TypeAlias, TypeVar

from bot.stripe_api import Span, TooMuch

FIRST = timedelta(days=1)
LONGEST = timedelta(days=366)
SHORTEST = timedelta(seconds=1)
TARGET = 400
"""Objects that a window should hold: it is held in memory, and what is done again after a crash."""
MOST = 1_200
"""A fuller window is cut, unless it is a second long."""
GROWTH = 4

S = TypeVar("S", bound=Sized)
Fetch: TypeAlias = Callable[[Span, int | None], Awaitable[S]]
"""Reads a window; raises TooMuch if it holds more than so much (None: any amount)."""


async def windows(whole: Span, fetch: Fetch[S]) -> AsyncGenerator[tuple[Span, S]]:
    """Each window with what `fetch` found in it, until the end of the whole.

    While one is worked on, the next is read.
    """
    if whole.start >= whole.end:
        return
    reading = asyncio.create_task(_read(whole, FIRST, fetch))
    try:
        while True:
            span, found = await reading
            if span.end < whole.end:
                length = _next_length(span.end - span.start, len(found))
                rest = Span(span.end, whole.end)
                reading = asyncio.create_task(_read(rest, length, fetch))
            yield span, found
            if span.end >= whole.end:
                return
    finally:
        reading.cancel()
        await asyncio.wait({reading})
        if not reading.cancelled():
            reading.exception()  # read, so that asyncio does not log it


async def _read(whole: Span, length: timedelta, fetch: Fetch[S]) -> tuple[Span, S]:
    """The first window of the whole, as long as it can be."""
    while True:
        span = Span(whole.start, min(whole.start + length, whole.end))
        try:
            return span, await fetch(span, MOST if span.seconds > 1 else None)
        except TooMuch:
            length = max(_whole_seconds((span.end - span.start) / GROWTH), SHORTEST)


def _next_length(length: timedelta, found: int) -> timedelta:
    factor = min(TARGET / max(found, 1), GROWTH)
    return min(max(_whole_seconds(length * factor), SHORTEST), LONGEST)


def _whole_seconds(length: timedelta) -> timedelta:
    return timedelta(seconds=int(length.total_seconds()))


def seconds_of(moment: datetime) -> datetime:
    """A moment as Stripe's times are: to the second."""
    return moment.replace(microsecond=0)
