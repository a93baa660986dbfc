"""The database under the store: opened once, one writer at a time, readers next to it.

SQLite is the embedded default; PostgreSQL serves the same code. In both, only the holder of
`write()` writes, so what is read there cannot change before it is written back.
"""

import asyncio
import errno
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from sqlite3 import Error as SQLiteError
from threading import Thread
from typing import Any
from weakref import WeakSet

import structlog
from sqlalchemy import Connection, event, text
from sqlalchemy.engine import URL, ExceptionContext, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DatabaseError,
    DBAPIError,
    OperationalError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.loops import Unavailable
from bot.store.backup import NoBackup, back_up_before_migration
from bot.store.error_reason import reason
from bot.store.migrations import MadeByAnother, age, migrate
from bot.store.sqlite import (
    BUSY_SECONDS,
    Changes,
    Connecting,
    connect,
    connect_to_look,
    empty_log,
    is_running,
    look_at_file,
    prepare_file,
)

log = structlog.get_logger()

REMIND_SECONDS = 60.0
"""How long until an outage that lasts is said again."""


class Outage:
    """Whether the last thing that was asked of the database worked.

    Says nothing before the first that worked: what opens the database reports that it cannot.
    """

    def __init__(self, what: str) -> None:
        """`what` is asked of it: to `read` or to `write`."""
        self._what = what
        self._worked = False
        self._since: float | None = None
        """When it began, by the loop's clock; None while all is well."""
        self._said = 0.0

    def goes_on(self, reason: str) -> None:
        """Note that the database could not be used."""
        if not self._worked:
            return
        now = asyncio.get_running_loop().time()
        if self._since is None:
            self._since = now
        elif now - self._said < REMIND_SECONDS:
            return
        self._said = now
        seconds = round(now - self._since)
        log.error("database cannot be used", to=self._what, reason=reason, seconds=seconds)

    def is_over(self) -> None:
        """Note that the database could be used."""
        self._worked = True
        if self._since is None:
            return
        seconds = round(asyncio.get_running_loop().time() - self._since)
        self._since = None
        log.info("database can be used again", to=self._what, seconds=seconds)


SQLITE = "sqlite+aiosqlite"
POSTGRESQL = "postgresql+asyncpg"
READERS = 4
ANSWER_SECONDS = 8
"""How long a PostgreSQL server may take for one statement; then it counts as silent."""
CONNECT_SECONDS = 6
"""How long it may take to have a connection to it on which it answers."""
CLOSE_SECONDS = 0.5
"""How long closing a connection may wait for the server's goodbye."""
WRITER_LOCK = 0x70726F64
"""PostgreSQL's advisory lock that stands for SQLite's one writer: any number of our own."""
RUNNING_LOCK = 0x70726F65
"""The one of a running bot: the number next to it."""

# Not a mistake of ours but a database that cannot serve: connection, transaction (read-only, or
# ended by a time limit), authorization, resources, locks, operator, system, damage.
# https://www.postgresql.org/docs/current/errcodes-appendix.html
_DOWN_STATES = frozenset("08 25 28 3D 40 53 55 57 58 XX".split())
# No waiting mends these: a wrong login, a database that was never made.
_LASTING_STATES = frozenset("28 3D".split())
# The primary result codes that pass by themselves: busy, locked, out of memory, I/O error, full,
# locking protocol. https://www.sqlite.org/rescode.html
_PASSING_CODES = frozenset((5, 6, 7, 10, 13, 15))
_PASSING_ERRNOS = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.ESTALE, errno.ENFILE))
# A server that no longer reaches us ends our session, and with it lets go of what we had locked.
_SERVER_SETTINGS = {
    "lock_timeout": str(BUSY_SECONDS * 1000),
    "idle_in_transaction_session_timeout": "60000",
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "25000",
}
_TAKE_TURN = text("SELECT pg_advisory_xact_lock(:lock)")
_TRY_TO_RUN = text("SELECT pg_try_advisory_xact_lock(:lock)")


_REMOVED = "removed"
"""Noted at the writer's connection: of what it changes nothing may stay in the log."""


class StoreUnavailable(Unavailable):
    """The database cannot be used now. The message is one line without secrets or buyers."""

    def __init__(self, message: str, *, lasting: bool = True) -> None:
        """`lasting`: a setting or the file itself is wrong, so that waiting is of no use."""
        super().__init__(message)
        self.lasting = lasting


class Store:
    """An open database. Made by `open_store`."""

    def __init__(
        self,
        url: URL,
        writer: AsyncEngine,
        readers: AsyncEngine,
        *,
        threads: Collection[Thread] = (),
        sessions: Collection[Any] = (),
    ) -> None:
        """`threads`: those in which statements run, of connections given up too. `sessions`:
        asyncpg's connections."""
        self.url = url.render_as_string(hide_password=True)
        """Where it is, without its password."""
        self._writer = writer
        self._readers = readers
        self._threads, self._sessions = threads, sessions
        self._turn = asyncio.Lock()
        self._writing, self._reading = Outage("write"), Outage("read")
        in_file = url.drivername == SQLITE
        self._changes = Changes(url.database or "") if in_file else None
        self._to_be_flushed = False

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self._writer.dialect.name

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """Give a connection in one transaction, the only one that writes.

        Committed at the end of the block, rolled back when the block raises. Raises
        StoreUnavailable, with nothing kept, when the database is gone, full, or locked by another
        process for too long.
        """
        async with self._turn:
            with _plain_errors(self._writing):
                async with connected(self._writer) as connection, connection.begin():
                    if self.dialect == "postgresql":
                        await connection.execute(_TAKE_TURN, {"lock": WRITER_LOCK})
                    yield connection
                    removed = connection.info.pop(_REMOVED, False)
                if self._to_be_flushed or (removed and self.dialect == "sqlite"):
                    await self._flush()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """Give a connection that sees one unchanging state of the store and cannot change it.

        Raises StoreUnavailable when the database is gone or every reader stays busy.
        """
        with _plain_errors(self._reading):
            async with connected(self._readers) as connection:
                yield connection

    def changes(self) -> int | None:
        """A number that differs whenever any process has committed anything.

        Costs next to nothing in SQLite; None in PostgreSQL, where only reading can tell.
        """
        return None if self._changes is None else self._changes.number()

    async def flush(self) -> None:
        """Take what was overwritten or removed out of SQLite's write-ahead log.

        While anything reads, it has to stay there: then it goes with the first write after
        the reading. https://www.sqlite.org/pragma.html#pragma_wal_checkpoint
        """
        if self.dialect != "sqlite":
            return
        async with self._turn:
            with _plain_errors(self._writing):
                await self._flush()

    async def _flush(self) -> None:
        async with self._writer.connect() as connection:
            raw = await connection.get_raw_connection()
            assert raw.driver_connection is not None
            self._to_be_flushed = not await empty_log(raw.driver_connection, BUSY_SECONDS)

    async def close(self) -> None:
        """Close every connection."""
        if self._changes is not None:
            self._changes.close()
        # asyncpg itself would wait as long as for a statement.
        goodbyes = [session.close(timeout=CLOSE_SECONDS) for session in self._sessions]
        await asyncio.gather(*goodbyes, return_exceptions=True)
        await self._readers.dispose()
        await self._writer.dispose()
        # One whose task was cancelled may still be running, and would call a loop that is closed.
        for thread in [one for one in self._threads if one.is_alive()]:
            await asyncio.to_thread(thread.join, BUSY_SECONDS)


def flush_afterwards(connection: AsyncConnection) -> None:
    """Have what this transaction overwrites or removes taken out of SQLite's log when it is over,
    as by `Store.flush`."""
    connection.info[_REMOVED] = True


@asynccontextmanager
async def open_store(url: str) -> AsyncIterator[Store]:
    """Open the database at `url`, bring its tables up to date, and close it at the end.

    Tables of an older version are copied to a file first: see `back_up_before_migration`.

    `url` is `sqlite+aiosqlite:///FILE` or `postgresql+asyncpg://USER:PASSWORD@HOST/NAME`. The file
    is made if need be, readable by its owner alone. Raises StoreUnavailable when it cannot be used.
    """
    where = _parse(url)
    store = _sqlite(where) if where.drivername == SQLITE else _postgresql(where)
    try:
        await _prepare(store, where)
        yield store
    finally:
        await store.close()


@asynccontextmanager
async def open_as_it_is(url: str) -> AsyncIterator[Store]:
    """Open the database to look at it: nothing is made, nothing is changed, `write` fails.

    A bot may be at work in it. Raises StoreUnavailable when it cannot be used, or is not there.
    """
    where = _parse(url)
    store = _sqlite(where, connect_to_look) if where.drivername == SQLITE else _postgresql(where)
    try:
        yield store
    finally:
        await store.close()


async def _nobody_runs(connection: AsyncConnection, where: URL) -> None:
    """Raise StoreUnavailable while a bot of the older version runs, so that no tables change under
    it; PostgreSQL keeps one from starting until the transaction ends."""
    if where.drivername == SQLITE:
        running = await asyncio.to_thread(is_running, Path(where.database or ""))
    else:
        running = not await connection.scalar(_TRY_TO_RUN, {"lock": RUNNING_LOCK})
    if running:
        said = "a bot of an older version is running on it, so stop that first"
        raise StoreUnavailable(said, lasting=False)


_UNUSABLE = (StoreUnavailable, MadeByAnother, NoBackup)


async def _prepare(store: Store, where: URL) -> None:
    try:
        if where.drivername == SQLITE:
            file = Path(where.database or "")
            await asyncio.to_thread(look_at_file, file)
            await asyncio.to_thread(prepare_file, file)
        async with store.write() as connection:
            if await connection.run_sync(age) == "older":
                await _nobody_runs(connection, where)
                await back_up_before_migration(connection, where)
            await connection.run_sync(migrate)
        # What was removed when an earlier run was killed may still be in the log.
        await store.flush()
    except (*_UNUSABLE, SQLAlchemyError, SQLiteError, OSError) as error:
        message = f"cannot open {store.url}: {reason(error)}"
        raise StoreUnavailable(message, lasting=_is_lasting(error)) from error


def _parse(url: str) -> URL:
    try:
        where = make_url(url)
    except ArgumentError:
        raise StoreUnavailable("the database's address is not a URL") from None
    if where.drivername not in (SQLITE, POSTGRESQL):
        raise StoreUnavailable(
            f"the database's address begins with {where.drivername}://, "
            f"where {SQLITE}:/// or {POSTGRESQL}:// is expected"
        )
    name = where.database or ""
    if where.drivername == SQLITE and (name in ("", ":memory:") or name.startswith("file:")):
        raise StoreUnavailable(
            f"SQLite needs the path of a file, as in {SQLITE}:///producer-bot.db"
        )
    return where


def _sqlite(where: URL, connecting: Connecting = connect) -> Store:
    threads: WeakSet[Thread] = WeakSet()
    opened: dict[str, Any] = {"async_creator": partial(connecting, where.database or "", threads)}
    writer = create_async_engine(where, pool_size=1, max_overflow=0, hide_parameters=True, **opened)
    readers = create_async_engine(
        where,
        **opened,
        pool_size=READERS,
        max_overflow=0,
        pool_timeout=BUSY_SECONDS,
        hide_parameters=True,
    )
    _hook(writer, "BEGIN IMMEDIATE", read_only=False)
    _hook(readers, "BEGIN", read_only=True)
    return Store(where, writer, readers, threads=threads)


def _hook(engine: AsyncEngine, begin: str, *, read_only: bool) -> None:
    """Begin transactions ourselves: Python's driver would begin none before a SELECT.

    https://docs.sqlalchemy.org/en/21/dialects/sqlite.html#sqlite-enabling-transactions
    """

    @event.listens_for(engine.sync_engine, "connect")
    def on_connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA fullfsync=ON")  # macOS: only this reaches the disk itself
        # What is removed is overwritten in the file: a buyer who is forgotten leaves nothing there.
        cursor.execute("PRAGMA secure_delete=ON")
        cursor.execute(f"PRAGMA query_only={int(read_only)}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def on_begin(connection: Connection) -> None:
        driver: Any = connection.connection.driver_connection
        driver.begin_with_next(begin)


def _postgresql(where: URL) -> Store:
    # The writer sees what was committed before its turn came; so it must not look from a snapshot.
    writer = postgresql_engine(where, isolation_level="READ COMMITTED", pool_size=1)
    readers = postgresql_engine(
        where,
        isolation_level="REPEATABLE READ",
        execution_options={"postgresql_readonly": True},
        pool_size=READERS,
    )
    sessions: WeakSet[Any] = WeakSet()
    for engine in (writer, readers):
        event.listen(
            engine.sync_engine,
            "connect",
            lambda connection, _: sessions.add(connection.driver_connection),
        )
    return Store(where, writer, readers, sessions=sessions)


def postgresql_engine(where: URL, **options: Any) -> AsyncEngine:
    """An engine whose every step has a limit in time; `options` as of `create_async_engine`."""
    engine = create_async_engine(
        where,
        max_overflow=0,
        pool_timeout=BUSY_SECONDS,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={
            "timeout": BUSY_SECONDS,
            "command_timeout": ANSWER_SECONDS,
            "server_settings": _SERVER_SETTINGS,
        },
        **options,
    )
    event.listen(engine.sync_engine, "handle_error", _hang_up)
    return engine


def _hang_up(trouble: ExceptionContext) -> None:
    """Give a connection up on which the server fell silent, or whose statement was broken off.

    asyncpg would ask the server to cancel, and wait for its answer; a silent one gives none.
    """
    error = trouble.original_exception
    if not isinstance(error, OSError | asyncio.CancelledError):
        return
    trouble.is_disconnect = True
    if trouble.connection is not None and not trouble.connection.invalidated:
        driver: Any = trouble.connection.connection.driver_connection
        driver.terminate()
    if isinstance(error, OSError):
        raise _unavailable(error) from error


@asynccontextmanager
async def connected(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """Give a connection. Raises StoreUnavailable if the database gives none; an error of the block
    is raised as it is."""
    limit = CONNECT_SECONDS if engine.dialect.name == "postgresql" else None
    async with AsyncExitStack() as stack:
        try:
            async with asyncio.timeout(limit):
                connection = await stack.enter_async_context(engine.connect())
        except OSError as error:  # the server is not there
            raise _unavailable(error) from error
        yield connection


@contextmanager
def _plain_errors(outage: Outage) -> Iterator[None]:
    """Tell a database that cannot serve (StoreUnavailable) from a mistake of ours (as it is)."""
    try:
        yield
    except StoreUnavailable as trouble:
        outage.goes_on(str(trouble))
        raise
    except SQLAlchemyError as error:
        if not _is_down(error):
            raise
        outage.goes_on(reason(error))
        raise _unavailable(error) from error
    outage.is_over()


def _unavailable(error: Exception) -> StoreUnavailable:
    return StoreUnavailable(reason(error), lasting=_is_lasting(error))


def _is_lasting(error: Exception) -> bool:
    """Whether no waiting will make the database usable."""
    if isinstance(error, NoBackup) and isinstance(error.__cause__, Exception):
        return _is_lasting(error.__cause__)
    if isinstance(error, StoreUnavailable):
        return error.lasting
    if isinstance(error, PoolTimeout):
        return False
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, SQLiteError):
        return getattr(cause, "sqlite_errorcode", 0) & 0xFF not in _PASSING_CODES
    if isinstance(cause, OSError):
        # Of a file it says what is wrong with it, of a server only that it is not there.
        return cause.filename is not None and cause.errno not in _PASSING_ERRNOS
    state = getattr(cause, "sqlstate", None) or ""
    return state[:2] not in _DOWN_STATES - _LASTING_STATES


def _is_down(error: SQLAlchemyError) -> bool:
    if not isinstance(error, DBAPIError):
        return isinstance(error, PoolTimeout)
    state = getattr(error.orig, "sqlstate", None) or ""
    return (
        isinstance(error, OperationalError)
        or type(error) is DatabaseError  # SQLite: not a database, or a damaged one
        or error.connection_invalidated
        or state[:2] in _DOWN_STATES
    )
