"""`/exclusive`: whether a track is still free, and all that are sold exclusively."""

from functools import partial

from discord import app_commands
from discord.app_commands import Choice, Range
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.sale import Producer, SaleSort, TrackRights, pages
from bot.store.books import exclusivity
from bot.store.queries import exclusive
from bot.text import ids
from bot.text.exclusive import held_tracks, track_options, track_rights
from bot.text.ids import SaleName, TrackName, sale_name, track_name
from bot.text.language import gettext, speaking
from bot.text.message import Message
from bot.text.sales import SORTS
from bot.text.track_questions import track_decided
from cogs.kit import completion
from cogs.kit.buttons import Click, cog_of
from cogs.kit.command_bot import CommandBot, CommandCog
from cogs.kit.list_view import ListPage, show_tracks
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
        track: Range[str, 1, 100] | None = None,
        sort: str = SaleSort.NEWEST.value,
    ) -> None:
        """One track's rights, or the list of all exclusively sold tracks."""
        page = partial(self._page, SaleSort(sort))
        await show_tracks(interaction, track, page, self._track, command="/exclusive")

    @show.autocomplete("track")
    async def complete_track(self, interaction: Interaction, typed: str) -> list[Choice[str]]:
        return await completion.tracks_like(self.store, interaction, typed, offered=True)

    async def _track(self, interaction: Interaction, name: str) -> Message:
        async with self.reading(interaction) as (connection, producer):
            track = await completion.track_meant(connection, producer, name)
            found = await exclusive.track_rights(connection, producer, track, self.clock())
        if found is None:
            raise no_such_track(name)
        return track_rights(found, producer)

    async def _page(self, sort: SaleSort, interaction: Interaction, number: int) -> ListPage:
        async with self.reading(interaction) as (connection, producer):
            held = await exclusive.held(connection, producer, number, self.clock(), sort)
        return ListPage(
            embed=held_tracks(held.tracks, held.page, held.count, producer, held.kept_off),
            options=track_options(held.tracks),
            page=held.page,
            pages=pages(held.count),
        )

    async def named(self, interaction: Interaction, name: TrackName) -> Message:
        """The rights of a track that a button names."""
        async with self.reading(interaction, name.producer_id) as (connection, producer):
            found = await self._rights_of(connection, producer, name.track_id)
        return track_rights(found, producer)

    async def accept(self, interaction: Interaction, name: SaleName, *, in_alert: bool) -> Message:
        """Accept a conflict. An alert is edited by the dispatcher; here it is confirmed."""
        now, by = self.clock(), interaction.user.id
        async with self.writing(interaction, name.producer_id) as (connection, producer):
            done = await exclusivity.accept(connection, producer, name.number, by=by, now=now)
            found = await self._rights_of_sale(connection, producer, name.number)
        if not in_alert:
            return track_rights(found, producer)
        if not done:
            raise Say("#{number} is no longer a conflict.", number=name.number)
        words = gettext("Accepted: #{number} is now a valid license.", number=name.number)
        return Message(content=words)

    async def withdraw(self, interaction: Interaction, name: SaleName) -> Message:
        """No longer accept a conflict."""
        now, by = self.clock(), interaction.user.id
        async with self.writing(interaction, name.producer_id) as (connection, producer):
            await exclusivity.withdraw(connection, producer, name.number, by=by, now=now)
            found = await self._rights_of_sale(connection, producer, name.number)
        return track_rights(found, producer)

    async def decide(
        self, interaction: Interaction, name: TrackName, *, keep_off: bool, asked: bool
    ) -> Message:
        """Keep a track off sale or put it back on sale; `asked`: by the question in the channel."""
        async with self.writing(interaction, name.producer_id) as (connection, producer):
            await exclusive.decide(
                connection,
                producer,
                name.track_id,
                keep_off=keep_off,
                by=interaction.user.id,
                now=self.clock(),
                again=not asked,
            )
            found = await self._rights_of(connection, producer, name.track_id)
        if not asked:
            return track_rights(found, producer)
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


class TrackButton(Click, template=ids.TRACK.template):
    """Put it back on sale, or Keep it off: under a question, or under a track's rights."""

    async def clicked(self, interaction: Interaction) -> None:
        cog = cog_of(interaction, ExclusiveCog)
        keep_off, asked = self.match["choice"] == "keep", self.match["place"] == "question"
        name = track_name(self.match)
        await edit(interaction, cog.decide(interaction, name, keep_off=keep_off, asked=asked))
        cog.bot.wake()


class RightsButton(Click, template=ids.RIGHTS.template):
    """Rights, under a track."""

    async def clicked(self, interaction: Interaction) -> None:
        cog = cog_of(interaction, ExclusiveCog)
        await answer(interaction, cog.named(interaction, track_name(self.match)))


class AcceptButton(Click, template=ids.ACCEPT.template):
    """Accept #1042: a conflict that was settled with both buyers."""

    async def clicked(self, interaction: Interaction) -> None:
        cog, in_alert = cog_of(interaction, ExclusiveCog), self.match["place"] == "alert"
        work = cog.accept(interaction, sale_name(self.match), in_alert=in_alert)
        await (answer if in_alert else edit)(interaction, work)
        cog.bot.wake()


class WithdrawButton(Click, template=ids.WITHDRAW.template):
    """No longer accept #1042."""

    async def clicked(self, interaction: Interaction) -> None:
        cog = cog_of(interaction, ExclusiveCog)
        await edit(interaction, cog.withdraw(interaction, sale_name(self.match)))
        cog.bot.wake()


async def setup(bot: CommandBot) -> None:
    await bot.add_cog(ExclusiveCog(bot))
    bot.add_dynamic_items(TrackButton, RightsButton, AcceptButton, WithdrawButton)
