"""One bot on one store."""

import asyncio
import sys
from pathlib import Path

import pytest

from bot.store import instance_lock as module
from bot.store.engine import Store, open_store
from bot.store.instance_lock import AlreadyRunning, alone
from tests.store.conftest import ON_POSTGRESQL


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAUSE_SECONDS", 0.05)


async def start(store: Store, url: str) -> None:
    """Be the bot of a store for a moment."""
    async with alone(store, url) as taken_over:
        assert not taken_over.done()


async def test_second_bot_is_refused_until_the_first_has_ended(
    store: Store, database_url: str
) -> None:
    async with alone(store, database_url):
        with pytest.raises(AlreadyRunning, match="Another bot is already running") as caught:
            await start(store, database_url)
    assert "\n" not in str(caught.value)
    await start(store, database_url)


@pytest.mark.skipif(ON_POSTGRESQL, reason="speaks of SQLite's file")
async def test_second_bot_by_another_path_is_refused(
    store: Store, database_url: str, tmp_path: Path
) -> None:
    (tmp_path / "other").symlink_to(tmp_path)
    async with alone(store, database_url):
        with pytest.raises(AlreadyRunning):
            await start(store, f"sqlite+aiosqlite:///{tmp_path}/other/store.db")


async def test_commands_next_to_a_running_bot_work(store: Store, database_url: str) -> None:
    async with (
        alone(store, database_url),
        open_store(database_url) as other,
        other.write() as connection,
    ):
        assert connection is not None


_RUN_FOR_EVER = """
import asyncio, sys
from bot.store.instance_lock import alone
from bot.store.engine import open_store

async def main():
    async with open_store(sys.argv[1]) as store, alone(store, sys.argv[1]):
        print("running", flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_bot_killed_leaves_no_lock(store: Store, database_url: str) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _RUN_FOR_EVER, database_url, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"running\n"
    with pytest.raises(AlreadyRunning):
        await start(store, database_url)
    process.kill()
    await process.communicate()
    await start(store, database_url)
