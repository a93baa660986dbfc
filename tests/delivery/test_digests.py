"""A digest on its way to the channel: once, over a restart and a crash in the middle."""

from datetime import timedelta

import pytest

from bot.domain.preferences import Cadence, Preferences
from bot.domain.sale import Producer
from bot.store.books import producers
from bot.store.engine import Store
from bot.sync.timed_tasks import Digests
from fakes.discord.guild import text
from tests.delivery.conftest import Start
from tests.delivery.sales import Sales
from tests.delivery.shop import Shop
from tests.delivery.virtual_time import VirtualTime


@pytest.fixture
async def digests(store: Store, producer: Producer, sales: Sales, time: VirtualTime) -> Digests:
    """Digests of a producer who sold something yesterday; none is due yet."""
    chosen = Preferences(digest=Cadence.DAILY, digest_hour=9, marks=False)
    async with store.write() as connection:
        await producers.set_preferences(connection, producer, chosen)
    made = Digests(store, time, announce=lambda: None)
    await made.look()
    await sales.record(producer, sales.settled("midnight"))
    return made


async def test_it_is_told_once_though_the_bot_dies_while_telling_it(
    shop: Shop, start: Start, digests: Digests
) -> None:
    await shop.works()
    assert len(shop.channel.shown) == 1
    shop.time.passes(hours=21)
    shop.fake.fail("POST", "/messages", hang=True, done=True)
    shop.fake.seen.clear()
    await digests.look()
    shop.dispatcher.wake()
    await shop.fake.until_asked("POST")
    shop.time.passes(minutes=10)
    for _ in range(2):
        await Digests(shop.store, shop.time, announce=lambda: None).look()
        await start()
    _, digest = shop.channel.shown
    above, embed = digest["embeds"]
    assert not embed.keys() & {"author", "title"}
    assert digest["content"] == "Daily digest · $28.82 net · 1 sale"
    assert "$29.99 before fees" in text(digest)
    day = (shop.time.now - timedelta(days=1)).date()
    assert f"{day:%b %d, %Y}" in above["image"]["description"]
    assert above["image"]["url"] == "attachment://stats.png"
    assert [file["filename"] for file in digest["attachments"]] == ["stats.png"]
    assert await shop.states() == {}


async def test_where_files_are_not_allowed_it_comes_without_its_chart(
    shop: Shop, digests: Digests
) -> None:
    shop.channel.deny_bot(attach_files=True)
    shop.time.passes(hours=21)
    await digests.look()
    await shop.works()
    _, digest = shop.channel.shown
    [embed] = digest["embeds"]
    assert embed["title"]
    assert "**$28.82** net · 1 sale" in embed["description"]
    assert "image" not in embed
