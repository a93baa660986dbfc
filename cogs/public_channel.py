"""The buttons under the warning that a channel is public: they delete what the bot told above."""

from discord.ext import commands

from bot.store import discord_messages
from bot.store.discord_messages import Deletion
from bot.store.engine import Store
from bot.text import ids
from bot.text.channel_check import deletion_begun, deletion_question
from bot.text.language import gettext
from bot.text.message import Message
from cogs.kit.buttons import Click, cog_of
from cogs.kit.permission import News, Say, producer_named, require_manager
from cogs.kit.respond import Asked, answer, edit


class PublicChannelCog(commands.Cog):
    """Asks, and has the messages deleted."""

    def __init__(self, store: Store, *, news: News = lambda: None) -> None:
        """`news` is called when there are messages to delete."""
        self.store = store
        self._news = news

    async def pressed(self, interaction: Asked, producer_id: int, before: int) -> None:
        """The button in the channel: those who may manage the server are asked to confirm."""
        require_manager(interaction)
        await answer(interaction, self._question(interaction, producer_id, before))

    async def answered(self, interaction: Asked, deletion: Deletion, *, yes: bool) -> None:
        """A button under the question."""
        require_manager(interaction)
        await edit(interaction, self._answered(interaction, deletion, yes=yes))
        self._news()

    async def _question(self, interaction: Asked, producer_id: int, before: int) -> Message:
        async with self.store.read() as connection:
            producer = await producer_named(connection, interaction, producer_id)
        if not interaction.app_permissions.read_message_history:
            raise Say(
                "I cannot find my messages here: give me **Read Message History** "
                "(Edit Channel → Permissions), then press again."
            )
        assert interaction.message is not None, "a click is on a message"
        return deletion_question(producer.id, interaction.message.id, before)

    async def _answered(self, interaction: Asked, deletion: Deletion, *, yes: bool) -> Message:
        if not yes:
            return Message(content=gettext("Nothing was deleted."))
        async with self.store.write() as connection:
            await producer_named(connection, interaction, deletion.producer_id)
            await discord_messages.put(connection, deletion)
        return deletion_begun()


class ClearButton(Click, template=ids.CLEAR):
    """Delete my messages above."""

    async def clicked(self, interaction: Asked) -> None:
        producer_id, before = int(self.match["producer"]), int(self.match["before"])
        await cog_of(interaction, PublicChannelCog).pressed(interaction, producer_id, before)


class ClearAnswer(Click, template=ids.CLEAR_ANSWER):
    """Delete them, or Keep them."""

    async def clicked(self, interaction: Asked) -> None:
        assert interaction.channel_id is not None, "a click is in a channel"
        warning_id = int(self.match["warning"])
        deletion = Deletion(
            producer_id=int(self.match["producer"]),
            channel_id=interaction.channel_id,
            warning_id=warning_id,
            before=int(self.match["before"]) or warning_id,
        )
        yes = self.match["action"] == "yes"
        await cog_of(interaction, PublicChannelCog).answered(interaction, deletion, yes=yes)


CLICKS = (ClearButton, ClearAnswer)
