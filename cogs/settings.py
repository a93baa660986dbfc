"""`/settings show`: how everything stands, with what one changes most."""

import discord

from bot.domain import preferences
from bot.domain.preferences import Setting
from bot.store import inbox, key_value, outbox
from bot.store.books import problem_log, producers, stripe_listings
from bot.store.books.sync_progress import events_seen, import_progress
from bot.store.queries.currencies import currency_order
from bot.store.queries.messages import set_aside
from bot.text import ids
from bot.text.channel_check import ChannelCheck, check_channel, gone
from bot.text.message import Message
from bot.text.settings import Status, status_message
from cogs.kit.buttons import Click, on_click
from cogs.kit.command_bot import CommandBot, CommandCog, settings_group
from cogs.kit.permission import Interaction, Say
from cogs.kit.respond import answered, edit

PROBLEMS = 5
"""How many problems are shown."""
SET_ASIDE = 3
"""How many messages that could not be sent are shown."""


class SettingsCog(CommandCog):
    """What is set up and what is not."""

    settings = settings_group()

    @settings.command(
        name="show",
        description="What is set up, what works, what waits",
        extras={"topic": "settings", "example": {}},
    )
    @answered
    async def show(self, interaction: Interaction) -> Message:
        """How everything stands, in plain words."""
        return await self._status(interaction)

    async def _status(self, interaction: Interaction) -> Message:
        """The whole page, with menus for what one changes most."""
        # Before Stripe is asked: another server must not make the bot ask it.
        await self.producer(interaction)
        abilities = await self.bot.abilities()
        async with self.reading(interaction) as (connection, producer):
            count, open_problems = await problem_log.shown(connection, producer, PROBLEMS)
            status = Status(
                producer=producer,
                channel=_looked_at(interaction, main) if (main := producer.channel_id) else None,
                routes={
                    route: _looked_at(interaction, id_)
                    for route, id_ in producer.preferences.channels.items()
                },
                shut=await outbox.shut_routes(connection, producer),
                currencies=await currency_order(connection, producer),
                zone_fixed=self.bot.zone_is_fixed,
                fees_possible=self.bot.fees_possible,
                last_event=await inbox.latest(connection),
                events=await inbox.counts(connection),
                outbox=await outbox.counts(connection, producer.id),
                set_aside=await set_aside(connection, producer, SET_ASIDE),
                blocked=await key_value.get(connection, key_value.blocked_note(producer.id)) or "",
                past=await import_progress(connection, producer.livemode),
                seen=await events_seen(connection, producer.livemode),
                polling=self.bot.polling(),
                problems=open_problems,
                problem_count=count,
                catalogue_trouble=(await stripe_listings.reading(connection, producer)).trouble,
                abilities=abilities,
            )
        return status_message(status)

    @on_click(ids.PROBLEMS, edit)
    async def mend(self, interaction: Interaction, click: Click) -> Message:
        """Try again what is not understood or could not be sent; or hide problems and edits."""
        producer_id = int(click.match["producer"])
        async with self.writing(interaction, producer_id) as (connection, producer):
            if click.match["action"] == "hide":
                await problem_log.hide(connection, producer)
                await outbox.hide_edits(connection, producer.id)
            else:
                await problem_log.try_again(connection, producer, self.clock())
                await outbox.reopen(connection, producer.id)
        return await self._status(interaction)

    @on_click(ids.PREFERENCE, edit)
    async def choose(self, interaction: Interaction, click: Click) -> Message:
        """A menu or a button that changes a setting."""
        value = click.match["value"] or next(iter(click.values), "")
        producer_id, what = int(click.match["producer"]), Setting(click.match["what"])
        async with self.writing(interaction, producer_id) as (connection, producer):
            try:
                chosen = preferences.chosen(producer.preferences, what, value)
            except preferences.NotOffered:
                raise Say("That can't be chosen here. `/settings show` shows what can.") from None
            await producers.set_preferences(connection, producer, chosen)
        return await self._status(interaction)


def _looked_at(interaction: Interaction, channel_id: int) -> ChannelCheck:
    """A channel as it is now."""
    channel = interaction.guild.get_channel(channel_id) if interaction.guild else None
    return check_channel(channel) if isinstance(channel, discord.TextChannel) else gone(channel_id)


async def setup(bot: CommandBot) -> None:
    await bot.add_cog(SettingsCog(bot))
