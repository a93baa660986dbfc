"""INSERT … ON CONFLICT, in the words that SQLite and PostgreSQL share."""

from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection


def insert(connection: AsyncConnection, table: Table) -> Any:
    """Begin an INSERT that knows `on_conflict_do_nothing` and `on_conflict_do_update`.

    Both dialects' statements take the same arguments but share no type that says so.
    """
    return insert_into(connection.dialect.name, table)


def insert_into(dialect: str, table: Table) -> Any:
    """The same for a dialect by its name."""
    return (postgresql if dialect == "postgresql" else sqlite).insert(table)
