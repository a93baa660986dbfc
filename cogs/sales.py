"""`/sales` and `/sale`, and the buttons and menus that open a sale's record."""

from dataclasses import dataclass
from functools import partial
from zoneinfo import ZoneInfo

from discord import app_commands
from discord.app_commands import Choice, Range
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.sale import Producer, SaleFilter, SaleSort, pages
from bot.store.queries import sales
from bot.text import ids
from bot.text.ids import SaleName, sale_name
from bot.text.language import gettext
from bot.text.message import Message
from bot.text.sales import SORTS, STATUSES, sale_option, sale_record, sales_embed
from cogs.kit import completion
from cogs.kit.buttons import Click, cog_of
from cogs.kit.command_bot import CommandBot, CommandCog
from cogs.kit.list_view import ListPage, show_list
from cogs.kit.period_options import since_day
from cogs.kit.permission import (
    Interaction,
    no_such_sale,
    record_chosen,
    sale_number,
)
from cogs.kit.respond import answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """The filters of `/sales` as they were typed."""

    track: str | None
    license: str | None
    buyer: str | None
    status: str | None
    since: str | None
    sort: SaleSort


class SalesCog(CommandCog):
    """Sales as a list and one by one."""

    @app_commands.command(
        name="sales",
        description="Your sales, the newest or the largest first",
        extras={"topic": "sales", "example": {"track": "Midnight Drive", "since": "30d"}},
    )
    @app_commands.describe(
        track="Only this track",
        license_="Only this license",
        buyer="Part of a buyer's name or email",
        status="Only sales with this status",
        since="A day (2026-09-14), a month (2026-09), or how long ago (30d)",
        sort="Sort by",
    )
    @app_commands.rename(license_="license")
    @app_commands.choices(status=[Choice(name=name, value=key) for key, name in STATUSES.items()])
    @app_commands.choices(sort=[Choice(name=name, value=key.value) for key, name in SORTS.items()])
    async def list_sales(
        self,
        interaction: Interaction,
        track: Range[str, 1, 100] | None = None,
        license_: Range[str, 1, 100] | None = None,
        buyer: Range[str, 1, 100] | None = None,
        status: str | None = None,
        since: Range[str, 1, 40] | None = None,
        sort: str = SaleSort.NEWEST.value,
    ) -> None:
        """A list with its totals, arrows, and a menu that opens a record."""
        typed = Typed(
            track=track,
            license=license_,
            buyer=buyer,
            status=status,
            since=since,
            sort=SaleSort(sort),
        )
        await show_list(
            interaction,
            partial(self._page, typed),
            self._chosen,
            command="/sales",
            menu=gettext("Open a sale"),
        )

    @list_sales.autocomplete("track")
    async def complete_track(self, interaction: Interaction, typed: str) -> list[Choice[str]]:
        return await completion.tracks_like(self.store, interaction, typed)

    @list_sales.autocomplete("license_")
    async def complete_license(self, interaction: Interaction, typed: str) -> list[Choice[str]]:
        return await completion.licenses_like(self.store, interaction, typed)

    @app_commands.command(
        name="sale",
        description="Everything about one sale",
        extras={"topic": "sales", "example": {"sale": "#1042"}},
    )
    @app_commands.describe(sale="Its number, such as #1042")
    async def show_sale(self, interaction: Interaction, sale: Range[str, 1, 100]) -> None:
        """The whole record of a sale."""
        await answer(interaction, self._typed(interaction, sale))

    @show_sale.autocomplete("sale")
    async def complete_sale(self, interaction: Interaction, typed: str) -> list[Choice[str]]:
        return await completion.sales_like(self.store, interaction, typed, self.clock())

    async def _page(self, typed: Typed, interaction: Interaction, number: int) -> ListPage:
        async with self.reading(interaction) as (connection, producer):
            wanted = await self._wanted(connection, typed, producer)
            page = await sales.page(connection, producer, wanted, number, self.clock())
        return ListPage(
            embed=sales_embed(page, wanted, producer, fees_possible=self.bot.fees_possible),
            options=tuple(sale_option(sale, producer) for sale in page.sales),
            page=page.page,
            pages=pages(page.count),
        )

    async def _wanted(
        self, connection: AsyncConnection, typed: Typed, producer: Producer
    ) -> SaleFilter:
        today = self.clock().astimezone(ZoneInfo(producer.timezone)).date()
        return SaleFilter(
            track=await completion.track_meant(connection, producer, typed.track),
            license=await completion.license_meant(connection, producer, typed.license),
            buyer=typed.buyer,
            status=typed.status,
            since=since_day(typed.since, today) if typed.since is not None else None,
            sort=typed.sort,
        )

    async def _typed(self, interaction: Interaction, typed: str) -> Message:
        return await self._record(interaction, sale_number(typed))

    async def _chosen(self, interaction: Interaction, value: str) -> Message:
        return await self.named(interaction, record_chosen(value))

    async def named(self, interaction: Interaction, name: SaleName) -> Message:
        """The record of the sale that a button or a menu names."""
        return await self._record(interaction, name.number, name.producer_id)

    async def _record(
        self, interaction: Interaction, number: int, producer_id: int | None = None
    ) -> Message:
        async with self.reading(interaction, producer_id) as (connection, producer):
            found = await sales.by_number(connection, producer, number, self.clock())
        if found is None:
            raise no_such_sale(number)
        record, sale = found
        return sale_record(record, sale, fees_possible=self.bot.fees_possible)


class SaleButton(Click, template=ids.SALE.template):
    """Sale, under an alert or a record."""

    async def clicked(self, interaction: Interaction) -> None:
        cog = cog_of(interaction, SalesCog)
        await answer(interaction, cog.named(interaction, sale_name(self.match)))


class RecordsMenu(Click, template=ids.RECORDS):
    """The menu under a burst of alerts, or under a record of a payment with several sales."""

    async def clicked(self, interaction: Interaction) -> None:
        cog = cog_of(interaction, SalesCog)
        await answer(interaction, cog.named(interaction, record_chosen(self.values[0])))


async def setup(bot: CommandBot) -> None:
    await bot.add_cog(SalesCog(bot))
    bot.add_dynamic_items(SaleButton, RecordsMenu)
