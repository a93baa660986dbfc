"""A world with a past, and a house in which the bot has just moved."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.journey.house import House, house
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
async def home(tmp_path: Path, world: World) -> AsyncIterator[House]:
    async with house(tmp_path, time=world.time, account=world.account) as opened:
        yield opened
