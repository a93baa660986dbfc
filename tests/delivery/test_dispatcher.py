"""The dispatcher as a whole: several producers, starting, stopping, halting."""

import asyncio

import discord
import pytest
from structlog.testing import capture_logs

from bot.delivery.dispatcher import Dispatcher
from bot.domain.sale import Producer
from bot.loops import AGAIN_SECONDS
from bot.store.books import producers
from bot.store.engine import Store, StoreUnavailable
from bot.store.outbox import Part
from fakes.discord.guild import GUILD, FakeChannel, text
from fakes.discord.server import TOKEN, FakeDiscord
from tests.delivery.conftest import CHANNEL, Start
from tests.delivery.sales import Sales
from tests.delivery.shop import Shop
from tests.delivery.virtual_time import Runner, VirtualTime


@pytest.fixture
async def other(store: Store, fake: FakeDiscord, producer: Producer) -> Producer:
    """A producer in test mode, with a channel of their own: 1001."""
    fake.guild.add_channel(1001)
    async with store.write() as connection:
        made = await producers.ensure(connection, livemode=False, account="", timezone="UTC")
        await producers.set_channel(connection, made.id, GUILD, 1001)
        return await producers.by_id(connection, made.id)


async def test_each_producer_hears_of_their_own_sales(shop: Shop, other: Producer) -> None:
    await shop.sell("live")
    await shop.sales.sell(other, "test")
    await shop.works()
    assert "Track live" in shop.channel.shown[0]["content"]
    [message] = shop.fake.guild.channels[1001].shown
    assert "TEST MODE" in message["content"]


async def test_a_producer_whose_channel_is_shut_holds_up_nobody(
    shop: Shop, other: Producer
) -> None:
    shop.channel.make_public()
    await shop.sell("live")
    await shop.sales.sell(other, "test")
    await shop.works()
    assert len(shop.fake.guild.channels[1001].shown) == 1
    assert "$" not in text(shop.channel.shown[0])


async def test_a_producer_who_waits_for_discord_holds_up_nobody(
    shop: Shop, other: Producer
) -> None:
    shop.fake.fail("POST", f"/channels/{CHANNEL}", hang=True)
    await shop.sell("live")
    await shop.sales.sell(other, "test")
    shop.dispatcher.wake()
    async with asyncio.timeout(5):
        while not shop.fake.guild.channels[1001].shown:  # noqa: ASYNC110 - nothing to wait for
            await asyncio.sleep(0.001)


async def test_a_sale_is_one_read_one_write_and_one_call_away(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the second sale on the channel's rights is remembered."""
    await shop.sold("first")
    shop.fake.seen.clear()
    done: list[str] = []
    read, write = shop.store.read, shop.store.write

    async def note(seen: object) -> None:
        done.append("discord")

    shop.fake.on_request = note
    await shop.sell("second")

    def reading() -> object:
        done.append("read")
        return read()

    def writing() -> object:
        done.append("write")
        return write()

    monkeypatch.setattr(shop.store, "read", reading)
    monkeypatch.setattr(shop.store, "write", writing)
    shop.dispatcher.queues[shop.producer.id, Part.POSTS][0].wake()
    await shop.runner.rests()
    assert done[: done.index("discord")] == ["read", "write", "read"]


async def test_it_stops_at_once_between_calls(
    store: Store, client: discord.Client, time: VirtualTime, producer: Producer
) -> None:
    dispatcher = Dispatcher(store, client, time)
    running = asyncio.create_task(dispatcher.run())
    await asyncio.sleep(0.02)
    dispatcher.stop()
    async with asyncio.timeout(1):
        await running


async def test_a_call_under_way_is_finished_before_it_stops(shop: Shop) -> None:
    async def stop(seen: object) -> None:
        shop.dispatcher.stop()

    shop.fake.on_request = stop
    await shop.sell("first", "second")
    shop.dispatcher.wake()
    async with asyncio.timeout(5):
        while shop.dispatcher.queues:  # noqa: ASYNC110 - nothing to wait for
            await asyncio.sleep(0.001)
    assert len(shop.channel.shown) <= 1
    assert await shop.states() in ({"pending": 1}, {"pending": 2})


async def test_a_refused_token_stops_everything_until_the_next_start(
    shop: Shop, other: Producer
) -> None:
    shop.fake.fail("POST", "/messages", status=401, times=1000)
    await shop.sell("live")
    with capture_logs() as logs:
        await shop.works()
        await shop.sales.sell(other, "test")
        await shop.passes(hours=1)
    assert len(shop.fake.asked("POST")) == 1
    assert shop.dispatcher.halted
    assert [one["log_level"] for one in logs if "stopped" in one["event"]] == ["critical"]


async def test_before_the_login_alerts_wait(
    store: Store,
    client: discord.Client,
    time: VirtualTime,
    producer: Producer,
    sales: Sales,
    channel: FakeChannel,
    fake: FakeDiscord,
) -> None:
    fresh = discord.Client(intents=discord.Intents.none())
    dispatcher = Dispatcher(store, fresh, time, pause=time.pause)
    running = asyncio.create_task(dispatcher.run())
    runner = Runner(dispatcher, time)
    await runner.rests()
    await sales.sell(producer, "midnight")
    await runner.works()
    assert fake.seen == []
    async with fresh:
        await fresh.login(TOKEN)
        await runner.passes(seconds=1)
        assert len(channel.shown) == 1
        dispatcher.stop()
        await running


async def test_a_store_that_cannot_be_read_is_tried_again(
    store: Store,
    client: discord.Client,
    time: VirtualTime,
    producer: Producer,
    sales: Sales,
    channel: FakeChannel,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def gone() -> None:
        raise StoreUnavailable("gone")

    await sales.sell(producer, "midnight")
    dispatcher = Dispatcher(store, client, time, pause=time.pause)
    runner = Runner(dispatcher, time)
    with monkeypatch.context() as patch:
        patch.setattr(store, "read", gone)
        running = asyncio.create_task(dispatcher.run())
        await runner.rests()
    await runner.passes(seconds=AGAIN_SECONDS)
    assert len(channel.shown) == 1
    dispatcher.stop()
    await running


async def test_a_queue_outlives_a_mistake_of_ours(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    await shop.sell("midnight")
    with monkeypatch.context() as patch, capture_logs() as logs:
        patch.setattr("bot.delivery.queue.next_batch", broken)
        await shop.works()
    assert logs[0]["event"] == "dispatcher went wrong"
    await shop.passes(seconds=1)
    assert len(shop.channel.shown) == 1


async def test_a_queue_that_ended_is_opened_again(shop: Shop) -> None:
    shop.dispatcher.queues[shop.producer.id, Part.POSTS][1].cancel()
    await shop.runner.rests()
    await shop.sold("midnight")
    assert len(shop.channel.shown) == 1


async def test_a_producer_who_comes_later_is_served_too(
    start: Start, store: Store, sales: Sales, fake: FakeDiscord
) -> None:
    runner = await start()
    channel = fake.guild.add_channel(CHANNEL)
    async with store.write() as connection:
        made = await producers.ensure(connection, livemode=True, account="", timezone="UTC")
        await producers.set_channel(connection, made.id, GUILD, CHANNEL)
        producer = await producers.by_id(connection, made.id)
    await sales.sell(producer, "midnight")
    await runner.works()
    assert len(channel.shown) == 1


async def test_without_a_key_the_alert_says_that_fees_are_not_known(
    store: Store,
    client: discord.Client,
    time: VirtualTime,
    producer: Producer,
    sales: Sales,
    channel: FakeChannel,
) -> None:
    await sales.record(producer, sales.payment("midnight"), complete=False)
    dispatcher = Dispatcher(store, client, time, False, pause=time.pause)
    running = asyncio.create_task(dispatcher.run())
    await Runner(dispatcher, time).rests()
    assert "settling" not in channel.shown[0]["embeds"][0]["description"]
    dispatcher.stop()
    await running


async def test_two_producers_may_share_a_channel_and_a_sale_number(
    closed: Shop, start: Start, other: Producer
) -> None:
    """After a crash the alert of one is not taken for that of the other."""
    async with closed.store.write() as connection:
        await producers.set_channel(connection, other.id, GUILD, CHANNEL)
    await closed.sell("live")
    runner = await start()
    closed.fake.seen.clear()
    closed.fake.fail("POST", "/messages", hang=True)
    await closed.sales.sell(other, "test")
    runner.dispatcher.wake()
    await closed.fake.until_asked("POST")
    closed.time.passes(minutes=5)
    await start()
    assert len(closed.channel.shown) == 2
