"""What is told: announcements, edits, replies, summaries."""

from typing import Any

from bot.domain.sale import Producer
from bot.store import discord_messages
from bot.store.engine import Store
from fakes.discord.guild import FakeChannel, text
from fakes.discord.rest import FakeDiscord
from tests.delivery.conftest import Move, Start, States
from tests.delivery.sales import Sales
from tests.delivery.virtual_time import Runner


async def fail_to_pay_out(runner: Runner, sales: Sales, producer: Producer) -> None:
    """A payout sets out, and then fails; each is told."""
    await sales.ask_for(producer, "announce", "payout:po_1")
    for status in ("in_transit", "failed"):
        await sales.pay_out(producer, status)
        await runner.works()


async def test_a_sale_is_told_in_one_message(
    runner: Runner, sales: Sales, producer: Producer, channel: FakeChannel, states: States
) -> None:
    await sales.sell(producer, "midnight")
    await runner.works()
    [message] = channel.shown
    assert "Track midnight" in text(message)
    assert "m•••" in text(message)
    assert await states() == {}


async def test_it_is_one_call_to_discord_that_mentions_nobody(
    runner: Runner, sales: Sales, producer: Producer, fake: FakeDiscord
) -> None:
    await sales.sell(producer, "midnight")
    await runner.works()
    [sent] = fake.asked("POST")
    assert sent.body["enforce_nonce"] is True
    assert sent.body["allowed_mentions"]["parse"] == []


async def test_the_message_is_kept_with_the_payment(
    runner: Runner, sales: Sales, producer: Producer, channel: FakeChannel, store: Store
) -> None:
    [subject] = await sales.sell(producer, "midnight")
    await runner.works()
    async with store.read() as connection:
        place = await discord_messages.of(connection, producer.id, subject)
    assert place is not None
    assert place.message_id in channel.messages


async def test_fees_that_settle_edit_the_message(
    runner: Runner, sales: Sales, producer: Producer, channel: FakeChannel, states: States
) -> None:
    await sales.sell(producer, "midnight")
    await runner.works()
    await sales.record(producer, sales.settled("midnight"))
    await runner.works()
    [message] = channel.shown
    assert "$28.82" in text(message)
    assert message["edited_timestamp"]
    assert await states() == {}


async def test_fees_known_before_the_message_went_out_need_no_edit(
    start: Start, sales: Sales, producer: Producer, channel: FakeChannel, fake: FakeDiscord
) -> None:
    await sales.sell(producer, "midnight")
    await sales.record(producer, sales.settled("midnight"))
    await (await start()).works()
    assert "$28.82" in text(channel.shown[0])
    assert fake.asked("PATCH") == []


async def test_what_changes_while_a_message_is_under_way_edits_it_afterwards(
    runner: Runner, sales: Sales, producer: Producer, channel: FakeChannel, fake: FakeDiscord
) -> None:
    async def settle(seen: Any) -> None:
        if seen.method == "POST":
            await sales.record(producer, sales.settled("midnight"))

    fake.on_request = settle
    await sales.sell(producer, "midnight")
    await runner.works()
    assert "$28.82" in text(channel.shown[0])
    assert len(fake.asked("PATCH")) == 1


async def test_what_changes_while_an_edit_is_under_way_is_edited_again(
    runner: Runner, sales: Sales, producer: Producer, channel: FakeChannel, fake: FakeDiscord
) -> None:
    await sales.sell(producer, "midnight")
    await runner.works()

    async def refund(seen: Any) -> None:
        fake.on_request = None
        await sales.record(producer, sales.refunded("midnight", 2999))

    fake.on_request = refund
    await sales.record(producer, sales.settled("midnight"))
    await runner.works()
    assert len(fake.asked("PATCH")) == 2
    assert "refunded" in text(channel.shown[0])


async def test_a_refund_edits_the_message_and_replies_to_it(
    runner: Runner, sales: Sales, producer: Producer, channel: FakeChannel
) -> None:
    await sales.sell(producer, "midnight")
    await runner.works()
    await sales.record(producer, sales.refunded("midnight", 1000))
    await runner.works()
    alert, reply = channel.shown
    assert alert["edited_timestamp"]
    assert reply["message_reference"]["message_id"] == alert["id"]
    assert "$10.00 given back to the buyer" in text(reply)


async def test_two_equal_refunds_are_two_replies(
    runner: Runner, sales: Sales, producer: Producer, channel: FakeChannel
) -> None:
    await sales.sell(producer, "midnight")
    await sales.record(producer, sales.refunded("midnight", 1000))
    await sales.record(producer, sales.refunded("midnight", 1000, 1000))
    await runner.works()
    assert len(channel.shown) == 3


async def test_a_reply_to_a_deleted_alert_is_sent_plainly(
    runner: Runner, sales: Sales, producer: Producer, channel: FakeChannel, fake: FakeDiscord
) -> None:
    await sales.sell(producer, "midnight")
    await runner.works()
    fake.guild.delete_message(channel, next(iter(channel.messages)))
    await sales.record(producer, sales.refunded("midnight", 1000))
    await runner.works()
    [reply] = channel.shown
    assert "message_reference" not in reply


async def test_without_the_history_a_reply_is_sent_plainly(
    runner: Runner, sales: Sales, producer: Producer, channel: FakeChannel
) -> None:
    await sales.sell(producer, "midnight")
    await runner.works()
    channel.deny_bot(read_message_history=True)
    await sales.record(producer, sales.refunded("midnight", 1000))
    await runner.works()
    assert "message_reference" not in channel.shown[-1]
    assert "$10.00 given back to the buyer" in text(channel.shown[-1])


async def test_a_reply_that_discord_refuses_as_one_is_sent_plainly(
    runner: Runner, sales: Sales, producer: Producer, channel: FakeChannel, fake: FakeDiscord
) -> None:
    await sales.sell(producer, "midnight")
    await runner.works()
    fake.fail("POST", "/messages", status=400, code=160002)
    await sales.record(producer, sales.refunded("midnight", 1000))
    await runner.works()
    assert "message_reference" not in channel.shown[-1]
    assert "$10.00 given back to the buyer" in text(channel.shown[-1])


async def test_an_edit_of_a_deleted_alert_is_done(
    runner: Runner,
    sales: Sales,
    producer: Producer,
    channel: FakeChannel,
    fake: FakeDiscord,
    states: States,
) -> None:
    await sales.sell(producer, "midnight")
    await runner.works()
    fake.guild.delete_message(channel, next(iter(channel.messages)))
    await sales.record(producer, sales.settled("midnight"))
    await runner.works()
    assert await states() == {}
    assert channel.shown == []


async def test_an_alert_in_a_channel_that_was_left_is_still_edited(
    runner: Runner, sales: Sales, producer: Producer, channel: FakeChannel, move: Move
) -> None:
    await sales.sell(producer, "midnight")
    await runner.works()
    new = await move()
    await sales.record(producer, sales.refunded("midnight", 1000))
    await runner.works()
    assert "refunded" in text(channel.shown[0])
    [reply] = new.shown
    assert "message_reference" not in reply


async def test_an_alert_out_of_reach_does_not_hold_up_the_new_channel(
    runner: Runner,
    sales: Sales,
    producer: Producer,
    channel: FakeChannel,
    fake: FakeDiscord,
    move: Move,
    states: States,
) -> None:
    await sales.sell(producer, "midnight")
    await runner.works()
    new = await move()
    del fake.guild.channels[channel.id]
    await sales.record(producer, sales.settled("midnight"))
    await sales.sell(producer, "dawn")
    await runner.works()
    assert len(new.shown) == 1
    assert await states() == {}


async def test_a_payout_lives_in_one_message_and_a_failed_one_replies(
    runner: Runner, sales: Sales, producer: Producer, channel: FakeChannel
) -> None:
    await fail_to_pay_out(runner, sales, producer)
    alert, reply = channel.shown
    assert "failed" in text(alert)
    assert "failed" in text(reply)
    assert reply["message_reference"]["message_id"] == alert["id"]
