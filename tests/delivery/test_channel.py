"""Which channel is fit for money."""

from collections.abc import Awaitable, Callable
from typing import Any

import discord
import pytest

from bot.delivery.channel import ELSEWHERE, NOT_FOR_MESSAGES, PUBLIC, Channels, Judgement
from fakes.discord.guild import CATEGORY, GUILD, FakeChannel, member
from fakes.discord.rest import FakeDiscord
from tests.delivery.conftest import CHANNEL
from tests.delivery.virtual_time import VirtualTime

Look = Callable[..., Awaitable[Judgement]]


@pytest.fixture
def channels(client: discord.Client, time: VirtualTime) -> Channels:
    return Channels(client, time)


def cache(client: discord.Client, fake: FakeDiscord) -> None:
    """Fill discord.py's cache as the gateway does."""
    every = list(fake.guild.channels.values())
    data: Any = fake.guild.guild_payload() | {
        "channels": [one.payload() for one in every if one.parent is None],
        "threads": [one.payload() for one in every if one.parent],
        "members": [member()],
        "member_count": 1,
    }
    client._connection._add_guild_from_data(data)


@pytest.fixture(params=["asked", "cached"])
def look(
    request: pytest.FixtureRequest, channels: Channels, client: discord.Client, fake: FakeDiscord
) -> Look:
    """Judges a channel, once by asking Discord and once from the cache."""

    async def judge(channel_id: int = CHANNEL) -> Judgement:
        if request.param == "cached":
            cache(client, fake)
        judgement = await channels.look(GUILD, channel_id)
        assert bool(fake.seen) == (request.param == "asked")
        return judgement

    return judge


async def test_a_private_channel_with_every_right_is_fit(look: Look, channel: FakeChannel) -> None:
    assert await look() == Judgement()


async def test_a_channel_that_everyone_sees_is_not(look: Look, channel: FakeChannel) -> None:
    channel.make_public()
    assert await look() == Judgement(trouble=PUBLIC, public=True)


async def test_a_thread_is_as_public_as_its_parent(
    look: Look, channel: FakeChannel, fake: FakeDiscord
) -> None:
    thread = fake.guild.add_channel(1001, parent=channel)
    channel.make_public()
    assert (await look(thread.id)).public


async def test_a_thread_of_a_private_channel_is_fit(
    look: Look, channel: FakeChannel, fake: FakeDiscord
) -> None:
    thread = fake.guild.add_channel(1001, parent=channel)
    channel.deny_bot(send_messages=True)
    assert await look(thread.id) == Judgement()


async def test_a_thread_needs_its_own_right_to_send(
    look: Look, channel: FakeChannel, fake: FakeDiscord
) -> None:
    thread = fake.guild.add_channel(1001, parent=channel)
    channel.deny_bot(send_messages_in_threads=True)
    assert "Send Messages in Threads" in ((await look(thread.id)).trouble or "")


@pytest.mark.parametrize(
    ("right", "words"), [("send_messages", "Send Messages"), ("embed_links", "Embed Links")]
)
async def test_a_right_that_is_missing_is_named(
    look: Look, channel: FakeChannel, right: str, words: str
) -> None:
    channel.deny_bot(**{right: True})
    judgement = await look()
    assert judgement.trouble == f"the bot lacks permissions in the channel: {words}"
    assert not judgement.public


async def test_a_channel_without_its_history_is_fit_and_says_so(
    look: Look, channel: FakeChannel
) -> None:
    channel.deny_bot(read_message_history=True)
    assert await look() == Judgement(history=False)


async def test_a_category_is_not_for_messages(
    look: Look, channel: FakeChannel, fake: FakeDiscord
) -> None:
    channel.kind = CATEGORY
    assert await look() == Judgement(trouble=NOT_FOR_MESSAGES)


async def test_a_hidden_channel_is_seen_in_the_cache_alone(
    channels: Channels, client: discord.Client, channel: FakeChannel, fake: FakeDiscord
) -> None:
    channel.deny_bot(view_channel=True)
    cache(client, fake)
    trouble = (await channels.look(GUILD, CHANNEL)).trouble
    assert trouble is not None
    assert "View Channel" in trouble


async def test_where_discord_must_be_asked_its_refusals_come_through(
    channels: Channels, channel: FakeChannel
) -> None:
    channel.deny_bot(view_channel=True)
    with pytest.raises(discord.Forbidden):
        await channels.look(GUILD, CHANNEL)
    with pytest.raises(discord.NotFound):
        await channels.look(GUILD, 4711)


async def test_the_server_is_found_by_the_channel(channels: Channels, channel: FakeChannel) -> None:
    assert await channels.look(None, CHANNEL) == Judgement()


async def test_a_channel_of_another_server_is_not_fit(
    channels: Channels, channel: FakeChannel
) -> None:
    channel.guild_id = 101
    assert await channels.look(GUILD, CHANNEL) == Judgement(trouble=ELSEWHERE)


async def test_an_answer_counts_for_ten_seconds(
    channels: Channels, channel: FakeChannel, time: VirtualTime
) -> None:
    await channels.look(GUILD, CHANNEL)
    channel.make_public()
    assert (await channels.look(GUILD, CHANNEL)).trouble is None
    time.passes(seconds=11)
    assert (await channels.look(GUILD, CHANNEL)).public


async def test_a_channel_that_is_not_fit_is_asked_about_each_time(
    channels: Channels, channel: FakeChannel
) -> None:
    channel.make_public()
    await channels.look(GUILD, CHANNEL)
    channel.make_private()
    assert (await channels.look(GUILD, CHANNEL)).trouble is None


async def test_after_a_refusal_it_is_asked_anew(channels: Channels, channel: FakeChannel) -> None:
    await channels.look(GUILD, CHANNEL)
    channel.make_public()
    channels.forget(CHANNEL)
    assert (await channels.look(GUILD, CHANNEL)).public
