"""An open house, with and without an API key, and what is sold in it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.journey.house import House, house
from tests.journey.shop import Shop


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path) as opened:
        yield opened


@pytest.fixture
async def keyless(tmp_path: Path) -> AsyncIterator[House]:
    """Nobody to ask: only events tell."""
    async with house(tmp_path, key=False) as opened:
        yield opened


@pytest.fixture
def shop(home: House) -> Shop:
    return Shop(home.account)
