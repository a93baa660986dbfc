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

PASSING = (discord.DiscordServerError, discord.GatewayNotFound, aiohttp.ClientError, OSError)


async def stay_connected(client: ProducerBot, token: str) -> None:
    """Log in, trying again while Discord is out of reach, and stay connected until closed.

    Raises discord.LoginFailure when Discord refuses the token: no try will mend that.
    """
    await _log_in(client, token)
    await client.connect(reconnect=True)


async def _log_in(client: ProducerBot, token: str) -> None:
    delay = FIRST_DELAY
    while True:
        try:
            await client.login(token)
            return
        except PASSING as trouble:
            log.warning("discord can't be reached", reason=type(trouble).__name__, again_in=delay)
            await client.http.close()
        await asyncio.sleep(delay)
        delay = min(delay * 2, LONGEST_DELAY)
