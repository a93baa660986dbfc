"""A house beside a shop that nobody has bought from yet."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.journey.house import House, Time, house
from tests.journey.shop import Shop


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path, time=Time()) as opened:
        yield opened


@pytest.fixture
def shop(home: House) -> Shop:
    return Shop(home.account)
