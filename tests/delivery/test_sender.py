"""What is told: announcements, edits, replies, summaries."""

from typing import Any

from bot.domain.sale import Producer
from bot.store import discord_messages
from fakes.discord.guild import text
from tests.delivery.conftest import Move, Start
from tests.delivery.sales import Sales
from tests.delivery.shop import Shop
from tests.delivery.virtual_time import Runner


async def fail_to_pay_out(runner: Runner, sales: Sales, producer: Producer) -> None:
    """A payout sets out, and then fails; each is told."""
    await sales.ask_for(producer, "announce", "payout:po_1")
    for status in ("in_transit", "failed"):
        await sales.pay_out(producer, status)
        await runner.works()


async def test_a_sale_is_told_in_one_message(shop: Shop) -> None:
    await shop.sold("midnight")
    [message] = shop.channel.shown
    assert "Track midnight" in text(message)
    assert "Jordan Lee" in text(message)
    assert await shop.states() == {}


async def test_it_is_one_call_to_discord_that_mentions_nobody(shop: Shop) -> None:
    await shop.sold("midnight")
    [sent] = shop.fake.asked("POST")
    assert sent.body["enforce_nonce"] is True
    assert sent.body["allowed_mentions"]["parse"] == []


async def test_the_message_is_kept_with_the_payment(shop: Shop) -> None:
    [subject] = await shop.sold("midnight")
    async with shop.store.read() as connection:
        place = await discord_messages.of(connection, shop.producer.id, subject)
    assert place is not None
    assert place.message_id in shop.channel.messages


async def test_fees_that_settle_edit_the_message(shop: Shop) -> None:
    await shop.sold("midnight")
    await shop.recorded(shop.settled("midnight"))
    [message] = shop.channel.shown
    assert "$28.82" in text(message)
    assert message["edited_timestamp"]
    assert await shop.states() == {}


async def test_fees_known_before_the_message_went_out_need_no_edit(
    closed: Shop, start: Start
) -> None:
    await closed.sell("midnight")
    await closed.record(closed.settled("midnight"))
    await (await start()).works()
    assert "$28.82" in text(closed.channel.shown[0])
    assert closed.fake.asked("PATCH") == []


async def test_what_changes_while_a_message_is_under_way_edits_it_afterwards(shop: Shop) -> None:
    async def settle(seen: Any) -> None:
        if seen.method == "POST":
            await shop.record(shop.settled("midnight"))

    shop.fake.on_request = settle
    await shop.sold("midnight")
    assert "$28.82" in text(shop.channel.shown[0])
    assert len(shop.fake.asked("PATCH")) == 1


async def test_what_changes_while_an_edit_is_under_way_is_edited_again(shop: Shop) -> None:
    await shop.sold("midnight")

    async def refund(seen: Any) -> None:
        shop.fake.on_request = None
        await shop.record(shop.refunded("midnight", 2999))

    shop.fake.on_request = refund
    await shop.recorded(shop.settled("midnight"))
    assert len(shop.fake.asked("PATCH")) == 2
    assert "refunded" in text(shop.channel.shown[0])


async def test_a_refund_edits_the_message_and_replies_to_it(shop: Shop) -> None:
    await shop.sold("midnight")
    await shop.recorded(shop.refunded("midnight", 1000))
    alert, reply = shop.channel.shown
    assert alert["edited_timestamp"]
    assert reply["message_reference"]["message_id"] == alert["id"]
    assert "$10.00 refunded" in text(reply)


async def test_two_equal_refunds_are_two_replies(shop: Shop) -> None:
    await shop.sell("midnight")
    await shop.record(shop.refunded("midnight", 1000))
    await shop.recorded(shop.refunded("midnight", 1000, 1000))
    assert len(shop.channel.shown) == 3


async def test_a_reply_to_a_deleted_alert_is_sent_plainly(shop: Shop) -> None:
    await shop.sold("midnight")
    shop.fake.guild.delete_message(shop.channel, next(iter(shop.channel.messages)))
    await shop.recorded(shop.refunded("midnight", 1000))
    [reply] = shop.channel.shown
    assert "message_reference" not in reply


async def test_without_the_history_a_reply_is_sent_plainly(shop: Shop) -> None:
    await shop.sold("midnight")
    shop.channel.deny_bot(read_message_history=True)
    await shop.recorded(shop.refunded("midnight", 1000))
    assert "message_reference" not in shop.channel.shown[-1]
    assert "$10.00 refunded" in text(shop.channel.shown[-1])


async def test_a_reply_that_discord_refuses_as_one_is_sent_plainly(shop: Shop) -> None:
    await shop.sold("midnight")
    shop.fake.fail("POST", "/messages", status=400, code=160002)
    await shop.recorded(shop.refunded("midnight", 1000))
    assert "message_reference" not in shop.channel.shown[-1]
    assert "$10.00 refunded" in text(shop.channel.shown[-1])


async def test_an_edit_of_a_deleted_alert_is_done(shop: Shop) -> None:
    await shop.sold("midnight")
    shop.fake.guild.delete_message(shop.channel, next(iter(shop.channel.messages)))
    await shop.recorded(shop.settled("midnight"))
    assert await shop.states() == {}
    assert shop.channel.shown == []


async def test_an_alert_in_a_channel_that_was_left_is_still_edited(shop: Shop, move: Move) -> None:
    await shop.sold("midnight")
    new = await move()
    await shop.recorded(shop.refunded("midnight", 1000))
    assert "refunded" in text(shop.channel.shown[0])
    [reply] = new.shown
    assert "message_reference" not in reply


async def test_an_alert_out_of_reach_does_not_hold_up_the_new_channel(
    shop: Shop, move: Move
) -> None:
    await shop.sold("midnight")
    new = await move()
    del shop.fake.guild.channels[shop.channel.id]
    await shop.record(shop.settled("midnight"))
    await shop.sold("dawn")
    assert len(new.shown) == 1
    assert await shop.states() == {}


async def test_a_payout_lives_in_one_message_and_a_failed_one_replies(shop: Shop) -> None:
    await fail_to_pay_out(shop.runner, shop.sales, shop.producer)
    alert, reply = shop.channel.shown
    assert "failed" in text(alert)
    assert "failed" in text(reply)
    assert reply["message_reference"]["message_id"] == alert["id"]
