"""What a license delivers and allows, as data: files, songs, streams, years.

Terms begin with it, between two lines of dashes, so that it is fixed together with their words:

    ---
    files: MP3, WAV
    streams: 50,000
    shows: unlimited
    ---
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bot.domain.item_names import license_key


class Fact(StrEnum):
    """What terms can give a number for, in the order in which it is shown."""

    SONGS = "songs"
    COPIES = "copies"
    STREAMS = "streams"
    VIDEOS = "videos"
    SHOWS = "shows"
    """Live."""
    RADIO = "radio"
    """Stations."""
    YEARS = "years"
    """For which the license runs, from the day of the sale."""


FILES = "files"
FACT_NAMES = (FILES, *(one.value for one in Fact))
"""What a line between the dashes can begin with; in the terms' words, each is a placeholder."""
UNLIMITED = None
"""The number of what has no limit."""

MOST_FILES = 6
LONGEST_FORMAT = 20
_HIGHEST = 10**12

# Each format that a license's name can have, and how good it is: the best comes last.
_FORMATS = (("MP3",), ("WAV", "FLAC", "AIFF"), ("Stems",))
_SPELLINGS = {
    **{name.casefold(): name for names in _FORMATS for name in names},
    **dict.fromkeys(("stem", "trackout", "trackouts"), "Stems"),
    "aif": "AIFF",
}
_RANK = {name: rank for rank, names in enumerate(_FORMATS) for name in names}

_HEAD = re.compile(r"---[ ]*\n(?P<lines>.*?)(?:(?<=\n)|\n)---[ ]*(?:\n+|\Z)", re.DOTALL)
_NUMBER = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,13}")
_DENYING = frozenset({"no", "not", "without", "excl", "excluding", "sin"})
_JOINING = frozenset({"and", "or", "nor", "y", "o", "ni", "files", "file"})
_NONE = frozenset({"none", "no"})
_WORD = re.compile(r"[^\W_]+")


class FactsBroken(ValueError):
    """A line between the dashes cannot be read; the message says why in half a line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenseFacts:
    """What terms say in numbers; empty for terms that say nothing."""

    files: tuple[str, ...] = ()
    """Formats in which the beat is delivered, as `MP3`, `WAV`, `Stems`."""
    numbers: Mapping[Fact, int | None] = field(default_factory=dict)
    """Each as a number, 0 for none, or `UNLIMITED`; in the order of `Fact`. What terms do not
    mention is not in it."""

    def __bool__(self) -> bool:
        return bool(self.files or self.numbers)

    def of(self, license_name: str) -> "LicenseFacts":
        """As a license of this name has them: with the formats it names, and none that is better.

        "Unlimited Lease (MP3)" delivers no WAV, whatever the terms for unlimited leases say.
        """
        named, denied = _formats_in(license_name)
        best = max((_RANK[name] for name in named), default=len(_FORMATS))
        # A format that we cannot rank is the terms' own, and stays.
        kept = [name for name in self.files if _RANK.get(name, -1) < best]
        files = {*kept, *named} - denied
        ordered = sorted(files, key=lambda name: (_RANK.get(name, len(_FORMATS)), name))
        return LicenseFacts(files=tuple(ordered), numbers=self.numbers)


def _formats_in(license_name: str) -> tuple[set[str], set[str]]:
    """The formats that a name has, and those that it denies: "WAV, no stems"."""
    named, denied, negated = set[str](), set[str](), False
    for word in _WORD.findall(license_key(license_name)):
        if word in _SPELLINGS:
            (denied if negated else named).add(_SPELLINGS[word])
        elif word not in _JOINING:
            negated = word in _DENYING
    return named, denied


NO_FACTS = LicenseFacts()


def split_facts(terms: str) -> tuple[LicenseFacts, str]:
    """Read what terms begin with, and the words that follow. Raises FactsBroken."""
    head = _HEAD.match(terms)
    if head is None:
        return NO_FACTS, terms
    return _read(head["lines"].splitlines()), terms[head.end() :]


def known_facts(terms: str) -> tuple[LicenseFacts, str]:
    """As `split_facts`; terms whose beginning cannot be read are all words, so nothing is lost."""
    try:
        return split_facts(terms)
    except FactsBroken:
        return NO_FACTS, terms


def _read(lines: Iterable[str]) -> LicenseFacts:
    files: tuple[str, ...] = ()
    numbers: dict[Fact, int | None] = {}
    for line in lines:
        name, colon, typed = (part.strip() for part in line.partition(":"))
        name = name.casefold()
        if not (name or colon):
            continue
        if name not in FACT_NAMES or not colon:
            raise FactsBroken(f"“{line.strip()[:40]}” must begin with {':, '.join(FACT_NAMES)}:")
        if name == FILES:
            files = _files(typed)
        else:
            numbers[Fact(name)] = _number(Fact(name), typed)
    return LicenseFacts(files=files, numbers={one: numbers[one] for one in Fact if one in numbers})


def _files(typed: str) -> tuple[str, ...]:
    names = [" ".join(name.split()) for name in typed.split(",") if name.strip()]
    if len(names) > MOST_FILES or any(len(name) > LONGEST_FORMAT for name in names):
        raise FactsBroken(f"files are at most {MOST_FILES} formats, such as MP3, WAV, Stems")
    return tuple(dict.fromkeys(_SPELLINGS.get(name.casefold(), name) for name in names))


def _number(fact: Fact, typed: str) -> int | None:
    word = typed.casefold()
    if word == "unlimited":
        return UNLIMITED
    if word in _NONE and fact is not Fact.YEARS:
        return 0
    if _NUMBER.fullmatch(typed):
        number = int(typed.replace(",", ""))
        if number <= _HIGHEST and (number or fact is not Fact.YEARS):
            return number
    raise FactsBroken(f"{fact} is a number such as 2,000, or unlimited")
