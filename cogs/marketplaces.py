"""`/settings shelves`, where else one sells; and what is clicked to take a track off sale."""

from datetime import datetime

from discord import app_commands
from discord.app_commands import Choice, Range
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.json_access import text
from bot.domain.sale import Producer
from bot.store.books import marketplaces, off_sale_tracks
from bot.store.queries import exclusive, left_on_sale
from bot.text import ids
from bot.text.exclusive import track_rights
from bot.text.ids import TrackName, track_name
from bot.text.language import speaking
from bot.text.marketplaces import marketplaces_message
from bot.text.message import Message
from bot.text.track_questions import going_off_sale
from bot.text.words import safe
from cogs.kit import completion
from cogs.kit.buttons import Click, cog_of
from cogs.kit.command_bot import CommandBot, CommandCog, settings_group
from cogs.kit.permission import Interaction, Say, track_is_gone
from cogs.kit.respond import answer, edit


class MarketplacesCog(CommandCog):
    """Where else tracks are sold, and an exclusive's checklist."""

    settings = settings_group()

    @settings.command(
        name="shelves",
        description="The other stores where you sell, to check off after an exclusive",
        extras={"topic": "settings", "example": {"add": "BeatStars"}},
    )
    @app_commands.describe(add="BeatStars, YouTube, …", remove="One of the list")
    async def shelves(
        self,
        interaction: Interaction,
        add: Range[str, 1, 100] | None = None,
        remove: Range[str, 1, 100] | None = None,
    ) -> None:
        """The list, after one was added to it or taken off it; alerts that show it follow."""
        await answer(interaction, self._shelves(interaction, add, remove))
        self.bot.wake()

    @shelves.autocomplete("remove")
    async def complete_remove(self, interaction: Interaction, typed: str) -> list[Choice[str]]:
        return await completion.marketplaces_like(self.store, interaction, typed)

    async def _shelves(
        self, interaction: Interaction, add: str | None, remove: str | None
    ) -> Message:
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

    async def go_ahead(self, interaction: Interaction, name: TrackName) -> Message:
        """Take it off sale, or try again: the answer then says how it stands."""
        async with self.writing(interaction, name.producer_id) as (connection, producer):
            await off_sale_tracks.go_ahead(connection, producer, [name.track_id], self.clock())
        return await self._rights(interaction, name)

    async def ticked(self, interaction: Interaction, name: TrackName, chosen: list[str]) -> Message:
        """Keep what was ticked."""
        await self.tick(interaction, name, chosen)
        return await self._rights(interaction, name)

    async def tick(self, interaction: Interaction, name: TrackName, chosen: list[str]) -> None:
        """The same in an alert, which the dispatcher edits."""
        async with self.writing(interaction, name.producer_id) as (connection, producer):
            await marketplaces.tick(
                connection,
                producer,
                name.track_id,
                _numbers(chosen),
                by=interaction.user.id,
                now=self.clock(),
            )

    async def take_off(
        self, interaction: Interaction, producer_id: int, chosen: frozenset[int] | None
    ) -> Message:
        """Take what was sold before the bot was there off sale: some, or (None) all of it."""
        now, message = self.clock(), interaction.message
        assert message is not None, "a click is on a message"
        async with self.writing(interaction, producer_id) as (connection, producer):
            track_ids = await left_on_sale.take_off(connection, producer, chosen, now)
            await off_sale_tracks.begin(
                connection,
                producer,
                track_ids,
                by=interaction.user.id,
                now=now,
                channel_id=message.channel.id,
                message_id=message.id,
            )
            left = await left_on_sale.left_on_sale(connection, producer)
            taking = await off_sale_tracks.taking_off(connection, producer)
        # It stands in the channel, for all who read there.
        with speaking(producer.preferences.language):
            return going_off_sale(left, producer, taking)

    async def _rights(self, interaction: Interaction, name: TrackName) -> Message:
        async with self.reading(interaction, name.producer_id) as (connection, producer):
            found = await exclusive.rights_of(connection, producer, name.track_id, self.clock())
        if found is None:
            raise track_is_gone()
        return track_rights(found, producer)


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


class GoAheadButton(Click, template=ids.OFF_SALE.template):
    """Take it off sale, or Try again."""

    async def clicked(self, interaction: Interaction) -> None:
        cog = cog_of(interaction, MarketplacesCog)
        await edit(interaction, cog.go_ahead(interaction, track_name(self.match)))
        cog.bot.wake()


class ElsewhereMenu(Click, template=ids.ELSEWHERE.template):
    """Where a track was taken off."""

    async def clicked(self, interaction: Interaction) -> None:
        cog, name = cog_of(interaction, MarketplacesCog), track_name(self.match)
        if self.match["place"] == "alert":
            await interaction.response.defer()
            await cog.tick(interaction, name, self.values)
        else:
            await edit(interaction, cog.ticked(interaction, name, self.values))
        cog.bot.wake()


class LeftOnSaleClick(Click, template=ids.LEFT_ON_SALE.template):
    """Take all 3 off sale, or some."""

    async def clicked(self, interaction: Interaction) -> None:
        cog, producer_id = cog_of(interaction, MarketplacesCog), int(self.match["producer"])
        every = self.match["what"] == "all"
        chosen = None if every else frozenset(_numbers(self.values))
        await edit(interaction, cog.take_off(interaction, producer_id, chosen))
        cog.bot.wake()


async def setup(bot: CommandBot) -> None:
    await bot.add_cog(MarketplacesCog(bot))
    bot.add_dynamic_items(GoAheadButton, ElsewhereMenu, LeftOnSaleClick)
