"""Taking a track off sale, as far as people have a say in it: the shelves elsewhere, go ahead."""

from discord.ext import commands

from bot.domain.period import Clock
from bot.domain.sale import Producer
from bot.store.books import marketplaces, off_sale_tracks
from bot.store.engine import Store
from bot.store.queries import left_on_sale
from bot.text import ids
from bot.text.exclusive import track_rights
from bot.text.ids import TrackName, track_name
from bot.text.language import speaking
from bot.text.message import Message
from bot.text.track_questions import going_off_sale
from cogs.exclusive import rights_of
from cogs.kit.buttons import Click, cog_of
from cogs.kit.permission import News, producer_named, require_manager
from cogs.kit.respond import Asked, edit


class ShelvesCog(commands.Cog):
    """What is clicked under an exclusive's checklist."""

    def __init__(self, store: Store, clock: Clock, *, news: News = lambda: None) -> None:
        """`news` is called when there is something to tell, or to do."""
        self.store = store
        self.clock = clock
        self._news = news

    async def go_ahead(self, interaction: Asked, name: TrackName) -> None:
        """Take it off sale, or try again: the answer then says how it stands."""
        require_manager(interaction)
        await edit(interaction, self._gone_ahead(interaction, name))
        self._news()

    async def ticked(
        self, interaction: Asked, name: TrackName, chosen: list[str], *, in_alert: bool
    ) -> None:
        """Keep what was ticked. An alert is edited by the dispatcher."""
        require_manager(interaction)
        shelves = _numbers(chosen)
        if in_alert:
            await interaction.response.defer()
            await self._tick(interaction, name, shelves)
        else:
            await edit(interaction, self._ticked(interaction, name, shelves))
        self._news()

    async def take_off(
        self, interaction: Asked, producer_id: int, chosen: frozenset[int] | None
    ) -> None:
        """Take what was sold before the bot was there off sale: some, or (None) all of it."""
        require_manager(interaction)
        await edit(interaction, self._taken_off(interaction, producer_id, chosen))
        self._news()

    async def _taken_off(
        self, interaction: Asked, producer_id: int, chosen: frozenset[int] | None
    ) -> Message:
        now, message = self.clock(), interaction.message
        assert message is not None, "a click is on a message"
        async with self.store.write() as connection:
            producer = await producer_named(connection, interaction, producer_id)
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

    async def _gone_ahead(self, interaction: Asked, name: TrackName) -> Message:
        async with self.store.write() as connection:
            producer = await producer_named(connection, interaction, name.producer_id)
            await off_sale_tracks.go_ahead(connection, producer, [name.track_id], self.clock())
        return await self._rights(producer, name.track_id)

    async def _ticked(self, interaction: Asked, name: TrackName, shelves: list[int]) -> Message:
        return await self._rights(await self._tick(interaction, name, shelves), name.track_id)

    async def _tick(self, interaction: Asked, name: TrackName, shelves: list[int]) -> Producer:
        async with self.store.write() as connection:
            producer = await producer_named(connection, interaction, name.producer_id)
            await marketplaces.tick(
                connection,
                producer,
                name.track_id,
                shelves,
                by=interaction.user.id,
                now=self.clock(),
            )
        return producer

    async def _rights(self, producer: Producer, track_id: int) -> Message:
        async with self.store.read() as connection:
            found = await rights_of(connection, producer, track_id, self.clock())
        return track_rights(found, producer)


def _numbers(chosen: list[str]) -> list[int]:
    """What is none is left out: values come from outside."""
    return [int(value) for value in chosen if value.isascii() and value.isdigit()]


class GoAheadButton(Click, template=ids.OFF_SALE):
    """Take it off sale, or Try again."""

    async def clicked(self, interaction: Asked) -> None:
        await cog_of(interaction, ShelvesCog).go_ahead(interaction, track_name(self.match))


class ElsewhereMenu(Click, template=ids.ELSEWHERE):
    """Where a track was taken off."""

    async def clicked(self, interaction: Asked) -> None:
        await cog_of(interaction, ShelvesCog).ticked(
            interaction,
            track_name(self.match),
            self.values,
            in_alert=self.match["place"] == "alert",
        )


class LeftOnSaleClick(Click, template=ids.LEFT_ON_SALE):
    """Take all 3 off sale, or some."""

    async def clicked(self, interaction: Asked) -> None:
        every = self.match["what"] == "all"
        chosen = None if every else frozenset(_numbers(self.values))
        await cog_of(interaction, ShelvesCog).take_off(
            interaction, int(self.match["producer"]), chosen
        )


CLICKS = (GoAheadButton, ElsewhereMenu, LeftOnSaleClick)
