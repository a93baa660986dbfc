"""A world for each test, with real time and real processes."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.process.person import Person
from tests.process.world import World, open_world


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path) as opened:
        yield opened


@pytest.fixture
def producer(world: World) -> Person:
    """The producer, who may manage the server."""
    return Person(world.discord, world.channel)
