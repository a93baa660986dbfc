"""INSERT … ON CONFLICT, in the words that SQLite and PostgreSQL share."""

from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection


def insert(connection: AsyncConnection, table: Table) -> Any:
    """Begin an INSERT that knows `on_conflict_do_nothing` and `on_conflict_do_update`.

    Both dialects' statements take the same arguments but share no type that says so.
    """
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)
