"""Which language is spoken, and what our English texts are in it.

English texts stand in the code, inside `gettext` and `ngettext`; other languages are catalogs in
`languages/`, one entry a text. Values have named places in braces and are put in after the
translation, so a name can hold anything. Money is written as an American reader writes it, whatever
the language.

Discord shows the descriptions and choices of commands in each of our languages. The names of
commands and options stay English, because documents, buttons and people who help each other speak
of `/sales` and its `since`.
https://docs.discord.com/developers/interactions/application-commands#localization
"""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from functools import cache
from pathlib import Path
from typing import NewType

import discord
from babel import Locale
from babel.dates import format_skeleton
from discord import app_commands
from discord.app_commands import TranslationContextLocation as Location

from bot.domain.preferences import ENGLISH

CATALOGS = Path(__file__).parent / "languages"
LANGUAGES = {ENGLISH: "English", "es": "Español"}
"""By code, each by its own name."""

Phrase = NewType("Phrase", str)
"""An English text in a table, which `said` puts into the language spoken."""

_spoken: ContextVar[str] = ContextVar("language", default=ENGLISH)
_day_first: ContextVar[bool] = ContextVar("day_first", default=False)
_prepared = {ENGLISH}


def gettext(text: str, /, **values: object) -> str:
    """A text in the language spoken, with `values` in the places of their names in braces."""
    return said(Phrase(text), **values)


def ngettext(one: str, many: str, count: int, /, **values: object) -> str:
    """As `gettext`, of a text that says how many: `{count}`, with thousands set apart."""
    form = 0 if count == 1 else -1
    words = _forms_of(one)[form] or (one, many)[form]
    return words.format(count=f"{count:,}", **values)


def phrase(text: str, /) -> Phrase:
    """Mark a text in a table, so that it gets into the catalogs; `said` translates it later."""
    return Phrase(text)


def said(words: Phrase, /, **values: object) -> str:
    """A phrase in the language spoken, as `gettext` does it."""
    text = _forms_of(words)[0] or words
    return text.format(**values) if values else text


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Speak a language until the block ends."""
    token = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(token)


def speak(language: str, *, day_first: bool = False) -> None:
    """Speak a language from here on in the running task, which answers one person.

    `day_first`: whether they write 9/1 for the 9th of January.
    """
    _spoken.set(language)
    _day_first.set(day_first)


async def prepare(language: str) -> None:
    """Read what a language needs, once, before it is spoken.

    In a thread, because it takes longer than other users should wait.
    """
    if language not in _prepared:
        await asyncio.to_thread(_read, language)
        _prepared.add(language)


def _read(language: str) -> None:
    catalog(language)
    # Babel's own tables of a language come with their first use.
    format_skeleton("yMMMEd", date(2026, 1, 1), locale=_locale(language))
    _locale(language).territories.get("ES")


def spoken() -> str:
    """The code of the language spoken now."""
    return _spoken.get()


def writes_day_first() -> bool:
    """Whether the one who is answered writes the day before the month, as all but Americans do."""
    return _day_first.get()


def locale() -> Locale:
    """How the language spoken writes dates and names of countries."""
    return _locale(_spoken.get())


def language_of(locale: str) -> str:
    """The language of ours for a locale of Discord's (`es-ES`, `es-419`, `en-US`); else English.

    https://docs.discord.com/developers/reference#locales
    """
    code = locale.partition("-")[0].lower()
    return code if code in LANGUAGES else ENGLISH


@cache
def _locale(language: str) -> Locale:
    return Locale.parse("en_US" if language == ENGLISH else language)


def _forms_of(text: str) -> tuple[str, ...]:
    """A text's singular and plural in the language spoken; empty if it has no translation."""
    language = _spoken.get()
    return ("",) if language == ENGLISH else catalog(language).get(text, ("",))


@cache
def catalog(language: str) -> Mapping[str, tuple[str, ...]]:
    """Each text's singular and plural in a language; empty for English, and without a file."""
    # Imported with the first other language: it is large.
    from babel.messages.pofile import read_po

    path = CATALOGS / f"{language}.po"
    if language not in LANGUAGES or not path.is_file():
        return {}
    with path.open("rb") as file:
        entries = [entry for entry in read_po(file, locale=language) if entry.id]
    return {
        entry.id[0] if isinstance(entry.id, tuple | list) else entry.id: _forms(entry.string)
        for entry in entries
    }


def _forms(string: str | tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    if isinstance(string, tuple | list):
        return tuple(string)
    return (string or "",)


_NAMES = (Location.command_name, Location.group_name, Location.parameter_name)
# A table, because each text is asked for in all thirty locales: ten thousand times a start.
_LANGUAGES = {locale: language_of(locale.value) for locale in discord.Locale}


class CommandWords(app_commands.Translator):
    """Puts the words of commands into the languages that Discord knows and we speak."""

    async def translate(
        self,
        string: app_commands.locale_str,
        locale: discord.Locale,
        context: app_commands.TranslationContextTypes,
    ) -> str | None:
        """The words for a locale of Discord's; None if the English ones stay."""
        language = _LANGUAGES[locale]
        if language == ENGLISH:
            return None
        # Nobody types the name of a menu's entry, so it is translated.
        typed = not isinstance(context.data, app_commands.ContextMenu)
        if typed and context.location in _NAMES:
            return None
        await prepare(language)
        with speaking(language):
            return said(Phrase(string.message))
