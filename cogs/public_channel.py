"""The buttons under the warning that a channel is public: they delete the bot's messages above."""

from bot.store import discord_messages
from bot.store.discord_messages import Deletion
from bot.text import ids
from bot.text.channel_check import deletion_begun, deletion_question
from bot.text.language import gettext
from bot.text.message import Message
from cogs.kit.buttons import Click, cog_of
from cogs.kit.command_bot import CommandBot, CommandCog
from cogs.kit.permission import Interaction, Say
from cogs.kit.respond import answer, edit


class PublicChannelCog(CommandCog):
    """Asks, and has the messages deleted."""

    async def question(self, interaction: Interaction, producer_id: int, before: int) -> Message:
        """Ask whether to delete the messages that are older than the warning, or than `before`."""
        async with self.reading(interaction, producer_id) as (_, producer):
            if not interaction.app_permissions.read_message_history:
                raise Say(
                    "I can't find my messages here: give me **Read Message History** (Edit "
                    "Channel → Permissions), then press again."
                )
        assert interaction.message is not None, "a click is on a message"
        return deletion_question(producer.id, interaction.message.id, before)

    async def answered(self, interaction: Interaction, deletion: Deletion, *, yes: bool) -> Message:
        """Begin to delete, or leave all as it is."""
        if not yes:
            return Message(content=gettext("Nothing was deleted."))
        async with self.writing(interaction, deletion.producer_id) as (connection, _):
            await discord_messages.put(connection, deletion)
        return deletion_begun()


class ClearButton(Click, template=ids.CLEAR.template):
    """Delete my messages above."""

    async def clicked(self, interaction: Interaction) -> None:
        cog, producer_id = cog_of(interaction, PublicChannelCog), int(self.match["producer"])
        before = int(self.match["before"])
        await answer(interaction, cog.question(interaction, producer_id, before))


class ClearAnswer(Click, template=ids.CLEAR_ANSWER.template):
    """Delete them, or Keep them."""

    async def clicked(self, interaction: Interaction) -> None:
        assert interaction.channel_id is not None, "a click is in a channel"
        warning_id = int(self.match["warning"])
        deletion = Deletion(
            producer_id=int(self.match["producer"]),
            channel_id=interaction.channel_id,
            warning_id=warning_id,
            before=int(self.match["before"]) or warning_id,
        )
        cog, yes = cog_of(interaction, PublicChannelCog), self.match["action"] == "yes"
        await edit(interaction, cog.answered(interaction, deletion, yes=yes))
        cog.bot.wake()


async def setup(bot: CommandBot) -> None:
    await bot.add_cog(PublicChannelCog(bot))
    bot.add_dynamic_items(ClearButton, ClearAnswer)
