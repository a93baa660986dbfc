"""The channel of a producer's alerts: found, and judged whether money may be told in it.

Private means that @everyone cannot see it; a thread is as private as its parent. Rights:
https://docs.discord.com/developers/topics/permissions
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import discord

from bot.delivery.requests import request
from bot.domain.period import Clock
from bot.text.channel_check import PERMISSIONS
from bot.text.language import phrase
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
class Judgement:
    """Whether a channel is fit for alerts."""

    trouble: str | None = None
    """Why nothing may be told there, in words for the producer; None when it may."""
    public: bool = False
    """Whether the trouble is that everyone sees it; then the bot may still write there."""
    history: bool = True
    """Whether the bot can read what was said there."""
    files: bool = True
    """Whether it may attach files there."""


def judge(
    channel: discord.abc.GuildChannel, me: discord.Member, *, thread: bool = False
) -> Judgement:
    """Judge a channel, or the parent of a `thread`, by its rights."""
    if not thread and not isinstance(channel, discord.abc.Messageable):
        return Judgement(trouble=NOT_FOR_MESSAGES)
    # Not the subclass's own method: it takes embed_links from who may post in threads alone.
    mine = discord.abc.GuildChannel.permissions_for(channel, me)
    needed = NEEDED_IN_THREAD if thread else NEEDED
    lacking = [words for name, words in needed.items() if not getattr(mine, name)]
    if lacking:
        return Judgement(trouble=LACKING.format(permissions=", ".join(lacking)))
    if channel.permissions_for(channel.guild.default_role).view_channel:
        return Judgement(trouble=PUBLIC, public=True)
    return Judgement(history=mine.read_message_history, files=mine.attach_files)


class Channels:
    """Judges channels: from discord.py's cache where it is filled, else by asking Discord."""

    def __init__(self, client: discord.Client, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._told: dict[int, tuple[datetime, Judgement]] = {}

    async def look(self, guild_id: int | None, channel_id: int) -> Judgement:
        """Judge a channel as it is now. Raises one of `policy.FAILURES` where Discord was asked."""
        judgement = self.known(channel_id)
        if judgement is not None:
            return judgement
        told = self._told.get(channel_id)
        if told is not None and self._clock() - told[0] <= REMEMBERED:
            return told[1]
        self.forget(channel_id)
        async with request(self._client):
            judgement = await self._ask(guild_id, channel_id)
        if judgement.trouble is None:
            self._told[channel_id] = (self._clock(), judgement)
        return judgement

    def forget(self, channel_id: int) -> None:
        """Discord refused the channel: ask anew at the next look."""
        self._told.pop(channel_id, None)

    def known(self, channel_id: int | None) -> Judgement | None:
        """Judge a channel by what the gateway has told; None where it has told nothing of it."""
        channel = None if channel_id is None else self._client.get_channel(channel_id)
        thread = isinstance(channel, discord.Thread)
        parent = channel.parent if isinstance(channel, discord.Thread) else channel
        if not isinstance(parent, discord.abc.GuildChannel) or parent.guild.unavailable:
            return None
        # Typed as always there, yet empty until the gateway has sent the server.
        me: discord.Member | None = parent.guild.me
        return None if me is None else judge(parent, me, thread=thread)

    async def _ask(self, guild_id: int | None, channel_id: int) -> Judgement:
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
            return Judgement(trouble=ELSEWHERE)
        me = await guild.fetch_member(self._client.user.id)
        assert isinstance(parent, discord.abc.GuildChannel)
        return judge(parent, me, thread=isinstance(channel, discord.Thread))

    async def _guild_of(self, channel_id: int) -> int:
        channel = await self._client.fetch_channel(channel_id)
        if not isinstance(channel, discord.abc.GuildChannel | discord.Thread):
            raise discord.InvalidData("not a channel of a server")
        return channel.guild.id
