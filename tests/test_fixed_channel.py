"""The channel that the settings fix is looked for until the bot is let in."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import discord
import pytest
from discord.http import Route
from structlog.testing import capture_logs

from bot.domain.sale import Producer
from bot.fixed_channel import FixedChannel
from bot.store.books import producers
from bot.store.engine import Store
from fakes.discord.guild import GUILD
from fakes.discord.server import TOKEN, FakeDiscord

CHANNEL = 1000


@pytest.fixture
async def fake() -> AsyncIterator[FakeDiscord]:
    async with FakeDiscord(lambda: datetime.now(UTC)) as running:
        yield running


@pytest.fixture
async def client(
    fake: FakeDiscord, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[discord.Client]:
    """Logged in, and not connected: Discord has to be asked."""
    monkeypatch.setattr(Route, "BASE", fake.url)
    async with discord.Client(intents=discord.Intents(guilds=True)) as made:
        await made.login(TOKEN)
        yield made


async def ensure(store: Store, *, livemode: bool = True) -> Producer:
    async with store.write() as connection:
        return await producers.ensure(connection, livemode=livemode, account="", timezone="UTC")


async def place(store: Store, producer: Producer) -> tuple[int | None, int | None]:
    async with store.read() as connection:
        found = await producers.by_id(connection, producer.id)
    return found.guild_id, found.channel_id


async def test_what_keeps_it_out_of_reach_is_said_once_and_it_is_taken_once_let_in(
    store: Store, client: discord.Client, fake: FakeDiscord
) -> None:
    found: list[str] = []
    producer = await ensure(store)
    fixed = FixedChannel(client, store, CHANNEL, lambda: found.append("found"))
    with capture_logs() as logs:
        for _ in range(2):
            await fixed.look(ask=True)
        channel = fake.guild.add_channel(CHANNEL)
        channel.deny_bot(view_channel=True)
        for _ in range(2):
            await fixed.look(ask=True)
        fake.fail("GET", f"/channels/{CHANNEL}", status=503)
        await fixed.look(ask=True)
    said = [one["reason"] for one in logs if one["event"] == "alerts channel not set"]
    assert [words.partition(":")[0] for words in said] == [
        "there is no such channel",
        "the bot cannot see it",
        "DiscordServerError",
    ]
    # Nothing is told in another channel meanwhile.
    assert await place(store, producer) == (None, CHANNEL)
    assert not found
    channel.allow_bot()
    await fixed.look()
    assert not found
    await fixed.look(ask=True)
    assert await place(store, producer) == (GUILD, CHANNEL)
    assert found == ["found"]


async def test_once_found_discord_is_asked_no_more_and_a_new_producer_gets_it_too(
    store: Store, client: discord.Client, fake: FakeDiscord
) -> None:
    fake.guild.add_channel(CHANNEL)
    fixed = FixedChannel(client, store, CHANNEL)
    await fixed.look(ask=True)
    producer = await ensure(store)
    fake.seen.clear()
    await fixed.look(ask=True)
    assert await place(store, producer) == (GUILD, CHANNEL)
    assert not fake.seen
