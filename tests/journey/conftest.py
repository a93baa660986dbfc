"""A running bot, with and without an API key, and what is sold in it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.journey.live_bot import LiveBot, live_bot
from tests.journey.shop import Shop


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[LiveBot]:
    async with live_bot(tmp_path) as opened:
        yield opened


@pytest.fixture
async def keyless(tmp_path: Path) -> AsyncIterator[LiveBot]:
    """Nobody to ask: only events tell."""
    async with live_bot(tmp_path, key=False) as opened:
        yield opened


@pytest.fixture(params=["key", "no key"])
async def open_house(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[LiveBot]:
    """A bot with a key, and then one without."""
    async with live_bot(tmp_path, key=request.param == "key") as opened:
        yield opened


@pytest.fixture
def shop(bot: LiveBot) -> Shop:
    return Shop(bot.account)
