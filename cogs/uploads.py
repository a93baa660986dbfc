"""Files as an answer: several to a message, several messages where they need it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import discord

from bot.text.export import rest_words
from bot.text.export_files import grouped
from bot.text.message import Message
from cogs.permission import Say
from cogs.respond import Asked

REQUEST = 24_000_000
"""Bytes of files in one message. A request may have 25 MB in all, whatever a file may have.
https://docs.discord.com/developers/reference#uploading-files
"""
FILES = 10
"""In one message."""
_TOO_LARGE = 40005


async def send_files(interaction: Asked, message: Message, files: Sequence[Path]) -> None:
    """Answer with a message and files, to the asker alone. Raises Say where they are refused."""
    first, *rest = grouped(files, most=FILES, room=REQUEST) or [[]]
    try:
        await _answer(interaction, message, first)
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


async def _answer(interaction: Asked, message: Message, files: Sequence[Path]) -> None:
    shown: dict[str, Any] = {"content": message.content, "embeds": list(message.embeds)}
    if files and not interaction.response.is_done():
        # The first answer has to be there within three seconds, and sending files takes time.
        await interaction.response.defer(ephemeral=True, thinking=True)
    if interaction.response.is_done():
        await interaction.edit_original_response(**shown, attachments=_opened(files))
    else:
        await interaction.response.send_message(**shown, ephemeral=True)


def _opened(files: Sequence[Path]) -> list[discord.File]:
    """Read from the disk while they are sent."""
    return [discord.File(file, file.name) for file in files]
