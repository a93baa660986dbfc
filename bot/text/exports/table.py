"""What a table for export consists of: columns, and cells that both kinds of file are made of."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

from bot.domain.money import decimals


class Kind(Enum):
    """What the cells of a column are. Any cell may be None: empty."""

    TEXT = auto()
    NUMBER = auto()
    MONEY = auto()
    """Minor units; the row's own cell says of which currency."""
    LOCAL = auto()
    """A moment in unix seconds, shown in the table's time zone."""
    UTC = auto()
    """The same, shown in UTC."""
    DAY = auto()
    """A day, as unix seconds of its midnight in UTC."""


Cell: TypeAlias = str | int | None
Row: TypeAlias = Sequence[Cell]


class Column(NamedTuple):
    """A column: what stands above it, and what its cells hold."""

    heading: str
    kind: Kind
    width: int
    """In characters."""
    currency: int = -1
    """Of money: in which cell of the row the currency stands, in capitals."""


@dataclass(frozen=True, slots=True)
class Table:
    """The head of a table; its rows are made as they are needed."""

    title: str
    """Of the sheet, at most 31 characters, none of []:*?/\\ among them."""
    columns: tuple[Column, ...]
    timezone: str


is_word: Callable[[Any], bool] = str.isidentifier
"""Whether a text is nothing but letters, digits and low lines, and begins with no digit."""


def amount_text(minor: int, currency: str) -> str:
    """An exact decimal with as many decimals as Stripe's minor unit has: `-12.50`, `500`.

    `currency` is in capitals, as cells have it.
    """
    places = places_of(currency)
    if not places:
        return str(minor)
    digits = str(minor).zfill(places + 1 + (minor < 0))
    return f"{digits[:-places]}.{digits[-places:]}"


@lru_cache(maxsize=256)
def places_of(currency: str) -> int:
    """How many decimals amounts of a currency have, which is in capitals."""
    return decimals(currency.lower())
