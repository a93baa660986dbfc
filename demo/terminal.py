"""The demo in a terminal: the story, and the bot's messages drawn as Discord shows them.

https://docs.discord.com/developers/reference#message-formatting and Discord's help on markdown.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import discord
from babel.dates import format_datetime, format_timedelta
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.panel import Panel
from rich.rule import Rule
from rich.segment import Segment
from rich.style import Style
from rich.text import Text

from fakes.stripe.shapes import Json

LOCALE = "en_US"

_TOKENS = re.compile(
    r"""
      \\(?P<escaped>[^a-zA-Z0-9\s])
    | ```(?:\w+\n)?(?P<block>.*?)```
    | `(?P<code>[^`]+)`
    | <t:(?P<moment>\d+)(?::(?P<style>[tTdDfFsSR]))?>
    | <\#(?P<channel>\d+)>
    | <(?P<command>/[^:>]+):\d+>
    | \[(?P<label>[^\]]+)\]\((?P<url>[^)\s]+)\)
    | (?P<mark>\*\*|__|~~|\*)
    | ^(?P<line>-\#\ |\#{1,3}\ |>\ )
    """,
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)

_MARKS = {"**": "bold", "__": "underline", "~~": "strike", "*": "italic"}
_LINES = {"-# ": "dim", "> ": "dim", "# ": "bold", "## ": "bold", "### ": "bold"}
"""Marks at a line's beginning: its style."""

_TIMES = {
    "t": "h:mm a",
    "T": "h:mm:ss a",
    "d": "M/d/yy",
    "D": "MMMM d, y",
    "f": "MMMM d, y 'at' h:mm a",
    "F": "EEEE, MMMM d, y 'at' h:mm a",
    "s": "M/d/yy, h:mm a",
    "S": "M/d/yy, h:mm:ss a",
}
"""By Discord's name for each: how it shows a time."""


class Markup:
    """Reads markup as a user in `timezone` (an IANA name) at `now` sees it."""

    def __init__(self, timezone: str, now: Callable[[], datetime]) -> None:
        self._zone = ZoneInfo(timezone)
        self._now = now

    def text(self, source: str) -> Text:
        """A text as a reader sees it."""
        text = Text()
        on: list[str] = []
        line = ""
        end = 0
        for token in _TOKENS.finditer(source):
            line = self._plain(text, source[end : token.start()], on, line)
            end = token.end()
            if token["mark"]:
                style = _MARKS[token["mark"]]
                on = [one for one in on if one != style] if style in on else [*on, style]
            elif token["line"]:
                line = _LINES[token["line"]]
            else:
                shown, style = self._shown(token)
                text.append(shown, " ".join((*on, line, style)).strip())
        self._plain(text, source[end:], on, line)
        return text

    @staticmethod
    def _plain(text: Text, piece: str, on: list[str], line: str) -> str:
        """Append a piece without marks; the style that the next piece's line has."""
        first, newline, rest = piece.partition("\n")
        text.append(first, " ".join((*on, line)).strip())
        if newline:
            text.append(newline + rest, " ".join(on))
            return ""
        return line

    def _shown(self, token: re.Match[str]) -> tuple[str, str]:
        """What stands in a token's place, and its style."""
        if token["moment"]:
            return self._time(int(token["moment"]), token["style"] or "f"), ""
        if token["channel"]:
            return "#sales", "blue"
        if token["command"]:
            return token["command"], "blue"
        if token["label"]:
            return token["label"], "blue underline"
        if token["code"] or token["block"]:
            return token["code"] or token["block"].strip("\n"), "cyan"
        return token["escaped"], ""

    def _time(self, seconds: int, style: str) -> str:
        moment = datetime.fromtimestamp(seconds, self._zone)
        if style == "R":
            return str(format_timedelta(moment - self._now(), add_direction=True, locale=LOCALE))
        return str(format_datetime(moment, _TIMES[style], locale=LOCALE))


Component = Mapping[str, Any]

_BUTTON = discord.ComponentType.button.value
_SELECT = discord.ComponentType.select.value


@dataclass(frozen=True, slots=True)
class ShownMessage:
    """A message's parts, as Discord gives them to clients."""

    content: str
    embeds: Sequence[discord.Embed]
    components: Sequence[Component]
    answers: str | None = None
    """How the message begins that this one replies to."""

    @classmethod
    def from_payload(cls, payload: Mapping[str, Any]) -> "ShownMessage":
        """Read a message as the gateway sends it."""
        answered = payload.get("referenced_message") or {}
        return cls(
            content=payload["content"],
            embeds=[discord.Embed.from_dict(embed) for embed in payload["embeds"]],
            components=payload["components"],
            answers=(answered.get("content") or "").partition("\n")[0] or None,
        )


def drawn(message: ShownMessage, markup: Markup) -> RenderableType:
    """The whole message: what it answers, its text, its embeds, its buttons."""
    parts: list[RenderableType] = []
    if message.answers:
        parts.append(Text("↱ ", "dim").append_text(markup.text(message.answers)))
    if message.content:
        parts.append(markup.text(message.content))
    for embed in message.embeds:
        colour = embed.colour or discord.Colour.dark_grey()
        parts.append(Edged(Group(*_lines(embed, markup)), "▌ ", str(colour)))
    rows = [row["components"] for row in message.components if row.get("components")]
    return Group(*parts, *map(_row, rows))


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


WIDEST = 100
"""Columns; longer lines are hard to read."""


class Narrator:
    """Writes what happens, in the order in which it happens."""

    def __init__(self, markup: Markup, console: Console | None = None) -> None:
        self._markup = markup
        self._console = console or Console()
        self._console.width = min(self._console.width, WIDEST)
        self._chapters = 0

    def say(self, words: str, style: str = "") -> None:
        """A line or more in our own words."""
        self._console.print(Text(words, style))

    def opening(self, channel: str, shop: str, log: str) -> None:
        """What this is, where to look, how to end it. Both addresses are shown as links."""
        words = Text()
        words.append("This is the real bot. ", "bold")
        words.append(
            "Only Discord and Stripe are simulated, on this machine: nothing here needs an "
            "account or the internet, and every sale, buyer and amount is made up.\n\n"
            "Open the addresses below: the first shows the channel as Discord would, and one can "
            "type every command there, such as /stats; the second is the producer's public page, "
            "where one can buy. Links into Stripe's Dashboard lead nowhere. Ctrl-C ends it."
        )
        self._console.print(Panel(words, title="Producer Bot · demo", border_style="green"))
        # In one piece, so that it can be copied from any terminal.
        for address in (channel, shop):
            self._console.print(Text(address, "bold blue"), soft_wrap=True)
        self._console.print(Text(f"\nThe bot's own log: {log}", "dim"), soft_wrap=True)

    def chapter(self, title: str, words: str) -> None:
        """A turn of the story."""
        self._chapters += 1
        self._console.print()
        self._console.print(Rule(f"{self._chapters}. {title}", align="left", style="green"))
        self._console.print(Text(words))

    def webhook(self, event: Json, status: int, seconds: float) -> None:
        """What Stripe sent, and what it got as an answer."""
        line = Text("  Stripe → bot   ", "dim")
        line.append(event["type"], "magenta").append(f"  {event['id'][:12]}…  ", "dim")
        line.append(f"{status or 'no answer'}", "green" if status == 200 else "bold red")
        line.append(f" in {seconds * 1000:.0f} ms", "dim")
        self._console.print(line)

    def heard(self, payload: Mapping[str, Any], *, edited: bool) -> None:
        """A message in the channel, new or edited, as one reads it."""
        what = "edited, nobody is notified" if edited else "new message"
        self._console.print(Text(f"  bot → #sales   {what}", "dim"))
        self._message(ShownMessage.from_payload(payload))

    def answer(self, command: str, messages: list[ShownMessage]) -> None:
        """A slash command and its answer."""
        self._console.print()
        self._console.print(Text("You  ", "dim").append(command, "bold blue"))
        for message in messages:
            self._message(message)

    def trouble(self, line: str) -> None:
        """A line of the bot's log that the user should see."""
        self._console.print(Text(line, "red"))

    def _message(self, message: ShownMessage) -> None:
        self._console.print(Edged(drawn(message, self._markup), "    "))
