"""The channel that the bot's settings fix: found in the background, and looked for until it is.

The bot may be let into it, or into its server, long after its start.
"""

import asyncio
from collections.abc import Callable

import discord
import structlog

from bot.loops import Loop, Rest, wait_out
from bot.store.books import producers
from bot.store.engine import Store, StoreUnavailable

log = structlog.get_logger()

LOOK_AGAIN = 60.0
"""Seconds between two looks."""
PATIENCE = 20.0
"""Seconds that an answer may take."""


class FixedChannel(Loop):
    """Makes a channel the producers', and its server too as soon as it is known."""

    def __init__(
        self,
        client: discord.Client,
        store: Store,
        channel_id: int,
        found: Callable[[], None] = lambda: None,
    ) -> None:
        """`found` is called when alerts that wait may perhaps be sent."""
        super().__init__(pause=wait_out)
        self._client = client
        self._store = store
        self._channel_id = channel_id
        self._found = found
        self._guild: discord.Guild | None = None
        self._reason: str | None = None
        self._looking = asyncio.Lock()

    async def step(self) -> Rest:
        """Look now and each minute."""
        await self.look(ask=True)
        return Rest(LOOK_AGAIN)

    async def look(self, *, ask: bool = False) -> None:
        """Take the channel if it is there; `ask` Discord where the gateway has not told of it.

        Whether the bot may post there is looked at before each alert.
        """
        async with self._looking:
            if self._guild is None:
                self._guild = self._cached() or (await self._asked() if ask else None)
            try:
                await self._take()
            except StoreUnavailable as trouble:
                log.warning("alerts channel not stored", reason=str(trouble))

    def _cached(self) -> discord.Guild | None:
        channel = self._client.get_channel(self._channel_id)
        if not isinstance(channel, discord.abc.GuildChannel | discord.Thread):
            return None
        return channel.guild

    async def _asked(self) -> discord.Guild | None:
        try:
            async with asyncio.timeout(PATIENCE):
                channel = await self._client.fetch_channel(self._channel_id)
            if not isinstance(channel, discord.abc.GuildChannel | discord.Thread):
                raise discord.InvalidData
        except Exception as error:  # noqa: BLE001 - a proxy's answers raise anything
            reason = _reason(error)
            if reason != self._reason:
                log.error("alerts channel not set", channel=self._channel_id, reason=reason)
            self._reason = reason
            return None
        return channel.guild

    async def _take(self) -> None:
        """Before its server is known too: what is told waits for this channel, not for another."""
        guild = self._guild
        async with self._store.read() as connection:
            everyone = await producers.everyone(connection)
        wrong = [
            producer
            for producer in everyone
            if producer.channel_id != self._channel_id
            or (guild is not None and producer.guild_id != guild.id)
        ]
        if not wrong:
            return
        async with self._store.write() as connection:
            for producer in wrong:
                if guild is None:
                    await producers.set_fixed_channel(connection, producer.id, self._channel_id)
                else:
                    await producers.set_channel(
                        connection, producer.id, guild.id, self._channel_id, guild.name or None
                    )
        if guild is not None:
            log.info("alerts channel set", channel=self._channel_id, server=guild.id)
            self._found()


def _reason(error: Exception) -> str:
    if isinstance(error, discord.Forbidden):
        return "the bot cannot see it: let it in there (Edit Channel → Permissions)"
    if isinstance(error, discord.NotFound):
        return "there is no such channel: look at DISCORD_ALERTS_CHANNEL"
    if isinstance(error, discord.InvalidData):
        return "it is no channel of a server: look at DISCORD_ALERTS_CHANNEL"
    return type(error).__name__
