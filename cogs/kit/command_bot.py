"""What every command works with: it hangs on the bot, and each cog is made with the bot."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TypeAlias

from discord import AppCommandType, InteractionType, app_commands
from discord.ext import commands
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.key_permissions import Ability
from bot.domain.period import Clock
from bot.domain.polling import Polling
from bot.domain.sale import Producer
from bot.domain.test_sale import Progress
from bot.store.engine import Store
from bot.text.help import CommandHelp
from bot.text.license_document import LicensePrinter
from cogs.kit.buttons import clicks_of
from cogs.kit.permission import Interaction, producer_of

Opened: TypeAlias = tuple[AsyncConnection, Producer]
TestSaleReport: TypeAlias = Callable[[Progress], Awaitable[None]]
RunTestSale: TypeAlias = Callable[[Producer, TestSaleReport], Awaitable[None]]
"""Makes a test sale, reports after each step, and removes it. Raises TooSoon."""


class CommandBot(commands.Bot):
    """A Discord bot with what its commands need."""

    store: Store
    clock: Clock
    fees_possible: bool
    """Whether there is a Stripe key to read fees and the catalogue with."""
    printer: LicensePrinter | None
    abilities: Callable[[], Awaitable[Sequence[Ability]]]
    """What the Stripe key may do; empty without a key."""
    run_test_sale: RunTestSale | None
    """None for a bot that takes no webhooks."""
    channel_is_fixed: bool
    """Whether the bot's settings say where sales are told; `zone_is_fixed`: which time zone."""
    zone_is_fixed: bool
    wake: Callable[[], None]
    """Called when something was stored that is to be sent, or done at Stripe."""
    asked: Callable[[], None]
    """Called when a command was given: the user wants the latest sales."""
    polling: Callable[[], Polling | None]
    """How Stripe is asked for its events; None without a key, and before the first time."""


class CommandCog(commands.Cog):
    """A cog of this bot: it reads and writes only for the producer whose server it is asked in.

    Its methods with `on_click` are what its buttons and menus do.
    """

    def __init__(self, bot: CommandBot) -> None:
        self.bot = bot
        self.store = bot.store
        self.clock = bot.clock

    async def cog_load(self) -> None:
        """Have the cog's buttons and menus work."""
        self.bot.add_dynamic_items(*clicks_of(self))

    async def producer(self, interaction: Interaction) -> Producer:
        """The producer of this server. Raises Say to everyone else."""
        async with self.store.read() as connection:
            return await self._producer(connection, interaction, None)

    @asynccontextmanager
    async def reading(
        self, interaction: Interaction, producer_id: int | None = None
    ) -> AsyncIterator[Opened]:
        """Read for the producer of this server; `producer_id`: the one whom a button names.

        Raises Say to everyone else.
        """
        async with self.store.read() as connection:
            yield connection, await self._producer(connection, interaction, producer_id)

    @asynccontextmanager
    async def writing(
        self, interaction: Interaction, producer_id: int | None = None
    ) -> AsyncIterator[Opened]:
        """The same to write, in one transaction; then what there is to send or do is looked at."""
        async with self.store.write() as connection:
            yield connection, await self._producer(connection, interaction, producer_id)
        self.bot.wake()

    async def _producer(
        self, connection: AsyncConnection, interaction: Interaction, producer_id: int | None
    ) -> Producer:
        producer = await producer_of(connection, interaction, producer_id)
        if interaction.type is InteractionType.application_command:
            self.bot.asked()
        return producer


def settings_group() -> app_commands.Group:
    """`/settings`: every cog that has a command in it makes one, and the bot joins them."""
    return app_commands.Group(
        name="settings", description="Where alerts go, what they show, and what works"
    )


def described(bot: commands.Bot) -> list[CommandHelp]:
    """Every slash command in its own words, by name: for `/help` and the README.

    A command says in its `extras` under which `topic` of `/help` it stands, and gives an `example`:
    options with what is typed.
    """
    known = bot.tree.walk_commands(type=AppCommandType.chat_input)
    return sorted(
        CommandHelp(
            name=command.qualified_name,
            does=command.description,
            topic=command.extras.get("topic", ""),
            example=command.extras.get("example", {}),
        )
        for command in known
        if isinstance(command, app_commands.Command)
    )
