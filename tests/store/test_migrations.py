"""The migrations make what tables.py describes, wherever they start from."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from bot.store import engine, migrations
from bot.store.engine import Store, StoreUnavailable, open_store
from bot.store.sqlite import prepare_file
from bot.store.tables import metadata
from tests.store.conftest import ON_POSTGRESQL


def _made(connection: Connection) -> dict[str, list[str]]:
    """How each table and index was made, in the database's own words, line by line.

    Sorted, since the order of a table's constraints means nothing.
    """
    query = "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"
    if connection.dialect.name == "postgresql":
        query = "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
    return {
        name: sorted(line.strip(" \t,") for line in made.splitlines())
        for name, made in connection.execute(text(query))
        if "alembic" not in name
    }


def _differences(connection: Connection) -> list[object]:
    return list(compare_metadata(MigrationContext.configure(connection), metadata))


async def test_migrations_make_the_very_tables_and_indexes_of_the_metadata(store: Store) -> None:
    async with store.write() as connection:
        made = await connection.run_sync(_made)
        await connection.run_sync(metadata.drop_all)
        await connection.execute(text("DROP TABLE alembic_version"))
        await connection.run_sync(migrations.upgrade)
        assert await connection.run_sync(_differences) == []
        assert made == await connection.run_sync(_made)


def test_the_head_is_the_newest_revision() -> None:
    folder = Path(migrations.__file__).parent
    assert ScriptDirectory(str(folder)).get_heads() == [migrations.HEAD]


async def test_a_database_that_is_up_to_date_is_left_alone(database_url: str) -> None:
    for _ in range(2):
        async with open_store(database_url) as store, store.read() as connection:
            names = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
            assert set(names) == {*metadata.tables, "alembic_version"}


async def test_a_database_of_a_newer_version_is_refused_untouched(database_url: str) -> None:
    async with open_store(database_url) as store, store.write() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreUnavailable, match="a newer version of the bot"):
        async with open_store(database_url):
            pass


@pytest.mark.skipif(ON_POSTGRESQL, reason="speaks of SQLite's file")
async def test_a_migration_that_fails_leaves_nothing_behind(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def tables() -> list[str]:
        async with open_store(database_url) as store, store.read() as connection:
            return await connection.run_sync(lambda sync: inspect(sync).get_table_names())

    def fall_over(connection: Connection) -> None:
        make(connection)
        raise OSError("the power went out")

    make = migrations._make
    monkeypatch.setattr(engine, "prepare_file", prepare_file)  # no copy of one with tables
    with monkeypatch.context() as patch:
        patch.setattr(migrations, "_make", fall_over)
        with pytest.raises(StoreUnavailable, match="power"):
            await tables()
        patch.setattr(migrations, "_make", lambda connection: None)
        assert await tables() == []
    assert await tables() != []
