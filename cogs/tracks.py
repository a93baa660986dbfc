"""`/tracks`: the catalogue, and how each of its tracks sells."""

from functools import partial

from discord import app_commands
from discord.app_commands import Choice, Range
from discord.ext import commands
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.period import Clock
from bot.domain.sale import Producer, pages
from bot.domain.track import TrackSort
from bot.store.engine import Store
from bot.store.queries import catalogue, sales
from bot.text import ids
from bot.text.ids import SaleName, sale_name
from bot.text.message import Message
from bot.text.tracks import SORTS, catalogue_options, track_message, tracks_embed
from cogs.kit import completion
from cogs.kit.buttons import Click, cog_of
from cogs.kit.list_view import ListPage, show_tracks
from cogs.kit.permission import (
    money_command,
    no_such_sale,
    no_such_track,
    producer_named,
    producer_of,
    require_manager,
)
from cogs.kit.respond import Asked, answer


class TracksCog(commands.Cog):
    """What is for sale."""

    def __init__(self, store: Store, clock: Clock, *, readable: bool = True) -> None:
        """`readable`: whether there is a key to read the catalogue with."""
        self.store = store
        self.clock = clock
        self.readable = readable

    @app_commands.command(
        name="tracks", description="What you offer: each track with its licenses, sales and income"
    )
    @app_commands.describe(
        track="One track; without it, all of them", sort="What all of them go by"
    )
    @app_commands.choices(sort=[Choice(name=name, value=key.value) for key, name in SORTS.items()])
    @money_command
    async def show(
        self,
        interaction: Asked,
        track: Range[str, 1, 100] | None = None,
        sort: str = TrackSort.NAME.value,
    ) -> None:
        """One track with all its prices, or the list of all tracks."""
        page = partial(self._page, TrackSort(sort))
        await show_tracks(interaction, track, page, self._track, command="/tracks")

    @show.autocomplete("track")
    async def complete_track(self, interaction: Asked, typed: str) -> list[Choice[str]]:
        return await completion.tracks_like(self.store, interaction, typed, offered=True)

    async def _track(self, interaction: Asked, name: str) -> Message:
        async with self.store.read() as connection:
            producer = await producer_of(connection, interaction)
            track = await completion.track_meant(connection, producer, name)
            return await self._record(connection, producer, track)

    async def pressed(self, interaction: Asked, name: SaleName) -> None:
        """The Track button of a sale."""
        require_manager(interaction)
        await answer(interaction, self._sold(interaction, name))

    async def _sold(self, interaction: Asked, name: SaleName) -> Message:
        async with self.store.read() as connection:
            producer = await producer_named(connection, interaction, name.producer_id)
            track = await sales.track_of(connection, producer, name.number)
            if track is None:
                raise no_such_sale(name.number)
            return await self._record(connection, producer, track)

    async def _record(self, connection: AsyncConnection, producer: Producer, name: str) -> Message:
        found = await catalogue.catalogue_track(connection, producer, name)
        if found is None:
            raise no_such_track(name)
        sold = await sales.of_track(connection, producer, name, self.clock())
        return track_message(found, producer, sold)

    async def _page(self, sort: TrackSort, interaction: Asked, number: int) -> ListPage:
        async with self.store.read() as connection:
            producer = await producer_of(connection, interaction)
            found = await catalogue.catalogue(connection, producer, number, sort)
        return ListPage(
            embed=tracks_embed(found, producer, readable=self.readable),
            options=catalogue_options(found.tracks),
            page=found.page,
            pages=pages(found.count),
        )


class TrackButton(Click, template=ids.TRACK_OF):
    """Track, under a sale's record."""

    async def clicked(self, interaction: Asked) -> None:
        await cog_of(interaction, TracksCog).pressed(interaction, sale_name(self.match))


CLICKS = (TrackButton,)
