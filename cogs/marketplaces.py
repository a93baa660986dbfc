"""`/settings shelves`, where else one sells; and what is clicked to take a track off sale."""

from datetime import datetime

from discord import app_commands
from discord.app_commands import Range, Transform
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.json_access import text
from bot.domain.sale import Producer
from bot.store.books import marketplaces, off_sale_tracks
from bot.store.queries import exclusive
from bot.text import ids
from bot.text.exclusive import track_rights
from bot.text.ids import TrackName, track_name
from bot.text.language import speaking
from bot.text.marketplaces import marketplaces_message
from bot.text.message import Message
from bot.text.track_questions import going_off_sale
from bot.text.words import safe
from cogs.kit.buttons import Click, on_click
from cogs.kit.command_bot import CommandBot, CommandCog, settings_group
from cogs.kit.completion import MarketplaceOption
from cogs.kit.permission import Interaction, Say, track_is_gone
from cogs.kit.respond import answered, edit


class MarketplacesCog(CommandCog):
    """Where else tracks are sold, and an exclusive's checklist."""

    settings = settings_group()

    @settings.command(
        name="shelves",
        description="The other stores where you sell, to check off after an exclusive",
        extras={"topic": "settings", "example": {"add": "BeatStars"}},
    )
    @app_commands.describe(add="BeatStars, YouTube, …", remove="One of the list")
    @answered
    async def shelves(
        self,
        interaction: Interaction,
        add: Range[str, 1, 100] | None = None,
        remove: Transform[str, MarketplaceOption] | None = None,
    ) -> Message:
        """The list, after one was added to it or taken off it; alerts that show it follow."""
        async with self.writing(interaction) as (connection, producer):
            if remove is not None and not await marketplaces.remove(
                connection, producer, remove, self.clock()
            ):
                raise Say(
                    "“{name}” is not on the list: `/settings shelves`.", name=safe(remove, 60)
                )
            if add is not None:
                await _add(connection, producer, add, self.clock())
            listed = await marketplaces.listed(connection, producer)
        return marketplaces_message(listed, marketplaces.MOST)

    @on_click(ids.OFF_SALE, edit)
    async def go_ahead(self, interaction: Interaction, click: Click) -> Message:
        """Take it off sale, or Try again: the answer then says how it stands."""
        name = track_name(click.match)
        async with self.writing(interaction, name.producer_id) as (connection, producer):
            await off_sale_tracks.go_ahead(connection, producer, [name.track_id], self.clock())
        return await self._rights(interaction, name)

    @on_click(ids.ELSEWHERE)
    async def tick(self, interaction: Interaction, click: Click) -> None:
        """Where a track was taken off. An alert is edited by the dispatcher."""
        name, in_alert = track_name(click.match), click.match["place"] == "alert"
        if in_alert:
            await interaction.response.defer()
        async with self.writing(interaction, name.producer_id) as (connection, producer):
            await marketplaces.tick(
                connection,
                producer,
                name.track_id,
                _numbers(click.values),
                by=interaction.user.id,
                now=self.clock(),
            )
        if not in_alert:
            await edit(interaction, self._rights(interaction, name))

    @on_click(ids.LEFT_ON_SALE, edit)
    async def take_off(self, interaction: Interaction, click: Click) -> Message:
        """Take all that was sold before the bot was there off sale, or some of it."""
        now, message = self.clock(), interaction.message
        assert message is not None, "a click is on a message"
        chosen = None if click.match["what"] == "all" else frozenset(_numbers(click.values))
        producer_id = int(click.match["producer"])
        async with self.writing(interaction, producer_id) as (connection, producer):
            track_ids = await off_sale_tracks.take_off(connection, producer, chosen, now)
            await off_sale_tracks.begin(
                connection,
                producer,
                track_ids,
                by=interaction.user.id,
                now=now,
                channel_id=message.channel.id,
                message_id=message.id,
            )
            left = await off_sale_tracks.left_on_sale(connection, producer)
            taking = await off_sale_tracks.taking_off(connection, producer)
        # It stands in the channel, for all who read there.
        with speaking(producer.preferences.language):
            return going_off_sale(left, producer, taking)

    async def _rights(self, interaction: Interaction, name: TrackName) -> Message:
        async with self.reading(interaction, name.producer_id) as (connection, producer):
            found = await exclusive.rights_of(connection, producer, name.track_id, self.clock())
        if found is None:
            raise track_is_gone()
        return track_rights(found, producer, self.clock())


async def _add(connection: AsyncConnection, producer: Producer, name: str, now: datetime) -> None:
    shown = text(name)
    if shown is None:
        raise Say("That name has no readable characters. Write one like BeatStars.")
    try:
        await marketplaces.add(connection, producer, shown, now)
    except marketplaces.Full:
        raise Say(
            "{most} stores are the maximum. Remove one first.",
            most=marketplaces.MOST,
        ) from None


def _numbers(chosen: list[str]) -> list[int]:
    """Values come from outside: what is no number is left out."""
    return [int(value) for value in chosen if value.isascii() and value.isdigit()]


async def setup(bot: CommandBot) -> None:
    await bot.add_cog(MarketplacesCog(bot))
