"""The sums kept ready: what a payment's entries and sales add to them, and take away again.

A sum is never counted anew. What a payment added before is taken off, what it adds now is put on,
in the transaction that changes the payment itself; so the sums always equal their rows.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import cache
from typing import Any, TypeAlias

from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.ledger.entries import EntryKind
from bot.ledger.periods import day_number
from bot.store.rows import EntryRow, SaleRow
from bot.store.tables import list_totals, purchase_totals, totals
from bot.store.upsert import insert_into

ALL = 0
"""Stands for every track, or every license."""
EVER = ("ever", 0)

# Rows written in one statement.
_BATCH = 500

Key: TypeAlias = tuple[str | int, ...]
Amounts: TypeAlias = dict[str, int]


class Sums:
    """Amounts to be added to the rows of one table, by the rest of their primary key."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._names = [column.name for column in table.primary_key][1:]
        self._deltas: dict[Key, Amounts] = defaultdict(lambda: defaultdict(int))

    def __len__(self) -> int:
        return len(self._deltas)

    def add(self, key: Key, amounts: Amounts, sign: int = 1) -> None:
        """`key` is in the order of the primary key, without the producer."""
        row = self._deltas[key]
        for name, amount in amounts.items():
            row[name] += sign * amount

    def rows(self) -> dict[Key, Amounts]:
        """What is to be added: each row with the amounts of it that change."""
        changes = (
            (key, {name: amount for name, amount in row.items() if amount})
            for key, row in self._deltas.items()
        )
        return {key: row for key, row in changes if row}

    async def write(self, connection: AsyncConnection, producer_id: int) -> None:
        """Add them to the rows of a producer, making those that are not there."""
        amounts = [c.name for c in self._table.c if not c.primary_key]
        values = [
            {"producer_id": producer_id}
            | dict(zip(self._names, key, strict=True))
            | {name: row.get(name, 0) for name in amounts}
            # In one order everywhere, so that writers of PostgreSQL cannot block each other.
            for key, row in sorted(self.rows().items())
        ]
        add = _addition(connection.dialect.name, self._table)
        for first in range(0, len(values), _BATCH):
            await connection.execute(add, values[first : first + _BATCH])


class Booking:
    """Collects what is to be added to the tables of sums."""

    def __init__(self, timezone: str) -> None:
        """`timezone`: the producer's, whose days and months these are."""
        self._timezone = timezone
        self.totals = Sums(totals)
        self.list_totals = Sums(list_totals)
        self.purchase_totals = Sums(purchase_totals)

    def entries(self, rows: Iterable[EntryRow], sign: int = 1) -> None:
        """Add (or with −1 take off) all entries of one payment."""
        counted: set[tuple[int, str, str]] = set()
        for row in rows:
            day = day_number(row.at, self._timezone)
            for track_id in (row.track_id, ALL):
                # One refund is one entry a line, and still one refund.
                mark = (track_id, row.kind, row.source)
                amounts = _entry_amounts(row, first=mark not in counted)
                if row.gross:
                    counted.add(mark)
                for span in (("day", day), ("month", _month(day)), EVER):
                    self.totals.add((*span, track_id, row.currency), amounts, sign)

    def sale(self, row: SaleRow, sign: int = 1) -> None:
        """Add (or with −1 take off) one sale, unless it never was one."""
        if row.state == "failed":
            return
        day = day_number(row.sold, self._timezone)
        amounts = {
            "sales": 1,
            "gross": row.gross,
            "fees": row.fees,
            "remaining": row.remaining,
            "unsettled": int(row.is_sale and not row.settled),
        }
        for place in _list_places(row, day):
            key = (*place, row.state, row.conflict, row.settled_currency)
            self.list_totals.add(key, amounts, sign)

    def purchase(self, at: datetime, sign: int = 1) -> None:
        """Add (or with −1 take off) one purchase."""
        self._purchases(at, "purchases", sign)

    def buyer(self, purchases: Sequence[datetime], sign: int = 1) -> None:
        """Add (or take off) one buyer, who made these purchases (only the first two matter)."""
        for at, name in zip(sorted(purchases), ("new_buyers", "repeat_buyers"), strict=False):
            self._purchases(at, name, sign)

    def _purchases(self, at: datetime, name: str, sign: int) -> None:
        day = day_number(at, self._timezone)
        for span in (("day", day), ("month", _month(day)), EVER):
            self.purchase_totals.add(span, {name: 1}, sign)

    def __len__(self) -> int:
        """How many rows it would change at most."""
        return len(self.totals) + len(self.list_totals) + len(self.purchase_totals)

    async def write(self, connection: AsyncConnection, producer_id: int) -> None:
        """Add it all to the tables."""
        await self.totals.write(connection, producer_id)
        await self.list_totals.write(connection, producer_id)
        await self.purchase_totals.write(connection, producer_id)


def _month(day: int) -> int:
    """The first day of a day's month, both yyyymmdd."""
    return day // 100 * 100 + 1


def _list_places(row: SaleRow, day: int) -> Iterator[Key]:
    for track_id in (ALL, row.track_id):
        for license_id in (ALL, row.license_id):
            yield (track_id, license_id, *EVER)
            yield (track_id, license_id, "month", _month(day))
            if track_id == ALL:
                yield (track_id, license_id, "day", day)


def _entry_amounts(row: EntryRow, *, first: bool) -> Amounts:
    counts = int(first and row.gross != 0)
    fees = {"stripe_fee": row.stripe_fee, "fee_tax": row.fee_tax, "platform_fee": row.platform_fee}
    amounts = fees | {"net": row.net}
    match EntryKind(row.kind):
        case EntryKind.SALE:
            return amounts | {"sales": 1, "gross": row.gross, "unsettled": int(not row.booked)}
        case EntryKind.REFUND:
            return amounts | {"refunds": counts, "refunded": -row.gross}
        case EntryKind.REFUND_REVERSAL:
            return amounts | {"refunds": -counts, "refunded": -row.gross}
        case EntryKind.DISPUTE:
            return amounts | {"disputed": -row.gross}
        case EntryKind.FEE_RETURN:
            return amounts


@cache
def _addition(dialect: str, table: Table) -> Any:
    """Adds to the rows of a table of sums. Made once: that takes longer than to carry it out."""
    new = insert_into(dialect, table)
    amounts = [column.name for column in table.c if not column.primary_key]
    return new.on_conflict_do_update(
        index_elements=list(table.primary_key),
        set_={name: table.c[name] + new.excluded[name] for name in amounts},
    )
