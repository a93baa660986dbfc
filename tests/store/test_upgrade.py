"""A database of an older version: copied, brought up to date, and nothing in it lost."""

import os
import shutil
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from sqlalchemy import func, inspect, select
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection
from structlog.testing import capture_logs

from bot.store import migrations
from bot.store.backup import back_up_before_migration
from bot.store.engine import Store, StoreUnavailable, open_store
from bot.store.instance_lock import alone
from bot.store.tables import sales
from tests.factories import lease, paid
from tests.store.conftest import ON_POSTGRESQL
from tests.store.samples import Books

ON_SQLITE = pytest.mark.skipif(ON_POSTGRESQL, reason="speaks of SQLite's file")

NEXT_VERSION = """
import sqlalchemy as sa
from alembic import op

revision, down_revision = "0002", "{before}"


def upgrade():
    op.add_column("sales", sa.Column("mood", sa.String()))
    {then}
"""

Release = Callable[..., None]


@pytest.fixture
def release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Release:
    """Have a next version of the bot, whose tables differ; `then` is a line of its migration."""
    folder = tmp_path / "next version"
    before = migrations.HEAD

    def released(then: str = "pass") -> None:
        shutil.copytree(migrations.FOLDER, folder, dirs_exist_ok=True)
        migration = NEXT_VERSION.format(before=before, then=then)
        (folder / "versions" / "0002_mood.py").write_text(migration, "utf-8")
        monkeypatch.setattr(migrations, "FOLDER", folder)
        monkeypatch.setattr(migrations, "HEAD", "0002")

    monkeypatch.chdir(tmp_path)
    return released


def copies(folder: Path) -> list[Path]:
    return list(folder.glob("*-before-*"))


async def columns(store: Store) -> set[str]:
    async with store.read() as connection:
        return await connection.run_sync(
            lambda sync: {column["name"] for column in inspect(sync).get_columns("sales")}
        )


async def test_older_database_is_upgraded_with_its_sales(
    books: Books, database_url: str, release: Release
) -> None:
    await books.write(paid("1", lease()), paid("2", lease("Neon Rain")))
    release()
    for _ in range(2):
        async with open_store(database_url) as upgraded:
            assert "mood" in await columns(upgraded)
            async with upgraded.read() as connection:
                assert await connection.scalar(select(func.count()).select_from(sales)) == 2


@ON_SQLITE
async def test_older_database_is_backed_up_before_its_tables_change(
    books: Books, database_url: str, tmp_path: Path, release: Release
) -> None:
    await books.write(paid("1", lease()))
    release()
    with capture_logs() as said:
        async with open_store(database_url):
            pass
    copy = tmp_path / "store-before-0002.db"
    assert {"event": "backup made before the tables change", "file": str(copy)}.items() <= said[
        0
    ].items()
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    with closing(sqlite3.connect(copy)) as connection:
        (revision,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        (count,) = connection.execute("SELECT count(*) FROM sales").fetchone()
    assert (revision, count) == ("0001", 1)


async def test_new_or_current_database_is_not_backed_up(
    store: Store, database_url: str, tmp_path: Path
) -> None:
    async with open_store(database_url):
        pass
    assert not copies(tmp_path)


@ON_SQLITE
async def test_upgrade_that_fails_is_tried_again_with_one_backup(
    books: Books, database_url: str, tmp_path: Path, release: Release
) -> None:
    release(then="raise OSError('the power went out')")
    for amount in range(1, 3):
        await books.write(paid(str(amount), lease()))
        with pytest.raises(StoreUnavailable, match="the power went out"):
            async with open_store(database_url):
                pass
        assert "mood" not in await columns(books.store)
    [copy] = copies(tmp_path)
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT count(*) FROM sales").fetchone() == (2,)


@ON_SQLITE
@pytest.mark.parametrize(
    ("trouble", "lasting"),
    [
        (OSError(28, "No space left on device", "copy"), False),
        (PermissionError(13, "Permission denied", "copy"), True),
    ],
)
async def test_upgrade_without_room_for_a_backup_changes_nothing(
    store: Store,
    database_url: str,
    release: Release,
    monkeypatch: pytest.MonkeyPatch,
    trouble: OSError,
    lasting: bool,
) -> None:
    def fail(*_: object) -> None:
        raise trouble

    release()
    monkeypatch.setattr("tempfile.mkstemp", lambda **_: fail())
    with pytest.raises(StoreUnavailable, match=f"cannot copy the store.*{trouble.strerror}") as no:
        async with open_store(database_url):
            pass
    assert no.value.lasting is lasting
    assert "mood" not in await columns(store)


async def test_upgrade_waits_until_the_bot_of_the_older_version_has_stopped(
    store: Store, database_url: str, tmp_path: Path, release: Release
) -> None:
    async with alone(store, database_url):
        release()
        with pytest.raises(StoreUnavailable, match="a bot of an older version is running") as no:
            async with open_store(database_url):
                pass
    assert not no.value.lasting
    assert "mood" not in await columns(store)
    assert copies(tmp_path) == []
    async with open_store(database_url) as upgraded:
        assert "mood" in await columns(upgraded)


@pytest.mark.skipif(not ON_POSTGRESQL, reason="speaks of PostgreSQL's tool")
@pytest.mark.parametrize("there", [True, False], ids=["pg_dump", "no pg_dump"])
async def test_older_postgresql_is_dumped_if_its_tool_is_there(
    store: Store,
    database_url: str,
    tmp_path: Path,
    release: Release,
    monkeypatch: pytest.MonkeyPatch,
    there: bool,
) -> None:
    release()
    if not there:
        monkeypatch.setattr(shutil, "which", lambda _: None)
    with capture_logs() as said:
        async with open_store(database_url) as upgraded:
            assert "mood" in await columns(upgraded)
    dumps = copies(tmp_path)
    assert [dump.suffix for dump in dumps] == [".dump"] * there
    assert not there or dumps[0].read_bytes().startswith(b"PGDMP")
    assert not there or stat.S_IMODE(dumps[0].stat().st_mode) == 0o600
    level = {True: "info", False: "warning"}[there]
    assert said[0]["log_level"] == level


class PostgreSQL:
    """As much of a connection to PostgreSQL as a backup needs."""

    dialect = SimpleNamespace(name="postgresql")

    async def execute(self, *_: object) -> None:
        """Nothing of the server's answer is used."""


@pytest.mark.parametrize("status", [0, 1])
async def test_pg_dump_gets_the_password_where_nobody_sees_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    tool = tmp_path / "pg_dump"
    tool.write_text(
        "#!/bin/sh\n"
        'for word; do case "$word" in --file=*) file="${word#--file=}";; esac; done\n'
        'echo "$PGPASSWORD $*" > "$file"\n'
        f"echo 'the server is newer' >&2; exit {status}\n"
    )
    tool.chmod(0o700)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    with capture_logs() as said:
        await back_up_before_migration(
            cast("AsyncConnection", PostgreSQL()),
            make_url("postgresql+asyncpg://bot:letmein@db.example/sales"),
        )
    if status:
        assert copies(tmp_path) == []
        assert said[0]["reason"] == "the server is newer"
        return
    [copy] = copies(tmp_path)
    password, arguments = copy.read_text().split(maxsplit=1)
    assert password == "letmein"
    assert "postgresql://bot@db.example/sales" in arguments
    assert "letmein" not in arguments
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
