"""`/payouts`: where all the money is; and the buttons and menus that open a payout."""

from discord import app_commands
from discord.app_commands import Choice
from discord.ext import commands

from bot.domain.payout import PayoutSort
from bot.domain.period import Clock
from bot.store.engine import Store
from bot.store.queries import payouts, sales
from bot.text import ids
from bot.text.ids import PayoutName, chosen_payout, payout_name
from bot.text.message import Message
from bot.text.payouts import SORTS, contents_message, payouts_message
from cogs.kit.buttons import Click, cog_of
from cogs.kit.permission import (
    Say,
    money_command,
    no_such_choice,
    producer_named,
    producer_of,
    require_manager,
)
from cogs.kit.respond import Asked, answer, edit


class PayoutsCog(commands.Cog):
    """Money on its way to the bank."""

    def __init__(self, store: Store, clock: Clock, *, fees_possible: bool = True) -> None:
        self.store = store
        self.clock = clock
        self.fees_possible = fees_possible

    @app_commands.command(
        name="payouts", description="What is pending, available, on its way, and what was paid out"
    )
    @app_commands.describe(sort="Which of those that are over come first")
    @app_commands.choices(sort=[Choice(name=name, value=key.value) for key, name in SORTS.items()])
    @money_command
    async def show(self, interaction: Asked, sort: str = PayoutSort.NEWEST.value) -> None:
        """All payouts at a glance, with a menu that opens one."""
        await answer(interaction, self._overview(interaction, None, 0, PayoutSort(sort)))

    async def pressed(self, interaction: Asked, name: PayoutName) -> None:
        """A payout of the menu, or the button under its alert."""
        require_manager(interaction)
        await answer(interaction, self._contents(interaction, name, 0))

    async def turned(self, interaction: Asked, name: PayoutName, page: int) -> None:
        """An arrow: the page is changed in place."""
        require_manager(interaction)
        await edit(interaction, self._contents(interaction, name, page))

    async def leafed(
        self, interaction: Asked, producer_id: int, page: int, sort: PayoutSort
    ) -> None:
        """An arrow under all payouts: likewise."""
        require_manager(interaction)
        await edit(interaction, self._overview(interaction, producer_id, page, sort))

    async def _overview(
        self, interaction: Asked, producer_id: int | None, page: int, sort: PayoutSort
    ) -> Message:
        now = self.clock()
        async with self.store.read() as connection:
            if producer_id is None:
                producer = await producer_of(connection, interaction)
            else:
                producer = await producer_named(connection, interaction, producer_id)
            overview = await payouts.overview(connection, producer, now, page, sort)
        return payouts_message(overview, producer, fees_possible=self.fees_possible)

    async def _contents(self, interaction: Asked, name: PayoutName, page: int) -> Message:
        async with self.store.read() as connection:
            producer = await producer_named(connection, interaction, name.producer_id)
            found = await payouts.contents(connection, producer, name.payout, page)
            sold = await sales.of_payout(connection, producer, name.payout, self.clock())
        if found is None:
            raise Say("I do not know this payout. `/payouts` lists the last ones.")
        return contents_message(found, producer, sold, fees_possible=self.fees_possible)


class PayoutButton(Click, template=ids.PAYOUT):
    """What is in it, under a payout's alert."""

    async def clicked(self, interaction: Asked) -> None:
        await cog_of(interaction, PayoutsCog).pressed(interaction, payout_name(self.match))


class PayoutArrow(Click, template=ids.PAYOUT_PAGE):
    """The arrows under a payout's contents."""

    async def clicked(self, interaction: Asked) -> None:
        page = int(self.match["page"])
        await cog_of(interaction, PayoutsCog).turned(interaction, payout_name(self.match), page)


class PayoutsArrow(Click, template=ids.PAYOUTS_PAGE):
    """The arrows under all payouts."""

    async def clicked(self, interaction: Asked) -> None:
        producer_id, page = int(self.match["producer"]), int(self.match["page"])
        chosen = self.match["sort"] or PayoutSort.NEWEST.value
        if chosen not in set(PayoutSort):
            raise no_such_choice()
        sort = PayoutSort(chosen)
        await cog_of(interaction, PayoutsCog).leafed(interaction, producer_id, page, sort)


class PayoutsMenu(Click, template=ids.PAYOUTS):
    """The menu of `/payouts`."""

    async def clicked(self, interaction: Asked) -> None:
        name = chosen_payout(self.values[0])
        if name is None:
            raise no_such_choice()
        await cog_of(interaction, PayoutsCog).pressed(interaction, name)


CLICKS = (PayoutButton, PayoutArrow, PayoutsArrow, PayoutsMenu)
