"""Discord's markup as styled text for a terminal.

https://docs.discord.com/developers/reference#message-formatting and Discord's help on markdown.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_time, format_timedelta
from rich.text import Text

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

_STYLES: dict[str, Callable[[datetime], str]] = {
    "t": lambda moment: str(format_time(moment, "h:mm a", locale=LOCALE)),
    "T": lambda moment: str(format_time(moment, "h:mm:ss a", locale=LOCALE)),
    "d": lambda moment: str(format_date(moment, "M/d/yy", locale=LOCALE)),
    "D": lambda moment: str(format_date(moment, "MMMM d, y", locale=LOCALE)),
    "f": lambda moment: str(format_datetime(moment, "MMMM d, y 'at' h:mm a", locale=LOCALE)),
    "F": lambda moment: str(format_datetime(moment, "EEEE, MMMM d, y 'at' h:mm a", locale=LOCALE)),
    "s": lambda moment: str(format_datetime(moment, "M/d/yy, h:mm a", locale=LOCALE)),
    "S": lambda moment: str(format_datetime(moment, "M/d/yy, h:mm:ss a", locale=LOCALE)),
}


class Markup:
    """Reads markup as somebody in `timezone` (an IANA name) at `now` does."""

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
                on = _toggled(on, _MARKS[token["mark"]])
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
        if style == "R":
            away = datetime.fromtimestamp(seconds, UTC) - self._now()
            return _relative(away)
        return _STYLES[style](datetime.fromtimestamp(seconds, self._zone))


def _toggled(on: list[str], style: str) -> list[str]:
    return [each for each in on if each != style] if style in on else [*on, style]


def _relative(away: timedelta) -> str:
    return str(format_timedelta(away, add_direction=True, locale=LOCALE))
