"""`/buyers`, `/buyer` and the Buyer button: who bought, and all they bought."""

from functools import partial

from discord import app_commands
from discord.app_commands import Choice, Range
from discord.ext import commands
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.period import Clock
from bot.domain.sale import BuyerSort, Producer, SaleSort, pages
from bot.store.books.finding import TooManyBuyers
from bot.store.engine import Store
from bot.store.queries import buyers
from bot.text import ids
from bot.text.buyers import BUYER_SORTS, buyer_option, buyer_record, buyers_embed
from bot.text.ids import SaleName, sale_name
from bot.text.language import gettext
from bot.text.message import Message
from cogs.kit import completion
from cogs.kit.buttons import Click, cog_of
from cogs.kit.list_view import ListPage, show_list
from cogs.kit.permission import (
    money_command,
    no_such_choice,
    no_such_sale,
    producer_named,
    producer_of,
    record_chosen,
    require_manager,
    sale_number,
    too_many_buyers,
)
from cogs.kit.respond import Asked, answer, edit


class BuyersCog(commands.Cog):
    """Buyers, found by what they bought."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self.store = store
        self.clock = clock

    @app_commands.command(name="buyers", description="Everyone who has bought something from you")
    @app_commands.describe(
        search="The beginning of a name or email",
        sort="Who comes first",
    )
    @app_commands.choices(
        sort=[Choice(name=name, value=key.value) for key, name in BUYER_SORTS.items()]
    )
    @money_command
    async def list_buyers(
        self,
        interaction: Asked,
        search: Range[str, 1, 100] | None = None,
        sort: str = BuyerSort.SPEND.value,
    ) -> None:
        """A list with arrows, and a menu that opens a buyer."""
        await show_list(
            interaction,
            partial(self._page, search, BuyerSort(sort)),
            self._chosen,
            command="/buyers",
            menu=gettext("Open a buyer"),
        )

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

    async def turned(self, interaction: Asked, name: SaleName, page: int, sort: SaleSort) -> None:
        """An arrow, or another order: the page is changed in place."""
        require_manager(interaction)
        await edit(interaction, self._named(interaction, name, page, sort))

    async def _page(
        self, search: str | None, sort: BuyerSort, interaction: Asked, number: int
    ) -> ListPage:
        async with self.store.read() as connection:
            producer = await producer_of(connection, interaction)
            try:
                page = await buyers.page(connection, producer, search, sort, number)
            except TooManyBuyers:
                raise too_many_buyers(search or "") from None
        return ListPage(
            embed=buyers_embed(page, search, sort, producer),
            options=tuple(buyer_option(buyer, producer) for buyer in page.buyers),
            page=page.page,
            pages=pages(page.count),
        )

    async def _chosen(self, interaction: Asked, value: str) -> Message:
        return await self._named(interaction, record_chosen(value))

    async def _typed(self, interaction: Asked, typed: str) -> Message:
        number = sale_number(typed)
        async with self.store.read() as connection:
            producer = await producer_of(connection, interaction)
            return await self._record(connection, producer, number)

    async def _named(
        self,
        interaction: Asked,
        name: SaleName,
        page: int = 0,
        sort: SaleSort = SaleSort.NEWEST,
    ) -> Message:
        async with self.store.read() as connection:
            producer = await producer_named(connection, interaction, name.producer_id)
            return await self._record(connection, producer, name.number, page, sort)

    async def _record(
        self,
        connection: AsyncConnection,
        producer: Producer,
        number: int,
        page: int = 0,
        sort: SaleSort = SaleSort.NEWEST,
    ) -> Message:
        record = await buyers.of_sale(connection, producer, number, self.clock(), page, sort)
        if record is None:
            raise no_such_sale(number)
        return buyer_record(record, producer)


class BuyerButton(Click, template=ids.BUYER):
    """Buyer, under an alert or a record."""

    async def clicked(self, interaction: Asked) -> None:
        await cog_of(interaction, BuyersCog).pressed(interaction, sale_name(self.match))


class BuyerArrow(Click, template=ids.BUYER_PAGE):
    """The arrows under what somebody bought, and the buttons of its orders."""

    async def clicked(self, interaction: Asked) -> None:
        page, chosen = int(self.match["page"]), self.match["sort"] or SaleSort.NEWEST.value
        if chosen not in set(SaleSort):
            raise no_such_choice()
        name = sale_name(self.match)
        await cog_of(interaction, BuyersCog).turned(interaction, name, page, SaleSort(chosen))


CLICKS = (BuyerButton, BuyerArrow)
