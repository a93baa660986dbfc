"""The channel of a producer's alerts: found, and judged whether money may be told in it.

Private means that @everyone cannot see it; a thread is as private as its parent. Rights:
https://docs.discord.com/developers/topics/permissions

Stands before a producer's channels: lets nothing through to one that is not fit, and says why.

What has a channel of its own waits for that one: it may be more private than that of sales, so
nothing is told elsewhere instead. That it waits is said where sales are told.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

import discord
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.dedupe import nonce
from bot.delivery.discord_api import DiscordApi, Where, request
from bot.delivery.retry import FAILURES, FailureKind, failure_of
from bot.domain.news import RouteChannel, Way, route_channels, route_key
from bot.domain.period import Clock
from bot.domain.sale import Producer
from bot.store import discord_messages, key_value, outbox
from bot.store.engine import Store
from bot.store.key_value import blocked_note
from bot.text.channel_check import PERMISSIONS, public_channel_warning
from bot.text.language import phrase, prepare, speaking
from bot.text.problem_words import LACKING

# How long an answer of Discord's counts, where it had to be asked: before the gateway has sent the
# server. The cache that it fills learns of changes by itself, at once.
REMEMBERED = timedelta(seconds=10)

NO_CHANNEL = phrase("no channel is set")
NOT_FOR_MESSAGES = phrase("this kind of channel takes no messages")
ELSEWHERE = phrase("the channel belongs to another server")
PUBLIC = phrase("everyone in the server can see the channel")

NEEDED = {name: PERMISSIONS[name] for name in ("view_channel", "send_messages", "embed_links")}
"""Without these nothing is sent. Reading the history is wanted too, but alerts go without it."""
NEEDED_IN_THREAD = {
    **{name: words for name, words in NEEDED.items() if name != "send_messages"},
    "send_messages_in_threads": phrase("Send Messages in Threads"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelRights:
    """Whether a channel is fit for alerts."""

    trouble: str | None = None
    """Why nothing may be told there, in words for the producer; None when it may."""
    public: bool = False
    """Whether the trouble is that everyone sees it; then the bot may still write there."""
    history: bool = True
    """Whether the bot can read what was said there."""
    files: bool = True
    """Whether it may attach files there."""


def rights_in(
    channel: discord.abc.GuildChannel, me: discord.Member, *, thread: bool = False
) -> ChannelRights:
    """Judge a channel, or the parent of a `thread`, by its rights."""
    if not thread and not isinstance(channel, discord.abc.Messageable):
        return ChannelRights(trouble=NOT_FOR_MESSAGES)
    # Not the subclass's own method: it takes embed_links from who may post in threads alone.
    mine = discord.abc.GuildChannel.permissions_for(channel, me)
    needed = NEEDED_IN_THREAD if thread else NEEDED
    lacking = [words for name, words in needed.items() if not getattr(mine, name)]
    if lacking:
        return ChannelRights(trouble=LACKING.format(permissions=", ".join(lacking)))
    if channel.permissions_for(channel.guild.default_role).view_channel:
        return ChannelRights(trouble=PUBLIC, public=True)
    return ChannelRights(history=mine.read_message_history, files=mine.attach_files)


class Channels:
    """Judges channels: from discord.py's cache where it is filled, else by asking Discord."""

    def __init__(self, client: discord.Client, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._told: dict[int, tuple[datetime, ChannelRights]] = {}

    async def look(self, guild_id: int | None, channel_id: int) -> ChannelRights:
        """Judge a channel as it is now. Raises one of `retry.FAILURES` where Discord was asked."""
        rights = self.known(channel_id)
        if rights is not None:
            return rights
        told = self._told.get(channel_id)
        if told is not None and self._clock() - told[0] <= REMEMBERED:
            return told[1]
        self.forget(channel_id)
        async with request(self._client):
            rights = await self._ask(guild_id, channel_id)
        if rights.trouble is None:
            self._told[channel_id] = (self._clock(), rights)
        return rights

    def forget(self, channel_id: int) -> None:
        """Discord refused the channel: ask anew at the next look."""
        self._told.pop(channel_id, None)

    def known(self, channel_id: int | None) -> ChannelRights | None:
        """Judge a channel by what the gateway has told; None where it has told nothing of it."""
        channel = None if channel_id is None else self._client.get_channel(channel_id)
        thread = isinstance(channel, discord.Thread)
        parent = channel.parent if isinstance(channel, discord.Thread) else channel
        if not isinstance(parent, discord.abc.GuildChannel) or parent.guild.unavailable:
            return None
        # Typed as always there, yet empty until the gateway has sent the server.
        me: discord.Member | None = parent.guild.me
        return None if me is None else rights_in(parent, me, thread=thread)

    async def _ask(self, guild_id: int | None, channel_id: int) -> ChannelRights:
        assert self._client.user is not None
        try:
            guild = await self._client.fetch_guild(
                guild_id or await self._guild_of(channel_id), with_counts=False
            )
            channel = await guild.fetch_channel(channel_id)
            parent = channel
            if isinstance(channel, discord.Thread):
                parent = await guild.fetch_channel(channel.parent_id)
        except discord.InvalidData:
            return ChannelRights(trouble=ELSEWHERE)
        me = await guild.fetch_member(self._client.user.id)
        assert isinstance(parent, discord.abc.GuildChannel)
        return rights_in(parent, me, thread=isinstance(channel, discord.Thread))

    async def _guild_of(self, channel_id: int) -> int:
        channel = await self._client.fetch_channel(channel_id)
        if not isinstance(channel, discord.abc.GuildChannel | discord.Thread):
            raise discord.InvalidData("not a channel of a server")
        return channel.guild.id


log = structlog.get_logger()

_WARNED = "public channel warned"


class ChannelAccess:
    """Judges a producer's channels before each call, and keeps what is to be known of them."""

    def __init__(
        self,
        producer_id: int,
        store: Store,
        clock: Clock,
        api: DiscordApi,
        channels: Channels,
    ) -> None:
        self._producer_id = producer_id
        self._store = store
        self._clock = clock
        self._api = api
        self._channels = channels
        self._noted: dict[Way, str] = {}
        self._noting = asyncio.Lock()
        """Posts and edits look at the same time."""
        self._refused: set[int | None] = set()
        """Channels that refused what looked fit: they are believed once they took something."""

    async def look(self, producer: Producer, line: RouteChannel) -> ChannelRights:
        """Judge a channel. Raises one of FAILURES when that cannot be known now."""
        if line.channel_id is None:
            rights = ChannelRights(trouble=NO_CHANNEL)
        else:
            where = Where(line.channel_id, producer.guild_id)
            rights = await self._rights(where)
        await self._heed(producer, line, rights)
        return rights

    async def watch(self, producer: Producer) -> None:
        """While there is nothing to tell: heed a channel that was turned public, or is fit again.

        By what the gateway has told alone, so that Discord need not be asked.
        """
        for line in route_channels(producer.channel_id, producer.preferences.channels):
            rights = self._channels.known(line.channel_id)
            if rights is not None and (rights.public or rights.trouble is None):
                await self._heed(producer, line, rights)

    async def _heed(self, producer: Producer, line: RouteChannel, rights: ChannelRights) -> None:
        """Warn where everyone can read, and keep why news waits."""
        if rights.public and line.channel_id is not None:
            await prepare(producer.preferences.language)
            with speaking(producer.preferences.language):
                await self._warn(Where(line.channel_id, producer.guild_id))
        if rights.trouble is not None or line.channel_id not in self._refused:
            await self._keep(line, rights.trouble or "")

    async def shut(self, line: RouteChannel, reason: str) -> None:
        """Discord refused the channel although it looked fit."""
        if line.channel_id is not None:
            self._channels.forget(line.channel_id)
        self._refused.add(line.channel_id)
        await self._keep(line, reason)

    async def took(self, line: RouteChannel) -> None:
        """The channel took something."""
        if line.channel_id in self._refused:
            self._refused.discard(line.channel_id)
            await self._keep(line, "")

    async def _rights(self, where: Where) -> ChannelRights:
        try:
            return await self._channels.look(where.guild_id, where.channel_id)
        except FAILURES as error:
            failure = failure_of(error)
            if failure.kind in (FailureKind.RETRY, FailureKind.HALTED):
                raise
            return ChannelRights(trouble=failure.reason)

    async def _keep(self, line: RouteChannel, reason: str) -> None:
        """Note why news waits (empty: it goes), where that changed. It is said once in the log."""
        async with self._noting:
            await self._note_change(line, reason)

    async def _note_change(self, line: RouteChannel, reason: str) -> None:
        ways: list[Way] = [None] if line.main else list(line.ways)
        before = [await self._note(way) for way in ways]
        if before == [reason] * len(ways):
            return
        async with self._store.write() as connection:
            for way in ways:
                await key_value.put(connection, blocked_note(self._producer_id, way), reason)
            if not reason:
                await key_value.put(connection, _warned(line.channel_id), "")
            elif not line.main and not any(before):
                await self._tell(connection, line, reason)
        self._noted |= dict.fromkeys(ways, reason)
        told = {"producer": self._producer_id, "routes": [route_key(way) for way in ways]}
        if reason:
            log.error("alerts wait", reason=reason, **told)
        else:
            log.info("alerts go on", **told)

    async def _note(self, way: Way) -> str:
        if way not in self._noted:
            async with self._store.read() as connection:
                noted = await key_value.get(connection, blocked_note(self._producer_id, way))
            self._noted[way] = noted or ""
        return self._noted[way]

    async def _tell(self, connection: AsyncConnection, line: RouteChannel, reason: str) -> None:
        """Have it said where sales are told that the news of a route waits."""
        now = self._clock()
        await outbox.put(
            connection,
            self._producer_id,
            kind="notice",
            subject="notice:route_shut",
            key=f"notice:route_shut:{line.channel_id}:{int(now.timestamp())}",
            now=now,
            payload={
                "what": "route_shut",
                "routes": [route_key(way) for way in line.ways],
                "channel": line.channel_id,
                "reason": reason,
            },
        )

    async def _warn(self, where: Where) -> None:
        """Tell the channel, once while it stays public, that no money is shown in it."""
        async with self._store.read() as connection:
            if await key_value.get(connection, _warned(where.channel_id)):
                return
            told_before = await discord_messages.stand_in(connection, where.channel_id)
        warning = public_channel_warning(self._producer_id, told_before=told_before)
        try:
            await self._api.send(where, warning, nonce(where.channel_id, [_WARNED]))
        except FAILURES as error:
            # The next look tries again; alerts wait either way.
            log.warning("public channel not warned", reason=failure_of(error).reason)
            return
        async with self._store.write() as connection:
            await key_value.put(connection, _warned(where.channel_id), "yes")


def _warned(channel_id: int | None) -> str:
    return f"{_WARNED}:{channel_id}"
