"""`/settings`: where alerts go, and how everything stands."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import TypeAlias

import discord
from discord import app_commands
from discord.app_commands import Choice, Range
from discord.ext import commands
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.ledger.abilities import Ability
from bot.ledger.clock import Clock
from bot.ledger.fields import text
from bot.ledger.records import Producer
from bot.render import ids
from bot.render.language import gettext
from bot.render.message import Message
from bot.render.settings import (
    ChannelCheck,
    Status,
    cannot_post,
    channel_set,
    check_channel,
    gone,
    status_message,
)
from bot.render.shelves import shelves_message
from bot.render.words import safe
from bot.store import catalogue, events, notes, outbox, problems, producers, shelves_elsewhere
from bot.store.engine import Store
from bot.store.progress import events_seen, import_progress
from cogs import completion
from cogs.answers import Asked, answer, edit
from cogs.clicks import Click, cog_of
from cogs.guard import (
    CONTEXTS,
    INSTALLS,
    MANAGERS,
    STRANGER,
    Say,
    producer_named,
    producer_of,
    require_manager,
)

PROBLEMS = 5
"""How many problems are shown."""

ChannelSet: TypeAlias = Callable[[], None]
"""Called once a channel is stored, or alerts have to follow, so that what waits is sent."""
Abilities: TypeAlias = Callable[[], Awaitable[Sequence[Ability]]]
"""What the Stripe key may do; empty where nobody can say."""


async def nobody_can_say() -> Sequence[Ability]:
    """There is no key."""
    return ()


class SettingsCog(commands.Cog):
    """What is set up and what is not."""

    settings = app_commands.Group(
        name="settings",
        description="Where sales are told, and how everything stands",
        guild_only=True,
        default_permissions=MANAGERS,
        allowed_contexts=CONTEXTS,
        allowed_installs=INSTALLS,
    )

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        fees_possible: bool = True,
        channel_set: ChannelSet = lambda: None,
        channel_is_fixed: bool = False,
        abilities: Abilities = nobody_can_say,
    ) -> None:
        self.store = store
        self.clock = clock
        self.fees_possible = fees_possible
        self._channel_set = channel_set
        self._channel_is_fixed = channel_is_fixed
        self._abilities = abilities

    @settings.command(name="show", description="What is set up, what works, what waits")
    async def show(self, interaction: Asked) -> None:
        """How everything stands, in plain words."""
        await answer(interaction, self._status(interaction))

    @settings.command(name="channel", description="Choose the private channel for your sales")
    @app_commands.describe(channel="A channel that only you and those you trust can see")
    async def channel(self, interaction: Asked, channel: discord.TextChannel) -> None:
        """Check a channel, take it, and say what is so."""
        await answer(interaction, self._take(interaction, channel))

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
            if remove is not None and not await shelves_elsewhere.remove(
                connection, producer, remove, self.clock()
            ):
                raise Say(
                    "“{name}” is not on the list: `/settings shelves`.", name=safe(remove, 60)
                )
            if add is not None:
                await _add_shelf(connection, producer, add, self.clock())
            listed = await shelves_elsewhere.listed(connection, producer)
        return shelves_message(listed, shelves_elsewhere.MOST)

    async def _status(self, interaction: Asked) -> Message:
        abilities = await self._abilities()
        async with self.store.read() as connection:
            producer = await producer_of(connection, interaction)
            failures = await outbox.failures(connection, producer.id, 3)
            count, open_problems = await problems.shown(connection, producer, PROBLEMS)
            status = Status(
                producer=producer,
                channel=_channel_of(interaction, producer),
                fees_possible=self.fees_possible,
                last_event=await events.latest(connection),
                events=await events.counts(connection),
                outbox=await outbox.counts(connection, producer.id),
                failures=[row.error or gettext("no reason noted") for row in failures],
                blocked=await notes.get(connection, notes.blocked_note(producer.id)) or "",
                past=await import_progress(connection, producer.livemode),
                seen=await events_seen(connection, producer.livemode),
                problems=open_problems,
                problem_count=count,
                catalogue_trouble=(await catalogue.reading(connection, producer)).trouble,
                abilities=abilities,
            )
        return status_message(status)

    async def pressed(self, interaction: Asked, producer_id: int, action: str) -> None:
        """A button under the problems: the same page says then how it stands."""
        require_manager(interaction)
        await edit(interaction, self._mend(interaction, producer_id, action))

    async def _mend(self, interaction: Asked, producer_id: int, action: str) -> Message:
        async with self.store.write() as connection:
            producer = await producer_named(connection, interaction, producer_id)
            if action == "hide":
                await problems.hide(connection, producer)
            else:
                await problems.try_again(connection, producer, self.clock())
        return await self._status(interaction)

    async def _take(self, interaction: Asked, channel: discord.TextChannel) -> Message:
        async with self.store.read() as connection:
            claimed = await _claimed(connection)
        await _require_claim(interaction, claimed)
        if self._channel_is_fixed:
            raise Say(
                "The channel is fixed by `DISCORD_ALERTS_CHANNEL` in my settings. Change it "
                "there, or remove it there to choose one here."
            )
        check = check_channel(channel)
        if check.missing:
            raise Say(cannot_post(check))
        async with self.store.write() as connection:
            if not await _claim(connection, channel):
                raise Say(STRANGER)
        self._channel_set()
        return channel_set(check)


async def _add_shelf(
    connection: AsyncConnection, producer: Producer, name: str, now: datetime
) -> None:
    shown = text(name)
    if shown is None:
        raise Say("That name has nothing to read in it. Write one like BeatStars.")
    try:
        await shelves_elsewhere.add(connection, producer, shown, now)
    except shelves_elsewhere.Full:
        raise Say(
            "There are {most} already, which is the most. Remove one first.",
            most=shelves_elsewhere.MOST,
        ) from None


async def _claimed(connection: AsyncConnection) -> set[int]:
    """The servers that producers belong to: one, or none yet. Raises Say without producers."""
    everyone = await producers.everyone(connection)
    if not everyone:
        raise Say(
            "I know of no Stripe account yet. Start me with its webhook secret and let Stripe "
            "call once; then run this again."
        )
    return {known.guild_id for known in everyone if known.guild_id is not None}


async def _require_claim(interaction: Asked, claimed: set[int]) -> None:
    """Whether this server may choose the channel. Raises Say.

    The first to choose owns the bot, so a stranger's server must not be first: the bot has to be
    in one server only, or the owner of its Discord application has to ask.
    """
    if claimed:
        if interaction.guild_id not in claimed:
            raise Say(STRANGER)
        return
    alone = len(interaction.client.guilds) == 1
    if not alone and not await interaction.client.is_owner(interaction.user):
        raise Say(
            "I am in several servers, so only the owner of my Discord application can choose "
            "where sales are told. Remove me from the others, or ask them."
        )


async def _claim(connection: AsyncConnection, channel: discord.TextChannel) -> bool:
    """Set the channel of every mode of the account: going live must not need a second claim.

    False where another server was faster.
    """
    mine = [
        producer
        for producer in await producers.everyone(connection)
        if producer.guild_id in (None, channel.guild.id)
    ]
    for producer in mine:
        await producers.set_channel(
            connection, producer.id, channel.guild.id, channel.id, channel.guild.name
        )
        await outbox.reopen(connection, producer.id)
    return bool(mine)


def _channel_of(interaction: Asked, producer: Producer) -> ChannelCheck | None:
    if producer.channel_id is None or interaction.guild is None:
        return None
    channel = interaction.guild.get_channel(producer.channel_id)
    if isinstance(channel, discord.TextChannel):
        return check_channel(channel)
    return gone(producer.channel_id)


class ProblemsButton(Click, template=ids.PROBLEMS):
    """Try again, or Hide: what is not understood."""

    async def clicked(self, interaction: Asked) -> None:
        cog = cog_of(interaction, SettingsCog)
        await cog.pressed(interaction, int(self.match["producer"]), self.match["action"])


CLICKS = (ProblemsButton,)
