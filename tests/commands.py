"""The README's table of commands, made from the commands' own words.

`make commands` puts it into the README: so it is after a command was added or changed.
"""

import asyncio
import re
from pathlib import Path
from typing import Any, cast

from discord import app_commands

from bot.client import ProducerBot
from cogs.kit.command_bot import described

README = Path(__file__).parents[1] / "README.md"
_TABLE = re.compile(r"(?<=<!-- commands -->\n).*?(?=<!-- /commands -->)", re.DOTALL)


def loaded() -> ProducerBot:
    """A bot with all its commands, and nothing else."""
    bot = ProducerBot(cast("Any", None), cast("Any", None))
    asyncio.run(bot.load_commands())
    return bot


def usages(bot: ProducerBot) -> dict[str, str]:
    """`/sales [track]`: what one types, with what may be left out in brackets; by command."""
    return {
        command.qualified_name: " ".join([f"/{command.qualified_name}", *_options(command)])
        for command in bot.tree.walk_commands()
        if isinstance(command, app_commands.Command)
    }


def _options(command: app_commands.Command[Any, ..., Any]) -> list[str]:
    return [
        option.display_name if option.required else f"[{option.display_name}]"
        for option in command.parameters
    ]


def table(bot: ProducerBot) -> str:
    """The README's table."""
    typed = usages(bot)
    rows = ["| Command | What it does | For example |", "|---|---|---|"]
    for command in described(bot):
        options = [f"{option}:{value}" for option, value in command.example.items()]
        example = f"`/{' '.join([command.name, *options])}`" if options else ""
        rows.append(f"| `{typed[command.name]}` | {command.does} | {example} |")
    return "\n".join(rows) + "\n"


def in_readme() -> str:
    """The table as it stands there."""
    found = _TABLE.search(README.read_text("utf-8"))
    assert found, "the README has no <!-- commands -->"
    return found[0]


if __name__ == "__main__":
    text = README.read_text("utf-8")
    README.write_text(_TABLE.sub(lambda _: table(loaded()), text), "utf-8")
