"""Looking at a database from outside: it stays as it is, whether a bot is at work in it or not."""

from pathlib import Path

import pytest
from sqlalchemy import text

from bot.store.books import producers
from bot.store.engine import Store, StoreUnavailable, open_as_it_is, open_store
from bot.store.queries.inspection import inspect
from tests.store.conftest import ON_POSTGRESQL
from tests.store.samples import Books

only_a_file = pytest.mark.skipif(ON_POSTGRESQL, reason="it is about SQLite's file")


def files(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


async def test_it_is_seen_while_the_bot_works(books: Books, database_url: str) -> None:
    found = await inspect(database_url)
    assert (found.age, found.producer, found.last_event) == ("current", books.producer, None)
    async with books.store.write() as connection:
        await producers.set_channel(connection, books.id, 10, 20)
        # Not committed, so not seen; and nobody waits for anybody.
        seen = (await inspect(database_url)).producer
        assert seen is not None
        assert seen.channel_id is None


@only_a_file
async def test_the_file_of_a_bot_that_rests_is_not_touched(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'books.db'}"
    async with open_store(url) as opened, opened.write() as connection:
        await connection.execute(text("INSERT INTO notes VALUES ('a', 'b')"))
    before = files(tmp_path)
    assert list(before) == ["books.db"]
    assert (await inspect(url)).age == "current"
    assert files(tmp_path) == before
    async with open_as_it_is(url) as looked_at:
        with pytest.raises(StoreUnavailable):
            async with looked_at.write() as connection:
                await connection.execute(text("DELETE FROM notes"))
    assert files(tmp_path) == before


@only_a_file
async def test_a_file_without_tables_is_empty(tmp_path: Path) -> None:
    (tmp_path / "books.db").touch()
    assert (await inspect(f"sqlite+aiosqlite:///{tmp_path / 'books.db'}")).age == "empty"


@pytest.mark.parametrize(
    ("revision", "age"), [(None, "foreign"), ("0001", "current"), ("9999", "newer")]
)
async def test_the_age_of_its_tables_is_told(
    store: Store, database_url: str, revision: str | None, age: str
) -> None:
    change = "DROP TABLE alembic_version" if revision is None else ""
    async with store.write() as connection:
        await connection.execute(
            text(change or f"UPDATE alembic_version SET version_num = '{revision}'")
        )
    assert (await inspect(database_url)).age == age


@only_a_file
async def test_what_is_no_database_is_said(tmp_path: Path) -> None:
    (tmp_path / "letter").write_text("Dear Sir or Madam, " * 100)
    for name in ("letter", "nothing"):
        with pytest.raises(StoreUnavailable):
            await inspect(f"sqlite+aiosqlite:///{tmp_path / name}")
    assert list(files(tmp_path)) == ["letter"]
