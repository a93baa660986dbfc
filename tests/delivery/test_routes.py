"""News with a channel of its own: told there, once, while every other channel goes on."""

from dataclasses import replace
from typing import Any

import pytest

from bot.domain.preferences import Detail, Preferences, QuietHours, Route
from bot.domain.sale import Producer
from bot.store import outbox
from bot.store.books import producers
from bot.store.engine import Store
from fakes.discord.guild import GUILD, FakeChannel, text
from fakes.discord.server import FakeDiscord
from tests.delivery.conftest import CHANNEL, Move, Start
from tests.delivery.sales import Sales
from tests.delivery.shop import Shop
from tests.delivery.test_sender import fail_to_pay_out
from tests.delivery.test_sender_recovery import MADE_OR_NOT, SOON_OR_LATE, hangs_telling_a_refund

RETURNS, ELSEWHERE = 2000, 3000
SILENT = 1 << 12


@pytest.fixture
def prefer(store: Store, producer: Producer) -> Any:
    """Lets the producer choose."""

    async def choose(**chosen: Any) -> None:
        async with store.write() as connection:
            await producers.set_preferences(connection, producer, Preferences(**chosen))

    return choose


@pytest.fixture
async def returns(fake: FakeDiscord, prefer: Any) -> FakeChannel:
    """The channel in which refunds and disputes are told."""
    await prefer(channels={Route.RETURNS: RETURNS})
    return fake.guild.add_channel(RETURNS)


async def sell_and_refund(sales: Sales, producer: Producer, *amounts: int) -> None:
    await sales.record(producer, sales.settled("midnight"))
    await sales.record(producer, sales.refunded("midnight", *amounts))


async def test_a_refund_is_told_in_its_channel_and_leads_to_the_alert(
    shop: Shop, returns: FakeChannel
) -> None:
    await sell_and_refund(shop.sales, shop.producer, 1000)
    await shop.works()
    [alert], [told] = shop.channel.shown, returns.shown
    assert "refunded" in alert["content"]
    assert "$10.00" in text(told)
    [button] = told["components"][0]["components"]
    assert button["url"] == f"https://discord.com/channels/{GUILD}/{CHANNEL}/{alert['id']}"
    assert "message_reference" not in told


async def test_what_its_channel_does_not_take_waits_and_the_rest_goes_on(
    shop: Shop, returns: FakeChannel
) -> None:
    """It may be the more private channel of the two, so nothing is told elsewhere instead."""
    returns.make_public()
    await sell_and_refund(shop.sales, shop.producer, 1000)
    await shop.sold("later")
    assert [text(message) for message in returns.shown if "$10.00" in text(message)] == []
    *alerts, notice = shop.channel.shown
    assert len(alerts) == 2
    assert "On hold: refunds and disputes." in text(notice)
    assert "everyone in the server can see the channel" in text(notice)
    assert "$10.00" not in text(notice)
    assert await shop.states() == {"pending": 1}
    returns.make_private()
    await shop.passes(seconds=15)
    await shop.works()
    assert "$10.00" in text(returns.shown[-1])
    assert await shop.states() == {}


async def test_a_shut_channel_of_sales_does_not_hold_up_disputes(
    shop: Shop, returns: FakeChannel
) -> None:
    await shop.recorded(shop.settled("midnight"))
    shop.channel.deny_bot(send_messages=True)
    await shop.passes(seconds=15)
    await shop.sell("later")
    await shop.recorded(shop.refunded("midnight", 1000))
    assert len(shop.channel.shown) == 1
    assert len(returns.shown) == 1


async def test_a_channel_that_refuses_what_looked_fit_is_not_hammered(
    shop: Shop, returns: FakeChannel
) -> None:
    shop.fake.fail("POST", f"/channels/{RETURNS}/messages", status=403, times=1000)
    await sell_and_refund(shop.sales, shop.producer, 1000)
    for name in "abc":
        await shop.sell(name)
    await shop.works()
    await shop.passes(minutes=10)
    assert len(shop.channel.shown) == 5
    assert len(shop.fake.asked("POST", str(RETURNS))) <= 12


async def test_what_waits_follows_a_channel_that_is_chosen_anew(
    shop: Shop, returns: FakeChannel, prefer: Any
) -> None:
    """What was told before stays where it is."""
    await sell_and_refund(shop.sales, shop.producer, 1000)
    await shop.works()
    returns.deny_bot(send_messages=True)
    await shop.passes(seconds=15)
    await shop.recorded(shop.refunded("midnight", 1000, 500))
    elsewhere = shop.fake.guild.add_channel(ELSEWHERE)
    await prefer(channels={Route.RETURNS: ELSEWHERE})
    await shop.passes(seconds=5)
    await shop.works()
    assert "$5.00" in text(elsewhere.shown[0])
    assert len(returns.shown) == 1


@MADE_OR_NOT
@SOON_OR_LATE
@pytest.mark.parametrize("moved", [False, True], ids=["same channel", "another channel"])
async def test_after_a_crash_a_refund_is_told_once_whatever_was_chosen_meanwhile(
    shop: Shop,
    start: Start,
    returns: FakeChannel,
    prefer: Any,
    made: bool,
    minutes: int,
    moved: bool,
) -> None:
    await hangs_telling_a_refund(shop.runner, shop.sales, shop.producer, shop.fake, made=made)
    elsewhere = shop.fake.guild.add_channel(ELSEWHERE)
    if moved:
        await prefer(channels={Route.RETURNS: ELSEWHERE})
    shop.time.passes(minutes=minutes)
    await start()
    assert len(returns.shown) + len(elsewhere.shown) == 2
    assert len(elsewhere.shown) == (moved and not made)
    assert len(shop.channel.shown) == 1
    assert await shop.states() == {}


async def test_payouts_are_told_and_edited_in_their_channel(shop: Shop, prefer: Any) -> None:
    await prefer(channels={Route.PAYOUTS: ELSEWHERE})
    elsewhere = shop.fake.guild.add_channel(ELSEWHERE)
    await fail_to_pay_out(shop.runner, shop.sales, shop.producer)
    assert shop.channel.shown == []
    alert, reply = elsewhere.shown
    assert alert["edited_timestamp"] is not None
    assert reply["message_reference"]["message_id"] == alert["id"]


async def test_an_alert_that_was_left_in_a_public_channel_learns_nothing_new(
    shop: Shop, move: Move
) -> None:
    await shop.sold("midnight")
    await move()
    shop.channel.make_public()
    await shop.passes(seconds=15)
    await shop.recorded(shop.settled("midnight"))
    assert shop.channel.shown[0]["edited_timestamp"] is None
    assert await shop.states() == {}


@pytest.mark.parametrize(("start_hour", "silent"), [(11, True), (13, False)])
async def test_an_ordinary_sale_makes_no_sound_in_quiet_hours(
    shop: Shop, prefer: Any, start_hour: int, silent: bool
) -> None:
    await prefer(quiet=QuietHours(start_hour * 60, 9 * 60))
    await shop.sold("midnight")
    assert bool(shop.channel.shown[0]["flags"] & SILENT) is silent


async def test_what_cannot_wait_sounds_in_quiet_hours(shop: Shop, prefer: Any) -> None:
    await prefer(quiet=QuietHours(0, 24 * 60 - 1))
    lease = shop.payment("lease")
    line = replace(lease.lines[0], exclusive=True)
    await shop.recorded(shop.payment("bought", lines=(line,)))
    await shop.recorded(shop.refunded("bought", 1000))
    assert len(shop.channel.shown) >= 2
    assert not any(message["flags"] & SILENT for message in shop.channel.shown)


async def test_an_alert_shows_as_much_of_the_email_as_was_chosen(shop: Shop, prefer: Any) -> None:
    await shop.sold("midnight")
    await prefer(email=Detail.FULL)
    await shop.sold("drive")
    before, after = (message["embeds"][0]["description"] for message in shop.channel.shown)
    assert "@" not in before
    assert "`drive@example.com`" in after


async def test_news_of_one_route_never_fills_the_window_of_the_others(
    shop: Shop, returns: FakeChannel
) -> None:
    returns.deny_bot(send_messages=True)
    [subject] = await shop.sold("midnight")
    async with shop.store.write() as connection:
        for number in range(205):
            await outbox.put(
                connection,
                shop.producer.id,
                kind="reply",
                subject=subject,
                key=f"reply:refund:re_{number}",
                now=shop.runner.time.now,
                payload={"what": "refund", "id": f"re_{number}"},
            )
    await shop.sold("later")
    assert any("Track later" in text(message) for message in shop.channel.shown)
