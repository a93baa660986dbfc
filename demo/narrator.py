"""Tells the demo's story in a terminal."""

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.panel import Panel
from rich.rule import Rule
from rich.text import Text

from demo.letter import Edged, Letter, drawn
from demo.markup import Markup
from fakes.stripe.objects.shape import Json

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
        self._letter(Letter.from_payload(payload))

    def answer(self, command: str, letters: list[Letter]) -> None:
        """A slash command and its answer."""
        self._console.print()
        self._console.print(Text("You  ", "dim").append(command, "bold blue"))
        for letter in letters:
            self._letter(letter)

    def trouble(self, line: str) -> None:
        """A line of the bot's log that somebody should see."""
        self._console.print(Text(line, "red"))

    def _letter(self, letter: Letter) -> None:
        self._console.print(Edged(drawn(letter, self._markup), "    "))
