"""Who may see money, and how a command says no."""

import re
from collections.abc import Iterable
from typing import Any, TypeAlias, TypeVar

import discord
from discord import app_commands
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.sale import Producer
from bot.store.books import producers
from bot.text.ids import SaleName, chosen_record
from bot.text.language import Phrase, phrase, said
from bot.text.message import Message
from bot.text.words import safe

Interaction: TypeAlias = discord.Interaction[Any]
CommandT = TypeVar(
    "CommandT",
    bound=app_commands.Command[Any, ..., Any] | app_commands.Group | app_commands.ContextMenu,
)

STRANGER = phrase("This bot works for another server and has nothing to show here.")
LEFT = phrase(
    "I was removed from my server. Add me to it again. Or choose a channel here with "
    "`/settings channel`: only the owner of my Discord application can do that."
)


class Say(app_commands.AppCommandError):
    """Something to tell the asker instead of an answer: one helpful line, no fault of the bot."""

    def __init__(self, text: str, /, **values: object) -> None:
        """`text` and `values` as of `bot.text.language.gettext`."""
        super().__init__(said(Phrase(text), **values))

    def message(self, _interaction: Interaction) -> Message:
        """The answer; a subclass may add buttons."""
        return Message(content=str(self))


def restrict(command: CommandT) -> CommandT:
    """In servers only, for those who may manage the server unless its admins say otherwise.

    https://docs.discord.com/developers/interactions/application-commands#permissions
    """
    command.guild_only = True
    command.default_permissions = discord.Permissions(manage_guild=True)
    command.allowed_contexts = app_commands.AppCommandContext(
        guild=True, dm_channel=False, private_channel=False
    )
    command.allowed_installs = app_commands.AppInstallationType(guild=True, user=False)
    return command


async def producer_of(
    connection: AsyncConnection, interaction: Interaction, named: int | None = None
) -> Producer:
    """The producer of this server. Raises Say in every other, without a hint of whose bot it is.

    Anyone can add the bot to a server of their own; there it must know nothing. `named`: the
    producer whom a button or menu names, also the one that commands do not speak of now: an alert
    of test mode opens what it tells of.
    """
    if named is not None:
        everyone = await producers.everyone(connection)
        known = next((one for one in everyone if one.id == named), None)
        if known is None or known.guild_id is None or known.guild_id != interaction.guild_id:
            raise Say(STRANGER)
        return known
    producer = await producers.current(connection)
    if producer is not None and producer.guild_id is None and producer.channel_id is not None:
        raise Say(
            "`DISCORD_ALERTS_CHANNEL` in my settings names a channel that I can't see. Let me "
            "in there (Edit Channel → Permissions), or correct the setting; I check again "
            "every minute."
        )
    if producer is None or producer.guild_id is None:
        raise Say("Not set up yet. Choose the private channel for your sales: `/settings channel`.")
    if interaction.guild_id is None or interaction.guild_id != producer.guild_id:
        if all_left(interaction.client, [producer.guild_id]):
            raise Say(LEFT)
        raise Say(STRANGER)
    return producer


def all_left(client: discord.Client, guild_ids: Iterable[int]) -> bool:
    """Whether the bot was removed from all these servers; an outage does not count as that.

    https://docs.discord.com/developers/events/gateway-events#guild-delete
    """
    return all(client.get_guild(guild_id) is None for guild_id in guild_ids)


async def producers_here(connection: AsyncConnection, interaction: Interaction) -> list[Producer]:
    """All producers of this server, in live and in test mode. Raises Say as `producer_of` does."""
    await producer_of(connection, interaction)
    everyone = await producers.everyone(connection)
    return [one for one in everyone if one.guild_id == interaction.guild_id]


def require_manager(interaction: Interaction) -> None:
    """For buttons in the channel: Discord's command permissions do not cover them. Raises Say.

    An answer that its asker alone can see was given to them because they have the command, by
    Manage Server or by *Server Settings* → *Integrations*: its buttons and menus are theirs too.
    discord.py takes a click only for what the message has, as Discord keeps it.
    """
    if interaction.message is not None and interaction.message.flags.ephemeral:
        return
    if not interaction.permissions.manage_guild:
        raise Say(
            "Only people who may manage this server can use these buttons. If you have the "
            "commands, `/sale` and `/buyer` show the same."
        )


_BEFORE_NUMBER = r"(?:sale|venta|no|nº|number|número|numero)?\.?\s*"
_AS_TYPED = re.DOTALL | re.IGNORECASE


def sale_number(text: str) -> int:
    """Read `#1042`, `1042` or `sale 1042`. Raises Say for anything else."""
    # After a completion that was typed over, the track's name may still stand; without a `#`, a
    # track's name may begin with a number.
    pattern = rf"{_BEFORE_NUMBER}(?:#\s*([0-9]{{1,9}})(?:\s.*)?|([0-9]{{1,9}}))"
    match = re.fullmatch(pattern, text.strip(), _AS_TYPED)
    if match is None:
        raise Say(
            "“{typed}” is not a sale number. Write one like #1042, or pick one of the suggestions.",
            typed=safe(text, 60),
        )
    return int(match[1] or match[2])


def no_such_sale(number: int) -> Say:
    """What to say if a number has no sale."""
    return Say("There is no sale #{number}. `/sales` lists all of them.", number=number)


def no_such_track(name: str) -> Say:
    """What to say if a track that was typed was neither sold nor offered."""
    return Say("No track called “{track}”. `/tracks` lists all of them.", track=safe(name, 80))


def track_is_gone() -> Say:
    """What to say if a button's track is in no books any more."""
    return Say("I no longer know this track.")


def no_such_choice() -> Say:
    """What to say if a menu's value is unknown."""
    return Say("I don't know that choice. Run the command again.")


def record_chosen(value: str) -> SaleName:
    """The sale that a menu's value names. Raises Say if it names none."""
    name = chosen_record(value)
    if name is None:
        raise no_such_choice()
    return name
