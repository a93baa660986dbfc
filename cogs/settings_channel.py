"""Which channel takes what: who may choose it, and how the choice is kept."""

from collections.abc import Mapping
from dataclasses import replace

import discord
import structlog
from discord import TeamMemberRole, TeamMembershipState
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.news import SALES
from bot.domain.preferences import Route
from bot.domain.sale import Producer
from bot.store import outbox
from bot.store.books import producers
from bot.store.engine import Store
from bot.text.channel_check import (
    ChannelCheck,
    Viewers,
    cannot_post,
    channel_set,
    check_channel,
    gone,
    viewers_of,
    viewers_question,
)
from bot.text.message import Message
from cogs.kit.permission import LEFT, STRANGER, Say, all_left, producer_of
from cogs.kit.respond import Asked

log = structlog.get_logger()


async def take(
    store: Store,
    interaction: Asked,
    channel: discord.TextChannel,
    news: str,
    *,
    fixed: bool,
    confirmed: bool = False,
) -> Message:
    """Have news told in a channel; of one that most of the server can see, ask first. Raises Say.

    `fixed`: whether the bot's settings say where sales are told. `confirmed`: after the question.
    """
    route = None if news == SALES else Route(news)
    if route is None:
        await _require_main(store, interaction, fixed=fixed)
    else:
        async with store.read() as connection:
            await producer_of(connection, interaction)
    check = _fit(channel)
    if check.private and not confirmed:
        viewers = await _viewers(interaction, channel)
        if viewers.most:
            return viewers_question(viewers, news)
    if route is None:
        return await _take_main(store, interaction, channel, check)
    return await _take_route(store, interaction, channel, route, check)


async def _require_main(store: Store, interaction: Asked, *, fixed: bool) -> None:
    async with store.read() as connection:
        claimed = await _claimed(connection)
    await _require_claim(interaction, claimed)
    if fixed:
        raise Say(
            "The channel is fixed by `DISCORD_ALERTS_CHANNEL` in my settings. Change it "
            "there, or remove it there to choose one here."
        )


async def _take_main(
    store: Store, interaction: Asked, channel: discord.TextChannel, check: ChannelCheck
) -> Message:
    """Have sales told there, and all that has no channel of its own."""
    async with store.write() as connection:
        if not await _claim(connection, interaction.client, channel):
            raise Say(STRANGER)
    return channel_set(check)


async def _take_route(
    store: Store,
    interaction: Asked,
    channel: discord.TextChannel,
    route: Route,
    check: ChannelCheck,
) -> Message:
    """Have one kind of news told in a channel of its own; that of sales takes it back.

    What waits to be told goes there too; what was told stays where it is.
    """
    async with store.write() as connection:
        producer = await producer_of(connection, interaction)
        shared = channel.id == producer.channel_id
        channels = {way: id_ for way, id_ in producer.preferences.channels.items() if way != route}
        if not shared:
            channels[route] = channel.id
        chosen = replace(producer.preferences, channels=channels)
        await producers.set_preferences(connection, producer, chosen)
        await outbox.reopen(connection, producer.id)
    return channel_set(check, route, shared=shared)


async def _viewers(interaction: Asked, channel: discord.TextChannel) -> Viewers:
    """Who can see a channel, with numbers as far as Discord tells them.

    https://docs.discord.com/developers/resources/guild#get-guild-role-member-counts
    """
    guild = channel.guild
    try:
        counted = await guild.role_member_counts()
        fetched = await interaction.client.fetch_guild(guild.id)
    except Exception as error:  # noqa: BLE001 - without numbers the roles are named all the same
        log.warning("members of roles not counted", error=type(error).__name__)
        return viewers_of(channel, None, None)
    counts = {role.id: count for role, count in counted.items()}
    return viewers_of(channel, counts, fetched.approximate_member_count or guild.member_count)


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
    in one server only, or the owner of its Discord application has to ask. Once the bot was
    removed from the server that owns it, only that owner can choose another.
    """
    if interaction.guild_id in claimed:
        return
    if claimed and not all_left(interaction.client, claimed):
        raise Say(STRANGER)
    if not claimed and len(interaction.client.guilds) == 1:
        return
    if await _owns_application(interaction):
        return
    if claimed:
        raise Say(LEFT)
    raise Say(
        "I am in several servers, so only the owner of my Discord application can choose "
        "where sales are told. Remove me from the others, or ask them."
    )


async def _owns_application(interaction: Asked) -> bool:
    """Whether the asker owns the bot's application, alone or in its team, as Discord says now.

    Those who may only read in the team, or have not accepted to be in it, do not.
    https://docs.discord.com/developers/topics/teams#team-member-roles
    """
    asker = interaction.user.id
    try:
        application = await interaction.client.application_info()
    except Exception as error:  # noqa: BLE001 - whatever a proxy answers
        log.warning("application not read", error=type(error).__name__)
        raise Say(
            "Discord does not tell me now who owns my application. Try again in a minute."
        ) from None
    if application.team is None:
        return bool(application.owner.id == asker)
    return asker == application.team.owner_id or any(
        member.id == asker and member.membership_state is TeamMembershipState.accepted
        for member in application.team.members
        if member.role in (TeamMemberRole.admin, TeamMemberRole.developer)
    )


async def _claim(
    connection: AsyncConnection, client: discord.Client, channel: discord.TextChannel
) -> bool:
    """Set the channel of every mode of the account: going live must not need a second claim.

    False when another server was faster.
    """
    mine = [
        producer
        for producer in await producers.everyone(connection)
        if producer.guild_id in (None, channel.guild.id) or all_left(client, [producer.guild_id])
    ]
    for producer in mine:
        await producers.set_channel(
            connection, producer.id, channel.guild.id, channel.id, channel.guild.name
        )
        await outbox.reopen(connection, producer.id)
    return bool(mine)
