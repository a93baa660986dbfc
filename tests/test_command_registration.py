"""Commands are registered in the background, as long as it takes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime

import discord
import pytest
from discord import app_commands
from discord.ext import commands
from discord.http import Route

from bot.command_registration import FIRST_DELAY, LONGEST_DELAY, LOOK_AGAIN, CommandRegistration
from bot.store.engine import Store
from fakes.discord.server import TOKEN, FakeDiscord

DAY = 86_400.0
TOO_MANY = "Max number of daily application command creates has been reached (200)"

Rests = Callable[[int], Awaitable[list[float]]]


@pytest.fixture
async def fake() -> AsyncIterator[FakeDiscord]:
    async with FakeDiscord(lambda: datetime.now(UTC)) as running:
        yield running


@pytest.fixture
async def tree(
    fake: FakeDiscord, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[app_commands.CommandTree[commands.Bot]]:
    """Of a bot with one command, logged in."""
    monkeypatch.setattr(Route, "BASE", fake.url)
    intents = discord.Intents(guilds=True)
    bot = commands.Bot("!", intents=intents, max_ratelimit_timeout=30.0)

    @bot.tree.command(name="sales", description="Your sales")
    async def sales(_: discord.Interaction[commands.Bot]) -> None:
        """Nobody asks."""

    async with bot:
        await bot.login(TOKEN)
        yield bot.tree


@pytest.fixture
def rests(store: Store, tree: app_commands.CommandTree[commands.Bot]) -> Rests:
    """Lets it work until it has rested so often: for how many seconds each time."""

    async def run(times: int) -> list[float]:
        slept: list[float] = []
        enough = asyncio.Event()

        async def pause(_: asyncio.Event, seconds: float) -> None:
            slept.append(seconds)
            if len(slept) == times:
                enough.set()
                await asyncio.Event().wait()

        task = asyncio.create_task(CommandRegistration(tree, store, pause=pause).run())
        async with asyncio.timeout(10):
            await enough.wait()
        task.cancel()
        return slept

    return run


def puts(fake: FakeDiscord) -> int:
    return len(fake.asked("PUT", "/commands"))


async def test_what_discord_has_is_looked_at_again_and_again_and_left_alone(
    rests: Rests, fake: FakeDiscord
) -> None:
    assert await rests(3) == [LOOK_AGAIN] * 3
    assert puts(fake) == 1
    assert await rests(1) == [LOOK_AGAIN]
    assert puts(fake) == 1


@pytest.mark.parametrize(
    "others",
    [
        [],
        [{"name": "ping", "type": 1, "description": "Pong"}],
        [{"name": "sales", "type": 1, "description": "Not ours"}],
    ],
)
async def test_what_others_have_put_in_their_place_is_put_right(
    rests: Rests, fake: FakeDiscord, others: list[dict[str, object]]
) -> None:
    await rests(1)
    fake.register(others)
    await rests(1)
    assert [one["description"] for one in fake.commands] == ["Your sales"]
    assert puts(fake) == 2


@pytest.mark.parametrize(
    ("fault", "waits"),
    [
        ({"status": 503}, [FIRST_DELAY, FIRST_DELAY * 2]),
        ({"status": 400, "code": 50035}, [FIRST_DELAY, FIRST_DELAY * 2]),
        ({"status": 200, "page": "<html>"}, [FIRST_DELAY, FIRST_DELAY * 2]),
        ({"status": 429, "retry_after": None}, [FIRST_DELAY, FIRST_DELAY * 2]),
        ({"status": 429, "code": 30034, "text": TOO_MANY, "retry_after": DAY}, [DAY, DAY]),
        ({"status": 429, "via": False, "headers": {"Retry-After": "900"}}, [900.0, 900.0]),
        ({"status": 429, "via": False, "headers": {"Retry-After": "soon"}}, [6.0, 12.0]),
    ],
)
async def test_a_refusal_is_waited_out_as_long_as_discord_asks_for(
    rests: Rests, fake: FakeDiscord, fault: dict[str, object], waits: list[float]
) -> None:
    fake.fail("PUT", "/commands", times=2, **fault)
    assert await rests(3) == [*waits, LOOK_AGAIN]
    assert [one["name"] for one in fake.commands] == ["sales"]


async def test_tries_are_never_further_apart_than_ten_minutes_unless_asked_for(
    rests: Rests, fake: FakeDiscord
) -> None:
    fake.fail("GET", "/commands", status=503, times=9)
    assert max(await rests(9)) == LONGEST_DELAY
