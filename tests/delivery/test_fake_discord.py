"""The fake keeps the promises that the tests rest on."""

import aiohttp
import discord
import pytest

from fakes.discord.guild import FakeChannel
from fakes.discord.server import TOKEN, FakeDiscord
from tests.delivery.conftest import CHANNEL
from tests.delivery.virtual_time import VirtualTime


@pytest.fixture
def target(client: discord.Client, channel: FakeChannel) -> discord.PartialMessageable:
    return client.get_partial_messageable(CHANNEL)


async def test_a_nonce_counts_as_long_as_its_window(
    target: discord.PartialMessageable, fake: FakeDiscord, channel: FakeChannel, time: VirtualTime
) -> None:
    first = await target.send("one", nonce="7")
    assert (await target.send("one", nonce="7")).id == first.id
    time.now += fake.guild.nonce_window * 2
    assert (await target.send("one", nonce="7")).id != first.id


async def test_a_nonce_that_is_too_long_is_refused(
    target: discord.PartialMessageable,
) -> None:
    with pytest.raises(discord.HTTPException) as refused:
        await target.send("one", nonce="7" * 26)
    assert refused.value.code == 50035


async def test_discords_client_keeps_to_the_rate_by_its_headers(
    target: discord.PartialMessageable, fake: FakeDiscord, channel: FakeChannel
) -> None:
    for number in range(11):
        await target.send(str(number))
    assert len(channel.shown) == 11
    assert fake.refused_by_rate == 0


async def test_who_ignores_the_rate_gets_a_429(
    client: discord.Client, channel: FakeChannel, fake: FakeDiscord
) -> None:
    fake.rate_window = 60.0
    async with aiohttp.ClientSession(headers={"Authorization": f"Bot {TOKEN}"}) as session:
        url = f"{fake.url}/channels/{CHANNEL}/messages"
        statuses = [(await session.post(url, json={"content": "x"})).status for _ in range(6)]
    assert statuses == [200] * 5 + [429]
