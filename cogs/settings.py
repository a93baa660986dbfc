"""`/settings`: where alerts go, and how everything stands."""

from collections.abc import Callable
from typing import TypeAlias

import discord
from discord import app_commands
from discord.ext import commands
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.ledger.clock import Clock
from bot.ledger.records import Producer
from bot.render.message import Message
from bot.render.settings import (
    ChannelCheck,
    Status,
    cannot_post,
    channel_set,
    check_channel,
    gone,
    status_message,
)
from bot.store import events, notes, outbox, producers
from bot.store.engine import Store
from cogs.answers import Asked, answer
from cogs.guard import CONTEXTS, INSTALLS, MANAGERS, STRANGER, Say, producer_of

ChannelSet: TypeAlias = Callable[[], None]
"""Called once a channel is stored, so that what waited for it is sent."""


class SettingsCog(commands.Cog):
    """What is set up and what is not."""

    settings = app_commands.Group(
        name="settings",
        description="Where sales are told, and how everything stands",
        guild_only=True,
        default_permissions=MANAGERS,
        allowed_contexts=CONTEXTS,
        allowed_installs=INSTALLS,
    )

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        fees_possible: bool = True,
        channel_set: ChannelSet = lambda: None,
        channel_is_fixed: bool = False,
    ) -> None:
        self.store = store
        self.clock = clock
        self.fees_possible = fees_possible
        self._channel_set = channel_set
        self._channel_is_fixed = channel_is_fixed

    @settings.command(name="show", description="What is set up, what works, what waits")
    async def show(self, interaction: Asked) -> None:
        """How everything stands, in plain words."""
        await answer(interaction, self._status(interaction))

    @settings.command(name="channel", description="Choose the private channel for your sales")
    @app_commands.describe(channel="A channel that only you and those you trust can see")
    async def channel(self, interaction: Asked, channel: discord.TextChannel) -> None:
        """Check a channel, take it, and say what is so."""
        await answer(interaction, self._take(interaction, channel))

    async def _status(self, interaction: Asked) -> Message:
        async with self.store.read() as connection:
            producer = await producer_of(connection, interaction)
            failures = await outbox.failures(connection, producer.id, 3)
            status = Status(
                producer=producer,
                channel=_channel_of(interaction, producer),
                fees_possible=self.fees_possible,
                last_event=await events.latest(connection),
                events=await events.counts(connection),
                outbox=await outbox.counts(connection, producer.id),
                failures=[row.error or "no reason noted" for row in failures],
                blocked=await notes.get(connection, notes.blocked_note(producer.id)) or "",
            )
        return status_message(status)

    async def _take(self, interaction: Asked, channel: discord.TextChannel) -> Message:
        async with self.store.read() as connection:
            claimed = await _claimed(connection)
        await _require_claim(interaction, claimed)
        if self._channel_is_fixed:
            raise Say(
                "The channel is fixed by `DISCORD_ALERTS_CHANNEL` in my settings. Change it "
                "there, or remove it there to choose one here."
            )
        check = check_channel(channel)
        if check.missing:
            raise Say(cannot_post(check))
        async with self.store.write() as connection:
            if not await _claim(connection, channel):
                raise Say(STRANGER)
        self._channel_set()
        return channel_set(check)


async def _claimed(connection: AsyncConnection) -> set[int]:
    """The servers that producers belong to: one, or none yet. Raises Say without producers."""
    everyone = await producers.everyone(connection)
    if not everyone:
        raise Say(
            "I know of no Stripe account yet. Start me with its webhook secret and let Stripe "
            "call once; then run this again."
        )
    return {known.guild_id for known in everyone if known.guild_id is not None}


async def _require_claim(interaction: Asked, claimed: set[int]) -> None:
    """Whether this server may choose the channel. Raises Say.

    The first to choose owns the bot, so a stranger's server must not be first: the bot has to be
    in one server only, or the owner of its Discord application has to ask.
    """
    if claimed:
        if interaction.guild_id not in claimed:
            raise Say(STRANGER)
        return
    alone = len(interaction.client.guilds) == 1
    if not alone and not await interaction.client.is_owner(interaction.user):
        raise Say(
            "I am in several servers, so only the owner of my Discord application can choose "
            "where sales are told. Remove me from the others, or ask them."
        )


async def _claim(connection: AsyncConnection, channel: discord.TextChannel) -> bool:
    """Set the channel of every mode of the account: going live must not need a second claim.

    False where another server was faster.
    """
    mine = [
        producer
        for producer in await producers.everyone(connection)
        if producer.guild_id in (None, channel.guild.id)
    ]
    for producer in mine:
        await producers.set_channel(connection, producer.id, channel.guild.id, channel.id)
        await outbox.reopen(connection, producer.id)
    return bool(mine)


def _channel_of(interaction: Asked, producer: Producer) -> ChannelCheck | None:
    if producer.channel_id is None or interaction.guild is None:
        return None
    channel = interaction.guild.get_channel(producer.channel_id)
    if isinstance(channel, discord.TextChannel):
        return check_channel(channel)
    return gone(producer.channel_id)
