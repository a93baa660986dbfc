"""A table of sums: amounts by the rest of a primary key, to which more is added or taken off."""

from collections import defaultdict
from functools import cache
from typing import Any, TypeAlias

from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.tables import insert_into

# Rows written in one statement: few enough that making them holds up nobody for long.
_BATCH = 200

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
        rows = self.rows()
        # In one order everywhere, so that writers of PostgreSQL cannot block each other.
        keys = sorted(rows)
        add = _addition(connection.dialect.name, self._table)
        for first in range(0, len(keys), _BATCH):
            values = [
                {"producer_id": producer_id}
                | dict(zip(self._names, key, strict=True))
                | {name: rows[key].get(name, 0) for name in amounts}
                for key in keys[first : first + _BATCH]
            ]
            await connection.execute(add, values)


@cache
def _addition(dialect: str, table: Table) -> Any:
    """Adds to the rows of a table of sums. Made once: that takes longer than to carry it out."""
    new = insert_into(dialect, table)
    amounts = [column.name for column in table.c if not column.primary_key]
    return new.on_conflict_do_update(
        index_elements=list(table.primary_key),
        set_={name: table.c[name] + new.excluded[name] for name in amounts},
    )
