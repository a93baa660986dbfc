"""Column types that take and give the ledger's values, and what some columns come to together."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Double, Integer
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.base import ReadOnlyColumnCollection
from sqlalchemy.types import TypeDecorator

# SQLite numbers rows by itself only in an INTEGER primary key.
Id = BigInteger().with_variant(Integer(), "sqlite")


class Moment(TypeDecorator[datetime]):
    """An aware UTC datetime to the second, as Stripe gives it, kept as unix seconds."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else int(value.timestamp())

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else datetime.fromtimestamp(value, UTC)


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime of our own clock, kept as unix seconds with their fraction."""

    impl = Double
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> float | None:
        return None if value is None else value.timestamp()

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else datetime.fromtimestamp(value, UTC)


def fees_of(columns: ReadOnlyColumnCollection[str, Any]) -> ColumnElement[int]:
    """All that was kept of a sale or an entry: every fee, and tax that was withheld."""
    fees: ColumnElement[int] = (
        columns.stripe_fee + columns.fee_tax + columns.platform_fee + columns.withheld_tax
    )
    return fees


def moved_by(columns: ReadOnlyColumnCollection[str, Any]) -> ColumnElement[int]:
    """By what an entry moved Stripe's balance: what the producer keeps, and the tax on top."""
    moved: ColumnElement[int] = columns.net + columns.tax
    return moved
