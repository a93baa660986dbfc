"""The menu of a message in the channel: it opens the sales or the payout that it is about."""

from collections.abc import Iterator

import discord
from discord import app_commands

from bot.domain.sale import Producer
from bot.store.queries.messages import Told, told
from bot.text.alert_replies import linked_alert
from bot.text.message import Message
from bot.text.payouts import contents_message
from bot.text.sale_record import sale_record
from bot.text.sales import sales_of_alert
from cogs.kit.command_bot import CommandBot, CommandCog
from cogs.kit.permission import Interaction, Say, producers_here
from cogs.kit.respond import answered


class MessageMenuCog(CommandCog):
    """From an alert back to what it is about."""

    @answered
    async def sale_of_alert(self, interaction: Interaction, message: discord.Message) -> Message:
        """The record of a message's sale; of several, a list to choose from."""
        message_ids = list(_alerts(message))
        async with self.store.read() as connection:
            for producer in await producers_here(connection, interaction):
                found = await told(connection, producer, message_ids, self.clock())
                if found != Told():
                    return self._shown(found, producer)
        raise Say("I don't know which sale this message is about. `/sales` lists them all.")

    def _shown(self, found: Told, producer: Producer) -> Message:
        fees_possible, now = self.bot.fees_possible, self.clock()
        if found.payout is not None:
            return contents_message(found.payout, producer, found.sold, fees_possible=fees_possible)
        [first, *others] = found.payments
        if others or len(first.sales) > 1:
            return sales_of_alert(found.payments, producer, now)
        return sale_record(first, first.sales[0], now, fees_possible=fees_possible)


def _alerts(message: discord.Message) -> Iterator[int]:
    """The message itself, then what it is a reply to, a copy of, or leads to with its button."""
    yield message.id
    if message.reference is not None and message.reference.message_id is not None:
        yield message.reference.message_id
    for row in message.components:
        for part in getattr(row, "children", ()):
            linked = linked_alert(getattr(part, "url", None) or "")
            if linked is not None:
                yield linked


async def setup(bot: CommandBot) -> None:
    cog = MessageMenuCog(bot)
    await bot.add_cog(cog)
    menu: app_commands.ContextMenu = app_commands.ContextMenu(
        name="Sale of this alert", callback=cog.sale_of_alert
    )
    bot.tree.add_command(menu)
