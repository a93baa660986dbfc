"""A message of the bot's as one reads it, drawn for a terminal."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import discord
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.segment import Segment
from rich.style import Style
from rich.text import Text

from demo.markup import Markup

Component = Mapping[str, Any]

_BUTTON = discord.ComponentType.button.value
_SELECT = discord.ComponentType.select.value


@dataclass(frozen=True, slots=True)
class Letter:
    """A message's parts, as Discord gives them to clients."""

    content: str
    embeds: Sequence[discord.Embed]
    components: Sequence[Component]
    answers: str | None = None
    """How the message begins that this one replies to."""

    @classmethod
    def from_payload(cls, payload: Mapping[str, Any]) -> "Letter":
        """Read a message as the gateway sends it."""
        answered = payload.get("referenced_message") or {}
        return cls(
            content=payload["content"],
            embeds=[discord.Embed.from_dict(embed) for embed in payload["embeds"]],
            components=payload["components"],
            answers=(answered.get("content") or "").partition("\n")[0] or None,
        )


def drawn(letter: Letter, markup: Markup) -> RenderableType:
    """The whole message: what it answers, its text, its embeds, its buttons."""
    return Group(*_parts(letter, markup))


def _parts(letter: Letter, markup: Markup) -> Iterator[RenderableType]:
    if letter.answers:
        yield Text("↱ ", "dim").append_text(markup.text(letter.answers))
    if letter.content:
        yield markup.text(letter.content)
    for embed in letter.embeds:
        colour = embed.colour or discord.Colour.dark_grey()
        yield Edged(Group(*_lines(embed, markup)), "▌ ", str(colour))
    rows = [row["components"] for row in letter.components if row.get("components")]
    yield from (_row(row) for row in rows)


def _lines(embed: discord.Embed, markup: Markup) -> Iterator[Text]:
    if embed.author.name:
        yield Text(embed.author.name, "bold dim")
    if embed.title:
        title = markup.text(embed.title)
        title.stylize("bold")
        yield title
    if embed.description:
        yield markup.text(embed.description)
    for field in embed.fields:
        name = markup.text(field.name or "")
        name.stylize("bold")
        yield Text("\n").append_text(name)
        yield markup.text(field.value or "")
    if embed.footer.text:
        yield Text(embed.footer.text, "dim")


def _row(components: Sequence[Component]) -> Text:
    """Buttons and menus, one after the other."""
    row = Text()
    for component in components:
        if component["type"] == _BUTTON:
            label = component.get("label") or (component.get("emoji") or {}).get("name", "")
            away = " ↗" if component.get("url") else ""
            row.append(f"[{label}{away}]", "dim" if component.get("disabled") else "bold").append(
                " "
            )
        elif component["type"] == _SELECT:
            label = component.get("placeholder") or "Choose"
            row.append(f"[{label} ▾]", "bold").append(" ")
    return row


class Edged:
    """Something with the same mark before each of its lines: an embed's edge, an indentation."""

    def __init__(self, inner: RenderableType, mark: str, colour: str = "default") -> None:
        self._inner = inner
        self._mark = Segment(mark, Style(color=colour))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        narrower = options.update(width=max(options.max_width - len(self._mark.text), 20))
        for line in console.render_lines(self._inner, narrower, pad=False):
            yield self._mark
            yield from line
            yield Segment.line()
