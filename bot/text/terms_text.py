"""Markdown as plain data, for documents: blocks of runs, in which nothing is markup any more.

Headings, paragraphs, lists, line breaks, bold and italics are understood; all else is shown as it
was typed. https://spec.commonmark.org
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

from bot.domain.terms import fill

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.tree import SyntaxTreeNode

Block: TypeAlias = dict[str, Any]
"""`{"kind": "heading", "level": 2, "runs": […]}`, `{"kind": "paragraph", "runs": […]}`, or
`{"kind": "list", "start": 1 or None, "items": [[Block, …], …]}`."""
Run: TypeAlias = dict[str, Any]
"""`{"text": "…", "strong": False, "emph": True}`; a line break's text is a newline."""

# Nobody nests lists and emphasis so deeply: then nothing is taken for markup, so nothing is lost.
_DEEPEST = 24
_LEAVES = {"text": None, "softbreak": " ", "hardbreak": "\n"}


def blocks(markdown: str, facts: Mapping[str, str]) -> list[Block]:
    """Read terms, then put `facts` in their places: so no fact can be markup."""
    from markdown_it.tree import SyntaxTreeNode

    tokens = _reader().parse(markdown)
    if any(part.level > _DEEPEST for token in tokens for part in (token, *(token.children or ()))):
        return [_as_typed(line, facts) for line in markdown.split("\n") if line.strip()]
    return list(_blocks(SyntaxTreeNode(tokens).children, facts))


def in_short(markdown: str, facts: Mapping[str, str] | None = None) -> str:
    """What terms begin with, if that is a paragraph: one line of plain text; empty if not."""
    first = next(iter(blocks(markdown, facts or {})), None)
    if first is None or first["kind"] != "paragraph":
        return ""
    return "".join(run["text"] for run in first["runs"]).replace("\n", " ")


@cache
def _reader() -> "MarkdownIt":
    # Not before a license is shown: it takes some megabytes.
    from markdown_it import MarkdownIt

    return MarkdownIt("zero", {"maxNesting": 2 * _DEEPEST}).enable(
        ["heading", "lheading", "list", "emphasis", "newline", "escape", "entity"]
    )


def _as_typed(line: str, facts: Mapping[str, str]) -> Block:
    run = {"text": fill(line.strip(), facts), "strong": False, "emph": False}
    return {"kind": "paragraph", "runs": [run]}


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
