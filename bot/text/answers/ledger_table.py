"""Amounts one below the other, aligned as in a book: names left, money right."""

from collections.abc import Sequence
from typing import TypeAlias

from bot.domain.money import Money
from bot.text.money import money
from bot.text.words import size

Row: TypeAlias = tuple[str, Money | str] | None
"""A name with its amount; None draws a line."""

_NARROWEST = 24


def ledger_table(rows: Sequence[Row]) -> str:
    """Rows in a code block, narrow enough for a phone held upright."""
    cells = [_cell(row) for row in rows]
    width = max([_NARROWEST, *(size(name) + size(value) + 2 for name, value in cells)])
    lines = [
        name + value.rjust(width - size(name)) if name else "─" * width for name, value in cells
    ]
    return "```\n" + "\n".join(lines) + "\n```\n"


def _cell(row: Row) -> tuple[str, str]:
    if row is None:
        return "", ""
    name, value = row
    return name, value if isinstance(value, str) else money(value)
