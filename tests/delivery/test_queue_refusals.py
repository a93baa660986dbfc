"""What cannot pass: given up, loudly, and the rest goes on."""

from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.domain.sale import Producer
from bot.store import outbox
from bot.store.engine import Store
from bot.text.alert import payment_alert
from fakes.discord.guild import FakeChannel
from fakes.discord.rest import FakeDiscord
from tests.delivery.conftest import Start, States
from tests.delivery.till import Till
from tests.delivery.virtual_time import Post, VirtualTime


async def test_what_cannot_pass_is_given_up_loudly_and_the_rest_goes_on(
    post: Post,
    till: Till,
    producer: Producer,
    channel: FakeChannel,
    fake: FakeDiscord,
    store: Store,
    counted: list[str],
) -> None:
    fake.fail("POST", "/messages", status=400, code=50035)
    await till.sell(producer, "midnight", "dawn")
    with capture_logs() as logs:
        await post.works()
    assert [one["log_level"] for one in logs if one["event"] == "alert set aside"] == ["error"]
    assert "Track dawn" in channel.shown[0]["content"]
    async with store.read() as connection:
        [failed] = await outbox.failures(connection, producer.id, 10)
    assert "50035" in (failed.error or "")
    assert counted == ["failed", "sent"]


async def test_what_was_given_up_can_be_told_again(
    post: Post,
    till: Till,
    producer: Producer,
    channel: FakeChannel,
    fake: FakeDiscord,
    store: Store,
) -> None:
    fake.fail("POST", "/messages", status=400)
    await till.sell(producer, "midnight")
    await post.works()
    async with store.write() as connection:
        await outbox.reopen(connection, producer.id)
    await post.works()
    assert len(channel.shown) == 1


async def test_a_burst_that_is_refused_goes_one_by_one(
    start: Start,
    till: Till,
    producer: Producer,
    channel: FakeChannel,
    fake: FakeDiscord,
    states: States,
) -> None:
    fake.fail("POST", "/messages", status=400)
    await till.sell(producer, *(f"t{number}" for number in range(7)))
    await start()
    assert [len(message["embeds"]) for message in channel.shown] == [1] * 7
    assert await states() == {}


async def test_a_summary_that_is_refused_goes_one_by_one(
    start: Start,
    till: Till,
    producer: Producer,
    channel: FakeChannel,
    fake: FakeDiscord,
    time: VirtualTime,
    states: States,
) -> None:
    fake.fail("POST", "/messages", status=400)
    await till.sell(producer, "a", "b")
    time.passes(hours=80)
    await start()
    assert len(channel.shown) == 2
    assert await states() == {}


async def test_a_row_about_nothing_is_given_up(
    post: Post,
    till: Till,
    producer: Producer,
    channel: FakeChannel,
    store: Store,
    states: States,
) -> None:
    await till.ask_for(producer, "announce", "payment:4711", "payout:po_no")
    await till.sell(producer, "midnight")
    await post.works()
    assert len(channel.shown) == 1
    assert await states() == {"failed": 2}


async def test_a_mistake_of_ours_costs_one_alert_at_most(
    post: Post,
    till: Till,
    producer: Producer,
    channel: FakeChannel,
    states: States,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(record: Any, **options: Any) -> Any:
        if record.sales[0].track == "Track midnight":
            raise ZeroDivisionError
        return payment_alert(record, **options)

    monkeypatch.setattr("bot.delivery.compose.payment_alert", broken)
    await till.sell(producer, "midnight", "dawn")
    with capture_logs() as logs:
        await post.works()
        await post.passes(minutes=1)
    assert [one["event"] for one in logs].count("alert went wrong") == 1
    assert len(channel.shown) == 1
    assert await states() == {"failed": 1}


async def test_an_answer_that_is_not_discords_is_tried_again(
    post: Post, till: Till, producer: Producer, channel: FakeChannel, fake: FakeDiscord
) -> None:
    """A proxy in between answers 200 with something of its own."""
    fake.fail("POST", "/messages", status=200)
    await till.sell(producer, "midnight")
    await post.works()
    await post.passes(seconds=1)
    assert len(channel.shown) == 1


async def test_a_message_edited_too_often_rests_while_others_go_on(
    post: Post,
    till: Till,
    producer: Producer,
    channel: FakeChannel,
    fake: FakeDiscord,
    states: States,
) -> None:
    await till.sell(producer, "midnight", "dawn")
    await post.works()
    first = channel.shown[0]["id"]
    fake.fail("PATCH", first, status=400, code=30046)
    await till.record(producer, till.settled("midnight"), till.settled("dawn"))
    await post.works()
    assert "$28.82" in channel.shown[1]["embeds"][0]["description"]
    await post.passes(minutes=4)
    assert len(fake.asked("PATCH", first)) == 1
    await post.passes(minutes=2)
    assert "$28.82" in channel.shown[0]["embeds"][0]["description"]
    assert await states() == {}


async def test_an_edit_that_cannot_pass_is_given_up(
    post: Post,
    till: Till,
    producer: Producer,
    channel: FakeChannel,
    fake: FakeDiscord,
    states: States,
) -> None:
    await till.sell(producer, "midnight")
    await post.works()
    fake.fail("PATCH", "/messages", status=400)
    await till.record(producer, till.settled("midnight"))
    await post.works()
    assert await states() == {"failed": 1}
    await till.record(producer, till.refunded("midnight", 2999))
    await post.works()
    assert "refunded" in channel.shown[0]["embeds"][0]["author"]["name"]
    assert await states() == {}
