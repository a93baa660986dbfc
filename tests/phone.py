"""A message as a phone 390 px wide breaks it into lines.

An embed has 271 px for its text there, at 14 px (its title at 16 px); a message's own text has
302 px at 16 px. Widths are those of Noto Sans, as the simulated Discord shows it.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import discord
from PIL import ImageFont

from bot.text.message import Message

FONTS = Path(__file__).parent.parent / "bot" / "text" / "fonts"
EMBED = 271
CONTENT = 302
CODE_BLOCK = 255
MONOSPACED = 0.6
"""The width of a character in code, in its size."""
CODE = 0.875
"""The size of code in a line, to that of its text."""
CODE_PADDING = 10

WIDEST_TIMES = {
    "t": "10:37 PM",
    "T": "10:37:45 PM",
    "d": "11/30/2026",
    "D": "November 30, 2026",
    "f": "November 30, 2026 at 10:37 PM",
    "F": "Wednesday, November 30, 2026 at 10:37 PM",
    "R": "10 months ago",
}
_MARKED = re.compile(
    r"\*\*|__|~~|\\(.)|`([^`]+)`|\[([^\]]+)\]\([^)]+\)|<t:\d+:?(\w?)>|<[#@&!/]+[^>]+>"
)


def lines_at_390(message: Message) -> int:
    """How many lines of text a message takes: its content, and all that its embeds say.

    Pictures, buttons and menus are not counted.
    """
    content = broken(message.content, CONTENT, 16) if message.content else []
    return len(content) + sum(len(list(_of_embed(embed))) for embed in message.embeds)


def _of_embed(embed: discord.Embed) -> Iterator[str]:
    yield from broken(embed.author.name or "", EMBED, 14, bold=True)
    yield from broken(embed.title or "", EMBED, 16, bold=True)
    yield from broken(embed.description or "", EMBED, 14)
    for field in embed.fields:
        yield from broken(field.name or "", EMBED, 14, bold=True)
        yield from broken(field.value or "", EMBED, 14)
    yield from broken(embed.footer.text or "", EMBED, 12)


def broken(text: str, width: float, size: int, *, bold: bool = False) -> list[str]:
    """A text with markup, in the lines in which `width` pixels show it."""
    lines: list[str] = []
    in_block = False
    for line in text.split("\n") if text.strip() else ():
        if line.startswith("```"):
            in_block = not in_block
        elif in_block:
            lines += _wrapped([(line, True, False)], CODE_BLOCK, size)
        elif line.strip():
            large = 1.2 if line.startswith("#") else 0.85 if line.startswith("-# ") else 1
            shown = re.sub(r"^(#{1,3}|-#) ", "", line)
            lines += _wrapped(list(_pieces(shown, bold)), width, size * large)
    return lines


def _pieces(line: str, bold: bool) -> Iterator[tuple[str, bool, bool]]:
    """What is seen, whether as code, and whether in bold."""
    start = 0
    for mark in _MARKED.finditer(line):
        yield line[start : mark.start()], False, bold
        start = mark.end()
        escaped, code, link, style = mark.groups()
        if mark[0] == "**":
            bold = not bold
        elif code:
            yield code, True, bold
        elif mark[0].startswith("<t:"):
            yield WIDEST_TIMES[style or "f"], False, bold
        else:
            named = "#sales-alerts" if mark[0].startswith("<") else ""
            yield escaped or link or named, False, bold
    yield line[start:], False, bold


def _wrapped(pieces: list[tuple[str, bool, bool]], width: float, size: float) -> list[str]:
    """Words put into lines; a word that is wider than a line goes on in the next one."""
    lines, used = [""], 0.0
    for text, code, bold in pieces:
        for word in re.findall(r"\s+|\S+", text):
            taken = _width(word, size, code, bold)
            if used + taken > width and not word.isspace():
                if used:
                    lines[-1] = lines[-1].rstrip()
                    lines.append("")
                    used = 0.0
                while taken > width:
                    lines.append("")
                    taken -= width
            lines[-1] += word
            used += taken
    return lines


def _width(word: str, size: float, code: bool, bold: bool) -> float:
    if code:
        return len(word) * size * CODE * MONOSPACED + CODE_PADDING
    return sum(_advance(char, bold) for char in word) * size / 100


@lru_cache(maxsize=4096)
def _advance(char: str, bold: bool) -> float:
    """Of a character at 100 px; arrows, lines and emoji come from other fonts, which are wider."""
    if char >= "\u2190":
        return 0 if "\ufe00" <= char <= "\ufe0f" else 100 if char < "\u2600" else 130
    return _font(bold).getlength(char)


@lru_cache
def _font(bold: bool) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(FONTS / f"NotoSans-{'Bold' if bold else 'Regular'}.ttf", 100)
