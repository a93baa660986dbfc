"""`/buyer` and the Buyer button: who bought, and all they bought."""

from discord import app_commands
from discord.app_commands import Choice, Range
from discord.ext import commands
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.ledger.clock import Clock
from bot.ledger.records import Producer
from bot.render import ids
from bot.render.buyer_record import buyer_record
from bot.render.ids import SaleName, sale_name
from bot.render.message import Message
from bot.store import buyers
from bot.store.engine import Store
from cogs import completion
from cogs.answers import Asked, answer
from cogs.clicks import Click, cog_of
from cogs.guard import (
    money_command,
    no_such_sale,
    producer_named,
    producer_of,
    require_manager,
    sale_number,
)


class BuyersCog(commands.Cog):
    """Buyers, found by what they bought."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self.store = store
        self.clock = clock

    @app_commands.command(name="buyer", description="Who bought it, and all they bought")
    @app_commands.describe(sale="One of their sales, such as #1042")
    @money_command
    async def show_buyer(self, interaction: Asked, sale: Range[str, 1, 100]) -> None:
        """The buyer of a sale."""
        await answer(interaction, self._typed(interaction, sale))

    @show_buyer.autocomplete("sale")
    async def complete_sale(self, interaction: Asked, typed: str) -> list[Choice[str]]:
        return await completion.sales_like(self.store, interaction, typed, self.clock())

    async def pressed(self, interaction: Asked, name: SaleName) -> None:
        """A Buyer button."""
        require_manager(interaction)
        await answer(interaction, self._named(interaction, name))

    async def _typed(self, interaction: Asked, typed: str) -> Message:
        number = sale_number(typed)
        async with self.store.read() as connection:
            producer = await producer_of(connection, interaction)
            return await self._record(connection, producer, number)

    async def _named(self, interaction: Asked, name: SaleName) -> Message:
        async with self.store.read() as connection:
            producer = await producer_named(connection, interaction, name.producer_id)
            return await self._record(connection, producer, name.number)

    async def _record(
        self, connection: AsyncConnection, producer: Producer, number: int
    ) -> Message:
        record = await buyers.of_sale(connection, producer, number, self.clock())
        if record is None:
            raise no_such_sale(number)
        return buyer_record(record, producer)


class BuyerButton(Click, template=ids.BUYER):
    """Buyer, under an alert or a record."""

    async def clicked(self, interaction: Asked) -> None:
        await cog_of(interaction, BuyersCog).pressed(interaction, sale_name(self.match))


CLICKS = (BuyerButton,)
