"""What a license delivers and allows, in words: a table, points, and the terms' placeholders."""

from collections.abc import Mapping, Sequence

from bot.domain.license_facts import FILES, UNLIMITED, Fact, LicenseFacts
from bot.text.language import gettext, ngettext, phrase, said

_LABELS = {
    Fact.SONGS: phrase("New songs"),
    Fact.COPIES: phrase("Copies, sold or free"),
    Fact.STREAMS: phrase("Streams"),
    Fact.VIDEOS: phrase("Music videos"),
    Fact.SHOWS: phrase("Live shows"),
    Fact.RADIO: phrase("Radio stations"),
    Fact.YEARS: phrase("Lasts"),
}
_EACH = frozenset({Fact.SONGS, Fact.VIDEOS})
"""Made one by one: nobody says "up to 1 song"."""


def summary_rows(facts: LicenseFacts, *, until: str = "") -> list[tuple[str, str]]:
    """What each is called, and how much of it: `("Streams", "Up to 50,000")`.

    `until`: the last day of one license, if it ends.
    """
    rows = [(gettext("Files"), ", ".join(facts.files))] if facts.files else []
    for one in facts.numbers:
        amount = _amount(one, facts)
        if one is Fact.YEARS and until:
            amount = gettext("{years}, until {day}", years=amount, day=until)
        rows.append((said(_LABELS[one]), _capital(amount)))
    return rows


def _amount(fact: Fact, facts: LicenseFacts) -> str:
    number = facts.numbers[fact]
    if fact is Fact.YEARS:
        return _counted(fact, number)
    if number is UNLIMITED:
        return gettext("unlimited")
    if not number:
        return gettext("not included")
    if fact in _EACH and number == 1:
        return f"{number}"
    return gettext("up to {number}", number=f"{number:,}")


def summary_points(facts: LicenseFacts) -> list[str]:
    """Each number as a few words: `Up to 50,000 streams`. What is not allowed is left out."""
    return [_capital(_counted(one, number)) for one, number in facts.numbers.items() if number != 0]


def _capital(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}"


def summary_words(facts: LicenseFacts) -> Mapping[str, str]:
    """What fills the placeholders of terms: `{"streams": "up to 50,000 streams"}`."""
    words = {one.value: _counted(one, number) for one, number in facts.numbers.items()}
    if facts.files:
        words[FILES] = _and(facts.files)
    return words


def _and(names: Sequence[str]) -> str:
    *others, last = names
    if not others:
        return last
    return gettext("{names} and {last}", names=", ".join(others), last=last)


def _counted(fact: Fact, number: int | None) -> str:
    if number is UNLIMITED:
        return said(_UNLIMITED[fact])
    if not number:
        return said(_NONE[fact])
    return _numbered(fact, number)


_UNLIMITED = {
    Fact.SONGS: phrase("any number of songs"),
    Fact.COPIES: phrase("unlimited copies"),
    Fact.STREAMS: phrase("unlimited streams"),
    Fact.VIDEOS: phrase("unlimited music videos"),
    Fact.SHOWS: phrase("unlimited live shows"),
    Fact.RADIO: phrase("unlimited radio play"),
    Fact.YEARS: phrase("no end date"),
}
_NONE = {
    Fact.SONGS: phrase("no songs"),
    Fact.COPIES: phrase("no copies"),
    Fact.STREAMS: phrase("no streams"),
    Fact.VIDEOS: phrase("no music videos"),
    Fact.SHOWS: phrase("no live shows"),
    Fact.RADIO: phrase("no radio play"),
}


def _numbered(fact: Fact, number: int) -> str:
    match fact:
        case Fact.SONGS:
            return ngettext("{count} new song", "up to {count} new songs", number)
        case Fact.COPIES:
            return ngettext("{count} copy", "up to {count} copies", number)
        case Fact.STREAMS:
            return ngettext("{count} stream", "up to {count} streams", number)
        case Fact.VIDEOS:
            return ngettext("{count} music video", "up to {count} music videos", number)
        case Fact.SHOWS:
            return ngettext("{count} live show", "up to {count} live shows", number)
        case Fact.RADIO:
            return ngettext("{count} radio station", "up to {count} radio stations", number)
        case Fact.YEARS:
            return ngettext("{count} year", "{count} years", number)
