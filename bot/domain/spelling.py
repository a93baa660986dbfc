"""Which name a user means who typed it without accents, only its beginning, or with a typo."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

LIKELY = 0.7
"""How alike two spellings must be: 1 if they are the same. `rian` and `rain` are 0.75 alike."""
_APART = 0.15
"""A name that is so much less alike than the best one is not offered next to it."""
MOST = 5
"""Names to choose from. Discord has room for five buttons in a row."""
_LONGEST = 100


class Meant(NamedTuple):
    """What a name may stand for, by its place in the list of those known."""

    surely: int | None
    """The only one that is spelled so or begins so, accents and punctuation apart."""
    perhaps: tuple[int, ...]
    """The most likely ones, if it is not certain."""


def unaccented(text: str) -> str:
    """A text in small letters without accents: `Último` is `ultimo`."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in apart if not unicodedata.combining(char))


def meant(typed: str, names: Sequence[str]) -> Meant:
    """The name that was typed, or up to five like it, the likeliest first."""
    sought = _words(typed)
    if not sought:
        return Meant(None, ())
    spelled = [_words(name) for name in names]
    for same in (
        [place for place, name in enumerate(spelled) if name == sought],
        [place for place, name in enumerate(spelled) if name.startswith(sought)],
    ):
        if len(same) == 1:
            return Meant(same[0], ())
        if same:
            return Meant(None, tuple(same[:MOST]))
    inside = [place for place, name in enumerate(spelled) if f" {sought}" in name]
    if inside:
        return Meant(None, tuple(inside[:MOST]))
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(sought)
    likeness = {
        place: _likeness(matcher, name, sought.count(" ") + 1) for place, name in enumerate(spelled)
    }
    least = max(LIKELY, max(likeness.values(), default=0) - _APART)
    likely = [place for place, alike in likeness.items() if alike >= least]
    return Meant(None, tuple(sorted(likely, key=lambda place: -likeness[place])[:MOST]))


def _likeness(matcher: SequenceMatcher[str], name: str, words: int) -> float:
    """Of the whole name, or of as many words of it as were typed."""
    best = 0.0
    for part in {name, *_parts(name, words)}:
        matcher.set_seq1(part)
        # The cheap bounds come first: most names are nothing like it.
        if matcher.real_quick_ratio() >= LIKELY and matcher.quick_ratio() >= LIKELY:
            best = max(best, matcher.ratio())
    return best


def _parts(name: str, count: int) -> Iterator[str]:
    words = name.split()
    for first in range(len(words) - count + 1):
        yield " ".join(words[first : first + count])


def _words(name: str) -> str:
    """A name without what people leave out: accents, punctuation, white space."""
    return " ".join(re.findall(r"\w+", re.sub("['’]", "", unaccented(name[:_LONGEST]))))
