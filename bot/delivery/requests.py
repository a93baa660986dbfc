"""A request to Discord: bounded in time, and answered by Discord only if the answer can be read."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import discord

from bot.delivery.retry import Unreadable

LIMIT = 28.0
"""Seconds for a request with all that discord.py repeats by itself: it spends 25 of them on an
error of Discord's servers before it says so. aiohttp alone would wait for five minutes."""


@asynccontextmanager
async def request(client: discord.Client) -> AsyncIterator[None]:
    """Give what is asked in the block so long. Raises one of `policy.FAILURES`.

    discord.py raises what its parsing stumbles over when a proxy answers in Discord's place, with
    200 and a page, or with JSON that breaks off: that is no answer.
    """
    try:
        async with asyncio.timeout(LIMIT):
            yield
    except TimeoutError:
        # Cut short while it waits for a global rate limit to end, discord.py never lets the other
        # requests go on.
        client.http._global_over.set()  # noqa: SLF001 - there is no other way
        raise
    except (discord.DiscordException, aiohttp.ClientError, OSError):
        raise
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise Unreadable(type(error).__name__) from error
