"""Order, patience, and giving up."""

from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.domain.sale import Producer
from bot.store.engine import AGAIN_SECONDS, Store, StoreUnavailable
from fakes.discord.guild import FakeChannel
from fakes.discord.rest import FakeDiscord
from tests.delivery.conftest import States
from tests.delivery.till import Till
from tests.delivery.virtual_time import Post


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 500, "times": 5},
        {"status": 503},
        {"status": 429, "via": False},
        {"drop": True},
    ],
    ids=["500 five times", "503", "429 of Cloudflare", "dropped"],
)
async def test_what_can_pass_is_tried_again(
    post: Post,
    till: Till,
    producer: Producer,
    channel: FakeChannel,
    fake: FakeDiscord,
    fault: dict[str, Any],
) -> None:
    fake.fail("POST", "/messages", **fault)
    await till.sell(producer, "midnight")
    await post.works()
    assert channel.shown == []
    await post.passes(seconds=1)
    assert len(channel.shown) == 1


async def test_a_429_of_discords_own_is_sat_out_by_its_client(
    post: Post, till: Till, producer: Producer, channel: FakeChannel, fake: FakeDiscord
) -> None:
    fake.fail("POST", "/messages", status=429)
    await till.sell(producer, "midnight")
    await post.works()
    assert len(channel.shown) == 1


async def test_discord_unreachable_for_hours_loses_nothing_and_is_not_hammered(
    post: Post,
    till: Till,
    producer: Producer,
    channel: FakeChannel,
    fake: FakeDiscord,
    states: States,
) -> None:
    await fake.shut()
    names = ["a", "b", "c"]
    await till.sell(producer, *names)
    await post.works()
    with capture_logs() as logs:
        await post.passes(hours=3)
    assert [one["event"] for one in logs].count("discord failed") < 3 * 3600 / 30
    assert channel.shown == []
    await fake.open()
    await post.passes(minutes=2)
    titles = [message["content"].split(" · ")[1] for message in channel.shown]
    assert titles == ["Track a", "Track b", "Track c"]
    assert await states() == {}


async def test_what_arrives_does_not_cut_the_waiting_short(
    post: Post, till: Till, producer: Producer, channel: FakeChannel, fake: FakeDiscord
) -> None:
    fake.fail("POST", "/messages", status=503, times=1000)
    await till.sell(producer, "midnight")
    for _ in range(20):
        await post.works()
    assert len(fake.asked("POST")) == 1


async def test_a_sale_is_told_soon_after_the_store_is_back_however_long_it_was_gone(
    post: Post,
    till: Till,
    producer: Producer,
    channel: FakeChannel,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def gone() -> Any:
        raise StoreUnavailable("disk full")

    await till.sell(producer, "midnight")
    with monkeypatch.context() as patch, capture_logs() as lines:
        patch.setattr(store, "write", gone)
        await post.works()
        await post.passes(minutes=10)
    assert channel.shown == []
    # The store itself says once that it is gone: whoever waits for it need not.
    assert lines == []
    await post.passes(seconds=AGAIN_SECONDS)
    assert len(channel.shown) == 1


async def test_a_store_that_fails_after_the_message_was_made_tells_nothing_twice(
    post: Post,
    till: Till,
    producer: Producer,
    channel: FakeChannel,
    fake: FakeDiscord,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def gone() -> Any:
        raise StoreUnavailable("disk full")

    async def fail_afterwards(seen: Any) -> None:
        if seen.method == "POST":
            monkeypatch.setattr(store, "write", gone)

    fake.on_request = fail_afterwards
    await till.sell(producer, "midnight")
    await post.works()
    await post.passes(minutes=10)
    fake.on_request = None
    monkeypatch.undo()
    monkeypatch.setattr("discord.http.Route.BASE", fake.url)
    await post.passes(minutes=2)
    assert len(channel.shown) == 1
