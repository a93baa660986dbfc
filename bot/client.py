"""The Discord client: it finds its commands, and tells errors in plain words."""

import asyncio
import pkgutil
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import aiohttp
import discord
import yarl
from discord import app_commands
from discord.ext import commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

import cogs
from bot.command_registration import CommandRegistration
from bot.domain.key_permissions import Ability
from bot.domain.period import Clock
from bot.fixed_channel import FixedChannel
from bot.store.engine import Store
from bot.text.language import CommandWords
from bot.text.license_document import LicensePrinter
from cogs.kit.command_bot import CommandBot, RunTestSale
from cogs.kit.list_view import ExpiredList
from cogs.kit.permission import restrict
from cogs.kit.respond import speak_with, tell_error

# What may change who sees a channel, and what the bot may do in it.
RIGHTS_CHANGE = (
    *("guild_available", "guild_join", "guild_channel_create", "guild_channel_update"),
    *("guild_role_update", "member_update", "thread_join", "thread_update"),
)


def _nothing() -> None:
    """What is called, and told, before the bot is put together."""


async def _no_abilities() -> Sequence[Ability]:
    return ()


class Commands(app_commands.CommandTree["ProducerBot"]):
    """The slash commands: all restricted alike, and with one way of telling errors."""

    def add_command(self, command: Any, /, **options: Any) -> None:
        """Add a command, restricted to managers; join groups of one name, as `/settings` is."""
        known = self.get_command(command.name, type=discord.AppCommandType.chat_input)
        if isinstance(command, app_commands.Group) and isinstance(known, app_commands.Group):
            for child in command.commands:
                known.add_command(child)
            return
        super().add_command(restrict(command), **options)

    async def interaction_check(self, interaction: discord.Interaction[Any], /) -> bool:
        """Before each command and completion: speak the asker's language from here on."""
        await speak_with(interaction)
        return True

    async def on_error(
        self, interaction: discord.Interaction[Any], error: app_commands.AppCommandError, /
    ) -> None:
        """Answer with the error; the log has the same reference."""
        command = interaction.command
        await tell_error(interaction, error, command.qualified_name if command else "command")


class ProducerBot(CommandBot):
    """The bot's account on Discord, not yet connected."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        fees_possible: bool = True,
        printer: LicensePrinter | None = None,
        abilities: Callable[[], Awaitable[Sequence[Ability]]] = _no_abilities,
        run_test_sale: RunTestSale | None = None,
        alerts_channel: int | None = None,
        zone_is_fixed: bool = False,
        api_url: str | None = None,
        register_always: bool = False,
        http_trace: aiohttp.TraceConfig | None = None,
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        """What commands need is explained at `CommandBot`.

        `alerts_channel`: the id of the channel that the bot's settings fix. `api_url`: another
        Discord API than Discord's own (`http://…/api/v10`), which then also names the gateway; it
        counts for the whole process. `register_always`: register commands at each start, for a
        Discord that forgets them. `http_trace`: sees each of discord.py's requests.
        """
        # It says "voice is not supported" at each start, to a bot that has no voice.
        discord.VoiceClient.warn_nacl = False
        discord.VoiceClient.warn_dave = False
        if api_url is not None:
            Route.BASE = api_url.rstrip("/")
        super().__init__(
            # There are no text commands; with another prefix discord.py asks for message contents.
            command_prefix=commands.when_mentioned,
            help_command=None,
            intents=discord.Intents(guilds=True),
            allowed_mentions=discord.AllowedMentions.none(),
            # Longer than that discord.py would sleep, out of our sight; it takes no less.
            max_ratelimit_timeout=30.0,
            http_trace=http_trace or aiohttp.TraceConfig(),
            tree_cls=Commands,
        )
        self.store, self.clock = store, clock
        self.fees_possible = fees_possible
        self.printer = printer
        self.abilities = abilities
        self.run_test_sale = run_test_sale
        self.channel_is_fixed = alerts_channel is not None
        self.zone_is_fixed = zone_is_fixed
        self.wake = wake
        self.asked = self.polling = _nothing
        self._ask_for_gateway = api_url is not None
        self._registration = CommandRegistration(self.tree, store, always=register_always)
        self._fixed_channel: FixedChannel | None = None
        if alerts_channel is not None:
            self._fixed_channel = FixedChannel(self, store, alerts_channel, self._wake)
            self.on_rights(self._fixed_channel.look)
        self._background: list[asyncio.Task[None]] = []

    def _wake(self) -> None:
        self.wake()

    def on_rights(self, changed: Callable[[], Awaitable[None] | None]) -> None:
        """Call `changed` when alerts that wait for a channel may perhaps be sent."""

        async def listen(*_: object) -> None:
            answer = changed()
            if answer is not None:
                await answer

        for event in RIGHTS_CHANGE:
            self.add_listener(listen, f"on_{event}")

    async def load_commands(self) -> None:
        """Load every module of the folder `cogs`, by discord.py's convention.

        https://discordpy.readthedocs.io/en/stable/ext/commands/extensions.html
        """
        for module in pkgutil.iter_modules(cogs.__path__, "cogs."):
            if not module.ispkg:
                await self.load_extension(module.name)
        self.add_dynamic_items(ExpiredList)

    async def setup_hook(self) -> None:
        """Before connecting: once per login, however often the connection is lost."""
        if not self.extensions:
            await self.load_commands()
            await self.tree.set_translator(CommandWords())
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
        """Close the connection, and end what runs in the background."""
        await self._end_background()
        await super().close()

    async def _end_background(self) -> None:
        for task in self._background:
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)
