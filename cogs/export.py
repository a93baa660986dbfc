"""`/export`: sales, buyers or payouts of a period as files, for the asker alone."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import discord
import structlog
from discord import app_commands
from discord.app_commands import Choice, Transform
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.export_lines import ExportSubject, LeftOut, PayoutSums, PayoutTotals, bounds
from bot.domain.period import Period, Span
from bot.domain.sale import Producer
from bot.domain.totals import CurrencyTotals
from bot.store.books import problem_log
from bot.store.queries import export as lines_of
from bot.store.queries.currencies import currency_order
from bot.store.queries.stats import totals_between
from bot.text.export import (
    about_buyers,
    about_payouts,
    about_sales,
    export_message,
    file_stem,
    progress_words,
)
from bot.text.export_files import Export, Progress, TooLarge, exporting
from bot.text.export_tables import BuyersTable, PayoutsTable, SalesTable
from bot.text.language import gettext
from bot.text.message import Message
from cogs.kit.command_bot import CommandBot, CommandCog
from cogs.kit.near_miss import Again, DidYouMean
from cogs.kit.period_options import PeriodOption, asked_period
from cogs.kit.permission import Interaction, Say
from cogs.kit.respond import PATIENCE, REQUEST, send_files

T = TypeVar("T")
Totals = TypeVar("Totals", CurrencyTotals, PayoutTotals)

Asked: TypeAlias = tuple[AsyncConnection, Producer, datetime | None, datetime | None]
"""Whose lines to read in one transaction, from when on and before when."""

Fill: TypeAlias = Callable[[Asked, Any, Export], Awaitable[list[str]]]


async def fill_sales(
    asked: Asked, table: SalesTable, export: Export, *, fees_possible: bool
) -> list[str]:
    """The books, and what they come to. Returns what is said of it, as the others do."""
    connection, producer, *_ = asked
    export.progress.whole = await lines_of.count_sale_lines(*asked)
    unreadable = await problem_log.hiding_fees_now(connection, producer.id)
    async for lines in lines_of.sale_lines(*asked):
        await export.add(table.rows(lines))
    totals = await _ordered(asked, await totals_between(*asked))
    await export.add(table.totals(totals))
    return about_sales(totals, fees_possible=fees_possible, unreadable=unreadable)


async def fill_payouts(asked: Asked, table: PayoutsTable, export: Export) -> list[str]:
    """Payouts, and what is in them."""
    connection, producer, *_ = asked
    sums, heads = PayoutSums(), await lines_of.payout_heads(*asked)
    export.progress.whole = len(heads)
    for head in heads:
        sums.add(head)
        await export.add([table.head(head)])
        async for lines in lines_of.payout_lines(connection, producer, head):
            export.progress.whole += len(lines)
            sums.add_lines(head, lines)
            await export.add(table.rows(head, lines))
    totals = await _ordered(asked, sums.totals())
    await export.add(table.totals(totals))
    return about_payouts(totals)


async def _ordered(asked: Asked, totals: Sequence[Totals]) -> list[Totals]:
    """The producer's first currency first, as in every answer."""
    connection, producer, *_ = asked
    order = await currency_order(connection, producer)
    places = {code: place for place, code in enumerate(order)}
    return sorted(totals, key=lambda one: places.get(one.currency, len(places)))


async def fill_buyers(asked: Asked, table: BuyersTable, export: Export) -> list[str]:
    """Those to whom news may be mailed."""
    left_out = LeftOut()
    async for lines in lines_of.buyer_lines(*asked):
        left_out.add(lines)
        rows = table.rows(lines)
        export.progress.whole += len(rows)
        await export.add(rows)
    return about_buyers(export.progress.whole, left_out)


def kind_of(what: ExportSubject, *, fees_possible: bool) -> tuple[type[Any], Fill]:
    """The kind of table of an export, and what fills it."""
    match what:
        case ExportSubject.SALES:
            return SalesTable, partial(fill_sales, fees_possible=fees_possible)
        case ExportSubject.PAYOUTS:
            return PayoutsTable, fill_payouts
        case ExportSubject.BUYERS:
            return BuyersTable, fill_buyers


log = structlog.get_logger()

LIMIT = discord.utils.DEFAULT_FILE_SIZE_LIMIT_BYTES
BETWEEN = 4.0
"""Seconds between two words of how far it is."""
GIVES_UP = 13 * 60.0
"""Seconds. After fifteen minutes Discord takes no answer any more, and sending takes time too.
https://docs.discord.com/developers/interactions/receiving-and-responding#followup-messages
"""
STOPPING = 3.0
"""Seconds that exports get to clear up when the bot stops."""

USUAL = {
    ExportSubject.SALES: Period.MONTH,
    ExportSubject.BUYERS: Period.ALL,
    ExportSubject.PAYOUTS: Period.MONTH,
}
"""The period, where none is given."""


class ExportCog(CommandCog):
    """Files for a spreadsheet, or for the tax adviser."""

    limit = REQUEST
    """Bytes of a file at most, even if Discord takes larger ones."""

    def __init__(self, bot: CommandBot) -> None:
        super().__init__(bot)
        self._running: dict[int, asyncio.Task[Any]] = {}

    @app_commands.command(
        name="export",
        description="Your sales, buyers or payouts as files for a spreadsheet",
        extras={
            "topic": "money",
            "example": {"what": "Sales, refunds, disputes", "period": "2025"},
        },
    )
    @app_commands.describe(
        what="Sales, unless you say otherwise",
        period="october, Q3, 2025, … If you leave it out: this month; of buyers, all time",
    )
    @app_commands.choices(
        what=[
            Choice(name="Sales, refunds, disputes", value=ExportSubject.SALES.value),
            Choice(name="Buyers who agreed to marketing emails", value=ExportSubject.BUYERS.value),
            Choice(name="Payouts and what is in them", value=ExportSubject.PAYOUTS.value),
        ]
    )
    async def export(
        self,
        interaction: Interaction,
        what: str = ExportSubject.SALES.value,
        period: Transform[str, PeriodOption] | None = None,
    ) -> None:
        """CSV and XLSX of a period."""
        await self._answer(interaction, ExportSubject(what), period)

    async def _answer(
        self, interaction: Interaction, what: ExportSubject, period: str | None
    ) -> None:
        async def again(click: Interaction, value: str) -> None:
            await self._answer(click, what, value)

        try:
            await self._one_at_a_time(interaction, what, period, again)
        except DidYouMean:
            raise
        except Say as words:
            await send_files(interaction, Message(content=str(words)), [])

    async def cog_unload(self) -> None:
        """The bot stops: so do exports, and clear up after themselves."""
        running = set(self._running.values())
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running, timeout=STOPPING)

    async def _one_at_a_time(
        self, interaction: Interaction, what: ExportSubject, period: str | None, again: Again
    ) -> None:
        producer = await self.producer(interaction)
        span = asked_period(period or USUAL[what].value, self.clock(), producer.timezone, again)
        if producer.id in self._running:
            raise Say("An export is already being written. Wait for it, then ask again.")
        task = asyncio.current_task()
        assert task is not None
        self._running[producer.id] = task
        try:
            await self._export(interaction, producer, what, span)
        finally:
            del self._running[producer.id]

    async def _export(
        self, interaction: Interaction, producer: Producer, what: ExportSubject, span: Span
    ) -> None:
        made, fill = kind_of(what, fees_possible=self.bot.fees_possible)
        rows, dates = made(producer.timezone), bounds(span, producer.timezone)
        try:
            async with (
                asyncio.timeout(GIVES_UP),
                exporting(file_stem(what, span, producer), rows.table) as export,
            ):

                async def work() -> tuple[list[str], list[Path]]:
                    async with self.store.read() as connection:
                        words = await fill((connection, producer, *dates), rows, export)
                    # The store is needed no longer, which may be written to meanwhile.
                    limit = _limit(interaction, self.limit)
                    return words, [] if export.empty else await export.files(limit)

                words, files = await _watched(interaction, work(), export.progress)
                names = [file.name for file in files]
                message = export_message(what, span, producer, words, names)
                await send_files(interaction, message, files)
            log.info("exported", what=what.value, rows=export.progress.whole, files=len(files))
        except (TimeoutError, TooLarge):
            raise Say(
                "This is more than I can write within Discord's 15 minutes. Ask for a shorter "
                "period, such as 2026-09 for one month."
            ) from None
        except asyncio.CancelledError:
            await _say_stopped(interaction)
            raise


def _limit(interaction: Interaction, limit: int) -> int:
    guild = interaction.guild.filesize_limit if interaction.guild else LIMIT
    return min(interaction.filesize_limit, guild, limit)


async def _watched(interaction: Interaction, work: Coroutine[Any, Any, T], progress: Progress) -> T:
    """Wait for it; ask Discord for time when it takes long, and then say how far it is."""
    task = asyncio.ensure_future(work)
    patience = PATIENCE
    try:
        while not (await asyncio.wait({task}, timeout=patience))[0]:
            patience = BETWEEN
            if not interaction.response.is_done():
                await interaction.response.defer(ephemeral=True, thinking=True)
                continue
            # That it cannot be said how far it is, is no reason to give up.
            with suppress(Exception):
                words = progress_words(progress.percent, progress.whole)
                await interaction.edit_original_response(content=words)
        return task.result()
    finally:
        task.cancel()
        # Its thread must have ended before its folder is removed.
        await asyncio.wait({task})


async def _say_stopped(interaction: Interaction) -> None:
    """As far as there is still time for it."""
    words = gettext("I am shutting down. Ask again in a minute.")
    with suppress(Exception):
        async with asyncio.timeout(1):
            await send_files(interaction, Message(content=words), [])


async def setup(bot: CommandBot) -> None:
    await bot.add_cog(ExportCog(bot))
