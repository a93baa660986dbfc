"""What an SQLite file needs once, before anything connects to it."""

import sqlite3
import time
from pathlib import Path

ATTEMPTS = 100
PAUSE_SECONDS = 0.05
LOOK_SECONDS = 1.0
"""How long damage is looked for in a file that is opened: that is some 200 MB of it."""
STEPS = 1000
"""Of SQLite's machine, between two looks at the time."""


def look_at_file(path: Path) -> None:
    """See whether an existing file is a store, and whole as far as a second goes. Blocks.

    Raises sqlite3.Error where it is not, and changes nothing.
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
        raise sqlite3.DatabaseError(f"the file is damaged, so restore a backup ({_line(found)})")


def _line(found: str) -> str:
    return found.strip().splitlines()[-1]


def prepare_file(path: Path) -> None:
    """Make the file if it is not there, and switch it to write-ahead logging. Blocks.

    It will hold buyers' names, so only its owner may read it; SQLite gives the files beside it
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
