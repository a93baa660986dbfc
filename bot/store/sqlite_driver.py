"""SQLite for SQLAlchemy, with one visit to the connection's thread for each statement.

aiosqlite's own cursors go there to be made, to execute, to fetch and to be closed. Each visit takes
two turns of the event loop, so that a transaction of a dozen statements waits for fifty of them.
"""

import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, MutableSet
from pathlib import Path
from threading import Thread
from typing import Any, TypeAlias

import aiosqlite

AT_ONCE = 1000
"""Rows that are fetched in the same visit; who reads more of them comes again."""


class _Cursor:
    """What SQLAlchemy asks of an asynchronous cursor (its AsyncIODBAPICursor)."""

    def __init__(self, connection: "Connection") -> None:
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self.arraysize = 1
        self._connection = connection
        self._rows: list[Any] = []
        self._rest: sqlite3.Cursor | None = None
        """The cursor itself, while it may have more rows."""

    async def __aenter__(self) -> "_Cursor":
        return self

    async def execute(self, statement: str, parameters: Any = ()) -> None:
        await self._visit("execute", statement, parameters)

    async def executemany(self, statement: str, parameters: Any) -> None:
        await self._visit("executemany", statement, parameters)

    async def fetchall(self) -> list[Any]:
        rows, self._rows = self._rows, []
        if self._rest is not None:
            rows += await self._connection.visit(self._rest.fetchall)
        return rows

    async def fetchmany(self, size: int | None = None) -> list[Any]:
        size = size or self.arraysize
        if len(self._rows) < size and self._rest is not None:
            self._rows += await self._connection.visit(self._rest.fetchmany, size)
        rows, self._rows = self._rows[:size], self._rows[size:]
        return rows

    async def fetchone(self) -> Any:
        return next(iter(await self.fetchmany(1)), None)

    async def __aiter__(self) -> AsyncIterator[Any]:
        while rows := await self.fetchmany(AT_ONCE):
            for row in rows:
                yield row

    async def close(self) -> None:
        self._rows = []
        if self._rest is not None:
            await self._connection.visit(self._rest.close)
            self._rest = None

    async def _visit(self, kind: str, statement: str, parameters: Any) -> None:
        await self.close()
        begin = self._connection.take_begin()
        done = await self._connection.visit(
            _executed, self._connection.driver, begin, kind, statement, parameters
        )
        self.description, self.rowcount, self.lastrowid, self._rows, self._rest = done


def _executed(
    connection: sqlite3.Connection, begin: str, kind: str, statement: str, parameters: Any
) -> tuple[Any, int, int | None, list[Any], sqlite3.Cursor | None]:
    cursor = connection.cursor()
    try:
        if begin:
            cursor.execute(begin)
        getattr(cursor, kind)(statement, parameters)
        rows = cursor.fetchmany(AT_ONCE) if cursor.description else []
    except BaseException:
        cursor.close()
        raise
    about = cursor.description, cursor.rowcount, cursor.lastrowid, rows
    if len(rows) == AT_ONCE:
        return *about, cursor
    cursor.close()
    return *about, None


class Connection(aiosqlite.Connection):
    """An aiosqlite connection whose cursors are those above."""

    _begin = ""

    def begin_with_next(self, begin: str) -> None:
        """Begin a transaction (`BEGIN`, `BEGIN IMMEDIATE`) on the visit of its first statement."""
        self._begin = begin

    def take_begin(self) -> str:
        """The beginning that is due, if one is; it counts as made."""
        begin, self._begin = self._begin, ""
        return begin

    @property
    def driver(self) -> sqlite3.Connection:
        return self._conn

    async def visit(self, do: Any, *arguments: Any) -> Any:
        """Run a function in the connection's thread."""
        return await self._execute(do, *arguments)  # type: ignore[no-untyped-call]

    def cursor(self) -> _Cursor:  # type: ignore[override]
        return _Cursor(self)

    async def commit(self) -> None:
        if not self.take_begin():
            await super().commit()

    async def rollback(self) -> None:
        """The pool asks for it whenever a connection comes back; mostly there is nothing to do."""
        if not self.take_begin() and self.in_transaction:
            await super().rollback()


async def connect(path: str, threads: MutableSet[Thread]) -> Connection:
    """Open a file; for `create_async_engine(async_creator=…)`.

    `threads`: where to note the one in which its statements run.
    """
    return await _opened(lambda: sqlite3.connect(path), threads)


async def connect_to_look(path: str, threads: MutableSet[Thread]) -> Connection:
    """The same of a file that must be there, without changing it or making any beside it.

    Where nobody has it open there is no log to read beside it, and SQLite would make an empty one.
    https://www.sqlite.org/uri.html#uriimmutable
    """

    def opening() -> sqlite3.Connection:
        file = Path(path).absolute()
        in_use = Path(f"{file}-wal").exists()
        options = "mode=ro" if in_use else "mode=ro&immutable=1"
        return sqlite3.connect(f"{file.as_uri()}?{options}", uri=True)

    return await _opened(opening, threads)


async def empty_log(connection: Connection, busy_seconds: int) -> bool:
    """Write all of the write-ahead log into the file and empty it; False while somebody reads it.

    Without waiting for who reads, as nobody could write meanwhile.
    """
    done: bool = await connection.visit(_log_emptied, connection.driver, busy_seconds)
    return done


def _log_emptied(connection: sqlite3.Connection, busy_seconds: int) -> bool:
    connection.execute("PRAGMA busy_timeout=0")
    try:
        busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.OperationalError:
        # Another process has it locked: what was written before stays written all the same.
        return False
    finally:
        connection.execute(f"PRAGMA busy_timeout={busy_seconds * 1000}")
    return not busy


async def _opened(
    opening: Callable[[], sqlite3.Connection], threads: MutableSet[Thread]
) -> Connection:
    connection = Connection(opening, iter_chunk_size=AT_ONCE)
    thread = connection._thread  # noqa: SLF001 - SQLAlchemy does so too with those that it opens
    thread.daemon = True
    threads.add(thread)
    await connection
    return connection


Connecting: TypeAlias = Callable[[str, MutableSet[Thread]], Awaitable[Connection]]
"""Opens the file at a path, and notes its thread."""
