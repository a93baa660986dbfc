"""What an SQLite file needs once, before anything connects to it.

Whether anything was written since last time.
"""

import random
import re
import sqlite3
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.store import engine, key_value, sqlite
from bot.store.engine import Store, StoreUnavailable, open_store
from bot.store.sqlite import Changes, fault, prepare_file
from bot.store.tables import events
from tests.store.conftest import ON_POSTGRESQL


def journal_mode(path: Path) -> str:
    connection = sqlite3.connect(path)
    (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
    connection.close()
    return str(mode)


def test_new_file_is_private_and_uses_wal(tmp_path: Path) -> None:
    prepare_file(tmp_path / "store.db")
    assert stat.S_IMODE((tmp_path / "store.db").stat().st_mode) == 0o600
    assert journal_mode(tmp_path / "store.db") == "wal"


def test_existing_file_keeps_its_rows_and_permissions(tmp_path: Path) -> None:
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


def test_locked_file_is_tried_until_it_is_free(
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

    monkeypatch.setattr("bot.store.sqlite.time.sleep", let_go_the_third_time)
    prepare_file(path)
    assert pauses == [sqlite.PAUSE_SECONDS] * 3
    assert journal_mode(path) == "wal"


def test_file_that_stays_locked_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "store.db"
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("CREATE TABLE songs (name TEXT)")
    holder.execute("BEGIN EXCLUSIVE")
    monkeypatch.setattr(sqlite, "PAUSE_SECONDS", 0)
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        prepare_file(path)
    holder.close()


async def opened(path: Path) -> str:
    """Why a file cannot be opened as a store: one line."""
    with pytest.raises(StoreUnavailable) as caught:
        async with open_store(f"sqlite+aiosqlite:///{path}"):
            pass
    assert caught.value.lasting
    assert "\n" not in str(caught.value)
    return str(caught.value)


def _overwritten(made: bytes) -> bytes:
    """With random bytes in its middle: its head is as before."""
    return made[:8192] + random.Random(1).randbytes(40_000) + made[48_192:]


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda made: random.Random(2).randbytes(len(made)), "not a database"),
        (lambda made: made[: len(made) // 2], "damaged"),
        (lambda made: made[:100], "not a database|damaged"),
        (_overwritten, "damaged"),
    ],
)
async def test_damaged_file_is_refused_in_one_line_and_unchanged(
    tmp_path: Path, spoil: Callable[[bytes], bytes], said: str
) -> None:
    path = tmp_path / "store.db"
    async with open_store(f"sqlite+aiosqlite:///{path}"):
        pass
    spoilt = spoil(path.read_bytes())
    path.write_bytes(spoilt)
    assert re.search(said, await opened(path))
    assert path.read_bytes() == spoilt


@pytest.mark.parametrize(
    ("found", "said", "lasting"),
    [
        ("Tree 3 page 5: unable to get the page. error code=266", "disk I/O error", False),
        ("Tree 3 page 5: unable to get the page. error code=11", "file is damaged", True),
        ("row 1 missing from index ix_sales", "file is damaged", True),
    ],
)
async def test_page_that_cannot_be_read_now_is_no_damage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, found: str, said: str, lasting: bool
) -> None:
    """The texts are SQLite's own, of `PRAGMA quick_check` on a disk with read errors."""

    def look(path: Path) -> None:
        raise fault(f"*** in database main ***\n{found}")

    monkeypatch.setattr(engine, "look_at_file", look)
    with pytest.raises(StoreUnavailable, match=said) as refused:
        async with open_store(f"sqlite+aiosqlite:///{tmp_path / 'store.db'}"):
            pass
    assert refused.value.lasting is lasting


async def test_database_of_another_program_is_unchanged(tmp_path: Path) -> None:
    path = tmp_path / "places.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE bookmarks (title TEXT)")
    connection.close()
    before = path.read_bytes()
    assert "another program" in await opened(path)
    assert path.read_bytes() == before


async def test_check_for_damage_ends_in_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'store.db'}"
    async with open_store(url):
        pass
    monkeypatch.setattr(sqlite, "LOOK_SECONDS", 0.0)
    monkeypatch.setattr(sqlite, "STEPS", 1)
    async with open_store(url) as store, store.read() as connection:
        assert connection is not None


async def test_damage_met_while_running_is_named(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    async with open_store(f"sqlite+aiosqlite:///{path}") as store:
        async with store.write() as connection:
            await key_value.put(connection, "colour", "gold")
        await store.flush()
        made = path.read_bytes()
        path.write_bytes(made[:4096] + random.Random(3).randbytes(len(made) - 4096))
        with pytest.raises(StoreUnavailable, match="damaged"):
            async with store.read() as connection:
                await connection.execute(select(events))


sqlite_only = pytest.mark.skipif(ON_POSTGRESQL, reason="PostgreSQL has no such number")


async def _write(store: Store, value: str = "") -> None:
    async with store.write() as connection:
        await key_value.put(connection, "key", value)


@sqlite_only
async def test_changes_differ_after_each_commit_only(store: Store) -> None:
    seen = [store.changes()]
    for value in "abc":
        await _write(store, value)
        seen.append(store.changes())
        assert store.changes() == seen[-1]
        async with store.read() as connection:
            await key_value.get(connection, "key")
        assert store.changes() == seen[-1]
    assert None not in seen
    assert len(set(seen)) == 4


@sqlite_only
async def test_changes_include_those_of_another_process(store: Store, database_url: str) -> None:
    before = store.changes()
    async with open_store(database_url) as other:
        await _write(other)
    assert store.changes() != before


@sqlite_only
async def test_changes_ignore_a_rollback(store: Store) -> None:
    before = store.changes()
    with pytest.raises(ZeroDivisionError):
        await _write_and_fail(store)
    assert store.changes() == before


async def _write_and_fail(store: Store) -> None:
    async with store.write() as connection:
        await key_value.put(connection, "key", "other")
        raise ZeroDivisionError


def test_changes_of_a_missing_file_are_unknown(tmp_path: Path) -> None:
    changes = Changes(str(tmp_path / "nothing ?#.db"))
    assert changes.number() is None
    changes.close()


def test_changes_of_another_file_are_unknown(tmp_path: Path) -> None:
    file = tmp_path / "text.db"
    file.write_text("not a database" * 999)
    changes = Changes(str(file))
    assert changes.number() is None
    changes.close()
