"""A producer's channels: whether money may be shown in them, and why alerts wait if not.

Private means that @everyone cannot see it; a thread is as private as its parent. Rights:
https://docs.discord.com/developers/topics/permissions

News with a channel of its own waits for that channel: it may be more private than the channel of
sales, so nothing is sent elsewhere instead. The channel of sales says that it waits.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

import discord
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.dedupe import nonce
from bot.delivery.discord_api import ChannelRef, DiscordApi, request
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

log = structlog.get_logger()

_WARNED = "public channel warned"

# How long Discord's answer counts if it had to be asked: before the gateway has sent the server.
# Its cache follows changes by itself, at once.
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
    """Why nothing may be sent there, in words for the producer; None if it may."""
    public: bool = False
    """Whether the trouble is that everyone sees it; the bot can still post a warning there."""
    history: bool = True
    """Whether the bot can read its messages."""
    files: bool = True
    """Whether it may attach files there."""


def rights_in(
    channel: discord.abc.GuildChannel, me: discord.Member, *, thread: bool = False
) -> ChannelRights:
    """The bot's rights in a channel, or in a `thread` of it."""
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
    """Looks up channels: in discord.py's cache if it is filled, else by asking Discord."""

    def __init__(self, client: discord.Client, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._asked: dict[int, tuple[datetime, ChannelRights]] = {}

    async def look(self, guild_id: int | None, channel_id: int) -> ChannelRights:
        """The rights in a channel now. Raises one of `retry.FAILURES` if Discord was asked."""
        rights = self.known(channel_id)
        if rights is not None:
            return rights
        asked = self._asked.get(channel_id)
        if asked is not None and self._clock() - asked[0] <= REMEMBERED:
            return asked[1]
        self.forget(channel_id)
        async with request(self._client):
            rights = await self._ask(guild_id, channel_id)
        if rights.trouble is None:
            self._asked[channel_id] = (self._clock(), rights)
        return rights

    def forget(self, channel_id: int) -> None:
        """Discord refused the channel: ask again next time."""
        self._asked.pop(channel_id, None)

    def known(self, channel_id: int | None) -> ChannelRights | None:
        """The rights by what the gateway has sent; None if it has not sent the channel."""
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


class ChannelAccess:
    """Checks a producer's channels before each call, and notes why alerts wait."""

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
        """New messages and edits are checked at the same time."""
        self._refused: set[int | None] = set()
        """Channels that looked fit and refused: they count as shut until they take a message."""

    async def look(self, producer: Producer, route: RouteChannel) -> ChannelRights:
        """The rights in a channel. Raises one of FAILURES if that cannot be known now."""
        if route.channel_id is None:
            rights = ChannelRights(trouble=NO_CHANNEL)
        else:
            where = ChannelRef(route.channel_id, producer.guild_id)
            rights = await self._rights(where)
        await self._note_rights(producer, route, rights)
        return rights

    async def watch(self, producer: Producer) -> None:
        """While there is nothing to send: note a channel that became public, or is fit again.

        By what the gateway has sent alone, so that Discord need not be asked.
        """
        for route in route_channels(producer.channel_id, producer.preferences.channels):
            rights = self._channels.known(route.channel_id)
            if rights is not None and (rights.public or rights.trouble is None):
                await self._note_rights(producer, route, rights)

    async def _note_rights(
        self, producer: Producer, route: RouteChannel, rights: ChannelRights
    ) -> None:
        """Warn if everyone can read the channel, and note why alerts wait."""
        if rights.public and route.channel_id is not None:
            await prepare(producer.preferences.language)
            with speaking(producer.preferences.language):
                await self._warn(ChannelRef(route.channel_id, producer.guild_id))
        if rights.trouble is not None or route.channel_id not in self._refused:
            await self._keep(route, rights.trouble or "")

    async def shut(self, route: RouteChannel, reason: str) -> None:
        """Discord refused the channel although it looked fit."""
        if route.channel_id is not None:
            self._channels.forget(route.channel_id)
        self._refused.add(route.channel_id)
        await self._keep(route, reason)

    async def took(self, route: RouteChannel) -> None:
        """The channel took something."""
        if route.channel_id in self._refused:
            self._refused.discard(route.channel_id)
            await self._keep(route, "")

    async def _rights(self, where: ChannelRef) -> ChannelRights:
        try:
            return await self._channels.look(where.guild_id, where.channel_id)
        except FAILURES as error:
            failure = failure_of(error)
            if failure.kind in (FailureKind.RETRY, FailureKind.HALTED):
                raise
            return ChannelRights(trouble=failure.reason)

    async def _keep(self, route: RouteChannel, reason: str) -> None:
        """Note why alerts wait (empty: they go), if that changed; the log says it once."""
        async with self._noting:
            await self._keep_change(route, reason)

    async def _keep_change(self, route: RouteChannel, reason: str) -> None:
        ways: list[Way] = [None] if route.main else list(route.ways)
        before = [await self._note(way) for way in ways]
        if before == [reason] * len(ways):
            return
        async with self._store.write() as connection:
            for way in ways:
                await key_value.put(connection, blocked_note(self._producer_id, way), reason)
            if not reason:
                await key_value.put(connection, _warned(route.channel_id), "")
            elif not route.main and not any(before):
                await self._put_notice(connection, route, reason)
        self._noted |= dict.fromkeys(ways, reason)
        whose = {"producer": self._producer_id, "routes": [route_key(way) for way in ways]}
        if reason:
            log.error("alerts wait", reason=reason, **whose)
        else:
            log.info("alerts go on", **whose)

    async def _note(self, way: Way) -> str:
        if way not in self._noted:
            async with self._store.read() as connection:
                noted = await key_value.get(connection, blocked_note(self._producer_id, way))
            self._noted[way] = noted or ""
        return self._noted[way]

    async def _put_notice(
        self, connection: AsyncConnection, route: RouteChannel, reason: str
    ) -> None:
        """Have the channel of sales say that the alerts of a route wait."""
        now = self._clock()
        await outbox.put(
            connection,
            self._producer_id,
            kind="notice",
            subject="notice:route_shut",
            key=f"notice:route_shut:{route.channel_id}:{int(now.timestamp())}",
            now=now,
            payload={
                "what": "route_shut",
                "routes": [route_key(way) for way in route.ways],
                "channel": route.channel_id,
                "reason": reason,
            },
        )

    async def _warn(self, where: ChannelRef) -> None:
        """Post, once while the channel stays public, that no money is shown in it."""
        async with self._store.read() as connection:
            if await key_value.get(connection, _warned(where.channel_id)):
                return
            told_before = await discord_messages.stand_in(connection, where.channel_id)
        warning = public_channel_warning(self._producer_id, told_before=told_before)
        try:
            await self._api.send(where, warning, nonce(where.channel_id, [_WARNED]))
        except FAILURES as error:
            # The next check tries again; alerts wait either way.
            log.warning("public channel not warned", reason=failure_of(error).reason)
            return
        async with self._store.write() as connection:
            await key_value.put(connection, _warned(where.channel_id), "yes")


def _warned(channel_id: int | None) -> str:
    return f"{_WARNED}:{channel_id}"
