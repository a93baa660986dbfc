"""What is said beside the plain alert: notices, questions, and that something was told late."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.payment import Line, Payment, Refund
from bot.domain.refunds import stood_in
from bot.domain.sale import Producer
from bot.store import outbox
from bot.store.books import off_sale_tracks
from bot.store.engine import Store
from fakes.discord.guild import text
from tests.delivery.conftest import Start
from tests.delivery.sales import Sales
from tests.delivery.shop import Shop
from tests.delivery.virtual_time import VirtualTime


@pytest.fixture
def tell(store: Store, producer: Producer, time: VirtualTime) -> Any:
    """Puts a notice into the outbox."""

    async def put(payload: dict[str, Any]) -> None:
        async with store.write() as connection:
            await outbox.put(
                connection,
                producer.id,
                kind="notice",
                subject="notice:webhooks",
                key="notice:webhooks:20261122",
                now=time.now,
                payload=payload,
            )

    return put


async def test_a_notice_is_a_message_of_its_own(shop: Shop, tell: Any) -> None:
    await tell({"what": "webhooks_missing", "count": 4})
    await shop.works()
    [message] = shop.channel.shown
    assert "4 payments came without one" in text(message)
    assert "message_reference" not in message
    assert await shop.states() == {}


async def test_what_was_left_on_sale_is_told_as_it_is_now(shop: Shop, tell: Any) -> None:
    await tell({"what": "left_on_sale"})
    await shop.works()
    [message] = shop.channel.shown
    assert "No exclusive is still on sale in Stripe" in text(message)
    assert await shop.states() == {}


async def test_how_far_many_tracks_are_off_sale_is_edited_into_the_notice(
    shop: Shop, tell: Any
) -> None:
    await tell({"what": "left_on_sale"})
    await shop.works()
    [message] = shop.channel.shown
    place = {"channel_id": int(message["channel_id"]), "message_id": int(message["id"])}
    async with shop.store.write() as connection:
        await off_sale_tracks.begin(
            connection, shop.producer, [3, 4], by=5, now=shop.time.now, **place
        )
        await off_sale_tracks.edit_message(connection, shop.producer.id, 4, shop.time.now)
    await shop.works()
    [edited] = shop.channel.shown
    assert "☑ 2 tracks handled: <@5>" in text(edited)


async def test_after_a_crash_a_notice_is_told_once(shop: Shop, start: Start, tell: Any) -> None:
    shop.fake.fail("POST", "/messages", hang=True, done=True)
    await tell({"what": "webhooks_missing", "count": 4})
    shop.dispatcher.wake()
    await shop.fake.until_asked("POST")
    shop.time.passes(minutes=10)
    await start()
    assert len(shop.channel.shown) == 1


async def test_a_notice_without_words_is_given_up(shop: Shop, tell: Any) -> None:
    await tell({"what": "something new"})
    await shop.works()
    assert shop.channel.shown == []
    assert await shop.states() == {"failed": 1}


def exclusive(sales: Sales) -> Payment:
    line = Line(track="Midnight Drive", license="Exclusive", exclusive=True, amount=2999)
    return replace(sales.settled("midnight"), lines=(line,))


def given_back(payment: Payment) -> Payment:
    refund = Refund(
        id="re_1",
        amount=payment.amount,
        currency="usd",
        status="succeeded",
        reason=None,
        created=payment.created,
    )
    return replace(payment, refunds=(refund,))


async def test_a_refunded_exclusive_asks_under_its_alert(shop: Shop) -> None:
    sold = exclusive(shop.sales)
    await shop.recorded(sold)
    await shop.recorded(given_back(sold))
    alert, _, question = shop.channel.shown
    assert "Midnight Drive is free again" in text(question)
    assert question["message_reference"]["message_id"] == alert["id"]
    [row] = question["components"]
    assert [part["label"] for part in row["components"]] == ["Put it back on sale", "Keep it off"]


async def test_refunds_that_only_the_charge_told_of_are_each_told_with_their_amount(
    shop: Shop,
) -> None:
    sold = shop.settled("midnight")
    await shop.recorded(sold)
    await shop.record(stood_in(sold, 870))
    await shop.record(stood_in(sold, 2999))
    # By when they are told, Stripe has shown the refunds themselves.
    await shop.recorded(given_back(sold))
    _, *replies = shop.channel.shown
    said = [text(reply).removeprefix("↩ ").partition(" · ")[0] for reply in replies]
    assert said == ["$8.70 refunded", "$21.29 refunded"]


@pytest.mark.parametrize(("minutes", "late"), [(14, False), (16, True)])
async def test_what_was_paid_while_the_bot_was_away_says_so(
    shop: Shop, minutes: int, late: bool
) -> None:
    now = shop.payment("x").created
    old = shop.payment("midnight", paid=now - timedelta(minutes=minutes))
    await shop.recorded(old)
    assert ("Paid while the bot was offline" in text(shop.channel.shown[0])) is late
    await shop.recorded(replace(shop.settled("midnight"), paid=old.paid))
    assert "$28.82" in text(shop.channel.shown[0])
    assert ("Paid while the bot was offline" in text(shop.channel.shown[0])) is late


async def test_what_only_events_tell_of_is_not_called_late(shop: Shop) -> None:
    """A bank debit that an event tells of bears the day on which it was begun."""
    days_ago = shop.payment("x").created - timedelta(days=5)
    await shop.recorded(shop.payment("midnight", paid=days_ago), complete=False)
    assert "away" not in text(shop.channel.shown[0])


async def test_a_crowd_says_of_each_whether_it_was_told_late(closed: Shop, start: Start) -> None:
    now = closed.payment("x").created
    await closed.record(closed.payment("old", paid=now - timedelta(hours=1)))
    await closed.sell(*"abcde")
    await (await start()).works()
    [message] = closed.channel.shown
    told = ["offline" in (embed.get("description") or "") for embed in message["embeds"]]
    assert told == [True, False, False, False, False, False]
