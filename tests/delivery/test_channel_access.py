"""What a channel that is not fit does: alerts wait, and it is said why."""

from collections.abc import Awaitable, Callable

import discord
import pytest

from bot.delivery.channel import NO_CHANNEL, PUBLIC
from bot.domain.sale import Producer
from bot.store import key_value
from bot.store.books import producers
from bot.store.engine import Store
from bot.text import ids
from fakes.discord.guild import GUILD, FakeChannel, text
from fakes.discord.rest import FakeDiscord
from tests.delivery.conftest import CHANNEL, Move, Start, States
from tests.delivery.test_channel import cache
from tests.delivery.till import Till
from tests.delivery.virtual_time import Post


@pytest.fixture
def reason(store: Store, producer: Producer) -> Callable[[], Awaitable[str | None]]:
    """Why alerts wait, as the settings show it."""

    async def ask() -> str | None:
        async with store.read() as connection:
            return await key_value.get(connection, key_value.blocked_note(producer.id))

    return ask


Reason = Callable[[], Awaitable[str | None]]


async def test_a_public_channel_gets_one_warning_and_no_money(
    post: Post,
    till: Till,
    producer: Producer,
    channel: FakeChannel,
    reason: Reason,
    states: States,
) -> None:
    channel.make_public()
    await till.sell(producer, "midnight")
    await post.works()
    await till.sell(producer, "dawn")
    await post.works()
    await post.passes(minutes=10)
    [warning] = channel.shown
    assert "Make it private" in text(warning)
    assert "$" not in text(warning)
    assert await states() == {"pending": 2}
    assert await reason() == PUBLIC


async def test_a_channel_turned_public_is_warned_of_though_nothing_is_to_be_told(
    post: Post,
    till: Till,
    producer: Producer,
    client: discord.Client,
    fake: FakeDiscord,
    channel: FakeChannel,
    reason: Reason,
) -> None:
    await till.sell(producer, "midnight")
    await post.works()
    channel.make_public()
    cache(client, fake)
    await post.works()
    *_, warning = channel.shown
    assert "What I told above can now be read by everyone" in text(warning)
    assert warning["components"][0]["components"][0]["custom_id"] == ids.clear(producer.id, 0)
    assert await reason() == PUBLIC
    channel.make_private()
    cache(client, fake)
    await post.works()
    assert not await reason()


async def test_the_warning_is_not_repeated_after_a_restart(
    start: Start, post: Post, till: Till, producer: Producer, channel: FakeChannel
) -> None:
    channel.make_public()
    await till.sell(producer, "midnight")
    await post.works()
    restarted = await start()
    await restarted.passes(minutes=10)
    assert len(channel.shown) == 1


async def test_once_private_what_waited_is_told(
    post: Post, till: Till, producer: Producer, channel: FakeChannel, reason: Reason
) -> None:
    channel.make_public()
    await till.sell(producer, "midnight")
    await post.works()
    await post.passes(seconds=5)
    channel.make_private()
    await post.works()
    assert "Track midnight" in channel.shown[1]["content"]
    assert not await reason()


async def test_a_channel_made_private_is_noticed_within_a_minute(
    post: Post, till: Till, producer: Producer, channel: FakeChannel
) -> None:
    channel.make_public()
    await till.sell(producer, "midnight")
    await post.works()
    channel.make_private()
    await post.passes(seconds=60)
    assert len(channel.shown) == 2


async def test_a_channel_that_becomes_public_again_is_warned_again(
    post: Post, till: Till, producer: Producer, channel: FakeChannel
) -> None:
    for name in ("midnight", "dawn"):
        channel.make_public()
        await till.sell(producer, name)
        await post.passes(minutes=2)
        channel.make_private()
        await post.passes(minutes=5)
    warnings = [message for message in channel.shown if "Make it private" in text(message)]
    assert len(warnings) == 2
    assert len(channel.shown) == 4


async def test_edits_wait_too_while_it_is_public(
    post: Post, till: Till, producer: Producer, channel: FakeChannel, fake: FakeDiscord
) -> None:
    await till.sell(producer, "midnight")
    await post.works()
    channel.make_public()
    await till.record(producer, till.settled("midnight"))
    await post.passes(minutes=1)
    assert fake.asked("PATCH") == []


async def test_a_warning_that_fails_is_tried_at_the_next_look(
    post: Post, till: Till, producer: Producer, channel: FakeChannel, fake: FakeDiscord
) -> None:
    channel.make_public()
    fake.fail("POST", "/messages", status=503)
    await till.sell(producer, "midnight")
    await post.works()
    assert channel.shown == []
    await post.passes(minutes=1)
    assert len(channel.shown) == 1


async def test_without_a_channel_alerts_wait_for_one(
    start: Start, till: Till, store: Store, fake: FakeDiscord
) -> None:
    async with store.write() as connection:
        producer = await producers.ensure(connection, livemode=True, account="", timezone="UTC")
    await till.sell(producer, "midnight")
    post = await start()
    assert fake.seen == []
    async with store.read() as connection:
        assert await key_value.get(connection, key_value.blocked_note(producer.id)) == NO_CHANNEL
    channel = fake.guild.add_channel(CHANNEL)
    async with store.write() as connection:
        await producers.set_channel(connection, producer.id, GUILD, CHANNEL)
    await post.passes(seconds=2)
    await post.works()
    assert len(channel.shown) == 1


async def test_another_channel_takes_what_waited(
    post: Post,
    till: Till,
    producer: Producer,
    channel: FakeChannel,
    fake: FakeDiscord,
    move: Move,
) -> None:
    del fake.guild.channels[channel.id]
    await till.sell(producer, "midnight")
    await post.works()
    new = await move()
    await post.passes(seconds=2)
    await post.works()
    assert len(new.shown) == 1


@pytest.mark.parametrize(
    ("right", "words"),
    [("view_channel", "cannot see"), ("send_messages", "Send Messages")],
)
async def test_a_right_that_is_missing_is_said_and_nothing_is_sent(
    post: Post,
    till: Till,
    producer: Producer,
    channel: FakeChannel,
    fake: FakeDiscord,
    reason: Reason,
    states: States,
    right: str,
    words: str,
) -> None:
    channel.deny_bot(**{right: True})
    await till.sell(producer, "midnight")
    await post.works()
    assert words in (await reason() or "")
    assert fake.asked("POST") == []
    assert await states() == {"pending": 1}
    channel.allow_bot()
    await post.passes(minutes=1)
    assert len(channel.shown) == 1


@pytest.mark.parametrize(("status", "code"), [(403, 50001), (403, 50013), (404, 10003)])
async def test_a_refusal_shuts_the_channel_although_it_looked_fit(
    post: Post,
    till: Till,
    producer: Producer,
    channel: FakeChannel,
    fake: FakeDiscord,
    reason: Reason,
    states: States,
    status: int,
    code: int,
) -> None:
    fake.fail("POST", "/messages", status=status, code=code)
    await till.sell(producer, "midnight")
    await post.works()
    assert str(code) in (await reason() or "")
    assert await states() == {"pending": 1}
    await post.passes(minutes=1)
    assert len(channel.shown) == 1
    assert not await reason()


async def test_however_often_it_is_woken_a_shut_channel_is_left_in_peace(
    post: Post, till: Till, producer: Producer, channel: FakeChannel, fake: FakeDiscord
) -> None:
    fake.fail("POST", "/messages", status=403, code=50013, times=1000)
    await till.sell(producer, "midnight")
    for _ in range(20):
        await post.works()
    assert len(fake.asked("POST")) == 1
