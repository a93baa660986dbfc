"""Keeps the bot connected to Discord, from the first login on, however long Discord is away."""

import asyncio
import logging
from collections.abc import Callable

import aiohttp
import discord
import structlog

from bot.client import ProducerBot
from bot.loops import Backoff
from bot.settings import SettingsWrong

log = structlog.get_logger()

FIRST_DELAY = 1.0
LONGEST_DELAY = 60.0
"""Seconds between two tries to log in."""

# https://docs.discord.com/developers/topics/opcodes-and-status-codes#gateway-gateway-close-event-codes
TOKEN_REFUSED = 4004
PASSING = (discord.HTTPException, discord.GatewayNotFound, aiohttp.ClientError, OSError)
"""Discord is away, overloaded, or keeps us out for a while; a wrong token is none of these."""


async def stay_connected(
    client: ProducerBot, token: str, logged_in: Callable[[], None] = lambda: None
) -> None:
    """Log in, trying again while Discord is out of reach, and stay connected until closed.

    `logged_in` is called once messages can be sent. Raises what no further try will mend:
    discord.LoginFailure when Discord refuses the token, discord.NotFound when what answers is not
    Discord's API, discord.ConnectionClosed when the gateway refuses us, with its code.
    """
    logging.getLogger("discord.client").addFilter(_in_one_line)
    await _log_in(client, token)
    logged_in()
    await _connect(client)


def setting_for(trouble: BaseException) -> BaseException:
    """The setting that is wrong when Discord refuses us like this; else the trouble itself."""
    if isinstance(trouble, discord.NotFound):
        return SettingsWrong.of("DISCORD_API_URL", "Discord's API is not there")
    refused = isinstance(trouble, discord.ConnectionClosed) and trouble.code == TOKEN_REFUSED
    if refused or isinstance(trouble, discord.LoginFailure):
        return SettingsWrong.of("DISCORD_TOKEN", "Discord rejected it")
    return trouble


def is_connected(client: ProducerBot) -> bool:
    """Whether Discord is there at this moment, and has told the bot of its servers."""
    return client.is_ready() and client.ws is not None and client.ws.open


async def _log_in(client: ProducerBot, token: str) -> None:
    backoff = Backoff(FIRST_DELAY, LONGEST_DELAY)
    while True:
        try:
            return await client.login(token)
        except discord.NotFound:
            raise
        except PASSING as trouble:
            delay = backoff.next()
            log.warning("discord can't be reached", reason=type(trouble).__name__, again_in=delay)
        await asyncio.sleep(delay)
        await _hang_up(client)


async def _hang_up(client: ProducerBot) -> None:
    """Let go of what the last try has opened: discord.py would log in over a closed connector."""
    await client.http.close()
    client.http.connector = discord.utils.MISSING


async def _connect(client: ProducerBot) -> None:
    backoff = Backoff(FIRST_DELAY, LONGEST_DELAY)
    while True:
        try:
            return await client.connect(reconnect=True)
        except AttributeError:
            # discord.py connects again by itself, except when it has never been connected: then it
            # looks for a session to resume and stumbles over there being none.
            if client.ws is not None:
                raise
        delay = backoff.next()
        log.warning("discord's gateway can't be reached", again_in=delay)
        await asyncio.sleep(delay)


def _in_one_line(record: logging.LogRecord) -> bool:
    """Tell of a lost connection in one line: discord.py would print it with a traceback."""
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, (*PASSING, discord.ConnectionClosed)):
        record.levelno, record.levelname = logging.WARNING, "WARNING"
        record.msg = f"{record.getMessage()}: {type(error).__name__}"
        record.args, record.exc_info = (), None
    return True
