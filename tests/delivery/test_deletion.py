"""What the bot wrote in a channel that was turned public is deleted when the producer asks."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import discord
import pytest

from bot.delivery import deletion
from bot.delivery.deletion import Deletions
from bot.delivery.discord_api import DiscordApi
from bot.domain.sale import Producer
from bot.store import discord_messages
from bot.store.discord_messages import Deletion
from bot.store.engine import Store
from fakes.discord.guild import BOT, FakeChannel, Json, text
from fakes.discord.server import FakeDiscord
from tests.delivery.conftest import CHANNEL
from tests.delivery.virtual_time import VirtualTime

Delete = Callable[[], Awaitable[None]]


@pytest.fixture
async def delete(store: Store, client: discord.Client, time: VirtualTime) -> AsyncIterator[Delete]:
    """Starts the worker, again after the last one has ended, and waits until it rests."""
    running: list[tuple[Deletions, asyncio.Task[None]]] = []

    async def run() -> None:
        await end()
        worker = Deletions(store, DiscordApi(client), pause=time.pause)
        running.append((worker, asyncio.create_task(worker.run())))
        async with asyncio.timeout(10):
            while not time.resting:  # noqa: ASYNC110 - as Runner does
                await asyncio.sleep(0.001)

    async def end() -> None:
        for worker, task in running:
            worker.stop()
            await task
        running.clear()

    yield run
    await end()


async def ask(store: Store, producer: Producer, warning: Json, **changes: int) -> None:
    wanted = {"before": int(warning["id"])} | changes
    async with store.write() as connection:
        await discord_messages.put(
            connection,
            Deletion(
                producer_id=producer.id,
                channel_id=CHANNEL,
                warning_id=int(warning["id"]),
                **wanted,
            ),
        )


async def left(store: Store) -> Deletion | None:
    async with store.read() as connection:
        return await discord_messages.first(connection)


def write(fake: FakeDiscord, channel: FakeChannel, *said: str) -> list[Json]:
    """The bot writes these; in between a person says something."""
    written = []
    for words in said:
        written.append(fake.guild.create(channel.id, {"content": words}))
        fake.guild.say(channel, "nice")
    return written


def contents(channel: FakeChannel, author: int) -> list[str]:
    return [one["content"] for one in channel.shown if one["author"]["id"] == str(author)]


async def test_only_the_bots_own_messages_above_the_warning_go(
    store: Store, producer: Producer, fake: FakeDiscord, channel: FakeChannel, delete: Delete
) -> None:
    *_, warning, below = write(fake, channel, "$30.00", "$499.00", "warning", "below")
    people = [one for one in channel.shown if one["author"]["id"] != str(BOT)]
    await ask(store, producer, warning)
    await delete()
    [done, kept] = contents(channel, BOT)
    assert "I deleted 2 of my messages above." in done
    assert kept == below["content"]
    assert [one for one in channel.shown if one["author"]["id"] != str(BOT)] == people
    assert await left(store) is None


async def test_deleting_goes_on_after_a_restart_in_the_middle(
    store: Store,
    producer: Producer,
    fake: FakeDiscord,
    channel: FakeChannel,
    delete: Delete,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(deletion, "PAGE", 4)
    *_, warning = write(fake, channel, *(f"${number}.00" for number in range(9)), "warning")
    await ask(store, producer, warning)
    fake.fail("DELETE", status=503, times=1)
    await delete()
    stopped = await left(store)
    assert stopped is not None
    await delete()
    assert await left(store) is None
    [done] = contents(channel, BOT)
    assert "I deleted 9 of my messages above." in done


async def test_a_message_that_is_gone_is_passed_over(
    store: Store, producer: Producer, fake: FakeDiscord, channel: FakeChannel, delete: Delete
) -> None:
    *_, warning = write(fake, channel, "$30.00", "$499.00", "warning")
    await ask(store, producer, warning)
    fake.fail("DELETE", status=404, code=10008, done=True)
    await delete()
    assert await left(store) is None
    assert "I deleted 1 of my messages above." in contents(channel, BOT)[0]


async def test_a_long_channel_is_looked_through_in_parts_each_of_them_asked_for(
    store: Store,
    producer: Producer,
    fake: FakeDiscord,
    channel: FakeChannel,
    delete: Delete,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(deletion, "PAGE", 2)
    monkeypatch.setattr(deletion, "MOST", 4)
    *_, warning = write(fake, channel, "$1.00", "$2.00", "$3.00", "warning")
    await ask(store, producer, warning)
    await delete()
    assert await left(store) is None
    assert contents(channel, BOT)[0] == "$1.00"
    done = channel.messages[int(warning["id"])]
    assert "there may be more further up" in text(done)
    [button] = done["components"][0]["components"]
    _, _, before = button["custom_id"].split(":")
    await ask(store, producer, warning, before=int(before))
    await delete()
    assert len(contents(channel, BOT)) == 1


async def test_a_channel_that_is_out_of_reach_ends_it_and_the_button_stays(
    store: Store, producer: Producer, fake: FakeDiscord, channel: FakeChannel, delete: Delete
) -> None:
    *_, warning = write(fake, channel, "$30.00", "warning")
    await ask(store, producer, warning)
    channel.deny_bot(view_channel=True)
    await delete()
    assert await left(store) is None
    assert contents(channel, BOT) == ["$30.00", "warning"]
