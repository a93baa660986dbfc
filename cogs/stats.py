"""`/stats`: a period's books with their chart, and what leads to other periods and currencies."""

import re

from discord import app_commands
from discord.app_commands import Transform

from bot.domain.insight import insights
from bot.domain.period import BadPeriod, Period, parse_period
from bot.domain.totals import Statistics
from bot.store.queries import stats
from bot.store.queries.insight_facts import insight_facts
from bot.text import ids
from bot.text.chart import shared_painter
from bot.text.ids import Shown
from bot.text.language import gettext
from bot.text.message import Message
from bot.text.stats import details_message, statistics_message
from cogs.kit.buttons import Click, on_click
from cogs.kit.command_bot import CommandBot, CommandCog
from cogs.kit.period_options import PeriodOption, asked_period
from cogs.kit.permission import Interaction, no_such_choice
from cogs.kit.respond import answer, answered, edit


class StatsCog(CommandCog):
    """Sums of sales, fees and refunds by period."""

    @app_commands.command(
        name="stats",
        description="Sales, fees and net income by period",
        extras={"topic": "money", "example": {"period": "october"}},
    )
    @app_commands.describe(
        period="october, last week, last 30 days, Q3, 2025, …; this month if you leave it out"
    )
    @answered
    async def show(
        self,
        interaction: Interaction,
        period: Transform[str, PeriodOption] = Period.MONTH.value,
    ) -> Message:
        """A period's statistics."""
        return await self._statistics(interaction, Shown(period))

    @on_click(ids.STATISTICS, edit)
    async def turn(self, interaction: Interaction, click: Click) -> Message:
        """Another period, the one before, count or revenue."""
        return await self._statistics(interaction, ids.shown(click.match))

    @on_click(ids.CURRENCY, edit)
    async def choose(self, interaction: Interaction, click: Click) -> Message:
        """Another currency shown first."""
        code = click.values[0] if click.values else ""
        if re.fullmatch("[a-z]{3}", code) is None:
            raise no_such_choice()
        return await self._statistics(interaction, ids.shown(click.match, code))

    @on_click(ids.STATISTICS_DETAILS, answer)
    async def details(self, interaction: Interaction, click: Click) -> Message:
        """All figures of a period, below an answer or a digest."""
        named, currency = click.match["producer"], click.match["currency"] or None
        async with self.reading(interaction, int(named)) as (connection, producer):
            try:
                span = parse_period(click.match["period"], self.clock(), producer.timezone)
            except BadPeriod:
                raise no_such_choice() from None
            found = await stats.statistics(connection, producer, span, currency)
            facts = await insight_facts(connection, producer, self.clock())
        told = insights(facts)
        return details_message(
            found, producer, told, self.clock(), fees_possible=self.bot.fees_possible
        )

    async def _statistics(self, interaction: Interaction, shown: Shown) -> Message:
        """The figures of a period, with their chart if the bot may attach files."""

        async def again(click: Interaction, value: str) -> None:
            await answer(click, self._statistics(click, shown._replace(period=value)))

        async with self.reading(interaction) as (connection, producer):
            span = asked_period(shown.period, self.clock(), producer.timezone, again)
            found = await stats.statistics(connection, producer, span, shown.currency)
            # A period that is over cannot be acted upon.
            facts = (
                await insight_facts(connection, producer, self.clock()) if span.going_on else None
            )
        allowed = interaction.app_permissions.attach_files
        painter = shared_painter()
        chart = painter.if_possible(found, by_count=shown.by_count) if allowed else None
        picture = await chart if chart else None
        return statistics_message(
            found,
            producer,
            by_count=shown.by_count,
            picture=picture,
            insights=insights(facts) if facts else (),
            notes=_notes(found, allowed=allowed, painted=picture is not None),
            fees_possible=self.bot.fees_possible,
        )


def _notes(found: Statistics, *, allowed: bool, painted: bool) -> list[str]:
    """Why there is no chart where there could be one."""
    if painted or found.series is None:
        return []
    if allowed:
        return [gettext("The chart could not be drawn; the log says why. The figures are right.")]
    return [gettext("Let me attach files in this channel to get a chart.")]


async def setup(bot: CommandBot) -> None:
    await bot.add_cog(StatsCog(bot))
