"""What an SQLite file needs once, before anything connects to it."""

import sqlite3
import stat
from pathlib import Path

import pytest

from bot.store import sqlite_file
from bot.store.sqlite_file import prepare_file


def journal_mode(path: Path) -> str:
    connection = sqlite3.connect(path)
    (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
    connection.close()
    return str(mode)


def test_a_new_file_is_its_owners_alone_and_logs_ahead(tmp_path: Path) -> None:
    prepare_file(tmp_path / "store.db")
    assert stat.S_IMODE((tmp_path / "store.db").stat().st_mode) == 0o600
    assert journal_mode(tmp_path / "store.db") == "wal"


def test_a_file_that_is_there_keeps_its_rows_and_permissions(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE songs (name TEXT)")
    connection.execute("INSERT INTO songs VALUES ('Midnight Drive')")
    connection.commit()
    connection.close()
    path.chmod(0o640)
    prepare_file(path)
    prepare_file(path)
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT name FROM songs").fetchall() == [("Midnight Drive",)]
    connection.close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert journal_mode(path) == "wal"


def test_a_file_that_is_held_is_tried_until_it_is_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "store.db"
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("CREATE TABLE songs (name TEXT)")
    holder.execute("BEGIN EXCLUSIVE")
    pauses: list[float] = []

    def let_go_the_third_time(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            holder.rollback()
            holder.close()

    monkeypatch.setattr("bot.store.sqlite_file.time.sleep", let_go_the_third_time)
    prepare_file(path)
    assert pauses == [sqlite_file.PAUSE_SECONDS] * 3
    assert journal_mode(path) == "wal"


def test_a_file_that_stays_held_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "store.db"
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("CREATE TABLE songs (name TEXT)")
    holder.execute("BEGIN EXCLUSIVE")
    monkeypatch.setattr(sqlite_file, "PAUSE_SECONDS", 0)
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        prepare_file(path)
    holder.close()
