"""`/stats`: a period's books with their chart, and what leads to other periods and currencies."""

import re

from discord import app_commands
from discord.app_commands import Choice, Range
from discord.ext import commands
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.insight import Insight, insights
from bot.domain.period import Clock, Period
from bot.domain.sale import Producer
from bot.domain.totals import Statistics
from bot.store.engine import Store
from bot.store.queries import stats
from bot.store.queries.insight_facts import insight_facts
from bot.text import ids
from bot.text.chart import ChartPainter, shared_painter
from bot.text.ids import Shown
from bot.text.language import gettext
from bot.text.message import Message
from bot.text.stats import insight_lines, statistics_message
from cogs.kit.buttons import Click, cog_of
from cogs.kit.period_options import LONGEST, asked_period, periods_like
from cogs.kit.permission import money_command, no_such_choice, producer_of, require_manager
from cogs.kit.respond import Asked, answer, edit


class StatsCog(commands.Cog):
    """Sums of sales, fees and refunds by period."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        painter: ChartPainter | None = None,
        *,
        fees_possible: bool = True,
    ) -> None:
        self.store = store
        self.clock = clock
        self.painter = painter or shared_painter()
        self.fees_possible = fees_possible

    @app_commands.command(name="stats", description="Sales, fees and what is left, by period")
    @app_commands.describe(period="month (as if you leave it out), week, 2026-09, 2025, …")
    @money_command
    async def show(
        self, interaction: Asked, period: Range[str, 1, LONGEST] = Period.MONTH.value
    ) -> None:
        """A period's statistics."""
        await answer(interaction, self._statistics(interaction, Shown(period)))

    @show.autocomplete("period")
    async def complete_period(self, interaction: Asked, typed: str) -> list[Choice[str]]:
        return await periods_like(self.store, interaction, typed, self.clock())

    async def pressed(self, interaction: Asked, shown: Shown) -> None:
        """A button or the menu: the answer is changed in place."""
        require_manager(interaction)
        await edit(interaction, self._statistics(interaction, shown))

    async def _statistics(self, interaction: Asked, shown: Shown) -> Message:
        async with self.store.read() as connection:
            producer = await producer_of(connection, interaction)
            span = asked_period(shown.period, self.clock(), producer.timezone)
            found = await stats.statistics(connection, producer, span, shown.currency)
            known = await self._known(connection, producer) if span.going_on else ()
        allowed = interaction.app_permissions.attach_files
        chart = self.painter.if_possible(found, by_count=shown.by_count) if allowed else None
        picture = await chart if chart else None
        return statistics_message(
            found,
            producer,
            by_count=shown.by_count,
            picture=picture,
            insights=insight_lines(known),
            notes=_notes(found, allowed=allowed, painted=picture is not None),
            fees_possible=self.fees_possible,
        )

    async def _known(self, connection: AsyncConnection, producer: Producer) -> tuple[Insight, ...]:
        """Of the present: a period that is over cannot be acted upon."""
        return insights(await insight_facts(connection, producer, self.clock()))


def _notes(found: Statistics, *, allowed: bool, painted: bool) -> list[str]:
    """Why there is no chart where there could be one."""
    if painted or found.series is None:
        return []
    if allowed:
        return [gettext("The chart could not be drawn; the log says why. The figures are right.")]
    return [gettext("Let me attach files in this channel, and there will be a chart.")]


class StatisticsButton(Click, template=ids.STATISTICS):
    """Another period, the one before, count or revenue."""

    async def clicked(self, interaction: Asked) -> None:
        await cog_of(interaction, StatsCog).pressed(interaction, ids.shown(self.match))


class CurrencyMenu(Click, template=ids.CURRENCY):
    """Another currency shown first."""

    async def clicked(self, interaction: Asked) -> None:
        code = self.values[0] if self.values else ""
        if re.fullmatch("[a-z]{3}", code) is None:
            raise no_such_choice()
        await cog_of(interaction, StatsCog).pressed(interaction, ids.shown(self.match, code))


CLICKS = (StatisticsButton, CurrencyMenu)
