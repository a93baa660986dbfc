"""A track's tempo, key, genre and mood: what beats are searched by.

They come from the product's metadata (`bpm`, `key`, `genre`, `mood`); what is not there is read
from its description. The producer typed all of it, so it is text of a bounded length and nothing
else.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from bot.domain.json_access import text

SLOWEST, FASTEST = 20, 400
"""BPM. Anything else is no tempo."""
MOST_WORDS = 3
"""Genres, and moods, of a track."""
LONGEST_WORD = 30


@dataclass(frozen=True, slots=True)
class TrackTags:
    """What a producer says of a track's sound; each may be missing."""

    bpm: int | None = None
    key: str | None = None
    """Such as "F♯ minor"; as it was typed if it is no key of Western music."""
    genres: tuple[str, ...] = ()
    moods: tuple[str, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """All of them as a reader sees them: "92 BPM", "F minor", "Trap", "Dark"."""
        bpm = () if self.bpm is None else (f"{self.bpm} BPM",)
        key = () if self.key is None else (self.key,)
        return (*bpm, *key, *self.genres, *self.moods)


NO_TAGS = TrackTags()

_TEMPO = re.compile(
    r"(?<![\d.])(\d{2,3}(?:\.\d{1,3})?)\s*-?\s*bpm\b|\bbpm\s*:?\s*(\d{2,3}(?:\.\d{1,3})?)(?![\d.])",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\s*(\d{2,3}(?:\.\d{1,3})?)\s*(?:bpm)?\s*", re.IGNORECASE)
_KEY = re.compile(
    r"(?P<note>[A-Ga-g])\s*-?\s*(?P<sign>#|♯|sharp|b|♭|flat)?\s*-?\s*"
    r"(?P<mode>major|minor|maj|min|m|M)?",
    re.IGNORECASE,
)
# "A minor detail" is no key: a full word of the mode, and nothing but the end or a mark after it.
_KEY_IN_TEXT = re.compile(
    r"\b[A-G]\s?-?(?:#|♯|♭|b|[Ss]harp|[Ff]lat)?\s?-?(?:[Mm]ajor|[Mm]inor|[Mm]aj|[Mm]in)\b"
    r"(?=\s*(?:$|[.,;:|/·•()\[\]–—-]|\d+\s*-?\s*[Bb][Pp][Mm]\b))",
    re.MULTILINE,
)
_LABEL = r"#?(bpm|tempo|key|genres?|moods?)\s*[:=]"
_LABELLED = re.compile(rf"\s*{_LABEL}\s*(.+)", re.IGNORECASE)
_BEFORE_LABEL = re.compile(
    rf"\s*[|·•;,/]?\s*(?<!\w)(?={_LABEL.replace('(', '(?:')})", re.IGNORECASE
)
_SEPARATORS = re.compile(r"\s*[,;|/\n]\s*")


def track_tags(metadata: Mapping[str, object], description: str | None) -> TrackTags:
    """What a product says of its track. `description`: its lines, cleaned."""
    given = {key.casefold(): value for key, value in metadata.items() if isinstance(key, str)}
    labelled = dict(_labelled(description or ""))

    def said(*names: str) -> str | None:
        values = (text(source.get(name)) for source in (given, labelled) for name in names)
        return next((value for value in values if value), None)

    return TrackTags(
        bpm=_bpm(said("bpm", "tempo"), description or ""),
        key=_key(said("key"), description or ""),
        genres=_words(said("genre", "genres")),
        moods=_words(said("mood", "moods")),
    )


def _labelled(description: str) -> Iterator[tuple[str, str]]:
    """What is written as "Genre: Trap", one or several in a line, by what is before the colon."""
    for line in description.splitlines():
        for part in _BEFORE_LABEL.split(line):
            match = _LABELLED.fullmatch(part)
            if match:
                yield match[1].casefold(), match[2].strip()


def _bpm(said: str | None, description: str) -> int | None:
    match = _NUMBER.fullmatch(said) if said else None
    match = match or _TEMPO.search(said or "") or _TEMPO.search(description)
    bpm = round(Decimal(next(filter(None, match.groups())))) if match else 0
    return bpm if SLOWEST <= bpm <= FASTEST else None


def _key(said: str | None, description: str) -> str | None:
    found = _KEY_IN_TEXT.search(said or description)
    typed = said or (found[0] if found else None)
    if typed is None:
        return None
    match = _KEY.fullmatch(typed.strip()) or (_KEY.fullmatch(found[0]) if found else None)
    if match is None:
        return typed[:LONGEST_WORD].strip()
    sign = {"": "", "#": "♯", "♯": "♯", "sharp": "♯"}.get((match["sign"] or "").casefold(), "♭")
    return f"{match['note'].upper()}{sign}{_mode(match['mode'] or '')}"


def _mode(typed: str) -> str:
    if not typed:
        return ""
    return " major" if typed == "M" or typed.casefold().startswith("maj") else " minor"


def _words(said: str | None) -> tuple[str, ...]:
    """The words of a list, each once; a first letter is a capital."""
    words: dict[str, str] = {}
    for word in _SEPARATORS.split(said or ""):
        shown = word[:LONGEST_WORD].strip().removeprefix("#")
        if shown:
            words.setdefault(shown.casefold(), shown[0].upper() + shown[1:])
    return tuple(words.values())[:MOST_WORDS]
