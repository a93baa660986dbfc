"""Settings that turn out to be wrong only in use: each is named in one line."""

import asyncio
from urllib.parse import urlsplit

from bot.settings import WHERE
from tests.process.world import World, free_port


async def test_the_setting_that_is_wrong_is_named_and_where_to_find_its_value(
    world: World,
) -> None:
    taken = str(urlsplit(world.stripe.url).port)
    another = "MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.another-token-than-the-right-one"
    await asyncio.gather(
        fails(world, DISCORD_TOKEN=""),
        fails(world, DATABASE_URL="sqlite+aiosqlite:////nowhere/at/all/books.db"),
        fails(world, PORT=taken),
        fails(world, HOST="203.0.113.7"),
        fails(world, DISCORD_TOKEN=another),
        fails(world, DISCORD_API_URL=world.stripe.url),
    )
    world.discord.gateway.refusal = 4004
    await fails(world, name="DISCORD_TOKEN")


async def fails(world: World, name: str = "", **changes: str) -> None:
    """The bot ends by itself and names the setting that was changed, or else `name`."""
    port = str(free_port())
    own = {"PORT": port, "DATABASE_URL": f"sqlite+aiosqlite:///{world.folder}/{port}.db"}
    bot = await world.launch(**own | changes)
    status = await asyncio.wait_for(bot.ended(), 60)

    name = name or next(iter(changes))
    assert status == 2, bot.said
    lines = bot.err.read_text("utf-8").splitlines()
    assert [line for line in lines if WHERE[name] in line] == lines[-1:]
    assert lines[-1].startswith(f"{name} is ")
    assert not bot.out.read_text("utf-8")
