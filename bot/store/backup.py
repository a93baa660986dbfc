"""A copy of the store in a file of its own, made while the bot runs or before its tables change.

SQLite copies itself: one whole state of it, whatever is written meanwhile, and nothing has to
wait. https://www.sqlite.org/lang_vacuum.html#vacuuminto
"""

import asyncio
import fcntl
import os
import shlex
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import structlog
from sqlalchemy import text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import migrations
from bot.store.error_reason import reason
from bot.store.sqlite import BUSY_SECONDS

log = structlog.get_logger()

TRIES = 5
"""Copies that are made at most, while buyers are being forgotten."""
_NOTE = "-backup-"
"""Ends the names of files, before the process's id, that say where an unfinished copy is. They are
next to the store, whose writer may be in the middle of its work."""


class NoBackup(Exception):
    """There is no copy. The message is one line that says why, and what to do instead."""


async def back_up(url: str, file: Path) -> int:
    """Copy the store at `url` to a new file, readable by its owner alone; its size in bytes.

    The file appears when it is whole and checked, or not at all. Raises NoBackup: for what is
    there already, for a disk that is full, and for PostgreSQL, which has a tool for it.
    """
    try:
        where = make_url(url)
    except ArgumentError:
        raise NoBackup("the database's address is not a URL") from None
    if where.get_backend_name() != "sqlite":
        raise NoBackup(f"PostgreSQL is copied by its own tool: {shlex.join(_pg_dump(where, file))}")
    return await _copied(Path(where.database or ""), file)


async def back_up_before_migration(connection: AsyncConnection, where: URL) -> None:
    """Copy a store of an older version, in the transaction that is about to change its tables.

    SQLite is copied to a file next to it, such as `producer-bot-before-0002.db`; raises NoBackup if
    that fails. PostgreSQL is copied by pg_dump into the folder that the bot was started in. If that
    fails, a warning says so: PostgreSQL itself takes back a migration that fails, and its servers
    have backups of their own. The copy of an earlier try is replaced.
    """
    ending = f"-before-{migrations.HEAD}"
    if connection.dialect.name == "sqlite":
        source = Path(where.database or "")
        file = source.with_name(f"{source.stem}{ending}{source.suffix}")
        await _copied(source, file, replace=True)
    else:
        # The server must not end this transaction, which waits for the copy.
        await connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        file = Path(f"{where.database}{ending}.dump")
        if (trouble := await _dumped(where, file)) is not None:
            log.warning("no backup was made before the tables change", reason=trouble)
            return
    log.info("backup made before the tables change", file=str(file))


async def _copied(source: Path, file: Path, *, replace: bool = False) -> int:
    try:
        return await asyncio.to_thread(_copy, source, file, replace=replace)
    except (OSError, sqlite3.Error) as error:
        raise NoBackup(f"cannot copy the store to {file}: {reason(error)}") from error


def _pg_dump(where: URL, file: Path) -> list[str]:
    """The command, without the password."""
    shown = URL.create(
        "postgresql",
        username=where.username,
        host=where.host,
        port=where.port,
        database=where.database,
    )
    return ["pg_dump", "--format=custom", f"--file={file}", shown.render_as_string()]


async def _dumped(where: URL, file: Path) -> str | None:
    """Have pg_dump write a file that only its owner may read; why it did not, if so."""
    program = shutil.which("pg_dump")
    if program is None:
        return "pg_dump is not on this machine"
    part = file.with_name(f".{file.name}")
    environment = {"PATH": os.defpath, "PGPASSWORD": where.password or ""}
    try:
        part.touch(mode=0o600)
        process = await asyncio.create_subprocess_exec(
            *(program, *_pg_dump(where, part)[1:], "--no-password"),
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        _, said = await process.communicate()
        if process.returncode:
            return next(iter(said.decode(errors="replace").splitlines()), "pg_dump failed")
        part.replace(file)
    except OSError as error:
        return f"pg_dump: {reason(error)}"
    finally:
        part.unlink(missing_ok=True)
    return None


def _copy(source: Path, file: Path, *, replace: bool = False) -> int:
    if not source.is_file():
        raise NoBackup(f"there is no store at {source}")
    if os.path.lexists(file) and not replace:
        raise NoBackup(f"{file} is there already: nothing is overwritten")
    # Next to its place, so that it gets its name in one step when it is whole.
    descriptor, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    os.close(descriptor)
    part = Path(name)
    try:
        with closing(_opened(source)) as connection, _noted(source, part):
            for _ in range(TRIES):
                vacuum_into(connection, part)
                # A buyer who was forgotten meanwhile must not come back with the copy.
                if _forgotten_in(connection) == _forgotten_of(part):
                    break
            _check(part)
            _flush(part)
            if replace:
                part.replace(file)
            else:
                _give_name(part, file)
            with suppress(OSError):  # not every system lets a folder be flushed
                _flush(file.parent)
            return file.stat().st_size
    finally:
        part.unlink(missing_ok=True)


async def clear_unfinished(url: str) -> None:
    """Remove the unfinished copies of backups of the store at `url` that were killed, which could
    not do so themselves.

    A lock goes with the process that holds it: what is locked is still written to.
    """
    where = make_url(url)
    if where.get_backend_name() == "sqlite":
        await asyncio.to_thread(_clear_unfinished, Path(where.database or ""))


def _clear_unfinished(source: Path) -> None:
    for note in source.parent.glob(f"{source.name}{_NOTE}*"):
        with suppress(OSError, ValueError):
            part = Path(note.read_text())
            if part.exists():
                with _locked(part):
                    part.unlink()
            note.unlink()


@contextmanager
def _noted(source: Path, part: Path) -> Iterator[None]:
    """Hold an unfinished copy, and note next to the store where it is, until it is finished."""
    note = source.with_name(f"{source.name}{_NOTE}{os.getpid()}")
    with _locked(part):
        note.write_text(str(part.resolve()))
        try:
            yield
        finally:
            note.unlink(missing_ok=True)


@contextmanager
def _locked(part: Path) -> Iterator[None]:
    """Hold a file. Raises OSError if another process holds it, or it is not there."""
    held = os.open(part, os.O_RDWR | os.O_NOFOLLOW)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(held)


def _opened(source: Path) -> sqlite3.Connection:
    # Read and write: as a reader alone, SQLite could not join the write-ahead log of a live bot.
    return sqlite3.connect(
        f"{source.resolve().as_uri()}?mode=rw", uri=True, timeout=BUSY_SECONDS, isolation_level=None
    )


def vacuum_into(connection: sqlite3.Connection, part: Path) -> None:
    """Copy a database into a new file."""
    part.open("wb").close()  # SQLite copies into an empty file only
    connection.execute("VACUUM INTO ?", (str(part),))


def _forgotten_of(part: Path) -> int:
    with closing(sqlite3.connect(part)) as connection:
        return _forgotten_in(connection)


def _forgotten_in(connection: sqlite3.Connection) -> int:
    (count,) = connection.execute("SELECT count(*) FROM forgotten").fetchone()
    return int(count)


def _check(part: Path) -> None:
    with closing(sqlite3.connect(part)) as connection:
        (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        raise NoBackup(f"the copy is damaged, and so may be the store: {found}")


def _flush(path: Path) -> None:
    """Make sure that it is on the disk itself."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _give_name(part: Path, file: Path) -> None:
    """A link, unlike a renaming, overwrites nothing that came to be there meanwhile."""
    try:
        file.hardlink_to(part)
    except FileExistsError:
        raise NoBackup(f"{file} is there already: nothing is overwritten") from None
    except OSError:
        part.rename(file)  # a file system without links
