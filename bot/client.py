"""The Discord client: cogs, what it does in the background, errors told in plain words."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import discord
import yarl
from discord import app_commands
from discord.ext import commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.command_registration import CommandRegistration
from bot.domain.period import Clock
from bot.fixed_channel import FixedChannel
from bot.store.engine import Store
from bot.text.language import CommandWords
from bot.text.license_document import LicensePrinter
from cogs import (
    buyers,
    exclusive,
    forget,
    marketplaces,
    payouts,
    public_channel,
    sales,
    settings,
    stats,
    tracks,
)
from cogs import help as help_
from cogs import license as license_
from cogs.buyers import BuyersCog
from cogs.exclusive import ExclusiveCog
from cogs.export import ExportsCog
from cogs.forget import ForgettingCog
from cogs.help import HelpCog
from cogs.kit import list_view
from cogs.kit.respond import speak_with, tell_error
from cogs.license import LicensesCog
from cogs.marketplaces import ShelvesCog
from cogs.message_menu import AlertsCog
from cogs.payouts import PayoutsCog
from cogs.public_channel import PublicChannelCog
from cogs.sales import SalesCog
from cogs.settings import Abilities, nobody_can_say
from cogs.stats import StatsCog
from cogs.test_sale import RunTestSale, settings_cog
from cogs.tracks import TracksCog

# What may change who sees a channel, and what the bot may do in it.
RIGHTS_CHANGE = (
    *("guild_available", "guild_join", "guild_channel_create", "guild_channel_update"),
    *("guild_role_update", "member_update", "thread_join", "thread_update"),
)

CLICKS = tuple(
    click
    for topic in (
        *(sales, buyers, tracks, exclusive, license_, payouts, stats),
        *(forget, list_view, settings, public_channel, marketplaces, help_),
    )
    for click in topic.CLICKS
)
"""Every button and menu that outlives a restart."""


def create_client(
    store: Store,
    clock: Clock,
    *,
    fees_possible: bool = True,
    channel_set: Callable[[], None] = lambda: None,
    alerts_channel: int | None = None,
    api_url: str | None = None,
    register_always: bool = False,
    printer: LicensePrinter | None = None,
    news: Callable[[], None] = lambda: None,
    abilities: Abilities = nobody_can_say,
    run_test_sale: RunTestSale | None = None,
    zone_is_fixed: bool = False,
) -> "ProducerBot":
    """Make the bot's Discord client, not yet connected.

    `fees_possible`: whether there is a key to read fees with. `channel_set` is called after
    `/settings channel`, and when the channel is found that the bot's settings fix: `alerts_channel`
    is its id, as `zone_is_fixed` says of the time zone. `api_url`: another Discord API than
    Discord's own (`http://…/api/v10`), which then also names the gateway; it counts for the whole
    process.
    `register_always`: register commands at each start, for a Discord that forgets them. `printer`
    makes license documents. `news` is called when what was clicked gives something to tell, or to
    do at Stripe. `abilities` says what the Stripe key may do; `run_test_sale` makes a test sale.
    """
    _set_up_library(api_url)
    cogs = (
        *_topics(store, clock, printer, news, fees_possible=fees_possible),
        settings_cog(
            *(store, clock, run_test_sale),
            fees_possible=fees_possible,
            channel_set=channel_set,
            channel_is_fixed=alerts_channel is not None,
            zone_is_fixed=zone_is_fixed,
            abilities=abilities,
        ),
    )
    return ProducerBot(
        store,
        cogs,
        alerts_channel=alerts_channel,
        channel_set=channel_set,
        ask_for_gateway=api_url is not None,
        register_always=register_always,
    )


def _topics(
    store: Store,
    clock: Clock,
    printer: LicensePrinter | None,
    news: Callable[[], None],
    *,
    fees_possible: bool,
) -> tuple[commands.Cog, ...]:
    """All that commands answer of, but for the settings."""
    return (
        SalesCog(store, clock, fees_possible=fees_possible),
        AlertsCog(store, clock, fees_possible=fees_possible),
        BuyersCog(store, clock),
        ForgettingCog(store, clock, news=news),
        StatsCog(store, clock, fees_possible=fees_possible),
        ExclusiveCog(store, clock, news=news),
        ShelvesCog(store, clock, news=news),
        TracksCog(store, clock, readable=fees_possible),
        PayoutsCog(store, clock, fees_possible=fees_possible),
        ExportsCog(store, clock, fees_possible=fees_possible),
        LicensesCog(store, clock, printer, details_come=fees_possible),
        PublicChannelCog(store, news=news),
        HelpCog(),
    )


def _set_up_library(api_url: str | None) -> None:
    # It says "voice is not supported" at each start, to a bot that has no voice.
    discord.VoiceClient.warn_nacl = False
    discord.VoiceClient.warn_dave = False
    if api_url is not None:
        Route.BASE = api_url.rstrip("/")


class Commands(app_commands.CommandTree["ProducerBot"]):
    """The slash commands, with one way of telling errors."""

    async def interaction_check(self, interaction: discord.Interaction[Any], /) -> bool:
        """Before each command and completion: what follows is in the language of who asks."""
        await speak_with(interaction)
        return True

    async def on_error(
        self, interaction: discord.Interaction[Any], error: app_commands.AppCommandError, /
    ) -> None:
        """Tell who asked; the log has the same reference."""
        command = interaction.command
        await tell_error(interaction, error, command.qualified_name if command else "command")


class ProducerBot(commands.Bot):
    """The bot's account on Discord."""

    def __init__(
        self,
        store: Store,
        cogs: tuple[commands.Cog, ...],
        *,
        alerts_channel: int | None,
        channel_set: Callable[[], None],
        ask_for_gateway: bool,
        register_always: bool,
    ) -> None:
        super().__init__(
            # There are no text commands; with another prefix discord.py asks for message contents.
            command_prefix=commands.when_mentioned,
            help_command=None,
            intents=discord.Intents(guilds=True),
            allowed_mentions=discord.AllowedMentions.none(),
            # Longer than that discord.py would sleep, out of our sight; it takes no less.
            max_ratelimit_timeout=30.0,
            tree_cls=Commands,
        )
        self._cogs = cogs
        self._ask_for_gateway = ask_for_gateway
        self._registration = CommandRegistration(self.tree, store, always=register_always)
        self._fixed_channel: FixedChannel | None = None
        if alerts_channel is not None:
            self._fixed_channel = FixedChannel(self, store, alerts_channel, channel_set)
            self.on_rights(self._fixed_channel.look)
        self._background: list[asyncio.Task[None]] = []

    def on_rights(self, changed: Callable[[], Awaitable[None] | None]) -> None:
        """Call `changed` when alerts that wait for a channel may perhaps be sent."""

        async def listen(*_: object) -> None:
            answer = changed()
            if answer is not None:
                await answer

        for event in RIGHTS_CHANGE:
            self.add_listener(listen, f"on_{event}")

    async def setup_hook(self) -> None:
        """Before connecting: once a login, however often the connection is made anew."""
        if not self.cogs:
            for cog in self._cogs:
                await self.add_cog(cog)
                for menu in getattr(cog, "context_menus", ()):
                    self.tree.add_command(menu)
            await self.tree.set_translator(CommandWords())
            self.add_dynamic_items(*CLICKS)
        if self._ask_for_gateway:
            _, address, _ = await self.http.get_bot_gateway()
            DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(address)
        await self._end_background()
        works = [self._registration.run]
        if self._fixed_channel is not None:
            await self._fixed_channel.look()
            works.append(self._fixed_channel.run)
        self._background = [asyncio.create_task(work()) for work in works]

    async def close(self) -> None:
        """Let go of Discord, and of what is done in the background."""
        await self._end_background()
        await super().close()

    async def _end_background(self) -> None:
        for task in self._background:
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)
