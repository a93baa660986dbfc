"""`/payouts`: where all the money is; and the buttons and menus that open a payout."""

from discord import app_commands
from discord.app_commands import Choice

from bot.domain.payout import PayoutSort
from bot.store.queries import payouts, sales
from bot.text import ids
from bot.text.ids import PayoutName, chosen_payout, payout_name
from bot.text.message import Message
from bot.text.payouts import SORTS, contents_message, payouts_message
from cogs.kit.buttons import Click, cog_of
from cogs.kit.command_bot import CommandBot, CommandCog
from cogs.kit.permission import Interaction, Say, no_such_choice
from cogs.kit.respond import answer, edit


class PayoutsCog(CommandCog):
    """Money on its way to the bank."""

    @app_commands.command(
        name="payouts",
        description="What is pending, available, on its way, and what was paid out",
        extras={"topic": "money", "example": {}},
    )
    @app_commands.describe(sort="Sort past payouts by")
    @app_commands.choices(sort=[Choice(name=name, value=key.value) for key, name in SORTS.items()])
    async def show(self, interaction: Interaction, sort: str = PayoutSort.NEWEST.value) -> None:
        """All payouts at a glance, with a menu that opens one."""
        await answer(interaction, self.overview(interaction, 0, PayoutSort(sort)))

    async def overview(
        self, interaction: Interaction, page: int, sort: PayoutSort, producer_id: int | None = None
    ) -> Message:
        """A page of all payouts."""
        async with self.reading(interaction, producer_id) as (connection, producer):
            overview = await payouts.overview(connection, producer, self.clock(), page, sort)
        return payouts_message(overview, producer, fees_possible=self.bot.fees_possible)

    async def contents(self, interaction: Interaction, name: PayoutName, page: int = 0) -> Message:
        """A page of what is in a payout."""
        async with self.reading(interaction, name.producer_id) as (connection, producer):
            found = await payouts.contents(connection, producer, name.payout, page)
            sold = await sales.of_payout(connection, producer, name.payout, self.clock())
        if found is None:
            raise Say("I don't know this payout. `/payouts` lists the latest.")
        return contents_message(found, producer, sold, fees_possible=self.bot.fees_possible)


class PayoutButton(Click, template=ids.PAYOUT.template):
    """What is in it, under a payout's alert."""

    async def clicked(self, interaction: Interaction) -> None:
        cog = cog_of(interaction, PayoutsCog)
        await answer(interaction, cog.contents(interaction, payout_name(self.match)))


class PayoutArrow(Click, template=ids.PAYOUT_PAGE.template):
    """The arrows under a payout's contents."""

    async def clicked(self, interaction: Interaction) -> None:
        cog, page = cog_of(interaction, PayoutsCog), int(self.match["page"])
        await edit(interaction, cog.contents(interaction, payout_name(self.match), page))


class PayoutsArrow(Click, template=ids.PAYOUTS_PAGE.template):
    """The arrows under all payouts."""

    async def clicked(self, interaction: Interaction) -> None:
        cog, page = cog_of(interaction, PayoutsCog), int(self.match["page"])
        chosen = self.match["sort"] or PayoutSort.NEWEST.value
        if chosen not in set(PayoutSort):
            raise no_such_choice()
        producer_id = int(self.match["producer"])
        await edit(interaction, cog.overview(interaction, page, PayoutSort(chosen), producer_id))


class PayoutsMenu(Click, template=ids.PAYOUTS):
    """The menu of `/payouts`."""

    async def clicked(self, interaction: Interaction) -> None:
        name = chosen_payout(self.values[0])
        if name is None:
            raise no_such_choice()
        await answer(interaction, cog_of(interaction, PayoutsCog).contents(interaction, name))


async def setup(bot: CommandBot) -> None:
    await bot.add_cog(PayoutsCog(bot))
    bot.add_dynamic_items(PayoutButton, PayoutArrow, PayoutsArrow, PayoutsMenu)
