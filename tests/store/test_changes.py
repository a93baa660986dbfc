"""Whether anything was written since last time."""

from pathlib import Path

import pytest

from bot.store import key_value
from bot.store.changes import Changes
from bot.store.engine import Store, open_store
from tests.store.conftest import ON_POSTGRESQL

sqlite_only = pytest.mark.skipif(ON_POSTGRESQL, reason="PostgreSQL has no such number")


async def _write(store: Store, value: str = "") -> None:
    async with store.write() as connection:
        await key_value.put(connection, "key", value)


@sqlite_only
async def test_it_is_another_number_after_each_commit_and_the_same_between(store: Store) -> None:
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
async def test_what_another_process_writes_counts_too(store: Store, database_url: str) -> None:
    before = store.changes()
    async with open_store(database_url) as other:
        await _write(other)
    assert store.changes() != before


@sqlite_only
async def test_what_is_rolled_back_changes_nothing(store: Store) -> None:
    before = store.changes()
    with pytest.raises(ZeroDivisionError):
        await _write_and_fail(store)
    assert store.changes() == before


async def _write_and_fail(store: Store) -> None:
    async with store.write() as connection:
        await key_value.put(connection, "key", "other")
        raise ZeroDivisionError


def test_it_is_not_known_of_a_file_that_is_not_there(tmp_path: Path) -> None:
    changes = Changes(str(tmp_path / "nothing ?#.db"))
    assert changes.number() is None
    changes.close()


def test_it_is_not_known_of_a_file_that_is_no_store(tmp_path: Path) -> None:
    file = tmp_path / "text.db"
    file.write_text("not a database" * 999)
    changes = Changes(str(file))
    assert changes.number() is None
    changes.close()
