"""`/help`: every command with an example, and what buttons do."""

from discord import AppCommandType, app_commands
from discord.app_commands import Choice
from discord.ext import commands

from bot.text import ids
from bot.text.help import TOPICS, help_message
from bot.text.message import Message
from cogs.kit.buttons import Click
from cogs.kit.permission import money_command
from cogs.kit.respond import Asked, answer, edit


class HelpCog(commands.Cog):
    """How to use all of it. It knows nothing of anybody's sales."""

    @app_commands.command(name="help", description="What you can ask me, with examples")
    @app_commands.describe(topic="One topic; without it, all in short")
    @app_commands.choices(
        topic=[Choice(name=topic.name, value=key) for key, topic in TOPICS.items()]
    )
    @money_command
    async def show(self, interaction: Asked, topic: str | None = None) -> None:
        """All in short, or one topic."""
        await answer(interaction, _help(interaction, topic))


async def _help(interaction: Asked, topic: str | None) -> Message:
    known = interaction.client.tree.walk_commands(type=AppCommandType.chat_input)
    return help_message(topic, {one.qualified_name: one.description for one in known})


class HelpMenu(Click, template=ids.HELP):
    """Another topic, in the same message."""

    async def clicked(self, interaction: Asked) -> None:
        await edit(interaction, _help(interaction, self.values[0] if self.values else None))


CLICKS = (HelpMenu,)
