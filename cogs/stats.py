"""`/stats`: a period's books, with buttons for the other periods."""

from discord import app_commands
from discord.app_commands import Choice, Range
from discord.ext import commands

from bot.ledger.clock import Clock
from bot.ledger.periods import Period
from bot.render import ids
from bot.render.message import Message
from bot.render.statistics import statistics_message
from bot.store import statistics
from bot.store.engine import Store
from cogs.answers import Asked, answer, edit
from cogs.clicks import Click, cog_of
from cogs.guard import money_command, producer_of, require_manager
from cogs.periods import LONGEST, asked_period, periods_like


class StatsCog(commands.Cog):
    """Sums of sales, fees and refunds by period."""

    def __init__(self, store: Store, clock: Clock, *, fees_possible: bool = True) -> None:
        self.store = store
        self.clock = clock
        self.fees_possible = fees_possible

    @app_commands.command(name="stats", description="Sales, fees and what is left, by period")
    @app_commands.describe(period="month (as if you leave it out), week, 2026-09, 2025, …")
    @money_command
    async def show(
        self, interaction: Asked, period: Range[str, 1, LONGEST] = Period.MONTH.value
    ) -> None:
        """A period's statistics."""
        await answer(interaction, self._statistics(interaction, period))

    @show.autocomplete("period")
    async def complete_period(self, interaction: Asked, typed: str) -> list[Choice[str]]:
        return await periods_like(self.store, interaction, typed, self.clock())

    async def pressed(self, interaction: Asked, period: str) -> None:
        """A period's button: the answer is changed in place."""
        require_manager(interaction)
        await edit(interaction, self._statistics(interaction, period))

    async def _statistics(self, interaction: Asked, period: str) -> Message:
        async with self.store.read() as connection:
            producer = await producer_of(connection, interaction)
            span = asked_period(period, self.clock(), producer.timezone)
            found = await statistics.statistics(connection, producer, span)
        return statistics_message(found, producer, fees_possible=self.fees_possible)


class PeriodButton(Click, template=ids.STATISTICS):
    """Today, this week, … under statistics."""

    async def clicked(self, interaction: Asked) -> None:
        await cog_of(interaction, StatsCog).pressed(interaction, self.match["period"])


CLICKS = (PeriodButton,)
