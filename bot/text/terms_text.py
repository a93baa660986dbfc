"""License terms (Markdown) as plain data: whole for documents, in short for the public page.

Headings, paragraphs, lists, line breaks, bold and italics are understood; anything else is shown as
it was typed (https://spec.commonmark.org). The short form quotes the terms themselves, so it never
promises more: their first paragraph, and the points of the section whose heading is in `HEADINGS`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

from bot.domain.license_facts import LicenseFacts, known_facts
from bot.domain.license_terms import Wording, fill
from bot.text.license_summary import summary_words

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.tree import SyntaxTreeNode


Block: TypeAlias = dict[str, Any]
"""`{"kind": "heading", "level": 2, "runs": […]}`, `{"kind": "paragraph", "runs": […]}`, or
`{"kind": "list", "start": 1 or None, "items": [[Block, …], …]}`."""
Run: TypeAlias = dict[str, Any]
"""`{"text": "…", "strong": False, "emph": True}`; a line break's text is a newline."""

# Terms nested deeper than this are shown as they were typed, so nothing is lost.
_DEEPEST = 24
_LEAVES = {"text": None, "softbreak": " ", "hardbreak": "\n"}


def blocks(markdown: str, facts: Mapping[str, str]) -> list[Block]:
    """Read terms, then put in the `facts`, so that no fact can be markup.

    The terms' own facts are put in as those of the license that `facts` names.
    """
    from markdown_it.tree import SyntaxTreeNode

    own, markdown = known_facts(markdown)
    facts = {**summary_words(own.of(facts.get("license", ""))), **facts}
    tokens = _reader().parse(markdown)
    if any(part.level > _DEEPEST for token in tokens for part in (token, *(token.children or ()))):
        typed = [fill(line.strip(), facts) for line in markdown.split("\n") if line.strip()]
        runs = [{"text": line, "strong": False, "emph": False} for line in typed]
        return [{"kind": "paragraph", "runs": [run]} for run in runs]
    return list(_blocks(SyntaxTreeNode(tokens).children, facts))


def in_short(markdown: str, facts: Mapping[str, str] | None = None) -> str:
    """The first block of terms as a line of plain text, if it is a paragraph; else empty."""
    first = next(iter(blocks(markdown, facts or {})), None)
    if first is None or first["kind"] != "paragraph":
        return ""
    return "".join(run["text"] for run in first["runs"]).replace("\n", " ")


@cache
def _reader() -> "MarkdownIt":
    # Imported with the first license: it takes some megabytes.
    from markdown_it import MarkdownIt

    return MarkdownIt("zero", {"maxNesting": 2 * _DEEPEST}).enable(
        ["heading", "lheading", "list", "emphasis", "newline", "escape", "entity"]
    )


def _blocks(nodes: Iterable["SyntaxTreeNode"], facts: Mapping[str, str]) -> Iterator[Block]:
    for node in nodes:
        if node.type == "heading":
            yield {"kind": "heading", "level": int(node.tag[1]), "runs": _runs_of(node, facts)}
        elif node.type in ("bullet_list", "ordered_list"):
            yield _list(node, facts)
        else:
            yield {"kind": "paragraph", "runs": _runs_of(node, facts)}


def _list(node: "SyntaxTreeNode", facts: Mapping[str, str]) -> Block:
    start = int(node.attrs.get("start", 1)) if node.type == "ordered_list" else None
    items = [list(_blocks(item.children, facts)) for item in node.children]
    return {"kind": "list", "start": start, "items": items}


def _runs_of(node: "SyntaxTreeNode", facts: Mapping[str, str]) -> list[Run]:
    return list(_runs(node.children, facts, strong=False, emph=False))


def _runs(
    nodes: Iterable["SyntaxTreeNode"], facts: Mapping[str, str], *, strong: bool, emph: bool
) -> Iterator[Run]:
    for node in nodes:
        if node.type in _LEAVES:
            text = _LEAVES[node.type] or fill(node.content, facts)
            yield {"text": text, "strong": strong, "emph": emph}
        else:
            yield from _runs(
                node.children,
                facts,
                strong=strong or node.type == "strong",
                emph=emph or node.type == "em",
            )


HEADINGS = (
    "what you can do",
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
"""Headings of the section that lists what is allowed; numbers and capitals do not matter."""

GENERAL = {
    "buyer": "you",
    "price": "its price",
    "date": "the day you buy it",
    "number": "the number of your sale",
}
"""What fills the placeholders that only a sale can fill."""

MOST_POINTS = 8
LONGEST = 240
"""Characters of a point, or of the first paragraph."""

_DENIES = re.compile(r"\b(?:not|no)\b")
_NUMBER = re.compile(r"^[\s\d.)§–-]*")


@dataclass(frozen=True, slots=True)
class Allowance:
    """Terms in short, as the public page shows them before a sale. Plain text, no markup."""

    name: str
    """The template's (see bot.domain.license_terms)."""
    short: str
    """One or two sentences; may be empty."""
    points: tuple[str, ...]
    """What the license allows; may be empty."""
    facts: LicenseFacts
    """What it delivers and allows, in numbers: `bot.text.license_summary` has their words."""


def facts_of(producer: str, track: str, license_name: str) -> Mapping[str, str]:
    """What fills the placeholders of terms before a sale."""
    return {**GENERAL, "producer": producer, "track": track, "license": license_name}


def allowance(wording: Wording, facts: Mapping[str, str]) -> Allowance:
    """A wording in short."""
    points = tuple(_points(blocks(wording.text, facts)))[:MOST_POINTS]
    short = _cut(in_short(wording.text, facts))
    return Allowance(wording.name, short, points, wording.facts(facts["license"]))


def _points(found: Sequence[Block]) -> Iterator[str]:
    listed = False
    for block in found:
        if block["kind"] == "heading":
            heading = _NUMBER.sub("", _text(block)).casefold()
            listed = heading.startswith(HEADINGS) and not _DENIES.search(heading)
        elif listed and block["kind"] == "list":
            first = (item[0] for item in block["items"] if item and item[0]["kind"] == "paragraph")
            yield from (_cut(text) for text in map(_text, first) if text)


def _text(block: Block) -> str:
    return " ".join("".join(run["text"] for run in block["runs"]).split())


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + "…"
