"""A real store for every test: an SQLite file of its own, or an emptied PostgreSQL database.

Set TEST_DATABASE_URL=postgresql+asyncpg://… to run the same tests on PostgreSQL. Every table of
that database is dropped before each test.
"""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from bot.domain.sale import Producer
from bot.store.books import producers
from bot.store.engine import Store, open_store
from fakes.stripe import StripeAccount
from tests.store.samples import Books
from tests.store.shelf import NOW, Drive, Shelf

POSTGRESQL = os.environ.get("TEST_DATABASE_URL", "")
ON_POSTGRESQL = bool(POSTGRESQL)


@pytest.fixture
async def database_url(tmp_path: Path) -> str:
    """The address of an empty database."""
    if not POSTGRESQL:
        return f"sqlite+aiosqlite:///{tmp_path / 'store.db'}"
    engine = create_async_engine(POSTGRESQL)
    async with engine.begin() as connection:
        await connection.execute(text("DROP SCHEMA public CASCADE"))
        await connection.execute(text("CREATE SCHEMA public"))
    await engine.dispose()
    return POSTGRESQL


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    async with open_store(database_url) as opened:
        yield opened


@pytest.fixture
async def producer(store: Store) -> Producer:
    """A producer in live mode, in New York."""
    async with store.write() as connection:
        return await producers.ensure(
            connection, livemode=True, account="", timezone="America/New_York"
        )


@pytest.fixture
def books(store: Store, producer: Producer) -> Books:
    return Books(store, producer)


@pytest.fixture
def shelf(store: Store, producer: Producer) -> Shelf:
    return Shelf(store, producer, StripeAccount(clock=lambda: NOW, livemode=True))


@pytest.fixture
async def drive(shelf: Shelf) -> Drive:
    """Midnight Drive, with two licenses."""
    account = shelf.account
    product = account.product(
        "Midnight Drive",
        description="Dark and slow.",
        images=["https://files.example.com/drive.jpg", "http://plain.example.com/a.jpg"],
        metadata={"preview_url": "https://files.example.com/drive.mp3"},
    )
    lease = account.price(product, 2999, nickname="Basic Lease", metadata={"terms": "lease-2"})
    exclusive = account.price(product, 49_900, nickname="Exclusive")
    await shelf.keep(product, lease, exclusive)
    return Drive(product, lease, exclusive, (await shelf.track("Midnight Drive")).id)
