"""SQLite: our driver for SQLAlchemy, what a file needs before it is opened, and whether it changed.

The driver visits the connection's thread once for each statement. aiosqlite's own cursors go there
to be made, to execute, to fetch and to be closed, and each visit takes two turns of the event loop.
Measured in pairs against them, the driver saves a fifth of a sale's computing (12.5 instead of 16
ms with its fees' edit) and a sixth of its time; for webhooks, which share a commit, it saves
nothing.
"""

import os
import re
import sqlite3
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, MutableSet
from pathlib import Path
from threading import Thread
from typing import Any, TypeAlias

import aiosqlite

BUSY_SECONDS = 5
"""How long a connection waits for a lock that another process holds."""
AT_ONCE = 1000
"""Rows that are fetched in the same visit; more of them take another one."""


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
    """The same for a file that must be there, without changing it or making any next to it.

    If no process has it open, there is no log to read, and SQLite would make an empty one.
    https://www.sqlite.org/uri.html#uriimmutable
    """

    def opening() -> sqlite3.Connection:
        file = Path(path).absolute()
        in_use = Path(f"{file}-wal").exists()
        options = "mode=ro" if in_use else "mode=ro&immutable=1"
        return sqlite3.connect(f"{file.as_uri()}?{options}", uri=True)

    return await _opened(opening, threads)


async def empty_log(connection: Connection, busy_seconds: int) -> bool:
    """Write all of the write-ahead log into the file and empty it; False while anything reads it.

    It does not wait for readers, because nothing could be written meanwhile.
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


ATTEMPTS = 100
PAUSE_SECONDS = 0.05
LOOK_SECONDS = 1.0
"""How long damage is looked for in a file that is opened: that is some 200 MB of it."""
STEPS = 1000
"""Of SQLite's machine, between two looks at the time."""


def look_at_file(path: Path) -> None:
    """See whether an existing file is a store, and whole as far as a second goes. Blocks.

    Raises sqlite3.Error if it is not, and changes nothing.
    """
    if not path.is_file() or not path.stat().st_size:
        return
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=PAUSE_SECONDS
    )
    try:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema")]
        if tables and "alembic_version" not in tables:
            raise sqlite3.DatabaseError("it holds the tables of another program")
        end = time.monotonic() + LOOK_SECONDS
        connection.set_progress_handler(lambda: time.monotonic() > end, STEPS)
        (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.OperationalError as error:
        # Out of time, or another process has it: then opening it waits.
        if error.sqlite_errorname not in ("SQLITE_INTERRUPT", "SQLITE_BUSY", "SQLITE_LOCKED"):
            raise
        return
    finally:
        connection.close()
    if found != "ok":
        raise fault(found)


def fault(found: str) -> sqlite3.DatabaseError:
    """What SQLite `found` when it checked a file: damage, or only a page that cannot be read now.

    https://www.sqlite.org/rescode.html
    """
    *_, last = found.strip().splitlines()
    code = _ERROR_CODE.search(last)
    if code is None or int(code[1]) & 0xFF != sqlite3.SQLITE_IOERR:
        return sqlite3.DatabaseError(f"the file is damaged, so restore a backup ({last})")
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = int(code[1])
    return error


_ERROR_CODE = re.compile(r"error code=(\d+)")


def prepare_file(path: Path) -> None:
    """Make the file if it is not there, and switch it to write-ahead logging. Blocks.

    It will hold buyers' names, so only its owner may read it; SQLite gives the files next to it
    (-wal, -shm) the same permissions. Raises OSError or sqlite3.Error when the path is unusable.
    """
    if not path.exists():
        path.touch(mode=0o600)
    connection = sqlite3.connect(path, timeout=0)  # waiting is done below
    try:
        _set_wal(connection)
    finally:
        connection.close()


def _set_wal(connection: sqlite3.Connection) -> None:
    """Try until the file is ours for the moment that the switch takes.

    When another process opens it just then, SQLite may answer "locked" at once, whatever the
    busy timeout. https://www.sqlite.org/pragma.html#pragma_journal_mode
    """
    for left in reversed(range(ATTEMPTS)):
        try:
            (mode,) = connection.execute("PRAGMA journal_mode=WAL").fetchone()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorname not in ("SQLITE_BUSY", "SQLITE_LOCKED") or not left:
                raise
            time.sleep(PAUSE_SECONDS)
            continue
        if mode != "wal":
            raise sqlite3.OperationalError("the file system cannot share memory, as WAL needs")
        return


def running_file(database: Path) -> Path:
    """The file next to a database that a running bot holds locked.

    By its real name: two ways to one database lead to one lock.
    """
    return Path(f"{os.path.realpath(database)}-running")


def lock_file(descriptor: int) -> None:
    """Lock an open file until it is closed. Raises BlockingIOError or PermissionError if another
    process has it, OSError if files cannot be locked there."""
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def is_running(database: Path) -> bool:
    """Whether a bot runs on a database, as far as its system can lock files."""
    try:
        descriptor = os.open(running_file(database), os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        lock_file(descriptor)
    except (BlockingIOError, PermissionError):
        return True
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return False


class Changes:
    """Watches an SQLite file that this process and others write to."""

    def __init__(self, file: str) -> None:
        self._file = Path(file).absolute()
        self._watching: sqlite3.Connection | None = None

    def number(self) -> int | None:
        """A number that differs once anything was committed; None while it is not known.

        Takes some microseconds and waits for nothing. Always ask in the same thread.
        https://www.sqlite.org/pragma.html#pragma_data_version
        """
        try:
            if self._watching is None:
                address = f"{self._file.as_uri()}?mode=ro"
                self._watching = sqlite3.connect(address, timeout=0, uri=True)
            number: int = self._watching.execute("PRAGMA data_version").fetchone()[0]
        except sqlite3.Error:
            return None
        return number

    def close(self) -> None:
        if self._watching is not None:
            self._watching.close()
            self._watching = None
