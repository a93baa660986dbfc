"""`/tracks`: the catalogue, and how each of its tracks sells."""

from functools import partial

from discord import app_commands
from discord.app_commands import Choice, Transform
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.sale import Producer, pages
from bot.domain.track import TrackSort
from bot.store.queries import sales, tracks
from bot.text import ids
from bot.text.ids import sale_name, track_name
from bot.text.message import Message
from bot.text.tracks import SORTS, catalogue_options, track_details, track_message, tracks_embed
from cogs.kit.buttons import Click, on_click
from cogs.kit.command_bot import CommandBot, CommandCog
from cogs.kit.completion import OfferedTrackOption
from cogs.kit.list_view import ListPage, show_tracks
from cogs.kit.near_miss import answering, track_meant
from cogs.kit.permission import Interaction, no_such_sale, no_such_track, track_is_gone
from cogs.kit.respond import answer


class TracksCog(CommandCog):
    """What is for sale."""

    @app_commands.command(
        name="tracks",
        description="Your catalog: each track with its licenses, sales and income",
        extras={"topic": "tracks", "example": {"track": "Midnight Drive"}},
    )
    @app_commands.describe(track="One track; leave it out for all", sort="Sort by")
    @app_commands.choices(sort=[Choice(name=name, value=key.value) for key, name in SORTS.items()])
    async def show(
        self,
        interaction: Interaction,
        track: Transform[str, OfferedTrackOption] | None = None,
        sort: str = TrackSort.NAME.value,
    ) -> None:
        """One track with all its prices, or the list of all tracks."""
        page = partial(self._page, TrackSort(sort))
        await show_tracks(interaction, track, page, self._track, command="/tracks")

    async def _track(self, interaction: Interaction, name: str) -> Message:
        async with self.reading(interaction) as (connection, producer):
            track = await track_meant(connection, producer, name, answering(self._track))
            return await self._record(connection, producer, track)

    @on_click(ids.TRACK_OF, answer)
    async def track_of(self, interaction: Interaction, click: Click) -> Message:
        """Track, under a sale's record."""
        name = sale_name(click.match)
        async with self.reading(interaction, name.producer_id) as (connection, producer):
            track = await sales.track_of(connection, producer, name.number)
            if track is None:
                raise no_such_sale(name.number)
            return await self._record(connection, producer, track)

    @on_click(ids.TRACK_DETAILS, answer)
    async def details(self, interaction: Interaction, click: Click) -> Message:
        """Details, under a track."""
        name = track_name(click.match)
        async with self.reading(interaction, name.producer_id) as (connection, producer):
            found = await tracks.track_by_id(connection, producer, name.track_id)
        if found is None:
            raise track_is_gone()
        return track_details(found, producer)

    async def _record(self, connection: AsyncConnection, producer: Producer, name: str) -> Message:
        found = await tracks.catalogue_track(connection, producer, name)
        if found is None:
            raise no_such_track(name)
        sold = await sales.of_track(connection, producer, name, self.clock())
        return track_message(found, producer, sold, readable=self.bot.fees_possible)

    async def _page(self, sort: TrackSort, interaction: Interaction, number: int) -> ListPage:
        async with self.reading(interaction) as (connection, producer):
            found = await tracks.catalogue(connection, producer, number, sort)
        embed = tracks_embed(found, producer, readable=self.bot.fees_possible)
        options = catalogue_options(found.tracks)
        return ListPage(embed, options, found.page, pages(found.count))


async def setup(bot: CommandBot) -> None:
    await bot.add_cog(TracksCog(bot))
