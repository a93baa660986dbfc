"""`/help`: every command with an example, and what buttons do."""

from discord import app_commands
from discord.app_commands import Choice

from bot.text import ids
from bot.text.help import TOPICS, help_message
from bot.text.message import Message
from cogs.kit.buttons import Click, on_click
from cogs.kit.command_bot import CommandBot, CommandCog, described
from cogs.kit.permission import Interaction
from cogs.kit.respond import answered, edit


class HelpCog(CommandCog):
    """How to use all of it. It shows nobody's sales."""

    @app_commands.command(
        name="help",
        description="What you can ask me, with examples",
        extras={"topic": "settings", "example": {}},
    )
    @app_commands.describe(topic="One topic; leave it out for an overview")
    @app_commands.choices(
        topic=[Choice(name=topic.name, value=key) for key, topic in TOPICS.items()]
    )
    @answered
    async def show(self, interaction: Interaction, topic: str | None = None) -> Message:
        """All in short, or one topic."""
        return help_message(topic, described(interaction.client))

    @on_click(ids.HELP, edit, for_everyone=True)
    async def open_topic(self, interaction: Interaction, click: Click) -> Message:
        """Another topic, in the same message."""
        topic = click.values[0] if click.values else None
        return help_message(topic, described(interaction.client))


async def setup(bot: CommandBot) -> None:
    await bot.add_cog(HelpCog(bot))
