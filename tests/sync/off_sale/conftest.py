"""A bot with a shop that has sold nothing yet."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.journey.live_bot import LiveBot, Time, live_bot
from tests.journey.shop import Shop


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[LiveBot]:
    async with live_bot(tmp_path, time=Time()) as opened:
        yield opened


@pytest.fixture
def shop(bot: LiveBot) -> Shop:
    return Shop(bot.account)
