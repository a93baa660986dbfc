"""The database: transactions, turns, and what happens when it cannot be used.

A database that cannot be used: said once, and that it can be again.
"""

import asyncio
import os
import sqlite3
import stat
import sys
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection
from structlog.testing import capture_logs

from bot.store import engine, key_value
from bot.store.engine import Outage, Store, StoreUnavailable, open_store
from bot.store.tables import buyers
from fakes.failures import FailingDisk
from tests.store.conftest import ON_POSTGRESQL

sqlite_only = pytest.mark.skipif(ON_POSTGRESQL, reason="speaks of SQLite's file")


async def note(store: Store, key: str) -> str | None:
    async with store.read() as connection:
        return await key_value.get(connection, key)


async def test_store_reopened_holds_what_was_written(database_url: str) -> None:
    async with open_store(database_url) as store, store.write() as connection:
        await key_value.put(connection, "colour", "gold")
    async with open_store(database_url) as store:
        assert await note(store, "colour") == "gold"


async def test_write_block_that_raises_is_rolled_back(store: Store) -> None:
    async def change_ones_mind() -> None:
        async with store.write() as connection:
            await key_value.put(connection, "colour", "gold")
            raise ValueError("changed my mind")

    with pytest.raises(ValueError, match="changed my mind"):
        await change_ones_mind()
    assert await note(store, "colour") is None


async def test_error_of_the_block_itself_is_raised_as_it_is(store: Store) -> None:
    with pytest.raises(ConnectionResetError):
        async with store.read():
            raise ConnectionResetError


async def test_reader_sees_one_state_while_others_write(store: Store) -> None:
    async with store.read() as reader:
        assert await key_value.get(reader, "colour") is None
        async with store.write() as connection:
            await key_value.put(connection, "colour", "gold")
        assert await key_value.get(reader, "colour") is None
    assert await note(store, "colour") == "gold"


async def test_reader_cannot_write(store: Store) -> None:
    with pytest.raises((StoreUnavailable, DBAPIError)):
        async with store.read() as connection:
            await key_value.put(connection, "colour", "gold")
    assert await note(store, "colour") is None


async def test_writers_at_once_take_turns(store: Store) -> None:
    async def add_one() -> None:
        async with store.write() as connection:
            count = int(await key_value.get(connection, "count") or 0)
            await key_value.put(connection, "count", str(count + 1))

    await asyncio.gather(*(add_one() for _ in range(20)))
    assert await note(store, "count") == "20"


async def test_writers_of_two_stores_take_turns(store: Store, database_url: str) -> None:
    async def add_one(to: Store) -> None:
        async with to.write() as connection:
            count = int(await key_value.get(connection, "count") or 0)
            await key_value.put(connection, "count", str(count + 1))

    async with open_store(database_url) as other:
        await asyncio.gather(*(add_one(to) for to in [store, other] * 5))
    assert await note(store, "count") == "10"


async def test_writer_cancelled_gives_up_its_turn(store: Store) -> None:
    inside = asyncio.Event()

    async def dawdle() -> None:
        async with store.write() as connection:
            await key_value.put(connection, "colour", "grey")
            inside.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(dawdle())
    await inside.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    async with store.write() as connection:
        assert await key_value.get(connection, "colour") is None


async def test_row_with_an_unknown_reference_is_refused(store: Store) -> None:
    with pytest.raises(IntegrityError):
        async with store.write() as connection:
            await connection.execute(buyers.insert().values(producer_id=404, key="nobody"))


async def test_error_of_a_statement_hides_its_values(store: Store) -> None:
    row = {"producer_id": 404, "key": "k", "email": "ana@example.com"}
    with pytest.raises(IntegrityError) as caught:
        async with store.write() as connection:
            await connection.execute(buyers.insert().values(row))
    assert "ana@example.com" not in str(caught.value)


async def _pragma(connection: AsyncConnection, name: str) -> object:
    return await connection.scalar(text(f"PRAGMA {name}"))


@sqlite_only
async def test_connections_are_durable_and_enforce_references(store: Store) -> None:
    async with store.write() as writer, store.read() as one, store.read() as two:
        for connection in (writer, one, two):
            assert await _pragma(connection, "journal_mode") == "wal"
            assert await _pragma(connection, "synchronous") == 2  # FULL
            assert await _pragma(connection, "foreign_keys") == 1
            assert await _pragma(connection, "busy_timeout") == 5000


def _modes(folder: Path) -> dict[str, int]:
    return {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}


@sqlite_only
async def test_files_are_readable_by_the_owner_only(store: Store, tmp_path: Path) -> None:
    async with store.write() as connection:
        await key_value.put(connection, "colour", "gold")
        assert _modes(tmp_path) == {"store.db": 0o600, "store.db-wal": 0o600, "store.db-shm": 0o600}


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("not a url", "not a URL"),
        ("mysql+aiomysql://localhost/bot", "begins with mysql"),
        ("sqlite:///bot.db", "begins with sqlite://"),
        ("postgresql://localhost/bot", "postgresql[+]asyncpg:// is expected"),
        ("sqlite+aiosqlite:///:memory:", "path of a file"),
        ("sqlite+aiosqlite://", "path of a file"),
        ("sqlite+aiosqlite:////no/such/folder/bot.db", "No such file or directory"),
        ("postgresql+asyncpg://bot:hush@127.0.0.1:1/bot", "Connect call failed"),
    ],
)
async def test_address_not_usable_is_named_in_one_line(url: str, said: str) -> None:
    with pytest.raises(StoreUnavailable, match=said) as caught:
        async with open_store(url):
            pass
    assert "\n" not in str(caught.value)
    assert "hush" not in str(caught.value)


async def test_folder_or_other_file_is_refused(tmp_path: Path) -> None:
    song = tmp_path / "song.mp3"
    song.write_bytes(b"ID3" * 1000)
    for path, said in ((tmp_path, "unable to open"), (song, "not a database")):
        with pytest.raises(StoreUnavailable, match=said):
            async with open_store(f"sqlite+aiosqlite:///{path}"):
                pass
    assert song.read_bytes() == b"ID3" * 1000


@sqlite_only
async def test_file_locked_by_another_program_is_unavailable_until_released(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "BUSY_SECONDS", 0)
    async with open_store(database_url) as store:
        other = sqlite3.connect(tmp_path / "store.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable, match="locked"):
            async with store.write() as connection:
                await key_value.get(connection, "colour")
        other.rollback()
        other.close()
        async with store.write() as connection:
            await key_value.put(connection, "colour", "gold")


@sqlite_only
async def test_full_disk_rolls_the_block_back(store: Store) -> None:
    async with store.write() as connection:
        await connection.execute(text("PRAGMA max_page_count=1"))
    with pytest.raises(StoreUnavailable, match="full"):
        async with store.write() as connection:
            await key_value.put(connection, "colour", "gold" * 100_000)
    assert await note(store, "colour") is None


@sqlite_only
async def test_disk_error_rolls_the_block_back_and_passes(store: Store, tmp_path: Path) -> None:
    async with store.write() as connection:
        await key_value.put(connection, "colour", "gold")
    with FailingDisk(os.getpid()).failing():
        with pytest.raises(StoreUnavailable, match="disk I/O error") as caught:
            async with store.write() as connection:
                await key_value.put(connection, "colour", "red")
        assert not caught.value.lasting
        assert await note(store, "colour") == "gold"
    async with store.write() as connection:
        await key_value.put(connection, "colour", "blue")
    assert await note(store, "colour") == "blue"


_OPEN_AND_WRITE = """
import asyncio, sys
from bot.store import key_value
from bot.store.engine import open_store

async def main():
    async with open_store(sys.argv[1]) as store, store.write() as connection:
        await key_value.put(connection, sys.argv[2], "was here")

asyncio.run(main())
"""


@pytest.mark.slow
async def test_processes_opening_a_new_database_at_once_all_succeed(database_url: str) -> None:
    names = ["one", "two", "three"]
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", _OPEN_AND_WRITE, database_url, name
        )
        for name in names
    ]
    assert [await process.wait() for process in processes] == [0, 0, 0]
    async with open_store(database_url) as store, store.read() as connection:
        query = select(text("key")).select_from(text("notes"))
        assert set((await connection.execute(query)).scalars()) >= set(names)


async def test_outage_is_logged_once_and_so_is_its_end() -> None:
    trouble = Outage("write")
    trouble.is_over()
    with capture_logs() as lines:
        for _ in range(50):
            trouble.goes_on("disk full")
        trouble.is_over()
        trouble.is_over()
    assert [(line["log_level"], line["to"]) for line in lines] == [
        ("error", "write"),
        ("info", "write"),
    ]
    assert lines[0]["reason"] == "disk full"


async def test_outage_that_lasts_is_logged_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "REMIND_SECONDS", 0.0)
    trouble = Outage("read")
    trouble.is_over()
    with capture_logs() as lines:
        trouble.goes_on("gone")
        trouble.goes_on("gone")
    assert len(lines) == 2


async def test_outage_before_anything_worked_is_not_logged() -> None:
    with capture_logs() as lines:
        Outage("write").goes_on("no such folder")
    assert lines == []
