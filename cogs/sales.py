"""`/sales` and `/sale`, and the buttons and menus that open a sale's record."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from discord import app_commands
from discord.app_commands import Choice, Transform

from bot.domain.sale import PaymentRecord, Sale, SaleFilter, SaleSort, pages
from bot.store.queries import sales
from bot.text import ids
from bot.text.ids import SaleName, sale_name
from bot.text.language import gettext
from bot.text.message import Message
from bot.text.sale_lines import sale_option
from bot.text.sale_record import sale_details, sale_record
from bot.text.sales import SORTS, STATUSES, filters_label, sales_embed, sales_totals
from cogs.kit.buttons import Click, on_click
from cogs.kit.command_bot import CommandBot, CommandCog
from cogs.kit.completion import (
    BuyerOption,
    LicenseOption,
    SaleOption,
    TrackOption,
)
from cogs.kit.list_view import Instead, ListPage, show_list
from cogs.kit.near_miss import (
    Again,
    answering,
    license_meant,
    require_buyer,
    sale_meant,
    track_meant,
)
from cogs.kit.period_options import SinceOption, since_days
from cogs.kit.permission import Interaction, no_such_sale, record_chosen
from cogs.kit.respond import answer, answered


class SalesCog(CommandCog):
    """Sales as a list and one by one."""

    @app_commands.command(
        name="sales",
        description="Your sales, the newest or the largest first",
        extras={"topic": "sales", "example": {"track": "Midnight Drive", "since": "last 30 days"}},
    )
    @app_commands.describe(
        track="Only this track",
        license_="Only this license",
        buyer="Part of a buyer's name or email",
        status="Only sales with this status",
        since="october, last week, last 30 days, yesterday, 2025, …",
        sort="Sort by",
    )
    @app_commands.rename(license_="license")
    @app_commands.choices(status=[Choice(name=name, value=key) for key, name in STATUSES.items()])
    @app_commands.choices(sort=[Choice(name=name, value=key.value) for key, name in SORTS.items()])
    async def list_sales(
        self,
        interaction: Interaction,
        track: Transform[str, TrackOption] | None = None,
        license_: Transform[str, LicenseOption] | None = None,
        buyer: Transform[str, BuyerOption] | None = None,
        status: str | None = None,
        since: Transform[str, SinceOption] | None = None,
        sort: str = SaleSort.NEWEST.value,
    ) -> None:
        """A list with its totals, page buttons, and a menu that opens a record."""
        wanted = SaleFilter(
            track=track, license=license_, buyer=buyer, status=status, sort=SaleSort(sort)
        )
        await self._list(interaction, wanted, since)

    async def _list(self, interaction: Interaction, wanted: SaleFilter, since: str | None) -> None:
        await show_list(
            interaction,
            partial(self._page, wanted, since),
            self._chosen,
            command="/sales",
            menu=gettext("Open a sale"),
        )

    @app_commands.command(
        name="sale",
        description="Everything about one sale",
        extras={"topic": "sales", "example": {"sale": "#1042"}},
    )
    @app_commands.describe(sale="#1042, or part of its track or buyer")
    @answered
    async def show_sale(
        self, interaction: Interaction, sale: Transform[str, SaleOption]
    ) -> Message:
        """The whole record of a sale."""
        return await self._typed(interaction, sale)

    async def _page(
        self, typed: SaleFilter, since: str | None, interaction: Interaction, number: int
    ) -> ListPage:
        async def since_again(click: Interaction, value: str) -> None:
            await self._list(click, typed, value)

        def again(with_: Callable[[str], SaleFilter]) -> Again:
            async def run(click: Interaction, value: str) -> None:
                await self._list(click, with_(value), since)

            return run

        wanted, now = typed, self.clock()
        async with self.reading(interaction) as (connection, producer):
            if typed.track is not None:
                ask = again(lambda name: replace(typed, track=name))
                name = await track_meant(connection, producer, typed.track, ask, offered=False)
                wanted = replace(wanted, track=name)
            if typed.license is not None:
                ask = again(lambda name: replace(typed, license=name))
                name = await license_meant(connection, producer, typed.license, ask)
                wanted = replace(wanted, license=name)
            if typed.buyer is not None:
                ask = again(lambda name: replace(typed, buyer=name))
                await require_buyer(connection, producer, typed.buyer, ask)
            if since is not None:
                first, last = since_days(since, now, producer.timezone, since_again)
                wanted = replace(wanted, since=first, until=last)
            page = await sales.page(connection, producer, wanted, number, now)
            nearest = None if page.count else await sales.nearest(connection, producer, wanted)
        fees_possible = self.bot.fees_possible
        embed = sales_embed(page, wanted, producer, now, fees_possible=fees_possible)
        options = tuple(sale_option(sale, producer) for sale in page.sales)
        instead = None
        if nearest is not None:
            wider, count = nearest
            instead = Instead(
                filters_label(wider, count), lambda click: self._list(click, wider, None)
            )
        totals = sales_totals(page, wanted, producer)
        return ListPage(embed, options, page.page, pages(page.count), instead, totals)

    async def _chosen(self, interaction: Interaction, value: str) -> Message:
        return await self._record(interaction, record_chosen(value))

    @on_click(ids.SALE, answer)
    async def record_of(self, interaction: Interaction, click: Click) -> Message:
        """Sale, under an alert or a record."""
        return await self._record(interaction, sale_name(click.match))

    @on_click(ids.RECORDS, answer)
    async def choose(self, interaction: Interaction, click: Click) -> Message:
        """The menu under a burst of alerts, or under a record of a payment with several sales."""
        return await self._chosen(interaction, click.values[0])

    async def _typed(self, interaction: Interaction, sale: str) -> Message:
        async with self.reading(interaction) as (connection, producer):
            again = answering(self._typed)
            number = await sale_meant(connection, producer, sale, again, self.clock())
        return await self._record(interaction, SaleName(None, number))

    @on_click(ids.SALE_DETAILS, answer)
    async def details_of(self, interaction: Interaction, click: Click) -> Message:
        """Details, under a record."""
        record, sale = await self._found(interaction, sale_name(click.match))
        return sale_details(record, sale, self.clock())

    async def _record(self, interaction: Interaction, name: SaleName) -> Message:
        record, sale = await self._found(interaction, name)
        return sale_record(record, sale, self.clock(), fees_possible=self.bot.fees_possible)

    async def _found(self, interaction: Interaction, name: SaleName) -> tuple[PaymentRecord, Sale]:
        async with self.reading(interaction, name.producer_id) as (connection, producer):
            found = await sales.by_number(connection, producer, name.number, self.clock())
        if found is None:
            raise no_such_sale(name.number)
        return found


async def setup(bot: CommandBot) -> None:
    await bot.add_cog(SalesCog(bot))
