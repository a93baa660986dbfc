"""A copy of the store while it is in use: whole, private, checked, and never over another file."""

import asyncio
import os
import signal
import sqlite3
import stat
import sys
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.store import backup
from bot.store.backup import NoBackup, back_up, clear_unfinished
from bot.store.books import forget
from bot.store.engine import Store, open_store
from bot.store.tables import entries, payments, sales
from tests.factories import NOON, lease, paid
from tests.store.conftest import ON_POSTGRESQL
from tests.store.samples import Books, write

pytestmark = pytest.mark.skipif(ON_POSTGRESQL, reason="PostgreSQL has its own tool")


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite+aiosqlite:///{tmp_path / 'store.db'}"


async def test_backup_holds_everything_and_opens(books: Books, url: str, tmp_path: Path) -> None:
    await books.write(paid("1", lease()), paid("2", lease("Neon Rain")))
    size = await back_up(url, tmp_path / "copy.db")
    assert size == (tmp_path / "copy.db").stat().st_size
    async with open_store(f"sqlite+aiosqlite:///{tmp_path / 'copy.db'}") as copy:
        async with copy.read() as connection:
            assert await connection.scalar(select(func.count()).select_from(sales)) == 2
        await write(copy, books.producer, paid("3", lease()))


async def test_backup_is_readable_by_its_owner_only(store: Store, url: str, tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        await back_up(url, tmp_path / "copy.db")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "copy.db").stat().st_mode) == 0o600


async def test_backup_during_writes_is_one_state(books: Books, url: str, tmp_path: Path) -> None:
    await books.write(*(paid(str(number), lease()) for number in range(30)))

    async def keep_writing() -> None:
        for number in range(30, 45):
            await books.write(paid(str(number), lease()))

    writing = asyncio.create_task(keep_writing())
    for copy in range(4):
        await back_up(url, tmp_path / f"{copy}.db")
    await writing
    for copy in range(4):
        with closing(sqlite3.connect(tmp_path / f"{copy}.db")) as connection:
            counts = [
                connection.execute(f"SELECT count(*) FROM {table.name}").fetchone()[0]
                for table in (payments, sales, entries)
            ]
            assert len(set(counts)) == 1
            assert counts[0] >= 30


async def test_backup_does_not_wait_for_a_writer(books: Books, url: str, tmp_path: Path) -> None:
    async with books.store.write() as connection:
        await connection.execute(payments.update().values(checks=7))
        await back_up(url, tmp_path / "copy.db")


@pytest.mark.parametrize("kind", ["file", "folder", "broken link"])
async def test_backup_onto_an_existing_file_is_refused(
    store: Store, url: str, tmp_path: Path, kind: str
) -> None:
    copy = tmp_path / "copy.db"
    if kind == "file":
        copy.write_text("precious")
    elif kind == "folder":
        copy.mkdir()
    else:
        copy.symlink_to(tmp_path / "nowhere")
    with pytest.raises(NoBackup, match="is there already"):
        await back_up(url, copy)
    assert kind != "file" or copy.read_text() == "precious"
    assert not (tmp_path / "nowhere").exists()


async def test_backup_onto_a_file_made_meanwhile_is_refused(
    store: Store, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "copy.db"
    monkeypatch.setattr(backup, "_flush", lambda _: copy.write_text("precious"))
    with pytest.raises(NoBackup, match="is there already"):
        await back_up(url, copy)
    assert copy.read_text() == "precious"


async def test_backup_without_hard_links_is_renamed(
    store: Store, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError("no links here")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    assert await back_up(url, tmp_path / "copy.db") > 0
    assert (tmp_path / "copy.db").is_file()


async def test_backup_that_fails_leaves_no_file(
    store: Store, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    (tmp_path / "copies").mkdir()
    monkeypatch.setattr(backup, "_check", fail)
    with pytest.raises(NoBackup, match="disk is full"):
        await back_up(url, tmp_path / "copies" / "copy.db")
    assert list((tmp_path / "copies").iterdir()) == []


async def test_backup_that_is_damaged_is_refused(
    store: Store, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        backup, "vacuum_into", lambda _, part: part.write_bytes(b"no database" * 200)
    )
    with pytest.raises(NoBackup):
        await back_up(url, tmp_path / "copy.db")
    assert not (tmp_path / "copy.db").exists()


async def test_backup_of_a_missing_store_makes_none(tmp_path: Path) -> None:
    missing = tmp_path / "missing.db"
    with pytest.raises(NoBackup, match="there is no store"):
        await back_up(f"sqlite+aiosqlite:///{missing}", tmp_path / "copy.db")
    assert not missing.exists()


async def test_backup_into_a_missing_folder_is_named(
    store: Store, url: str, tmp_path: Path
) -> None:
    with pytest.raises(NoBackup, match="No such file or directory"):
        await back_up(url, tmp_path / "nowhere" / "copy.db")


async def test_backup_of_postgresql_names_its_tool(tmp_path: Path) -> None:
    url = "postgresql+asyncpg://bot:secret@db.example/sales"
    with pytest.raises(NoBackup) as refused:
        await back_up(url, tmp_path / "copy.dump")
    assert "pg_dump --format=custom" in str(refused.value)
    assert "postgresql://bot@db.example/sales" in str(refused.value)
    assert "secret" not in str(refused.value)


async def test_backup_of_no_address_is_named(tmp_path: Path) -> None:
    with pytest.raises(NoBackup, match="not a URL"):
        await back_up("nonsense", tmp_path / "copy.db")


async def test_backup_leaves_out_a_buyer_forgotten_meanwhile(
    books: Books, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await books.write(paid("1", lease()))
    copied = backup.vacuum_into
    loop = asyncio.get_running_loop()
    copies: list[bool] = []

    async def forget_buyer() -> None:
        async with books.store.write() as connection:
            found = await forget.look(connection, [books.producer], "ana.lima@example.com")
            await forget.forget(connection, [books.producer], found, NOON)

    def copy_and_forget(connection: sqlite3.Connection, part: Path) -> None:
        copied(connection, part)
        copies.append(b"Ana Lima" in part.read_bytes())
        if len(copies) == 1:
            asyncio.run_coroutine_threadsafe(forget_buyer(), loop).result()

    monkeypatch.setattr(backup, "vacuum_into", copy_and_forget)
    await back_up(url, tmp_path / "copy.db")
    assert copies == [True, False]
    assert b"Ana Lima" not in (tmp_path / "copy.db").read_bytes()


async def test_backup_that_was_killed_is_removed(books: Books, url: str, tmp_path: Path) -> None:
    await books.write(paid("1", lease()))
    (tmp_path / "copies").mkdir()
    killed = """
import os, signal, sys
from pathlib import Path
from bot.store import backup
backup._check = lambda _: os.kill(os.getpid(), signal.SIGKILL)
backup._copy(Path(sys.argv[1]), Path(sys.argv[2]))
"""
    arguments = [str(tmp_path / "store.db"), str(tmp_path / "copies" / "copy.db")]
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", killed, *arguments)
    assert await process.wait() == -signal.SIGKILL
    assert [file.suffix for file in _files(tmp_path / "copies")] != []
    await clear_unfinished(url)
    assert _files(tmp_path / "copies") == []
    assert [file.name for file in _files(tmp_path) if "-backup-" in file.name] == []
    assert await back_up(url, tmp_path / "copies" / "copy.db") > 0


async def test_backup_under_way_is_kept(
    store: Store, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = asyncio.get_running_loop()

    def clear(_: Path) -> None:
        asyncio.run_coroutine_threadsafe(clear_unfinished(url), loop).result()

    monkeypatch.setattr(backup, "_flush", clear)
    assert await back_up(url, tmp_path / "copy.db") > 0


def _files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.iterdir() if file.is_file())
