"""A real store, the producer in it, and the bot at work in a simulated Discord."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.domain.sale import Producer
from bot.store.books import producers
from bot.store.engine import Store, open_store
from tests.cogs.house import House, open_house


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store(f"sqlite+aiosqlite:///{tmp_path / 'store.db'}") as opened:
        yield opened


@pytest.fixture
async def producer(store: Store) -> Producer:
    """A producer in live mode, in New York."""
    async with store.write() as connection:
        return await producers.ensure(
            connection, livemode=True, account="", timezone="America/New_York"
        )


@pytest.fixture
async def house(store: Store, producer: Producer) -> AsyncIterator[House]:
    async with open_house(store, producer) as opened:
        yield opened
