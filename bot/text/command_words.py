"""The commands in the languages of those who type them, as Discord shows them.

Descriptions and choices are told in each language of ours; names of commands and options stay
English: documents, buttons and people who help each other speak of `/sales` and its `since`.
https://docs.discord.com/developers/interactions/application-commands#localization
"""

import discord
from discord import app_commands
from discord.app_commands import TranslationContextLocation as Location

from bot.domain.preferences import ENGLISH
from bot.text.language import Phrase, language_of, prepare, said, speaking

_NAMES = (Location.command_name, Location.group_name, Location.parameter_name)
# Looked up, since each text is asked for in all thirty locales: some ten thousand times a start.
_LANGUAGES = {locale: language_of(locale.value) for locale in discord.Locale}


class CommandWords(app_commands.Translator):
    """Puts the words of commands into the languages that Discord knows and we speak."""

    async def translate(
        self,
        string: app_commands.locale_str,
        locale: discord.Locale,
        context: app_commands.TranslationContextTypes,
    ) -> str | None:
        """The words for a locale of Discord's; None where the English ones stay."""
        language = _LANGUAGES[locale]
        if language == ENGLISH:
            return None
        # The name of a menu's entry is not typed: it is read, and so it is said.
        typed = not isinstance(context.data, app_commands.ContextMenu)
        if typed and context.location in _NAMES:
            return None
        await prepare(language)
        with speaking(language):
            return said(Phrase(string.message))
