"""Settings that turn out to be wrong: each is named in one line, and where to find its value."""

import asyncio
from urllib.parse import urlsplit

from bot.settings import WHERE
from fakes.simulation import PATIENCE, free_port
from tests.process.world import World

ANOTHER_TOKEN = "MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.another-token-than-the-right-one"


async def test_the_setting_that_is_wrong_is_named(world: World) -> None:
    taken = str(urlsplit(world.stripe.url).port)
    await asyncio.gather(
        fails(world, DISCORD_TOKEN=""),
        fails(world, DATABASE_URL="sqlite+aiosqlite:////nowhere/at/all/books.db"),
        fails(world, PORT=taken),
        fails(world, DISCORD_TOKEN=ANOTHER_TOKEN),
    )


async def fails(world: World, **changes: str) -> None:
    """The bot ends by itself and names the setting that was changed, in its last line."""
    port = str(free_port())
    own = {"PORT": port, "DATABASE_URL": f"sqlite+aiosqlite:///{world.folder}/{port}.db"}
    bot = await world.launch(**own | changes)
    status = await asyncio.wait_for(bot.ended(), PATIENCE)

    [name] = changes
    assert status == 2, bot.said
    lines = bot.err.read_text("utf-8").splitlines()
    assert [line for line in lines if WHERE[name] in line] == lines[-1:]
    assert lines[-1].startswith(f"{name} is ")
    assert not bot.out.read_text("utf-8")
