"""`/settings`: where alerts go, and how everything stands."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import TypeAlias

import discord
from discord import app_commands
from discord.app_commands import Choice, Range
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain import preferences
from bot.domain.json_access import text
from bot.domain.key_permissions import Ability
from bot.domain.news import SALES
from bot.domain.period import Clock
from bot.domain.preferences import Route, Setting
from bot.domain.sale import Producer
from bot.store import inbox, key_value, outbox
from bot.store.books import marketplaces, problem_log, producers
from bot.store.books.sync_progress import events_seen, import_progress
from bot.store.engine import Store
from bot.store.queries import catalogue
from bot.store.queries.messages import set_aside
from bot.store.queries.stats import currencies
from bot.text import ids
from bot.text.language import gettext
from bot.text.marketplaces import shelves_message
from bot.text.message import Message
from bot.text.settings import Status, status_message
from bot.text.words import safe
from cogs.kit import completion
from cogs.kit.buttons import Click, cog_of
from cogs.kit.permission import Say, no_such_choice, producer_named, producer_of, require_manager
from cogs.kit.respond import Asked, answer, edit
from cogs.settings_channel import main_of, routes_of, take
from cogs.settings_notifications import PreferenceCommands
from cogs.settings_notifications import settings as settings_group

_NEWS = [
    Choice(name="sales", value=SALES),
    Choice(name="refunds and disputes", value=Route.RETURNS.value),
    Choice(name="payouts", value=Route.PAYOUTS.value),
    Choice(name="digests", value=Route.DIGESTS.value),
]
PROBLEMS = 5
"""How many problems are shown."""
SET_ASIDE = 3
"""How many messages that could not be sent are shown."""

ChannelSet: TypeAlias = Callable[[], None]
"""Called once a channel is stored, or alerts have to follow, so that what waits is sent."""
Abilities: TypeAlias = Callable[[], Awaitable[Sequence[Ability]]]
"""What the Stripe key may do; empty where nobody can say."""


async def nobody_can_say() -> Sequence[Ability]:
    """There is no key."""
    return ()


class SettingsCog(PreferenceCommands):
    """What is set up and what is not."""

    settings = settings_group

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        fees_possible: bool = True,
        channel_set: ChannelSet = lambda: None,
        channel_is_fixed: bool = False,
        zone_is_fixed: bool = False,
        abilities: Abilities = nobody_can_say,
    ) -> None:
        self.store = store
        self.clock = clock
        self.fees_possible = fees_possible
        self._channel_set = channel_set
        self._channel_is_fixed = channel_is_fixed
        self.zone_is_fixed = zone_is_fixed
        self._abilities = abilities

    @settings.command(name="show", description="What is set up, what works, what waits")
    async def show(self, interaction: Asked) -> None:
        """How everything stands, in plain words."""
        await answer(interaction, self._status(interaction))

    @settings.command(name="channel", description="Choose the private channel for your sales")
    @app_commands.describe(
        channel="A channel that only you and those you trust can see",
        news="What is told there: sales and all else, unless you choose",
    )
    @app_commands.rename(news="for")
    @app_commands.choices(news=_NEWS)
    async def channel(
        self, interaction: Asked, channel: discord.TextChannel, news: str = SALES
    ) -> None:
        """Check a channel, take it, and say what is so."""
        await answer(interaction, self._take(interaction, channel, news))

    @settings.command(name="shelves", description="Where else you sell, to tick after an exclusive")
    @app_commands.describe(add="BeatStars, YouTube, …", remove="One of the list")
    async def shelves(
        self,
        interaction: Asked,
        add: Range[str, 1, 100] | None = None,
        remove: Range[str, 1, 100] | None = None,
    ) -> None:
        """The list, after one was added to it or taken off it; alerts that show it follow."""
        await answer(interaction, self._shelves(interaction, add, remove))
        self._channel_set()

    @shelves.autocomplete("remove")
    async def complete_shelf(self, interaction: Asked, typed: str) -> list[Choice[str]]:
        return await completion.shelves_like(self.store, interaction, typed)

    async def _shelves(self, interaction: Asked, add: str | None, remove: str | None) -> Message:
        async with self.store.write() as connection:
            producer = await producer_of(connection, interaction)
            if remove is not None and not await marketplaces.remove(
                connection, producer, remove, self.clock()
            ):
                raise Say(
                    "“{name}” is not on the list: `/settings shelves`.", name=safe(remove, 60)
                )
            if add is not None:
                await _add_shelf(connection, producer, add, self.clock())
            listed = await marketplaces.listed(connection, producer)
        return shelves_message(listed, marketplaces.MOST)

    async def _status(self, interaction: Asked) -> Message:
        async with self.store.read() as connection:
            # Before Stripe is asked: another server shall not have it asked.
            await producer_of(connection, interaction)
        abilities = await self._abilities()
        async with self.store.read() as connection:
            producer = await producer_of(connection, interaction)
            count, open_problems = await problem_log.shown(connection, producer, PROBLEMS)
            status = Status(
                producer=producer,
                channel=main_of(interaction, producer),
                routes=routes_of(interaction, producer),
                shut=await outbox.shut_routes(connection, producer),
                currencies=await currencies(connection, producer),
                zone_fixed=self.zone_is_fixed,
                fees_possible=self.fees_possible,
                last_event=await inbox.latest(connection),
                events=await inbox.counts(connection),
                outbox=await outbox.counts(connection, producer.id),
                set_aside=await set_aside(connection, producer, SET_ASIDE),
                blocked=await key_value.get(connection, key_value.blocked_note(producer.id)) or "",
                past=await import_progress(connection, producer.livemode),
                seen=await events_seen(connection, producer.livemode),
                problems=open_problems,
                problem_count=count,
                catalogue_trouble=(await catalogue.reading(connection, producer)).trouble,
                abilities=abilities,
            )
        return status_message(status)

    async def pressed(self, interaction: Asked, producer_id: int, action: str) -> None:
        """A button under what is wrong: the same page says then how it stands."""
        require_manager(interaction)
        await edit(interaction, self._mend(interaction, producer_id, action))

    async def _mend(self, interaction: Asked, producer_id: int, action: str) -> Message:
        async with self.store.write() as connection:
            producer = await producer_named(connection, interaction, producer_id)
            if action == "hide":
                await problem_log.hide(connection, producer)
            else:
                await problem_log.try_again(connection, producer, self.clock())
                await outbox.reopen(connection, producer.id)
        self._channel_set()
        return await self._status(interaction)

    async def _take(
        self,
        interaction: Asked,
        channel: discord.TextChannel,
        news: str,
        *,
        confirmed: bool = False,
    ) -> Message:
        fixed = self._channel_is_fixed
        message = await take(
            self.store, interaction, channel, news, fixed=fixed, confirmed=confirmed
        )
        self._channel_set()
        return message

    async def confirmed(self, interaction: Asked, news: str, channel_id: int, *, yes: bool) -> None:
        """A button under the question whether a channel is to be used that many can see."""
        require_manager(interaction)
        await edit(interaction, self._confirmed(interaction, news, channel_id, yes=yes))

    async def _confirmed(
        self, interaction: Asked, news: str, channel_id: int, *, yes: bool
    ) -> Message:
        if not yes:
            return Message(content=gettext("Nothing was changed."))
        channel = interaction.guild.get_channel(channel_id) if interaction.guild else None
        if not isinstance(channel, discord.TextChannel):
            raise no_such_choice()
        return await self._take(interaction, channel, news, confirmed=True)

    async def chosen(self, interaction: Asked, producer_id: int, what: Setting, value: str) -> None:
        """A menu or a button of the page: the page says then how it stands."""
        require_manager(interaction)
        await edit(interaction, self._choose_there(interaction, producer_id, what, value))

    async def _choose_there(
        self, interaction: Asked, producer_id: int, what: Setting, value: str
    ) -> Message:
        async with self.store.write() as connection:
            producer = await producer_named(connection, interaction, producer_id)
            try:
                chosen = preferences.chosen(producer.preferences, what, value)
            except preferences.NotOffered:
                raise Say(
                    "That is not to be chosen here. `/settings show` shows what is."
                ) from None
            await producers.set_preferences(connection, producer, chosen)
        return await self._status(interaction)


async def _add_shelf(
    connection: AsyncConnection, producer: Producer, name: str, now: datetime
) -> None:
    shown = text(name)
    if shown is None:
        raise Say("That name has nothing to read in it. Write one like BeatStars.")
    try:
        await marketplaces.add(connection, producer, shown, now)
    except marketplaces.Full:
        raise Say(
            "There are {most} already, which is the most. Remove one first.",
            most=marketplaces.MOST,
        ) from None


class ProblemsButton(Click, template=ids.PROBLEMS):
    """Try again what is not understood or could not be sent; or hide what is not understood."""

    async def clicked(self, interaction: Asked) -> None:
        cog = cog_of(interaction, SettingsCog)
        await cog.pressed(interaction, int(self.match["producer"]), self.match["action"])


class PreferenceClick(Click, template=ids.PREFERENCE):
    """A menu or a button that changes how one is told."""

    async def clicked(self, interaction: Asked) -> None:
        value = self.match["value"] or next(iter(self.values), "")
        producer_id, what = int(self.match["producer"]), Setting(self.match["what"])
        await cog_of(interaction, SettingsCog).chosen(interaction, producer_id, what, value)


class ChannelButton(Click, template=ids.CHANNEL):
    """Use it anyway, or Cancel: a channel that most of the server can see."""

    async def clicked(self, interaction: Asked) -> None:
        news, channel_id = self.match["news"], int(self.match["channel"])
        yes = self.match["action"] == "yes"
        await cog_of(interaction, SettingsCog).confirmed(interaction, news, channel_id, yes=yes)


CLICKS = (ProblemsButton, PreferenceClick, ChannelButton)
