"""`/exclusive`: whether a track is still free, and all that are sold exclusively."""

from datetime import datetime
from functools import partial

from discord import app_commands
from discord.app_commands import Choice, Range
from discord.ext import commands
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.period import Clock
from bot.domain.sale import Producer, SaleSort, TrackRights, pages
from bot.store.books import exclusivity
from bot.store.engine import Store
from bot.store.queries import exclusive
from bot.text import ids
from bot.text.exclusive import held_tracks, track_options, track_rights
from bot.text.ids import SaleName, TrackChoice, TrackName, sale_name, track_choice, track_name
from bot.text.language import gettext, speaking
from bot.text.message import Message
from bot.text.sales import SORTS
from bot.text.track_questions import track_decided
from cogs.kit import completion
from cogs.kit.buttons import Click, cog_of
from cogs.kit.list_view import ListPage, show_tracks
from cogs.kit.permission import (
    News,
    Say,
    money_command,
    no_such_sale,
    no_such_track,
    producer_named,
    producer_of,
    require_manager,
)
from cogs.kit.respond import Asked, answer, edit


class ExclusiveCog(commands.Cog):
    """Exclusive rights, track by track."""

    def __init__(self, store: Store, clock: Clock, *, news: News = lambda: None) -> None:
        """`news` is called when there is something to tell, or to do."""
        self.store = store
        self.clock = clock
        self._news = news

    @app_commands.command(
        name="exclusive", description="Which tracks are sold exclusively, and which are still free"
    )
    @app_commands.describe(
        track="One track; without it, all that are sold exclusively",
        sort="Which of all that are sold exclusively come first",
    )
    @app_commands.choices(sort=[Choice(name=name, value=key.value) for key, name in SORTS.items()])
    @money_command
    async def show(
        self,
        interaction: Asked,
        track: Range[str, 1, 100] | None = None,
        sort: str = SaleSort.NEWEST.value,
    ) -> None:
        """One track's rights, or the list of all exclusively sold tracks."""
        page = partial(self._page, SaleSort(sort))
        await show_tracks(interaction, track, page, self._track, command="/exclusive")

    @show.autocomplete("track")
    async def complete_track(self, interaction: Asked, typed: str) -> list[Choice[str]]:
        return await completion.tracks_like(self.store, interaction, typed, offered=True)

    async def opened(self, interaction: Asked, name: TrackName) -> None:
        """The Rights button of a track."""
        require_manager(interaction)
        await answer(interaction, self._named(interaction, name))

    async def pressed(self, interaction: Asked, choice: TrackChoice) -> None:
        """A button that keeps a track off sale or puts it back on: its message says so then."""
        require_manager(interaction)
        await edit(interaction, self._decided(interaction, choice))
        self._news()

    async def accepted(self, interaction: Asked, name: SaleName, *, in_alert: bool) -> None:
        """A button that accepts a conflict. An alert is edited by the dispatcher."""
        require_manager(interaction)
        work = self._accepted(interaction, name, in_alert=in_alert)
        await (answer if in_alert else edit)(interaction, work)
        self._news()

    async def withdrawn(self, interaction: Asked, name: SaleName) -> None:
        """A button that takes back that a conflict was accepted."""
        require_manager(interaction)
        await edit(interaction, self._withdrawn(interaction, name))
        self._news()

    async def _accepted(self, interaction: Asked, name: SaleName, *, in_alert: bool) -> Message:
        now, by = self.clock(), interaction.user.id
        async with self.store.write() as connection:
            producer = await producer_named(connection, interaction, name.producer_id)
            done = await exclusivity.accept(connection, producer, name.number, by=by, now=now)
            found = await _rights_of_sale(connection, producer, name.number, now)
        if not in_alert:
            return track_rights(found, producer)
        if not done:
            raise Say("#{number} is no conflict any more.", number=name.number)
        return Message(
            content=gettext(
                "Accepted: #{number} is a valid license from now on.", number=name.number
            )
        )

    async def _withdrawn(self, interaction: Asked, name: SaleName) -> Message:
        now, by = self.clock(), interaction.user.id
        async with self.store.write() as connection:
            producer = await producer_named(connection, interaction, name.producer_id)
            await exclusivity.withdraw(connection, producer, name.number, by=by, now=now)
            found = await _rights_of_sale(connection, producer, name.number, now)
        return track_rights(found, producer)

    async def _decided(self, interaction: Asked, choice: TrackChoice) -> Message:
        async with self.store.write() as connection:
            producer = await producer_named(connection, interaction, choice.producer_id)
            await exclusive.decide(
                connection,
                producer,
                choice.track_id,
                keep_off=choice.keep_off,
                by=interaction.user.id,
                now=self.clock(),
                again=not choice.asked,
            )
            found = await rights_of(connection, producer, choice.track_id, self.clock())
        if not choice.asked:
            return track_rights(found, producer)
        # The question stands in the channel: its answer is for all who read there.
        with speaking(producer.preferences.language):
            return track_decided(found, producer)

    async def _track(self, interaction: Asked, name: str) -> Message:
        async with self.store.read() as connection:
            producer = await producer_of(connection, interaction)
            track = await completion.track_meant(connection, producer, name)
            found = await exclusive.track_rights(connection, producer, track, self.clock())
        if found is None:
            raise no_such_track(name)
        return track_rights(found, producer)

    async def _named(self, interaction: Asked, name: TrackName) -> Message:
        async with self.store.read() as connection:
            producer = await producer_named(connection, interaction, name.producer_id)
            found = await rights_of(connection, producer, name.track_id, self.clock())
        return track_rights(found, producer)

    async def _page(self, sort: SaleSort, interaction: Asked, number: int) -> ListPage:
        async with self.store.read() as connection:
            producer = await producer_of(connection, interaction)
            held = await exclusive.held(connection, producer, number, self.clock(), sort)
        return ListPage(
            embed=held_tracks(held.tracks, held.page, held.count, producer, held.kept_off),
            options=track_options(held.tracks),
            page=held.page,
            pages=pages(held.count),
        )


async def rights_of(
    connection: AsyncConnection, producer: Producer, track_id: int, now: datetime
) -> TrackRights:
    """How a track stands that a button named. Raises Say where there is none any more."""
    found = await exclusive.rights_of(connection, producer, track_id, now)
    if found is None:
        raise Say("I do not know this track any more.")
    return found


async def _rights_of_sale(
    connection: AsyncConnection, producer: Producer, number: int, now: datetime
) -> TrackRights:
    track_id = await exclusive.track_of_sale(connection, producer, number)
    if track_id is None:
        raise no_such_sale(number)
    return await rights_of(connection, producer, track_id, now)


class TrackButton(Click, template=ids.TRACK):
    """Put it back on sale, or Keep it off: under a question, or under a track's rights."""

    async def clicked(self, interaction: Asked) -> None:
        await cog_of(interaction, ExclusiveCog).pressed(interaction, track_choice(self.match))


class RightsButton(Click, template=ids.RIGHTS):
    """Rights, under a track."""

    async def clicked(self, interaction: Asked) -> None:
        await cog_of(interaction, ExclusiveCog).opened(interaction, track_name(self.match))


class AcceptButton(Click, template=ids.ACCEPT):
    """Accept #1042: a conflict that was settled with both buyers."""

    async def clicked(self, interaction: Asked) -> None:
        await cog_of(interaction, ExclusiveCog).accepted(
            interaction, sale_name(self.match), in_alert=self.match["place"] == "alert"
        )


class WithdrawButton(Click, template=ids.WITHDRAW):
    """No longer accept #1042."""

    async def clicked(self, interaction: Asked) -> None:
        await cog_of(interaction, ExclusiveCog).withdrawn(interaction, sale_name(self.match))


CLICKS = (TrackButton, RightsButton, AcceptButton, WithdrawButton)
