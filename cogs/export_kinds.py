"""What can be exported: for each, how its lines get from the store into files, and what is said."""

from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.exports import LeftOut, PayoutSums, Sums, What, bounds
from bot.domain.periods import Span
from bot.domain.records import Producer
from bot.store.queries.export import (
    buyer_lines,
    count_sale_lines,
    payout_heads,
    payout_lines,
    sale_lines,
)
from bot.store.queues import problems
from bot.text.export import about_buyers, about_payouts, about_sales
from bot.text.export_files import Export
from bot.text.export_tables import BuyersTable, PayoutsTable, SalesTable, Table


class ExportKind(Protocol):
    """One kind of export, of one period; made anew for each."""

    @property
    def table(self) -> Table:
        """The head of its table."""

    async def fill(self, connection: AsyncConnection, export: Export) -> None:
        """Lay down all lines, in the caller's one transaction."""

    def words(self) -> list[str]:
        """What is said of it, once it is filled."""


class SalesExport:
    """The books, and what they come to."""

    def __init__(self, producer: Producer, span: Span, *, fees_possible: bool) -> None:
        self._producer = producer
        self._bounds = bounds(span, producer.timezone)
        self._fees_possible = fees_possible
        self._rows = SalesTable(producer.timezone)
        self._sums = Sums()
        self._unreadable = ""

    @property
    def table(self) -> Table:
        return self._rows.table

    async def fill(self, connection: AsyncConnection, export: Export) -> None:
        asked = connection, self._producer, *self._bounds
        export.progress.whole = await count_sale_lines(*asked)
        self._unreadable = await problems.hiding_fees_now(connection, self._producer.id)
        async for lines in sale_lines(*asked):
            self._sums.add(lines)
            await export.add(self._rows.rows(lines))
        await export.add(self._rows.totals(self._sums.totals()))

    def words(self) -> list[str]:
        return about_sales(
            self._sums.totals(),
            fees_possible=self._fees_possible,
            unreadable=self._unreadable,
        )


class PayoutsExport:
    """Payouts, and what is in them."""

    def __init__(self, producer: Producer, span: Span) -> None:
        self._producer = producer
        self._bounds = bounds(span, producer.timezone)
        self._rows = PayoutsTable(producer.timezone)
        self._sums = PayoutSums()

    @property
    def table(self) -> Table:
        return self._rows.table

    async def fill(self, connection: AsyncConnection, export: Export) -> None:
        heads = await payout_heads(connection, self._producer, *self._bounds)
        export.progress.whole = len(heads)
        for head in heads:
            self._sums.add(head)
            await export.add([self._rows.head(head)])
            async for lines in payout_lines(connection, self._producer, head):
                export.progress.whole += len(lines)
                self._sums.add_lines(head, lines)
                await export.add(self._rows.rows(head, lines))
        await export.add(self._rows.totals(self._sums.totals()))

    def words(self) -> list[str]:
        return about_payouts(self._sums.totals())


class BuyersExport:
    """Those to whom news may be mailed."""

    def __init__(self, producer: Producer, span: Span) -> None:
        self._producer = producer
        self._bounds = bounds(span, producer.timezone)
        self._rows = BuyersTable(producer.timezone)
        self._left_out = LeftOut()
        self._agreed = 0

    @property
    def table(self) -> Table:
        return self._rows.table

    async def fill(self, connection: AsyncConnection, export: Export) -> None:
        asked = connection, self._producer, *self._bounds
        async for lines in buyer_lines(*asked):
            self._left_out.add(lines)
            rows = self._rows.rows(lines)
            self._agreed += len(rows)
            export.progress.whole = self._agreed
            await export.add(rows)

    def words(self) -> list[str]:
        return about_buyers(self._agreed, self._left_out)


def kind_of(what: What, producer: Producer, span: Span, *, fees_possible: bool) -> ExportKind:
    """The kind of export that is asked for."""
    match what:
        case What.SALES:
            return SalesExport(producer, span, fees_possible=fees_possible)
        case What.PAYOUTS:
            return PayoutsExport(producer, span)
        case What.BUYERS:
            return BuyersExport(producer, span)
