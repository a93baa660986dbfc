"""`/payouts`: where all the money is; and the buttons and menus that open a payout."""

from discord import app_commands
from discord.app_commands import Choice

from bot.domain.payout import PayoutSort
from bot.store.queries import payouts, sales
from bot.text import ids
from bot.text.ids import PayoutName, chosen_payout, payout_name
from bot.text.message import Message
from bot.text.payouts import SORTS, contents_message, payouts_message
from cogs.kit.buttons import Click, chosen_sort, on_click
from cogs.kit.command_bot import CommandBot, CommandCog
from cogs.kit.permission import Interaction, Say, no_such_choice
from cogs.kit.respond import answer, answered, edit


class PayoutsCog(CommandCog):
    """Money on its way to the bank."""

    @app_commands.command(
        name="payouts",
        description="What is pending, available, on its way, and what was paid out",
        extras={"topic": "money", "example": {}},
    )
    @app_commands.describe(sort="Sort past payouts by")
    @app_commands.choices(sort=[Choice(name=name, value=key.value) for key, name in SORTS.items()])
    @answered
    async def show(self, interaction: Interaction, sort: str = PayoutSort.NEWEST.value) -> Message:
        """All payouts at a glance, with a menu that opens one."""
        return await self._overview(interaction, 0, PayoutSort(sort))

    @on_click(ids.PAYOUTS_PAGE, edit)
    async def turn(self, interaction: Interaction, click: Click) -> Message:
        """The page buttons under all payouts."""
        page, producer_id = int(click.match["page"]), int(click.match["producer"])
        return await self._overview(interaction, page, chosen_sort(PayoutSort, click), producer_id)

    async def _overview(
        self, interaction: Interaction, page: int, sort: PayoutSort, producer_id: int | None = None
    ) -> Message:
        async with self.reading(interaction, producer_id) as (connection, producer):
            overview = await payouts.overview(connection, producer, self.clock(), page, sort)
        return payouts_message(
            overview, producer, self.clock(), fees_possible=self.bot.fees_possible
        )

    @on_click(ids.PAYOUT, answer)
    async def open(self, interaction: Interaction, click: Click) -> Message:
        """What is in it, under a payout's alert."""
        return await self._contents(interaction, payout_name(click.match))

    @on_click(ids.PAYOUT_PAGE, edit)
    async def turn_contents(self, interaction: Interaction, click: Click) -> Message:
        """The page buttons under a payout's contents."""
        page = int(click.match["page"])
        return await self._contents(interaction, payout_name(click.match), page)

    @on_click(ids.PAYOUTS, answer)
    async def choose(self, interaction: Interaction, click: Click) -> Message:
        """The menu of `/payouts`."""
        name = chosen_payout(click.values[0])
        if name is None:
            raise no_such_choice()
        return await self._contents(interaction, name)

    async def _contents(self, interaction: Interaction, name: PayoutName, page: int = 0) -> Message:
        async with self.reading(interaction, name.producer_id) as (connection, producer):
            found = await payouts.contents(connection, producer, name.payout, page)
            sold = await sales.of_payout(connection, producer, name.payout, self.clock())
        if found is None:
            raise Say("I don't know this payout. `/payouts` lists the latest.")
        return contents_message(found, producer, sold, fees_possible=self.bot.fees_possible)


async def setup(bot: CommandBot) -> None:
    await bot.add_cog(PayoutsCog(bot))
