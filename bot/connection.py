"""Keeps the bot connected to Discord, from the first login on, however long Discord is away."""

import asyncio

import aiohttp
import discord
import structlog

from bot.client import ProducerBot

log = structlog.get_logger()

FIRST_DELAY = 1.0
LONGEST_DELAY = 60.0
"""Seconds between two tries to log in."""

PASSING = (discord.HTTPException, discord.GatewayNotFound, aiohttp.ClientError, OSError)
"""Discord is away, overloaded, or keeps us out for a while; a wrong token is none of these."""


async def stay_connected(client: ProducerBot, token: str) -> None:
    """Log in, trying again while Discord is out of reach, and stay connected until closed.

    Raises what no further try will mend: discord.LoginFailure when Discord refuses the token,
    discord.NotFound when what answers is not Discord's API, discord.ConnectionClosed when the
    gateway does not want us.
    """
    await _log_in(client, token)
    await client.connect(reconnect=True)


async def _log_in(client: ProducerBot, token: str) -> None:
    delay = FIRST_DELAY
    while True:
        try:
            return await client.login(token)
        except discord.NotFound:
            raise
        except PASSING as trouble:
            log.warning("discord can't be reached", reason=type(trouble).__name__, again_in=delay)
        await asyncio.sleep(delay)
        await _hang_up(client)
        delay = min(delay * 2, LONGEST_DELAY)


async def _hang_up(client: ProducerBot) -> None:
    """Let go of what the last try has opened: discord.py would log in over a closed connector."""
    await client.http.close()
    client.http.connector = discord.utils.MISSING
