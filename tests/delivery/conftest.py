"""A producer with a private channel on the fake Discord, sales to tell, and time to let pass."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import TypeAlias

import discord
import pytest

from bot.delivery.discord_api import messages_tried_once
from bot.delivery.dispatcher import Dispatcher
from bot.domain.sale import Producer
from bot.store import outbox
from bot.store.books import producers
from bot.store.engine import Store, open_store
from fakes.discord.guild import GUILD, FakeChannel
from fakes.discord.server import TOKEN, FakeDiscord
from tests.delivery.sales import Sales
from tests.delivery.shop import Shop
from tests.delivery.virtual_time import Runner, VirtualTime

CHANNEL = 1000

Start: TypeAlias = Callable[[], Awaitable[Runner]]
Move: TypeAlias = Callable[[], Awaitable[FakeChannel]]
States: TypeAlias = Callable[[], Awaitable[dict[str, int]]]


@pytest.fixture
def time() -> VirtualTime:
    return VirtualTime()


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with all tables, to copy: making them takes longer than most tests."""
    path = tmp_path_factory.mktemp("store") / "empty.db"

    async def make() -> None:
        async with open_store(f"sqlite+aiosqlite:///{path}"):
            pass

    asyncio.run(make())
    return path


@pytest.fixture
async def store(tmp_path: Path, empty_database: Path) -> AsyncIterator[Store]:
    path = tmp_path / "store.db"
    shutil.copyfile(empty_database, path)
    async with open_store(f"sqlite+aiosqlite:///{path}") as opened:
        yield opened


@pytest.fixture
async def producer(store: Store) -> Producer:
    """A producer whose alerts go to CHANNEL."""
    async with store.write() as connection:
        made = await producers.ensure(connection, livemode=True, account="", timezone="UTC")
        await producers.set_channel(connection, made.id, GUILD, CHANNEL)
        return await producers.by_id(connection, made.id)


@pytest.fixture
async def fake(time: VirtualTime) -> AsyncIterator[FakeDiscord]:
    async with FakeDiscord(time) as server:
        yield server


@pytest.fixture
def channel(fake: FakeDiscord) -> FakeChannel:
    return fake.guild.add_channel(CHANNEL)


@pytest.fixture
def move(store: Store, producer: Producer, fake: FakeDiscord) -> Move:
    """Lets the producer choose another channel for their alerts: the new one."""

    async def choose() -> FakeChannel:
        new = fake.guild.add_channel(CHANNEL + 1)
        async with store.write() as connection:
            await producers.set_channel(connection, producer.id, GUILD, new.id)
        return new

    return choose


@pytest.fixture
async def client(
    fake: FakeDiscord, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[discord.Client]:
    """discord.py's real client, logged in to the fake server. Its own waits are short."""

    async def brief_sleep(seconds: float) -> None:
        await asyncio.sleep(min(seconds, 0.03))

    hasty = SimpleNamespace(**{**vars(asyncio), "sleep": brief_sleep})
    monkeypatch.setattr(discord.http, "asyncio", hasty)
    monkeypatch.setattr(discord.http.Route, "BASE", fake.url)
    async with discord.Client(
        intents=discord.Intents.none(), max_ratelimit_timeout=30.0, http_trace=messages_tried_once()
    ) as made:
        await made.login(TOKEN)
        fake.seen.clear()
        yield made


@pytest.fixture
async def counted() -> list[str]:
    """What the dispatcher counted."""
    return []


@pytest.fixture
async def start(
    store: Store, client: discord.Client, time: VirtualTime, counted: list[str]
) -> AsyncIterator[Start]:
    """Starts a dispatcher; a second call is the restart after a crash of the first."""
    running: list[asyncio.Task[None]] = []

    async def start_one() -> Runner:
        await crash()
        dispatcher = Dispatcher(store, client, time, True, count=counted.append, pause=time.pause)
        running.append(asyncio.create_task(dispatcher.run()))
        runner = Runner(dispatcher, time)
        await runner.rests()
        return runner

    async def crash() -> None:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        running.clear()

    yield start_one
    await crash()


@pytest.fixture
async def runner(start: Start, producer: Producer, channel: FakeChannel) -> Runner:
    """A dispatcher at work for a producer whose channel is in order."""
    return await start()


@pytest.fixture
def sales(store: Store, time: VirtualTime) -> Sales:
    return Sales(store, time)


@pytest.fixture
def states(store: Store, producer: Producer) -> States:
    """What is still open or failed in the outbox."""

    async def ask() -> dict[str, int]:
        async with store.read() as connection:
            return await outbox.counts(connection, producer.id)

    return ask


@pytest.fixture
def closed(
    producer: Producer,
    store: Store,
    time: VirtualTime,
    fake: FakeDiscord,
    channel: FakeChannel,
    sales: Sales,
    states: States,
) -> Shop:
    """A shop whose dispatcher is not started yet."""
    return Shop(producer, store, time, fake, channel, sales, states)


@pytest.fixture
def shop(closed: Shop, runner: Runner) -> Shop:
    return replace(closed, at_work=runner)
