"""`/settings channel`: which channel takes what, and who may choose it."""

from dataclasses import replace

import discord
import structlog
from discord import TeamMemberRole, TeamMembershipState, app_commands
from discord.app_commands import Choice
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.news import SALES
from bot.domain.preferences import Route
from bot.store import outbox
from bot.store.books import producers
from bot.text import ids
from bot.text.channel_check import (
    ChannelCheck,
    Viewers,
    cannot_post,
    channel_set,
    check_channel,
    viewers_of,
    viewers_question,
)
from bot.text.language import gettext
from bot.text.message import Message
from cogs.kit.buttons import Click, on_click
from cogs.kit.command_bot import CommandBot, CommandCog, settings_group
from cogs.kit.permission import LEFT, STRANGER, Interaction, Say, all_left, no_such_choice
from cogs.kit.respond import answered, edit

log = structlog.get_logger()

_NEWS = [
    Choice(name="sales", value=SALES),
    Choice(name="refunds and disputes", value=Route.RETURNS.value),
    Choice(name="payouts", value=Route.PAYOUTS.value),
    Choice(name="digests", value=Route.DIGESTS.value),
]


class ChannelCog(CommandCog):
    """Takes a channel for all alerts, or for one kind of them."""

    settings = settings_group()

    @settings.command(
        name="channel",
        description="Choose the private channel for your sales",
        extras={"topic": "settings", "example": {"channel": "#sales"}},
    )
    @app_commands.describe(
        channel="A channel that only you and those you trust can see",
        news="What goes there: sales and everything else, unless you choose",
    )
    @app_commands.rename(news="for")
    @app_commands.choices(news=_NEWS)
    @answered
    async def channel(
        self, interaction: Interaction, channel: discord.TextChannel, news: str = SALES
    ) -> Message:
        """Check a channel, take it, and say what is so."""
        return await self._take(interaction, channel, news)

    async def _take(
        self,
        interaction: Interaction,
        channel: discord.TextChannel,
        news: str,
        *,
        confirmed: bool = False,
    ) -> Message:
        """Have alerts come to a channel; if most of the server can see it, ask first. Raises Say.

        `confirmed`: after that question.
        """
        route = None if news == SALES else Route(news)
        if route is not None:
            await self.producer(interaction)
        else:
            await self._require_claim(interaction)
            if self.bot.channel_is_fixed:
                raise Say(
                    "The channel is fixed by `DISCORD_ALERTS_CHANNEL` in my settings. Change it "
                    "there, or remove it there to choose one here."
                )
        check = check_channel(channel)
        if check.missing:
            raise Say(cannot_post(check))
        if check.private and not confirmed:
            viewers = await _viewers(interaction, channel)
            if viewers.most:
                return viewers_question(viewers, news)
        if route is not None:
            return await self._take_route(interaction, channel, route, check)
        async with self.store.write() as connection:
            if not await _claim(connection, interaction.client, channel):
                raise Say(STRANGER)
        self.bot.wake()
        return channel_set(check)

    async def _require_claim(self, interaction: Interaction) -> None:
        """Whether this server may choose the channel. Raises Say.

        The first to choose owns the bot, so a stranger's server must not be first: the bot has to
        be in one server only, or the owner of its Discord application has to ask. Once the bot was
        removed from the server that owns it, only that owner can choose another.
        """
        async with self.store.read() as connection:
            everyone = await producers.everyone(connection)
        if not everyone:
            raise Say(
                "No Stripe account yet. Start me with its webhook secret and let Stripe call "
                "once; then run this again."
            )
        claimed = {known.guild_id for known in everyone if known.guild_id is not None}
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
            "where alerts go. Remove me from the others, or ask them."
        )

    async def _take_route(
        self,
        interaction: Interaction,
        channel: discord.TextChannel,
        route: Route,
        check: ChannelCheck,
    ) -> Message:
        """Give one kind of news a channel of its own; choosing that of sales undoes it.

        What waits to be sent goes there too; what was sent stays where it is.
        """
        async with self.writing(interaction) as (connection, producer):
            shared = channel.id == producer.channel_id
            known = producer.preferences.channels
            channels = {way: id_ for way, id_ in known.items() if way != route}
            if not shared:
                channels[route] = channel.id
            chosen = replace(producer.preferences, channels=channels)
            await producers.set_preferences(connection, producer, chosen)
            await outbox.reopen(connection, producer.id)
        return channel_set(check, route, shared=shared)

    @on_click(ids.CHANNEL, edit)
    async def confirmed(self, interaction: Interaction, click: Click) -> Message:
        """Use it anyway, or Cancel: a channel that most of the server can see."""
        if click.match["action"] != "yes":
            return Message(content=gettext("Nothing was changed."))
        channel_id = int(click.match["channel"])
        channel = interaction.guild.get_channel(channel_id) if interaction.guild else None
        if not isinstance(channel, discord.TextChannel):
            raise no_such_choice()
        return await self._take(interaction, channel, click.match["news"], confirmed=True)


async def _viewers(interaction: Interaction, channel: discord.TextChannel) -> Viewers:
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


async def _owns_application(interaction: Interaction) -> bool:
    """Whether the asker owns the bot's application, alone or in its team, as Discord says now.

    Those who may only read in the team, or have not accepted to be in it, do not.
    https://docs.discord.com/developers/topics/teams#team-member-roles
    """
    asker = interaction.user.id
    try:
        application = await interaction.client.application_info()
    except Exception as error:  # noqa: BLE001 - whatever a proxy answers
        log.warning("application not read", error=type(error).__name__)
        raise Say("Discord does not say who owns my application. Try again in a minute.") from None
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


async def setup(bot: CommandBot) -> None:
    await bot.add_cog(ChannelCog(bot))
