"""`/exclusive`: whether a track is still free, and all that are sold exclusively."""

from functools import partial

from discord import app_commands
from discord.app_commands import Choice, Transform
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.sale import Producer, SaleSort, TrackRights, pages
from bot.store.books import exclusivity
from bot.store.queries import exclusive
from bot.text import ids
from bot.text.exclusive import held_tracks, track_options, track_rights
from bot.text.ids import SaleName, sale_name, track_name
from bot.text.language import gettext, speaking
from bot.text.message import Message
from bot.text.sales import SORTS
from bot.text.track_questions import track_decided
from cogs.kit.buttons import Click, on_click
from cogs.kit.command_bot import CommandBot, CommandCog
from cogs.kit.completion import OfferedTrackOption
from cogs.kit.list_view import ListPage, show_tracks
from cogs.kit.near_miss import answering, track_meant
from cogs.kit.permission import Interaction, Say, no_such_sale, no_such_track, track_is_gone
from cogs.kit.respond import answer, edit


class ExclusiveCog(CommandCog):
    """Exclusive rights, track by track."""

    @app_commands.command(
        name="exclusive",
        description="Which tracks are sold exclusively, and which are still free",
        extras={"topic": "tracks", "example": {"track": "Midnight Drive"}},
    )
    @app_commands.describe(
        track="One track; leave it out for all exclusives",
        sort="Sort the exclusives by",
    )
    @app_commands.choices(sort=[Choice(name=name, value=key.value) for key, name in SORTS.items()])
    async def show(
        self,
        interaction: Interaction,
        track: Transform[str, OfferedTrackOption] | None = None,
        sort: str = SaleSort.NEWEST.value,
    ) -> None:
        """One track's rights, or the list of all exclusively sold tracks."""
        page = partial(self._page, SaleSort(sort))
        await show_tracks(interaction, track, page, self._track, command="/exclusive")

    async def _track(self, interaction: Interaction, name: str) -> Message:
        async with self.reading(interaction) as (connection, producer):
            track = await track_meant(connection, producer, name, answering(self._track))
            found = await exclusive.track_rights(connection, producer, track, self.clock())
        if found is None:
            raise no_such_track(name)
        return track_rights(found, producer, self.clock())

    async def _page(self, sort: SaleSort, interaction: Interaction, number: int) -> ListPage:
        async with self.reading(interaction) as (connection, producer):
            held = await exclusive.held(connection, producer, number, self.clock(), sort)
        embed = held_tracks(held, producer, self.clock())
        options = track_options(held.tracks)
        return ListPage(embed, options, held.page, pages(held.count))

    @on_click(ids.RIGHTS, answer)
    async def rights(self, interaction: Interaction, click: Click) -> Message:
        """Rights, under a track."""
        name = track_name(click.match)
        async with self.reading(interaction, name.producer_id) as (connection, producer):
            found = await self._rights_of(connection, producer, name.track_id)
        return track_rights(found, producer, self.clock())

    @on_click(ids.ACCEPT)
    async def accept(self, interaction: Interaction, click: Click) -> None:
        """Accept #1042: a conflict that was settled with both buyers.

        An alert is edited by the dispatcher; here it is confirmed.
        """
        in_alert = click.match["place"] == "alert"
        work = self._accept(interaction, sale_name(click.match), in_alert=in_alert)
        await (answer if in_alert else edit)(interaction, work)

    async def _accept(self, interaction: Interaction, name: SaleName, *, in_alert: bool) -> Message:
        now, by = self.clock(), interaction.user.id
        async with self.writing(interaction, name.producer_id) as (connection, producer):
            done = await exclusivity.accept(connection, producer, name.number, by=by, now=now)
            found = await self._rights_of_sale(connection, producer, name.number)
        if not in_alert:
            return track_rights(found, producer, self.clock())
        if not done:
            raise Say("#{number} is no longer a conflict.", number=name.number)
        words = gettext("Accepted: #{number} is now a valid license.", number=name.number)
        return Message(content=words)

    @on_click(ids.WITHDRAW, edit)
    async def withdraw(self, interaction: Interaction, click: Click) -> Message:
        """No longer accept #1042."""
        name = sale_name(click.match)
        now, by = self.clock(), interaction.user.id
        async with self.writing(interaction, name.producer_id) as (connection, producer):
            await exclusivity.withdraw(connection, producer, name.number, by=by, now=now)
            found = await self._rights_of_sale(connection, producer, name.number)
        return track_rights(found, producer, self.clock())

    @on_click(ids.TRACK, edit)
    async def decide(self, interaction: Interaction, click: Click) -> Message:
        """Put it back on sale, or Keep it off: under a question, or under a track's rights."""
        name, asked = track_name(click.match), click.match["place"] == "question"
        async with self.writing(interaction, name.producer_id) as (connection, producer):
            await exclusive.decide(
                connection,
                producer,
                name.track_id,
                keep_off=click.match["choice"] == "keep",
                by=interaction.user.id,
                now=self.clock(),
                again=not asked,
            )
            found = await self._rights_of(connection, producer, name.track_id)
        if not asked:
            return track_rights(found, producer, self.clock())
        # The question stands in the channel: its answer is for all who read there.
        with speaking(producer.preferences.language):
            return track_decided(found, producer)

    async def _rights_of(
        self, connection: AsyncConnection, producer: Producer, track_id: int
    ) -> TrackRights:
        found = await exclusive.rights_of(connection, producer, track_id, self.clock())
        if found is None:
            raise track_is_gone()
        return found

    async def _rights_of_sale(
        self, connection: AsyncConnection, producer: Producer, number: int
    ) -> TrackRights:
        track_id = await exclusive.track_of_sale(connection, producer, number)
        if track_id is None:
            raise no_such_sale(number)
        return await self._rights_of(connection, producer, track_id)


async def setup(bot: CommandBot) -> None:
    await bot.add_cog(ExclusiveCog(bot))
