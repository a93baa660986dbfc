"""A database for each bot: an SQLite file in its folder, or one of a PostgreSQL server.

Set TEST_DATABASE_URL=postgresql+asyncpg://… as for the tests of the store; databases beside that
one are made, named after it and the process. The same folder, again after a restart, is the same
database.
"""

import os
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

POSTGRESQL = os.environ.get("TEST_DATABASE_URL", "")
MOST = 4
"""More bots than any test opens; the oldest database is used again for the next."""

_folders: list[Path] = []
_names: dict[Path, str] = {}


async def database_of(folder: Path) -> str:
    """The address of a folder's database, an empty one at first."""
    if not POSTGRESQL:
        return f"sqlite+aiosqlite:///{folder / 'store.db'}"
    server = make_url(POSTGRESQL)
    if folder not in _names:
        _names[folder] = f"{server.database}_{os.getpid()}_{len(_folders) % MOST}"
        _folders.append(folder)
        await _make(_names[folder])
    return server.set(database=_names[folder]).render_as_string(hide_password=False)


async def _make(name: str) -> None:
    engine = create_async_engine(POSTGRESQL, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        await connection.execute(text(f'CREATE DATABASE "{name}"'))
    await engine.dispose()
