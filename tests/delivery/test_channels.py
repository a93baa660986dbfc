"""Which channel is fit for money.

What a channel that is not fit does: alerts wait, and it is said why.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import discord
import pytest

from bot.delivery.channels import (
    ELSEWHERE,
    NO_CHANNEL,
    NOT_FOR_MESSAGES,
    PUBLIC,
    ChannelRights,
    Channels,
)
from bot.domain.sale import Producer
from bot.store import key_value
from bot.store.books import producers
from bot.store.engine import Store
from bot.text import ids
from fakes.discord.guild import CATEGORY, GUILD, FakeChannel, member, text
from fakes.discord.server import FakeDiscord
from tests.delivery.conftest import CHANNEL, Move, Start
from tests.delivery.sales import Sales
from tests.delivery.shop import Shop
from tests.delivery.virtual_time import VirtualTime

Look = Callable[..., Awaitable[ChannelRights]]


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
    client._connection._add_guild_from_data(data)  # noqa: SLF001 - discord.py's


@pytest.fixture(params=["asked", "cached"])
def look(
    request: pytest.FixtureRequest, channels: Channels, client: discord.Client, fake: FakeDiscord
) -> Look:
    """Judges a channel, once by asking Discord and once from the cache."""

    async def look(channel_id: int = CHANNEL) -> ChannelRights:
        if request.param == "cached":
            cache(client, fake)
        rights = await channels.look(GUILD, channel_id)
        assert bool(fake.seen) == (request.param == "asked")
        return rights

    return look


async def test_a_private_channel_with_every_right_is_fit(look: Look, channel: FakeChannel) -> None:
    assert await look() == ChannelRights()


async def test_a_channel_that_everyone_sees_is_not(look: Look, channel: FakeChannel) -> None:
    channel.make_public()
    assert await look() == ChannelRights(trouble=PUBLIC, public=True)


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
    assert await look(thread.id) == ChannelRights()


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
    rights = await look()
    assert rights.trouble == f"the bot lacks permissions in the channel: {words}"
    assert not rights.public


async def test_a_channel_without_its_history_is_fit_and_says_so(
    look: Look, channel: FakeChannel
) -> None:
    channel.deny_bot(read_message_history=True)
    assert await look() == ChannelRights(history=False)


async def test_a_category_is_not_for_messages(
    look: Look, channel: FakeChannel, fake: FakeDiscord
) -> None:
    channel.kind = CATEGORY
    assert await look() == ChannelRights(trouble=NOT_FOR_MESSAGES)


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
    assert await channels.look(None, CHANNEL) == ChannelRights()


async def test_a_channel_of_another_server_is_not_fit(
    channels: Channels, channel: FakeChannel
) -> None:
    channel.guild_id = 101
    assert await channels.look(GUILD, CHANNEL) == ChannelRights(trouble=ELSEWHERE)


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


@pytest.fixture
def reason(store: Store, producer: Producer) -> Callable[[], Awaitable[str | None]]:
    """Why alerts wait, as the settings show it."""

    async def ask() -> str | None:
        async with store.read() as connection:
            return await key_value.get(connection, key_value.blocked_note(producer.id))

    return ask


Reason = Callable[[], Awaitable[str | None]]


async def test_a_public_channel_gets_one_warning_and_no_money(shop: Shop, reason: Reason) -> None:
    shop.channel.make_public()
    await shop.sold("midnight")
    await shop.sold("dawn")
    await shop.passes(minutes=10)
    [warning] = shop.channel.shown
    assert "Make it private" in text(warning)
    assert "$" not in text(warning)
    assert await shop.states() == {"pending": 2}
    assert await reason() == PUBLIC


async def test_a_channel_turned_public_is_warned_of_though_nothing_is_to_be_told(
    shop: Shop, client: discord.Client, reason: Reason
) -> None:
    await shop.sold("midnight")
    shop.channel.make_public()
    cache(client, shop.fake)
    await shop.works()
    *_, warning = shop.channel.shown
    assert "Everyone can now read my messages above" in text(warning)
    assert warning["components"][0]["components"][0]["custom_id"] == ids.CLEAR(shop.producer.id, 0)
    assert await reason() == PUBLIC
    shop.channel.make_private()
    cache(client, shop.fake)
    await shop.works()
    assert not await reason()


async def test_the_warning_is_not_repeated_after_a_restart(shop: Shop, start: Start) -> None:
    shop.channel.make_public()
    await shop.sold("midnight")
    restarted = await start()
    await restarted.passes(minutes=10)
    assert len(shop.channel.shown) == 1


async def test_once_private_what_waited_is_told(shop: Shop, reason: Reason) -> None:
    shop.channel.make_public()
    await shop.sold("midnight")
    await shop.passes(seconds=5)
    shop.channel.make_private()
    await shop.works()
    assert "Track midnight" in shop.channel.shown[1]["content"]
    assert not await reason()


async def test_a_channel_made_private_is_noticed_within_a_minute(shop: Shop) -> None:
    shop.channel.make_public()
    await shop.sold("midnight")
    shop.channel.make_private()
    await shop.passes(seconds=60)
    assert len(shop.channel.shown) == 2


async def test_a_channel_that_becomes_public_again_is_warned_again(shop: Shop) -> None:
    for name in ("midnight", "dawn"):
        shop.channel.make_public()
        await shop.sell(name)
        await shop.passes(minutes=2)
        shop.channel.make_private()
        await shop.passes(minutes=5)
    warnings = [message for message in shop.channel.shown if "Make it private" in text(message)]
    assert len(warnings) == 2
    assert len(shop.channel.shown) == 4


async def test_edits_wait_too_while_it_is_public(shop: Shop) -> None:
    await shop.sold("midnight")
    shop.channel.make_public()
    await shop.record(shop.settled("midnight"))
    await shop.passes(minutes=1)
    assert shop.fake.asked("PATCH") == []


async def test_a_warning_that_fails_is_tried_at_the_next_look(shop: Shop) -> None:
    shop.channel.make_public()
    shop.fake.fail("POST", "/messages", status=503)
    await shop.sold("midnight")
    assert shop.channel.shown == []
    await shop.passes(minutes=1)
    assert len(shop.channel.shown) == 1


async def test_without_a_channel_alerts_wait_for_one(
    start: Start, sales: Sales, store: Store, fake: FakeDiscord
) -> None:
    async with store.write() as connection:
        producer = await producers.ensure(connection, livemode=True, account="", timezone="UTC")
    await sales.sell(producer, "midnight")
    runner = await start()
    assert fake.seen == []
    async with store.read() as connection:
        assert await key_value.get(connection, key_value.blocked_note(producer.id)) == NO_CHANNEL
    channel = fake.guild.add_channel(CHANNEL)
    async with store.write() as connection:
        await producers.set_channel(connection, producer.id, GUILD, CHANNEL)
    await runner.passes(seconds=2)
    await runner.works()
    assert len(channel.shown) == 1


async def test_another_channel_takes_what_waited(shop: Shop, move: Move) -> None:
    del shop.fake.guild.channels[shop.channel.id]
    await shop.sold("midnight")
    new = await move()
    await shop.passes(seconds=2)
    await shop.works()
    assert len(new.shown) == 1


@pytest.mark.parametrize(
    ("right", "words"),
    [("view_channel", "cannot see"), ("send_messages", "Send Messages")],
)
async def test_a_right_that_is_missing_is_said_and_nothing_is_sent(
    shop: Shop, reason: Reason, right: str, words: str
) -> None:
    shop.channel.deny_bot(**{right: True})
    await shop.sold("midnight")
    assert words in (await reason() or "")
    assert shop.fake.asked("POST") == []
    assert await shop.states() == {"pending": 1}
    shop.channel.allow_bot()
    await shop.passes(minutes=1)
    assert len(shop.channel.shown) == 1


@pytest.mark.parametrize(("status", "code"), [(403, 50001), (403, 50013), (404, 10003)])
async def test_a_refusal_shuts_the_channel_although_it_looked_fit(
    shop: Shop, reason: Reason, status: int, code: int
) -> None:
    shop.fake.fail("POST", "/messages", status=status, code=code)
    await shop.sold("midnight")
    assert str(code) in (await reason() or "")
    assert await shop.states() == {"pending": 1}
    await shop.passes(minutes=1)
    assert len(shop.channel.shown) == 1
    assert not await reason()


async def test_however_often_it_is_woken_a_shut_channel_is_left_in_peace(shop: Shop) -> None:
    shop.fake.fail("POST", "/messages", status=403, code=50013, times=1000)
    await shop.sell("midnight")
    for _ in range(20):
        await shop.works()
    assert len(shop.fake.asked("POST")) == 1
