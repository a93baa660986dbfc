"""A shop with a past, and a bot that has just started."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.journey.live_bot import LiveBot, live_bot
from tests.sync.world import World


@pytest.fixture
def world() -> World:
    """Some months of everything, two days ago."""
    world = World(seed=6)
    world.live(50)
    world.time.pass_(days=2)
    world.account.take_events()
    return world


@pytest.fixture
async def bot(tmp_path: Path, world: World) -> AsyncIterator[LiveBot]:
    async with live_bot(tmp_path, time=world.time, account=world.account) as opened:
        yield opened
