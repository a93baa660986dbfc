"""What holds for every test."""

import asyncio
import logging
import os
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import is_hypothesis_test, settings
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bot.domain.sale import Producer
from bot.store import engine
from bot.store.books import producers
from bot.store.sqlite import prepare_file
from bot.sync import backfill, backfill_write

# Speed is measured in bench/, never asserted here; and a found example is told the same each time.
settings.register_profile(
    "project", deadline=None, derandomize=True, print_blob=True, max_examples=25
)
# For a long search: HYPOTHESIS_PROFILE=thorough.
settings.register_profile("thorough", deadline=None, print_blob=True, max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "project"))

WALKS = {"journey", "process", "soak"}
"""Folders whose tests walk through the whole bot, or start it as a process."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what takes long as `slow`: searches, walks through the whole bot, and what says so.

    Lines are counted where a room's own tests run, since counting doubles what a test takes.
    Searches and walks are not counted, unless nothing else reaches what they try (`counted`).
    """
    for item in items:
        searches = isinstance(item, pytest.Function) and is_hypothesis_test(item.function)
        walks = item.path.parent.name in WALKS
        if searches or walks:
            item.add_marker("slow")
        if searches or (walks and not item.get_closest_marker("counted")):
            item.add_marker("no_cover")


@pytest.fixture(scope="session", autouse=True)
def _tables_made_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """New SQLite files begin as copies of one: making the tables takes longer than most tests."""
    pattern = tmp_path_factory.mktemp("pattern") / "store.db"
    asyncio.run(_make(pattern))
    made = pattern.read_bytes()

    def prepared(path: Path) -> None:
        if not path.exists():
            path.touch(mode=0o600)
            path.write_bytes(made)
        prepare_file(path)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "prepare_file", prepared)
        yield


class _Compiled(dict[Any, Any]):
    """What SQLAlchemy made of each statement, whichever engine asked first.

    The first part of its key is the engine's dialect; those of SQLite differ in nothing.
    """

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get(key[1:], default)

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(key[1:], value)


@pytest.fixture(scope="session", autouse=True)
def _statements_compiled_once() -> Iterator[None]:
    """As by a bot that goes on running; a new store for each test would begin with none."""
    compiled = _Compiled()

    def sharing(url: URL, **options: Any) -> AsyncEngine:
        if url.drivername != engine.SQLITE:
            return create_async_engine(url, **options)
        shared = {"compiled_cache": compiled}
        return create_async_engine(url, execution_options=shared, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "create_async_engine", sharing)
        yield


@pytest.fixture(scope="session", autouse=True)
def _imports_do_not_rest() -> Iterator[None]:
    """They rest between writes for others that wait for the store; here nobody does."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backfill, "REST", (0.0, 0.0))
        patch.setattr(backfill_write, "REST", 0.0)
        yield


@pytest.fixture(autouse=True)
def _logs_as_before() -> Iterator[None]:
    """What a test sets up about logs ends with it."""
    root, raising, hook = logging.getLogger(), logging.raiseExceptions, sys.excepthook
    handlers, level, options = root.handlers[:], root.level, structlog.get_config()
    yield
    root.handlers[:], sys.excepthook, logging.raiseExceptions = handlers, hook, raising
    root.setLevel(level)
    logging.captureWarnings(False)
    structlog.configure(**options)


async def _make(path: Path) -> None:
    async with engine.open_store(f"sqlite+aiosqlite:///{path}"):
        pass


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[engine.Store]:
    async with engine.open_store(f"sqlite+aiosqlite:///{tmp_path / 'store.db'}") as opened:
        yield opened


@pytest.fixture
async def producer(store: engine.Store) -> Producer:
    """A producer in live mode, in New York."""
    zone = "America/New_York"
    async with store.write() as connection:
        return await producers.ensure(connection, livemode=True, account="", timezone=zone)
