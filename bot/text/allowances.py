"""What a license allows, in short: read from the very terms it is sold under, so it is never more.

Terms are Markdown (see bot.domain.terms). In short they are their first paragraph, and the points
of the section whose heading is one of `HEADINGS`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.domain.terms import Wording
from bot.text.terms_text import Block, blocks, in_short

HEADINGS = (
    "what you may do",
    "you may",
    "what is allowed",
    "what it allows",
    "allowed",
    "your rights",
    "rights granted",
    "permitted uses",
    "usage rights",
)
"""How the section begins that lists what is allowed, whatever its number and capitals."""

GENERAL = {
    "buyer": "you",
    "price": "its price",
    "date": "the day you buy it",
    "number": "the number of your sale",
}
"""What stands in the places that only a sale can fill."""

MOST_POINTS = 8
LONGEST = 240
"""Characters of a point, or of the first paragraph."""

_DENIES = re.compile(r"\b(?:not|no)\b")
_NUMBER = re.compile(r"^[\s\d.)§–-]*")


@dataclass(frozen=True, slots=True)
class Allowance:
    """Terms as somebody reads them before buying. Plain text: nothing in it is markup."""

    name: str
    """The template's (see bot.domain.terms)."""
    short: str
    """One sentence or two; may be empty."""
    points: tuple[str, ...]
    """What one may do; may be empty."""


def facts_of(producer: str, track: str, license_name: str) -> Mapping[str, str]:
    """What fills the places of terms that nobody has bought yet."""
    return {**GENERAL, "producer": producer, "track": track, "license": license_name}


def allowance(wording: Wording, facts: Mapping[str, str]) -> Allowance:
    """A wording in short."""
    points = tuple(_points(blocks(wording.text, facts)))[:MOST_POINTS]
    return Allowance(wording.name, _cut(in_short(wording.text, facts)), points)


def _points(found: Sequence[Block]) -> Iterator[str]:
    listed = False
    for block in found:
        if block["kind"] == "heading":
            heading = _NUMBER.sub("", _text(block)).casefold()
            listed = heading.startswith(HEADINGS) and not _DENIES.search(heading)
        elif listed and block["kind"] == "list":
            yield from (_cut(text) for item in block["items"] if (text := _item(item)))


def _item(item: Sequence[Block]) -> str:
    """The first paragraph of a list's item."""
    return _text(item[0]) if item and item[0]["kind"] == "paragraph" else ""


def _text(block: Block) -> str:
    return " ".join("".join(run["text"] for run in block["runs"]).split())


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + "…"
