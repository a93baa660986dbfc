"""What an SQLite file needs once, before anything connects to it."""

import sqlite3
import time
from pathlib import Path

ATTEMPTS = 100
PAUSE_SECONDS = 0.05


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
