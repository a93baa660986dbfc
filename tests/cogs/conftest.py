"""The bot at work in a simulated Discord."""

from collections.abc import AsyncIterator

import pytest

from bot.domain.sale import Producer
from bot.store.engine import Store
from tests.cogs.house import House, open_house


@pytest.fixture
async def house(store: Store, producer: Producer) -> AsyncIterator[House]:
    async with open_house(store, producer) as opened:
        yield opened
