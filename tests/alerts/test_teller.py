"""What is told: announcements, edits, replies, summaries."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from bot.ledger.payout import Payout
from bot.ledger.records import Producer
from bot.store import messages, outbox, payouts, producers
from bot.store.engine import Store
from tests.alerts.conftest import NOON, Post, Till, VirtualTime
from tests.alerts.fake_discord import FakeDiscord
from tests.alerts.fake_guild import FakeChannel

States = Callable[[], Awaitable[dict[str, int]]]
Start = Callable[[], Awaitable[Post]]


def text(message: dict[str, Any]) -> str:
    """All that a person reads in a message."""
    parts = [message["content"]]
    for embed in message["embeds"]:
        parts += [embed.get("author", {}).get("name", ""), embed["title"], embed["description"]]
    return "\n".join(parts)


async def test_a_sale_is_told_in_one_message(
    post: Post, till: Till, producer: Producer, channel: FakeChannel, states: States
) -> None:
    await till.sell(producer, "midnight")
    await post.works()
    [message] = channel.shown
    assert "Track midnight" in text(message)
    assert "m•••" in text(message)
    assert await states() == {}


async def test_it_is_one_call_to_discord_that_mentions_nobody(
    post: Post, till: Till, producer: Producer, fake: FakeDiscord
) -> None:
    await till.sell(producer, "midnight")
    await post.works()
    [sent] = fake.asked("POST")
    assert sent.body["enforce_nonce"] is True
    assert sent.body["allowed_mentions"]["parse"] == []


async def test_the_message_is_kept_with_the_payment(
    post: Post, till: Till, producer: Producer, channel: FakeChannel, store: Store
) -> None:
    [subject] = await till.sell(producer, "midnight")
    await post.works()
    async with store.read() as connection:
        place = await messages.of(connection, producer.id, subject)
    assert place is not None
    assert place.message_id in channel.messages


async def test_fees_that_settle_edit_the_message(
    post: Post, till: Till, producer: Producer, channel: FakeChannel, states: States
) -> None:
    await till.sell(producer, "midnight")
    await post.works()
    await till.record(producer, till.settled("midnight"))
    await post.works()
    [message] = channel.shown
    assert "$28.82" in text(message)
    assert message["edited_timestamp"]
    assert await states() == {}


async def test_fees_known_before_the_message_went_out_need_no_edit(
    start: Start, till: Till, producer: Producer, channel: FakeChannel, fake: FakeDiscord
) -> None:
    await till.sell(producer, "midnight")
    await till.record(producer, till.settled("midnight"))
    await (await start()).works()
    assert "$28.82" in text(channel.shown[0])
    assert fake.asked("PATCH") == []


async def test_what_changes_while_a_message_is_under_way_edits_it_afterwards(
    post: Post, till: Till, producer: Producer, channel: FakeChannel, fake: FakeDiscord
) -> None:
    async def settle(seen: Any) -> None:
        if seen.method == "POST":
            await till.record(producer, till.settled("midnight"))

    fake.on_request = settle
    await till.sell(producer, "midnight")
    await post.works()
    assert "$28.82" in text(channel.shown[0])
    assert len(fake.asked("PATCH")) == 1


async def test_what_changes_while_an_edit_is_under_way_is_edited_again(
    post: Post, till: Till, producer: Producer, channel: FakeChannel, fake: FakeDiscord
) -> None:
    await till.sell(producer, "midnight")
    await post.works()

    async def refund(seen: Any) -> None:
        fake.on_request = None
        await till.record(producer, till.refunded("midnight", 2999))

    fake.on_request = refund
    await till.record(producer, till.settled("midnight"))
    await post.works()
    assert len(fake.asked("PATCH")) == 2
    assert "refunded" in text(channel.shown[0])


async def test_a_refund_edits_the_message_and_replies_to_it(
    post: Post, till: Till, producer: Producer, channel: FakeChannel
) -> None:
    await till.sell(producer, "midnight")
    await post.works()
    await till.record(producer, till.refunded("midnight", 1000))
    await post.works()
    alert, reply = channel.shown
    assert alert["edited_timestamp"]
    assert reply["message_reference"]["message_id"] == alert["id"]
    assert "$10.00 refunded" in text(reply)


async def test_two_equal_refunds_are_two_replies(
    post: Post, till: Till, producer: Producer, channel: FakeChannel
) -> None:
    await till.sell(producer, "midnight")
    await till.record(producer, till.refunded("midnight", 1000))
    await till.record(producer, till.refunded("midnight", 1000, 1000))
    await post.works()
    assert len(channel.shown) == 3


async def test_a_reply_to_a_deleted_alert_is_sent_plainly(
    post: Post, till: Till, producer: Producer, channel: FakeChannel, fake: FakeDiscord
) -> None:
    await till.sell(producer, "midnight")
    await post.works()
    fake.guild.delete_message(channel, next(iter(channel.messages)))
    await till.record(producer, till.refunded("midnight", 1000))
    await post.works()
    [reply] = channel.shown
    assert "message_reference" not in reply


async def test_without_the_history_a_reply_is_sent_plainly(
    post: Post, till: Till, producer: Producer, channel: FakeChannel
) -> None:
    await till.sell(producer, "midnight")
    await post.works()
    channel.deny_bot(read_message_history=True)
    await till.record(producer, till.refunded("midnight", 1000))
    await post.works()
    assert "message_reference" not in channel.shown[-1]
    assert "$10.00 refunded" in text(channel.shown[-1])


async def test_an_edit_of_a_deleted_alert_is_done(
    post: Post,
    till: Till,
    producer: Producer,
    channel: FakeChannel,
    fake: FakeDiscord,
    states: States,
) -> None:
    await till.sell(producer, "midnight")
    await post.works()
    fake.guild.delete_message(channel, next(iter(channel.messages)))
    await till.record(producer, till.settled("midnight"))
    await post.works()
    assert await states() == {}
    assert channel.shown == []


async def test_an_alert_in_a_channel_that_was_left_is_still_edited(
    post: Post,
    till: Till,
    producer: Producer,
    channel: FakeChannel,
    fake: FakeDiscord,
    store: Store,
) -> None:
    await till.sell(producer, "midnight")
    await post.works()
    new = fake.guild.add_channel(1001)
    async with store.write() as connection:
        await producers.set_channel(connection, producer.id, channel.guild_id, new.id)
    await till.record(producer, till.refunded("midnight", 1000))
    await post.works()
    assert "refunded" in text(channel.shown[0])
    [reply] = new.shown
    assert "message_reference" not in reply


async def test_an_alert_out_of_reach_does_not_hold_up_the_new_channel(
    post: Post,
    till: Till,
    producer: Producer,
    channel: FakeChannel,
    fake: FakeDiscord,
    store: Store,
    states: States,
) -> None:
    await till.sell(producer, "midnight")
    await post.works()
    new = fake.guild.add_channel(1001)
    async with store.write() as connection:
        await producers.set_channel(connection, producer.id, channel.guild_id, new.id)
    del fake.guild.channels[channel.id]
    await till.record(producer, till.settled("midnight"))
    await till.sell(producer, "dawn")
    await post.works()
    assert len(new.shown) == 1
    assert await states() == {}


async def test_a_payout_lives_in_one_message_and_a_failed_one_replies(
    post: Post, producer: Producer, channel: FakeChannel, store: Store
) -> None:
    payout = Payout(
        id="po_1", amount=41200, currency="usd", status="in_transit", automatic=True,
        created=NOON, arrival=NOON, failure=None, reconciled=False,
    )  # fmt: skip

    async def record(payout: Payout) -> None:
        async with store.write() as connection:
            await payouts.record(connection, producer, payout, read=NOON, due=None, now=NOON)
        await post.works()

    async with store.write() as connection:
        subject = "payout:po_1"
        await record_announce(connection, producer, subject)
    await record(payout)
    await record(replace(payout, status="failed"))
    alert, reply = channel.shown
    assert "failed" in text(alert)
    assert "failed" in text(reply)
    assert reply["message_reference"]["message_id"] == alert["id"]


async def record_announce(connection: Any, producer: Producer, subject: str) -> None:
    await outbox.put(
        connection, producer.id, kind="announce", subject=subject, key=f"announce:{subject}",
        now=NOON,
    )  # fmt: skip


@pytest.mark.parametrize("count", [6, 10])
async def test_many_at_once_share_a_message_with_a_menu(
    start: Start, till: Till, producer: Producer, channel: FakeChannel, count: int
) -> None:
    await till.sell(producer, *(f"t{number}" for number in range(count)))
    await start()
    [message] = channel.shown
    assert len(message["embeds"]) == count
    [row] = message["components"]
    assert len(row["components"][0]["options"]) == count


async def test_each_of_a_shared_message_lives_on(
    start: Start, till: Till, producer: Producer, channel: FakeChannel, fake: FakeDiscord
) -> None:
    names = [f"t{number}" for number in range(8)]
    await till.sell(producer, *names)
    post = await start()
    await till.record(producer, till.settled("t3"))
    await post.works()
    [message] = channel.shown
    assert [f"Track {name}" in text(message) for name in names] == [True] * 8
    assert text(message).count("$28.82") == 1
    assert len(fake.asked("PATCH")) == 1


async def test_edits_of_a_shared_message_that_are_due_at_once_are_one_call(
    start: Start, till: Till, producer: Producer, channel: FakeChannel, fake: FakeDiscord
) -> None:
    names = [f"t{number}" for number in range(10)]
    await till.sell(producer, *names)
    post = await start()
    await till.record(producer, *(till.settled(name) for name in names))
    await post.works()
    assert len(fake.asked("PATCH")) == 1
    assert text(channel.shown[0]).count("$28.82") == 10


async def test_five_hundred_sales_are_told_in_fifty_messages_in_order(
    start: Start,
    till: Till,
    producer: Producer,
    channel: FakeChannel,
    fake: FakeDiscord,
    states: States,
) -> None:
    names = [f"t{number:03}" for number in range(500)]
    await till.sell(producer, *names)
    post = await start()
    assert len(channel.shown) == 50
    told = [embed["title"] for message in channel.shown for embed in message["embeds"]]
    assert [f"Track {name}" for name in names] == [title.split(" · ")[0] for title in told]
    assert fake.refused_by_rate == 0
    await till.record(producer, *(till.settled(name) for name in names))
    await post.works()
    assert len(fake.asked("PATCH")) == 50
    assert await states() == {}


async def test_what_waited_three_days_is_told_in_one_summary(
    start: Start,
    till: Till,
    producer: Producer,
    channel: FakeChannel,
    time: VirtualTime,
    states: States,
    store: Store,
) -> None:
    await till.sell(producer, "a", "b", "c")
    time.passes(hours=73)
    await till.sell(producer, "fresh")
    await start()
    summary, alert = channel.shown
    assert "3 sales" in text(summary)
    assert "Track fresh" in text(alert)
    assert await states() == {}


async def test_what_was_summarized_is_not_edited(
    start: Start,
    till: Till,
    producer: Producer,
    channel: FakeChannel,
    time: VirtualTime,
    fake: FakeDiscord,
    states: States,
) -> None:
    await till.sell(producer, "a", "b")
    time.passes(hours=73)
    post = await start()
    await till.record(producer, till.settled("a"))
    await post.works()
    assert fake.asked("PATCH") == []
    assert await states() == {}


async def test_a_summary_holds_all_that_waited_however_many(
    start: Start, till: Till, producer: Producer, channel: FakeChannel, time: VirtualTime
) -> None:
    await till.sell(producer, *(f"t{number}" for number in range(230)))
    time.passes(hours=73)
    await start()
    [summary] = channel.shown
    assert "230 sales" in text(summary)
