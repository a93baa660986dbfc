"""What is told: announcements, edits, replies, summaries."""

from typing import Any

from bot.domain.sale import Producer
from bot.store import discord_messages
from bot.store.engine import Store
from fakes.discord.guild import FakeChannel, text
from fakes.discord.rest import FakeDiscord
from tests.delivery.conftest import Move, Start, States
from tests.delivery.till import Till
from tests.delivery.virtual_time import Post


async def fail_to_pay_out(post: Post, till: Till, producer: Producer) -> None:
    """A payout sets out, and then fails; each is told."""
    await till.ask_for(producer, "announce", "payout:po_1")
    for status in ("in_transit", "failed"):
        await till.pay_out(producer, status)
        await post.works()


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
        place = await discord_messages.of(connection, producer.id, subject)
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
    assert "$10.00 given back to the buyer" in text(reply)


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
    assert "$10.00 given back to the buyer" in text(channel.shown[-1])


async def test_a_reply_that_discord_refuses_as_one_is_sent_plainly(
    post: Post, till: Till, producer: Producer, channel: FakeChannel, fake: FakeDiscord
) -> None:
    await till.sell(producer, "midnight")
    await post.works()
    fake.fail("POST", "/messages", status=400, code=160002)
    await till.record(producer, till.refunded("midnight", 1000))
    await post.works()
    assert "message_reference" not in channel.shown[-1]
    assert "$10.00 given back to the buyer" in text(channel.shown[-1])


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
    post: Post, till: Till, producer: Producer, channel: FakeChannel, move: Move
) -> None:
    await till.sell(producer, "midnight")
    await post.works()
    new = await move()
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
    move: Move,
    states: States,
) -> None:
    await till.sell(producer, "midnight")
    await post.works()
    new = await move()
    del fake.guild.channels[channel.id]
    await till.record(producer, till.settled("midnight"))
    await till.sell(producer, "dawn")
    await post.works()
    assert len(new.shown) == 1
    assert await states() == {}


async def test_a_payout_lives_in_one_message_and_a_failed_one_replies(
    post: Post, till: Till, producer: Producer, channel: FakeChannel
) -> None:
    await fail_to_pay_out(post, till, producer)
    alert, reply = channel.shown
    assert "failed" in text(alert)
    assert "failed" in text(reply)
    assert reply["message_reference"]["message_id"] == alert["id"]
