"""The words in which people write a period, in English and Spanish: `last week`, `octubre`, `Q3`.

Case, accents and filler words (`of`, `de`, `the`) don't matter. What the words mean together is in
`bot.domain.period`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from bot.domain.spelling import unaccented


class PeriodWord(StrEnum):
    """A word that is not part of a date."""

    TODAY = "today"
    YESTERDAY = "yesterday"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    ALL = "all"
    THIS = "this"
    LAST = "last"
    AGO = "ago"
    """In Spanish also August."""
    SINCE = "since"
    TO = "to"
    NOTHING = ""
    """It can be left out."""


class Weekday(NamedTuple):
    """A day of the week; 0 is Monday."""

    number: int


class DatePart(NamedTuple):
    """What is written of a date: `October`, `2025`, `Q3 2025`, `3rd`, `2026-09-14`."""

    year: int | None = None
    month: int | None = None
    day: int | None = None
    quarter: int | None = None


PeriodToken: TypeAlias = PeriodWord | Weekday | DatePart | int
"""An int is a number without anything that says of what."""

_SYNONYMS = {
    PeriodWord.TODAY: "today now date hoy ahora fecha",
    PeriodWord.YESTERDAY: "yesterday ayer",
    PeriodWord.DAY: "d day days dia dias",
    PeriodWord.WEEK: "w wk week weeks weekly wtd semana semanas",
    PeriodWord.MONTH: "m mo month months monthly mtd mes meses",
    PeriodWord.QUARTER: "q quarter quarters qtd trimestre trimestres",
    PeriodWord.YEAR: "yr yrs year years ytd ano anos",
    PeriodWord.ALL: "all everything ever always lifetime todo siempre",
    PeriodWord.THIS: "this current este esta actual",
    PeriodWord.LAST: "last past previous anterior pasado pasada pasados pasadas ultimo ultima "
    "ultimos ultimas",
    PeriodWord.AGO: "ago hace",
    PeriodWord.SINCE: "since from desde",
    PeriodWord.TO: "to until till through thru and hasta al a",
    PeriodWord.NOTHING: "the of in on for time between so far de del el la los las en tiempo entre",
}
_NUMBERS = (
    "one two three four five six seven eight nine ten eleven twelve",
    "uno dos tres cuatro cinco seis siete ocho nueve diez once doce",
    "un",
    "una",
)
_ORDINALS = "first second third fourth", "primer segundo tercer cuarto"
_MONTHS = (
    "january february march april may june july august september october november december",
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "- - - - - - - - setiembre - - -",
)
_WEEKDAYS = (
    "monday tuesday wednesday thursday friday saturday sunday",
    "lunes martes miercoles jueves viernes sabado domingo",
)


def _numbered(tables: Sequence[str], first: int) -> Iterator[tuple[str, int]]:
    for table in tables:
        for number, word in enumerate(table.split(), start=first):
            yield word, number


_WHOLE: Mapping[str, PeriodToken] = {
    **{word: meant for meant, words in _SYNONYMS.items() for word in words.split()},
    **dict(_numbered(_NUMBERS, 1)),
    **{word: DatePart(day=number) for word, number in _numbered(_ORDINALS, 1)},
}
# Any beginning of at least three letters will do; `mar` is March.
_BEGINNINGS: Mapping[str, PeriodToken] = {
    **{word: DatePart(month=number) for word, number in _numbered(_MONTHS, 1)},
    **{word: Weekday(number) for word, number in _numbered(_WEEKDAYS, 0)},
}
_SHORTEST = 3

_TOKEN = re.compile(
    r"""
    (?P<iso>[0-9]{4}[-/][0-9]{1,2}(?:[-/][0-9]{1,2})?(?![0-9]))
    | (?:(?P<quarter_year>[0-9]{4})-?)?[qt](?P<quarter>[1-4])(?![0-9a-z])
    | (?P<slashes>[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}|[0-9]{1,2}/[0-9]{4}|[0-9]{1,2}/[0-9]{1,2})(?![0-9])
    | (?P<year>[0-9]{4})(?![0-9])
    | (?P<ordinal>[0-9]{1,2})(?:st|nd|rd|th|er|o)(?![a-z])
    | (?P<number>[0-9]{1,3})(?![0-9])
    | (?P<word>[a-z]+)
    | (?P<to>\.{2,}|[-–—−])
    | [\s,.']+
    """,
    re.VERBOSE,
)
_LONGEST = 100


def period_tokens(text: str, *, day_first: bool = False) -> list[PeriodToken] | None:
    """What was typed, word by word; None if anything in it is unknown.

    `day_first`: whether 9/1 is the 9th of January, as in Spanish.
    """
    typed = unaccented(text[:_LONGEST])
    tokens: list[PeriodToken] = []
    at = 0
    while at < len(typed):
        match = _TOKEN.match(typed, at)
        token = _token(match, day_first, tokens) if match else None
        if match is None or token is None:
            return None
        if token is not PeriodWord.NOTHING:
            tokens.append(token)
        at = match.end()
    return tokens


def corrected_period(text: str) -> str | None:
    """The text with each unknown word replaced by the known one that is spelled most like it."""
    known = [word for word in (*_WHOLE, *_BEGINNINGS) if len(word) > _SHORTEST]

    def correct(match: re.Match[str]) -> str:
        if _word(match[0]) is not None:
            return match[0]
        return next(iter(get_close_matches(match[0], known, 1, 0.7)), match[0])

    typed = unaccented(text[:_LONGEST])
    better = re.sub("[a-z]+", correct, typed)
    return better if better != typed else None


def _token(
    match: re.Match[str], day_first: bool, before: Sequence[PeriodToken]
) -> PeriodToken | None:
    found = match.groupdict()
    if found["iso"]:
        return DatePart(*map(int, re.split("[-/]", found["iso"])))
    if found["quarter"]:
        year = found["quarter_year"]
        return DatePart(year=int(year) if year else None, quarter=int(found["quarter"]))
    if found["slashes"]:
        return _slashes([int(part) for part in found["slashes"].split("/")], day_first)
    if found["year"]:
        return DatePart(year=int(found["year"]))
    if found["ordinal"]:
        return DatePart(day=int(found["ordinal"]))
    if found["number"]:
        return int(found["number"])
    if found["word"]:
        return _word(found["word"], after_number=bool(before) and isinstance(before[-1], int))
    return PeriodWord.TO if found["to"] else PeriodWord.NOTHING


def _word(word: str, *, after_number: bool = False) -> PeriodToken | None:
    # `1y` is a year, and `marzo y abril` goes from one to the other.
    if word == "y":
        return PeriodWord.YEAR if after_number else PeriodWord.TO
    if word in _WHOLE:
        return _WHOLE[word]
    if len(word) < _SHORTEST:
        return None
    begins = (token for whole, token in _BEGINNINGS.items() if whole.startswith(word))
    return next(begins, None)


def _slashes(parts: Sequence[int], day_first: bool) -> DatePart:
    if len(parts) == 2 and parts[1] > 31:
        return DatePart(month=parts[0], year=parts[1])
    first, second = parts[:2]
    if first > 12 or (day_first and second <= 12):
        first, second = second, first
    return DatePart(month=first, day=second, year=parts[2] if len(parts) == 3 else None)
