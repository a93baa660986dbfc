"""The buttons under the warning that a channel is public: they delete the bot's messages above."""

from bot.store import discord_messages
from bot.store.discord_messages import Deletion
from bot.text import ids
from bot.text.channel_check import deletion_begun, deletion_question
from bot.text.language import gettext
from bot.text.message import Message
from cogs.kit.buttons import Click, on_click
from cogs.kit.command_bot import CommandBot, CommandCog
from cogs.kit.permission import Interaction, Say
from cogs.kit.respond import answer, edit


class PublicChannelCog(CommandCog):
    """Asks, and has the messages deleted."""

    @on_click(ids.CLEAR, answer)
    async def question(self, interaction: Interaction, click: Click) -> Message:
        """Delete my messages above: those older than the warning, or than the one it names."""
        producer_id, before = int(click.match["producer"]), int(click.match["before"])
        async with self.reading(interaction, producer_id) as (_, producer):
            if not interaction.app_permissions.read_message_history:
                raise Say(
                    "I can't find my messages here: give me **Read Message History** (Edit "
                    "Channel → Permissions), then press again."
                )
        assert interaction.message is not None, "a click is on a message"
        return deletion_question(producer.id, interaction.message.id, before)

    @on_click(ids.CLEAR_ANSWER, edit)
    async def decide(self, interaction: Interaction, click: Click) -> Message:
        """Delete them, or Keep them."""
        if click.match["action"] != "yes":
            return Message(content=gettext("Nothing was deleted."))
        assert interaction.channel_id is not None, "a click is in a channel"
        warning_id = int(click.match["warning"])
        deletion = Deletion(
            producer_id=int(click.match["producer"]),
            channel_id=interaction.channel_id,
            warning_id=warning_id,
            before=int(click.match["before"]) or warning_id,
        )
        async with self.writing(interaction, deletion.producer_id) as (connection, _):
            await discord_messages.put(connection, deletion)
        return deletion_begun()


async def setup(bot: CommandBot) -> None:
    await bot.add_cog(PublicChannelCog(bot))
