"""`/buyers`, `/buyer` and the Buyer button: who bought, and all they bought."""

from functools import partial

from discord import app_commands
from discord.app_commands import Choice, Transform

from bot.domain.sale import BuyerSort, SaleSort, pages
from bot.store.queries import buyers
from bot.text import ids
from bot.text.buyers import BUYER_SORTS, buyer_option, buyer_record, buyers_embed
from bot.text.ids import SaleName, sale_name
from bot.text.language import gettext
from bot.text.message import Message
from cogs.kit.buttons import Click, chosen_sort, on_click
from cogs.kit.command_bot import CommandBot, CommandCog
from cogs.kit.completion import BuyerOption, SaleOption
from cogs.kit.list_view import Instead, ListPage, show_list
from cogs.kit.near_miss import answering, require_buyer, sale_meant
from cogs.kit.permission import Interaction, no_such_sale, record_chosen
from cogs.kit.respond import answer, answered, edit


class BuyersCog(CommandCog):
    """Buyers, found by what they bought."""

    @app_commands.command(
        name="buyers",
        description="Everyone who has bought something from you",
        extras={"topic": "buyers", "example": {"search": "jordan"}},
    )
    @app_commands.describe(search="The beginning of a name or email", sort="Sort by")
    @app_commands.choices(
        sort=[Choice(name=name, value=key.value) for key, name in BUYER_SORTS.items()]
    )
    async def list_buyers(
        self,
        interaction: Interaction,
        search: Transform[str, BuyerOption] | None = None,
        sort: str = BuyerSort.SPEND.value,
    ) -> None:
        """A list with page buttons, and a menu that opens a buyer."""
        await self._list(interaction, BuyerSort(sort), search)

    async def _list(self, interaction: Interaction, sort: BuyerSort, search: str | None) -> None:
        await show_list(
            interaction,
            partial(self._page, search, sort),
            self._chosen,
            command="/buyers",
            menu=gettext("Open a buyer"),
        )

    @app_commands.command(
        name="buyer",
        description="A sale's buyer, and everything they bought",
        extras={"topic": "buyers", "example": {"sale": "#1042"}},
    )
    @app_commands.describe(sale="One of their sales: #1042, or part of its track or buyer")
    @answered
    async def show_buyer(
        self, interaction: Interaction, sale: Transform[str, SaleOption]
    ) -> Message:
        """The buyer of a sale."""
        return await self._typed(interaction, sale)

    async def _page(
        self, search: str | None, sort: BuyerSort, interaction: Interaction, number: int
    ) -> ListPage:
        async def again(click: Interaction, value: str) -> None:
            await self._list(click, sort, value)

        async with self.reading(interaction) as (connection, producer):
            if search is not None:
                await require_buyer(connection, producer, search, again)
            page = await buyers.page(connection, producer, search, sort, number)
        embed = buyers_embed(page, search, sort, producer, self.clock())
        options = tuple(buyer_option(buyer, producer) for buyer in page.buyers)
        instead = None
        if search is not None and not page.count:
            instead = Instead(gettext("All buyers"), lambda click: self._list(click, sort, None))
        return ListPage(embed, options, page.page, pages(page.count), instead)

    async def _chosen(self, interaction: Interaction, value: str) -> Message:
        return await self._record(interaction, record_chosen(value))

    @on_click(ids.BUYER, answer)
    async def buyer_of(self, interaction: Interaction, click: Click) -> Message:
        """Buyer, under an alert or a record."""
        return await self._record(interaction, sale_name(click.match))

    @on_click(ids.BUYER_PAGE, edit)
    async def turn(self, interaction: Interaction, click: Click) -> Message:
        """The page buttons under what a buyer bought, and the buttons of its orders."""
        page, sort = int(click.match["page"]), chosen_sort(SaleSort, click)
        return await self._record(interaction, sale_name(click.match), page, sort)

    async def _typed(self, interaction: Interaction, sale: str) -> Message:
        async with self.reading(interaction) as (connection, producer):
            again = answering(self._typed)
            number = await sale_meant(connection, producer, sale, again, self.clock())
        return await self._record(interaction, SaleName(None, number))

    async def _record(
        self,
        interaction: Interaction,
        name: SaleName,
        page: int = 0,
        sort: SaleSort = SaleSort.NEWEST,
    ) -> Message:
        number, now = name.number, self.clock()
        async with self.reading(interaction, name.producer_id) as (connection, producer):
            record = await buyers.of_sale(connection, producer, number, now, page, sort)
        if record is None:
            raise no_such_sale(number)
        return buyer_record(record, producer, now)


async def setup(bot: CommandBot) -> None:
    await bot.add_cog(BuyersCog(bot))
