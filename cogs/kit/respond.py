"""How interactions are answered: in time, to the asker alone, in plain words when they fail."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from functools import wraps
from io import BytesIO
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import discord
import structlog
from discord import app_commands
from discord.ext import commands

from bot.store.engine import StoreUnavailable
from bot.text.export import rest_words
from bot.text.export_files import grouped
from bot.text.language import gettext, language_of, prepare, speak
from bot.text.message import Message
from cogs.kit.permission import Interaction, Say

log = structlog.get_logger()

T = TypeVar("T")
P = ParamSpec("P")
CogT = TypeVar("CogT", bound=commands.Cog)

PATIENCE = 1.5
"""Seconds until Discord is told that the answer takes longer; it gives up after 3.
https://docs.discord.com/developers/interactions/receiving-and-responding#responding-to-an-interaction
"""


def asker_language(interaction: Interaction) -> str:
    """The asker's language in Discord, if it is one of ours; else English."""
    return language_of(str(interaction.locale))


async def speak_with(interaction: Interaction) -> None:
    """Speak the asker's language in all that answers them."""
    language = asker_language(interaction)
    await prepare(language)
    speak(language, day_first=interaction.locale is not discord.Locale.american_english)


async def answer(interaction: Interaction, work: Coroutine[Any, Any, Message]) -> None:
    """Answer with what `work` gives, seen by the asker alone; ask for time when it takes long."""
    try:
        message = await _in_time(interaction, work, thinking=True)
    except Say as words:
        message = words.message(interaction)
    await send(interaction, message)


def answered(
    command: Callable[Concatenate[CogT, Interaction, P], Coroutine[Any, Any, Message]],
) -> Callable[Concatenate[CogT, Interaction, P], Coroutine[Any, Any, None]]:
    """Make a command of a cog's method that returns its answer."""

    @wraps(command)
    async def run(
        cog: CogT, interaction: Interaction, /, *args: P.args, **options: P.kwargs
    ) -> None:
        await answer(interaction, command(cog, interaction, *args, **options))

    return run


async def edit(interaction: Interaction, work: Coroutine[Any, Any, Message]) -> None:
    """Replace the message whose button was pressed with what `work` gives."""
    try:
        message = await _in_time(interaction, work, thinking=False)
    except Say as words:
        await send(interaction, words.message(interaction))
        return
    arguments = _arguments(message)
    arguments.setdefault("view", None)
    # A file that is not named here goes.
    arguments["attachments"] = [arguments.pop("file")] if "file" in arguments else []
    if interaction.response.is_done():
        await interaction.edit_original_response(**arguments)
    else:
        await interaction.response.edit_message(**arguments)


async def send(interaction: Interaction, message: Message) -> None:
    """Send a message to the asker alone, as the first answer or a later one."""
    if interaction.response.is_done():
        await interaction.followup.send(ephemeral=True, **_arguments(message))
    else:
        await interaction.response.send_message(ephemeral=True, **_arguments(message))


async def change(interaction: Interaction, message: Message, files: Sequence[Path] = ()) -> None:
    """Replace the first answer by a message and files; the first time, answer with it."""
    shown: dict[str, Any] = {"content": message.content, "embeds": list(message.embeds)}
    if files and not interaction.response.is_done():
        # The first answer has to be there within three seconds, and sending files takes time.
        await interaction.response.defer(ephemeral=True, thinking=True)
    if interaction.response.is_done():
        await interaction.edit_original_response(**shown, attachments=_opened(files))
    else:
        await interaction.response.send_message(**shown, ephemeral=True)


async def _in_time(
    interaction: Interaction,
    work: Coroutine[Any, Any, T],
    *,
    thinking: bool,
) -> T:
    task = asyncio.ensure_future(work)
    try:
        done, _ = await asyncio.wait({task}, timeout=PATIENCE)
        if not done and not interaction.response.is_done():
            await interaction.response.defer(ephemeral=True, thinking=thinking)
        return await task
    finally:
        task.cancel()


def _arguments(message: Message) -> dict[str, Any]:
    arguments: dict[str, Any] = {"embeds": list(message.embeds)}
    if message.content is not None:
        arguments["content"] = message.content
    if message.view is not None:
        arguments["view"] = message.view
    if message.attachment is not None:
        name, content, description = message.attachment
        arguments["file"] = discord.File(BytesIO(content), name, description=description)
    return arguments


async def guarded(interaction: Interaction, work: Awaitable[None], where: str) -> None:
    """Do what a button or menu is for, in the user's language; answer errors as commands do."""
    await speak_with(interaction)
    try:
        await work
    except Exception as error:  # noqa: BLE001 - discord.py would only log it, the asker wait
        await tell_error(interaction, error, where)


async def tell_error(interaction: Interaction, error: BaseException, where: str) -> None:
    """Tell the asker what went wrong: plain words and a reference that the log has too.

    Never the error's own text, which may hold what is nobody's business.
    """
    if isinstance(error, app_commands.CommandInvokeError):
        error = error.original
    words = _harmless(error)
    if isinstance(error, Say):
        message = error.message(interaction)
    elif words is not None:
        message = Message(content=words)
    else:
        reference = secrets.token_hex(4)
        # If the store is gone, a traceback does not say why.
        gone = isinstance(error, StoreUnavailable)
        why = {"reason": str(error)} if gone else {"exc_info": error}
        log.error("answer failed", reference=reference, where=where, **why)
        message = Message(content=_fault(error, reference))
    try:
        await send(interaction, message)
    except Exception as failure:  # noqa: BLE001 - there is no one to answer any more
        log.warning("answer not delivered", where=where, error=type(failure).__name__)


def _harmless(error: BaseException) -> str | None:
    """Words for what is no fault of the bot; None for everything else."""
    if isinstance(error, app_commands.TransformerError):
        return gettext("I can't see what you chose. If it is a channel, let me in there first.")
    if isinstance(error, app_commands.CommandSignatureMismatch | app_commands.CommandNotFound):
        return gettext("This command has just changed. Restart Discord (Ctrl+R) and try again.")
    if isinstance(error, app_commands.CheckFailure):
        return gettext("Only people who may manage this server can use this.")
    return None


def _fault(error: BaseException, reference: str) -> str:
    if isinstance(error, StoreUnavailable):
        return gettext(
            "My database cannot be reached right now; nothing is lost. Try again in a minute. "
            "The log has more under `{reference}`.",
            reference=reference,
        )
    return gettext(
        "Something went wrong on my side. The bot's log says what, under `{reference}`.",
        reference=reference,
    )


REQUEST = 24_000_000
"""Bytes of files in one message. A request may have 25 MB in all, whatever a file may have.
https://docs.discord.com/developers/reference#uploading-files
"""
FILES = 10
"""In one message."""
_TOO_LARGE = 40005


async def send_files(interaction: Interaction, message: Message, files: Sequence[Path]) -> None:
    """Answer with a message and files, to the asker alone. Raises Say where they are refused."""
    first, *rest = grouped(files, most=FILES, room=REQUEST) or [[]]
    try:
        await change(interaction, message, first)
        for number, group in enumerate(rest, start=2):
            words = rest_words(number, len(rest) + 1)
            await interaction.followup.send(words, files=_opened(group), ephemeral=True)
    except discord.HTTPException as error:
        if error.status != 413 and error.code != _TOO_LARGE:
            raise
        raise Say(
            "Discord refuses files of this size here. Ask for a shorter period, such as 2026-09 "
            "for one month."
        ) from error


def _opened(files: Sequence[Path]) -> list[discord.File]:
    """Read from the disk while they are sent."""
    return [discord.File(file, file.name) for file in files]
