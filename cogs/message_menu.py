"""What one does with a message of the channel: its menu opens the sales or payout it tells of."""

from collections.abc import Iterator

import discord
from discord import app_commands
from discord.ext import commands

from bot.domain.period import Clock
from bot.domain.sale import Producer
from bot.store.engine import Store
from bot.store.queries.messages import Told, told
from bot.text.alert_replies import linked_alert
from bot.text.message import Message
from bot.text.payouts import contents_message
from bot.text.sales import sale_record, told_sales
from cogs.kit.permission import Say, money_command, producers_here
from cogs.kit.respond import Asked, answer


class AlertsCog(commands.Cog):
    """From an alert back to what it tells of."""

    def __init__(self, store: Store, clock: Clock, *, fees_possible: bool = True) -> None:
        self.store = store
        self.clock = clock
        self.fees_possible = fees_possible
        menu: app_commands.ContextMenu = app_commands.ContextMenu(
            name="Sale of this alert", callback=self.sale_of_alert
        )
        self.context_menus = (money_command(menu),)

    async def sale_of_alert(self, interaction: Asked, message: discord.Message) -> None:
        """The record of a message's sale; of several, a list to choose from."""
        await answer(interaction, self._told(interaction, list(_meant(message))))

    async def _told(self, interaction: Asked, message_ids: list[int]) -> Message:
        async with self.store.read() as connection:
            for producer in await producers_here(connection, interaction):
                found = await told(connection, producer, message_ids, self.clock())
                if found != Told():
                    return self._shown(found, producer)
        raise Say("I know of no sale that this message tells of. `/sales` lists all of them.")

    def _shown(self, found: Told, producer: Producer) -> Message:
        if found.payout is not None:
            return contents_message(
                found.payout, producer, found.sold, fees_possible=self.fees_possible
            )
        [first, *others] = found.payments
        if others or len(first.sales) > 1:
            return told_sales(found.payments, producer)
        return sale_record(first, first.sales[0], fees_possible=self.fees_possible)


def _meant(message: discord.Message) -> Iterator[int]:
    """The message itself, then what it is a reply to, a copy of, or leads to with its button."""
    yield message.id
    if message.reference is not None and message.reference.message_id is not None:
        yield message.reference.message_id
    for row in message.components:
        for part in getattr(row, "children", ()):
            linked = linked_alert(getattr(part, "url", None) or "")
            if linked is not None:
                yield linked
