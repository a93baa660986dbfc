"""What a bought item is called: its track, its license, and whether that is exclusive.

Many shops write the license behind the track's name: "Midnight Drive – Basic Lease".

The rules are rows of data, tried from top to bottom; the first that gives something decides.
docs/naming.md explains them to producers, and a test keeps the two equal.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from bot.domain.json_access import Json, mapping, text

# With one of these among its words, an ending is a license.
TELLING = frozenset(
    """
    lease leases leasing license licenses licence licences licensing
    exclusive exclusives nonexclusive rights buyout
    mp3 wav flac aiff stem stems trackout trackouts
    """.split()
)
# An ending is a license too if all its words are among these or the former.
PLAIN = frozenset("basic standard premium unlimited non".split())

# A dash counts only with space around it: "Non-Exclusive" is one word.
_ENDINGS = (
    re.compile(r"(?P<head>.*\S)\s*\((?P<tail>[^()]*)\)", re.DOTALL),
    re.compile(r"(?P<head>.*\S)\s*\[(?P<tail>[^\[\]]*)\]", re.DOTALL),
    re.compile(r"(?P<head>.*\S)\s+[-‐‑‒–—―−~•·]\s+(?P<tail>.*)", re.DOTALL),
    re.compile(r"(?P<head>.*\S)(?:\s*\||:\s)(?P<tail>.*)", re.DOTALL),
)
_WORD = re.compile(r"[^\W_]+")


def title(name: object) -> str | None:
    """A name without the license at its end; None if it is nothing but a license."""
    return _split_ending(name)[0]


def ending(name: object) -> str | None:
    """The license at the end of a name, without the dash or brackets around it; None without."""
    return _split_ending(name)[1]


def _split_ending(name: object) -> tuple[str | None, str | None]:
    whole = text(name)
    if whole is None:
        return None, None
    head, tail = whole, None
    # "Midnight Drive – Standard Lease (MP3 + WAV)": what is left may end in one again.
    while not _is_license(head) and (cut := _cut(head)) is not None:
        tail = cut[1] if tail is None else cut[1] + whole[len(head) :]
        head = cut[0]
    return (None, whole) if _is_license(head) else (head, tail)


def _cut(name: str) -> tuple[str, str] | None:
    for pattern in _ENDINGS:
        match = pattern.fullmatch(name)
        if match and _reads_like_license(match["tail"]):
            return match["head"], match["tail"].strip()
    return None


def _reads_like_license(tail: str) -> bool:
    return any(word in TELLING for word in _words_in(tail)) or _is_license(tail)


def _is_license(name: str) -> bool:
    words = _words_in(name)
    return bool(words) and all(word in TELLING or word in PLAIN for word in words)


def _words_in(name: str) -> list[str]:
    return _WORD.findall(unicodedata.normalize("NFKC", name).casefold())


UNNAMED_TRACK = "Track to be named"
"""What a track is called while nothing names it."""
UNNAMED_LICENSE = "License"
"""What a license is called if nothing names it."""

YES = frozenset("true 1 yes y on".split())
NO = frozenset("false 0 no n off".split())
# "Non-exclusive" and its spellings, and "no exclusive rights".
NEGATIONS = frozenset("non not no".split())

_DASHES = re.compile(r"[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")
_APOSTROPHES = re.compile(r"[\u2018\u2019\u02bc\u00b4`]")
_LONGEST_KEY = 500


class Named(NamedTuple):
    """What the rules make of one item: what was bought."""

    track: str
    license: str
    exclusive: bool


class Example(NamedTuple):
    """What a rule makes of a value; shown in the documents, and held by a test."""

    value: str
    """What stands in the place the rule reads."""
    gives: str
    """What comes of it, as a text."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: where it looks, what it takes from there, and examples of it."""

    where: str
    """The place in a producer's words."""
    path: tuple[str, ...]
    """The place in Stripe's objects: from `line` (the line item) or `session`."""
    take: Callable[[Any], str | bool | None]
    examples: tuple[Example, ...]


def is_exclusive(license_name: object) -> bool | None:
    """Judge by a license's name: True or False if it says so, else None."""
    words = _words_in(text(license_name) or "")
    spoken = [
        before not in NEGATIONS
        for before, word in zip(["", *words], words, strict=False)
        if word in ("exclusive", "exclusives", "exclusively")
    ]
    if spoken:
        return any(spoken)
    return False if "nonexclusive" in words else None


def yes_or_no(value: object) -> bool | None:
    """Read a metadata value that should be yes or no; None if it is neither."""
    word = (text(value) or "").casefold()
    return True if word in YES else False if word in NO else None


TRACK_RULES = (
    Rule(
        "the product's metadata `track`",
        ("line", "price", "product", "metadata", "track"),
        text,
        (Example("Midnight Drive", "Midnight Drive"),),
    ),
    Rule(
        "the product's name, without a license at its end",
        ("line", "price", "product", "name"),
        title,
        (
            Example("Midnight Drive – Basic Lease", "Midnight Drive"),
            Example("Midnight Drive - WAV Lease", "Midnight Drive"),
            Example("Midnight Drive (Exclusive)", "Midnight Drive"),
            Example("Midnight Drive [Exclusive Rights]", "Midnight Drive"),
            Example("Midnight Drive | Unlimited", "Midnight Drive"),
            Example("Midnight Drive – Standard Lease (MP3 + WAV)", "Midnight Drive"),
            Example("Night – Day", "Night – Day"),
        ),
    ),
    Rule(
        "the Checkout Session's (Payment Link's) metadata `track`",
        ("session", "metadata", "track"),
        text,
        (Example("Midnight Drive", "Midnight Drive"),),
    ),
    Rule(
        "the line's description, without a license at its end",
        ("line", "description"),
        title,
        (Example("Midnight Drive (Basic Lease)", "Midnight Drive"),),
    ),
    Rule(
        "the line's description as it is",
        ("line", "description"),
        text,
        (Example("Basic Lease", "Basic Lease"),),
    ),
)

LICENSE_RULES = (
    Rule(
        "the price's metadata `license`",
        ("line", "price", "metadata", "license"),
        text,
        (Example("Basic Lease", "Basic Lease"),),
    ),
    Rule(
        "the price's nickname (its description in the Dashboard)",
        ("line", "price", "nickname"),
        text,
        (Example("Premium Lease", "Premium Lease"),),
    ),
    Rule(
        "the license at the end of the product's name",
        ("line", "price", "product", "name"),
        ending,
        (
            Example("Midnight Drive – Basic Lease", "Basic Lease"),
            Example("Midnight Drive (Exclusive)", "Exclusive"),
            Example("Midnight Drive – Standard Lease (MP3 + WAV)", "Standard Lease (MP3 + WAV)"),
            Example("Exclusive Rights", "Exclusive Rights"),
        ),
    ),
    Rule(
        "the license at the end of the line's description",
        ("line", "description"),
        ending,
        (Example("Midnight Drive (Basic Lease)", "Basic Lease"),),
    ),
    Rule(
        "the product's metadata `license`",
        ("line", "price", "product", "metadata", "license"),
        text,
        (Example("Unlimited Lease", "Unlimited Lease"),),
    ),
    Rule(
        "the Checkout Session's (Payment Link's) metadata `license`",
        ("session", "metadata", "license"),
        text,
        (Example("Basic Lease", "Basic Lease"),),
    ),
)

EXCLUSIVE_RULES = (
    Rule(
        "the price's metadata `exclusive`",
        ("line", "price", "metadata", "exclusive"),
        yes_or_no,
        (Example("true", "yes"), Example("no", "no")),
    ),
    Rule(
        "the product's metadata `exclusive`",
        ("line", "price", "product", "metadata", "exclusive"),
        yes_or_no,
        (Example("yes", "yes"), Example("0", "no")),
    ),
    Rule(
        "the Checkout Session's (Payment Link's) metadata `exclusive`",
        ("session", "metadata", "exclusive"),
        yes_or_no,
        (Example("1", "yes"), Example("false", "no")),
    ),
    Rule(
        "the license's name, as found above",
        ("license",),
        is_exclusive,
        (
            Example("Exclusive Rights", "yes"),
            Example("Non-Exclusive Lease", "no"),
            Example("nonexclusive", "no"),
        ),
    ),
    Rule(
        "the license at the end of the product's name",
        ("line", "price", "product", "name"),
        lambda name: is_exclusive(ending(name)),
        (Example("Midnight Drive (Exclusive)", "yes"),),
    ),
)


def item_names(item: Json, session_metadata: Json) -> Named:
    """Name a line item of Checkout (an empty one if only metadata is known).

    `item` has its price and product expanded if possible; a product given by its id only, or
    deleted, names nothing. Texts come cleaned (bot.domain.json_access), never empty.
    """
    seen: dict[str, Any] = {"line": item, "session": {"metadata": session_metadata}}
    seen["track"] = _first(TRACK_RULES, seen) or UNNAMED_TRACK
    seen["license"] = _first(LICENSE_RULES, seen) or UNNAMED_LICENSE
    return Named(seen["track"], seen["license"], _first(EXCLUSIVE_RULES, seen) is True)


def track_key(name: str) -> str:
    """What makes two spellings one track: letter case, white space and kinds of dash apart."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    folded = _APOSTROPHES.sub("'", _DASHES.sub("-", folded))
    # Marks that cannot be seen, such as zero-width joints, make no other name.
    shown = "".join(c for c in folded if unicodedata.category(c) != "Cf")
    return " ".join(shown.split())[:_LONGEST_KEY].strip() or name


license_key = track_key
"""What makes two spellings one license, as for tracks."""


def _first(rules: Iterable[Rule], seen: Mapping[str, Any]) -> Any:
    taken = (rule.take(_at(seen, rule.path)) for rule in rules)
    return next((value for value in taken if value is not None), None)


def _at(seen: Mapping[str, Any], path: tuple[str, ...]) -> object:
    *folders, last = path
    for folder in folders:
        seen = mapping(seen.get(folder))
    return seen.get(last)
