"""Which channel takes what: who may choose it, and how the choice is kept."""

from collections.abc import Mapping
from dataclasses import replace

import discord
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.ledger.preferences import Route
from bot.ledger.records import Producer
from bot.render.message import Message
from bot.render.settings.channels import ChannelCheck, cannot_post, channel_set, check_channel, gone
from bot.store.books import producers
from bot.store.engine import Store
from bot.store.queues import outbox
from cogs.answers import Asked
from cogs.guard import STRANGER, Say, producer_of


async def take_main(
    store: Store, interaction: Asked, channel: discord.TextChannel, *, fixed: bool
) -> Message:
    """Have sales told in a channel, and all that has none of its own. Raises Say."""
    async with store.read() as connection:
        claimed = await _claimed(connection)
    await _require_claim(interaction, claimed)
    if fixed:
        raise Say(
            "The channel is fixed by `DISCORD_ALERTS_CHANNEL` in my settings. Change it "
            "there, or remove it there to choose one here."
        )
    check = _fit(channel)
    async with store.write() as connection:
        if not await _claim(connection, channel):
            raise Say(STRANGER)
    return channel_set(check)


async def take_route(
    store: Store, interaction: Asked, channel: discord.TextChannel, route: Route
) -> Message:
    """Have one kind of news told in a channel of its own; that of sales takes it back. Raises Say.

    What waits to be told goes there too; what was told stays where it is.
    """
    async with store.write() as connection:
        producer = await producer_of(connection, interaction)
        check = _fit(channel)
        shared = channel.id == producer.channel_id
        channels = {way: id_ for way, id_ in producer.preferences.channels.items() if way != route}
        if not shared:
            channels[route] = channel.id
        chosen = replace(producer.preferences, channels=channels)
        await producers.set_preferences(connection, producer, chosen)
        await outbox.reopen(connection, producer.id)
    return channel_set(check, route, shared=shared)


def main_of(interaction: Asked, producer: Producer) -> ChannelCheck | None:
    """The channel of sales as it is now; None while none is chosen."""
    if producer.channel_id is None or interaction.guild is None:
        return None
    return _looked_at(interaction.guild, producer.channel_id)


def routes_of(interaction: Asked, producer: Producer) -> Mapping[Route, ChannelCheck]:
    """The channels beside it as they are now."""
    guild = interaction.guild
    if guild is None:
        return {}
    chosen = producer.preferences.channels
    return {route: _looked_at(guild, id_) for route, id_ in chosen.items()}


def _looked_at(guild: discord.Guild, channel_id: int) -> ChannelCheck:
    channel = guild.get_channel(channel_id)
    return check_channel(channel) if isinstance(channel, discord.TextChannel) else gone(channel_id)


def _fit(channel: discord.TextChannel) -> ChannelCheck:
    check = check_channel(channel)
    if check.missing:
        raise Say(cannot_post(check))
    return check


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
        await producers.set_channel(
            connection, producer.id, channel.guild.id, channel.id, channel.guild.name
        )
        await outbox.reopen(connection, producer.id)
    return bool(mine)
