"""`/exclusive`: whether a track is still free, and all that are sold exclusively."""

from discord import app_commands
from discord.app_commands import Choice, Range
from discord.ext import commands

from bot.ledger.clock import Clock
from bot.render import ids
from bot.render.ids import TrackChoice, track_choice
from bot.render.message import Message
from bot.render.rights import held_tracks, track_option, track_rights
from bot.render.sales_list import pages
from bot.render.track_question import track_decided
from bot.render.words import safe
from bot.store import rights
from bot.store.engine import Store
from cogs import completion
from cogs.answers import Asked, answer, edit
from cogs.clicks import Click, cog_of
from cogs.guard import Say, money_command, producer_named, producer_of, require_manager
from cogs.listing import ListPage, show_list


class ExclusiveCog(commands.Cog):
    """Exclusive rights, track by track."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self.store = store
        self.clock = clock

    @app_commands.command(
        name="exclusive", description="Which tracks are sold exclusively, and which are still free"
    )
    @app_commands.describe(track="One track; without it, all that are sold exclusively")
    @money_command
    async def show(self, interaction: Asked, track: Range[str, 1, 100] | None = None) -> None:
        """One track's rights, or the list of all exclusively sold tracks."""
        if track is not None:
            await answer(interaction, self._track(interaction, track))
            return
        await show_list(
            interaction, self._page, self._track, command="/exclusive", menu="Open a track"
        )

    @show.autocomplete("track")
    async def complete_track(self, interaction: Asked, typed: str) -> list[Choice[str]]:
        return await completion.tracks_like(self.store, interaction, typed)

    async def pressed(self, interaction: Asked, choice: TrackChoice) -> None:
        """A button that keeps a track off sale or puts it back on: its message says so then."""
        require_manager(interaction)
        await edit(interaction, self._decided(interaction, choice))

    async def _decided(self, interaction: Asked, choice: TrackChoice) -> Message:
        async with self.store.write() as connection:
            producer = await producer_named(connection, interaction, choice.producer_id)
            await rights.decide(
                connection,
                producer,
                choice.track_id,
                keep_off=choice.keep_off,
                by=interaction.user.id,
                now=self.clock(),
                again=not choice.asked,
            )
            found = await rights.rights_of(connection, producer, choice.track_id, self.clock())
        if found is None:
            raise Say("I do not know this track any more.")
        return track_decided(found, producer) if choice.asked else track_rights(found, producer)

    async def _track(self, interaction: Asked, name: str) -> Message:
        async with self.store.read() as connection:
            producer = await producer_of(connection, interaction)
            track = await completion.whole_track(connection, producer, name)
            found = await rights.track_rights(connection, producer, track, self.clock())
        if found is None:
            raise Say(
                f"No track named “{safe(name, 80)}” has been sold. "
                "Pick one from what comes up as you type."
            )
        return track_rights(found, producer)

    async def _page(self, interaction: Asked, number: int) -> ListPage:
        async with self.store.read() as connection:
            producer = await producer_of(connection, interaction)
            held = await rights.held(connection, producer, number, self.clock())
        return ListPage(
            embed=held_tracks(held.tracks, held.page, held.count, producer, held.kept_off),
            options=tuple(track_option(found, found.track[:100]) for found in held.tracks),
            page=held.page,
            pages=pages(held.count),
        )


class TrackButton(Click, template=ids.TRACK):
    """Put it back on sale, or Keep it off: under a question, or under a track's rights."""

    async def clicked(self, interaction: Asked) -> None:
        await cog_of(interaction, ExclusiveCog).pressed(interaction, track_choice(self.match))


CLICKS = (TrackButton,)
