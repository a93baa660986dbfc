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
from fakes.discord.rest import FakeDiscord
from tests.delivery.conftest import CHANNEL, Move, Start, States
from tests.delivery.sales import Sales
from tests.delivery.test_sender import fail_to_pay_out
from tests.delivery.test_sender_recovery import MADE_OR_NOT, SOON_OR_LATE, hangs_telling_a_refund
from tests.delivery.virtual_time import Runner, VirtualTime

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
    runner: Runner, sales: Sales, producer: Producer, channel: FakeChannel, returns: FakeChannel
) -> None:
    await sell_and_refund(sales, producer, 1000)
    await runner.works()
    [alert], [told] = channel.shown, returns.shown
    assert "refunded" in alert["embeds"][0]["author"]["name"]
    assert "$10.00" in text(told)
    [button] = told["components"][0]["components"]
    assert button["url"] == f"https://discord.com/channels/{GUILD}/{CHANNEL}/{alert['id']}"
    assert "message_reference" not in told


async def test_what_its_channel_does_not_take_waits_and_the_rest_goes_on(
    runner: Runner,
    sales: Sales,
    producer: Producer,
    channel: FakeChannel,
    returns: FakeChannel,
    states: States,
) -> None:
    """It may be the more private channel of the two, so nothing is told elsewhere instead."""
    returns.make_public()
    await sell_and_refund(sales, producer, 1000)
    await sales.sell(producer, "later")
    await runner.works()
    assert [text(message) for message in returns.shown if "$10.00" in text(message)] == []
    *alerts, notice = channel.shown
    assert len(alerts) == 2
    assert "These wait: refunds and disputes." in text(notice)
    assert "everyone in the server can see the channel" in text(notice)
    assert "$10.00" not in text(notice)
    assert await states() == {"pending": 1}
    returns.make_private()
    await runner.passes(seconds=15)
    await runner.works()
    assert "$10.00" in text(returns.shown[-1])
    assert await states() == {}


async def test_a_shut_channel_of_sales_does_not_hold_up_disputes(
    runner: Runner, sales: Sales, producer: Producer, channel: FakeChannel, returns: FakeChannel
) -> None:
    await sales.record(producer, sales.settled("midnight"))
    await runner.works()
    channel.deny_bot(send_messages=True)
    await runner.passes(seconds=15)
    await sales.sell(producer, "later")
    await sales.record(producer, sales.refunded("midnight", 1000))
    await runner.works()
    assert len(channel.shown) == 1
    assert len(returns.shown) == 1


async def test_a_channel_that_refuses_what_looked_fit_is_not_hammered(
    runner: Runner,
    sales: Sales,
    producer: Producer,
    channel: FakeChannel,
    returns: FakeChannel,
    fake: FakeDiscord,
) -> None:
    fake.fail("POST", f"/channels/{RETURNS}/messages", status=403, times=1000)
    await sell_and_refund(sales, producer, 1000)
    for name in "abc":
        await sales.sell(producer, name)
    await runner.works()
    await runner.passes(minutes=10)
    assert len(channel.shown) == 5
    assert len(fake.asked("POST", str(RETURNS))) <= 12


async def test_what_waits_follows_a_channel_that_is_chosen_anew(
    runner: Runner,
    sales: Sales,
    producer: Producer,
    returns: FakeChannel,
    fake: FakeDiscord,
    prefer: Any,
) -> None:
    """What was told before stays where it is."""
    await sell_and_refund(sales, producer, 1000)
    await runner.works()
    returns.deny_bot(send_messages=True)
    await runner.passes(seconds=15)
    await sales.record(producer, sales.refunded("midnight", 1000, 500))
    await runner.works()
    elsewhere = fake.guild.add_channel(ELSEWHERE)
    await prefer(channels={Route.RETURNS: ELSEWHERE})
    await runner.passes(seconds=5)
    await runner.works()
    assert "$5.00" in text(elsewhere.shown[0])
    assert len(returns.shown) == 1


@MADE_OR_NOT
@SOON_OR_LATE
@pytest.mark.parametrize("moved", [False, True], ids=["same channel", "another channel"])
async def test_after_a_crash_a_refund_is_told_once_whatever_was_chosen_meanwhile(
    start: Start,
    runner: Runner,
    sales: Sales,
    producer: Producer,
    channel: FakeChannel,
    returns: FakeChannel,
    fake: FakeDiscord,
    time: VirtualTime,
    states: States,
    prefer: Any,
    made: bool,
    minutes: int,
    moved: bool,
) -> None:
    await hangs_telling_a_refund(runner, sales, producer, fake, made=made)
    elsewhere = fake.guild.add_channel(ELSEWHERE)
    if moved:
        await prefer(channels={Route.RETURNS: ELSEWHERE})
    time.passes(minutes=minutes)
    await start()
    assert len(returns.shown) + len(elsewhere.shown) == 2
    assert len(elsewhere.shown) == (moved and not made)
    assert len(channel.shown) == 1
    assert await states() == {}


async def test_payouts_are_told_and_edited_in_their_channel(
    runner: Runner,
    sales: Sales,
    producer: Producer,
    channel: FakeChannel,
    fake: FakeDiscord,
    prefer: Any,
) -> None:
    await prefer(channels={Route.PAYOUTS: ELSEWHERE})
    elsewhere = fake.guild.add_channel(ELSEWHERE)
    await fail_to_pay_out(runner, sales, producer)
    assert channel.shown == []
    alert, reply = elsewhere.shown
    assert alert["edited_timestamp"] is not None
    assert reply["message_reference"]["message_id"] == alert["id"]


async def test_an_alert_that_was_left_in_a_public_channel_learns_nothing_new(
    runner: Runner,
    sales: Sales,
    producer: Producer,
    channel: FakeChannel,
    move: Move,
    states: States,
) -> None:
    await sales.sell(producer, "midnight")
    await runner.works()
    await move()
    channel.make_public()
    await runner.passes(seconds=15)
    await sales.record(producer, sales.settled("midnight"))
    await runner.works()
    assert channel.shown[0]["edited_timestamp"] is None
    assert await states() == {}


@pytest.mark.parametrize(("start_hour", "silent"), [(11, True), (13, False)])
async def test_an_ordinary_sale_makes_no_sound_in_quiet_hours(
    runner: Runner,
    sales: Sales,
    producer: Producer,
    channel: FakeChannel,
    prefer: Any,
    start_hour: int,
    silent: bool,
) -> None:
    await prefer(quiet=QuietHours(start_hour * 60, 9 * 60))
    await sales.sell(producer, "midnight")
    await runner.works()
    assert bool(channel.shown[0]["flags"] & SILENT) is silent


async def test_what_cannot_wait_sounds_in_quiet_hours(
    runner: Runner, sales: Sales, producer: Producer, channel: FakeChannel, prefer: Any
) -> None:
    await prefer(quiet=QuietHours(0, 24 * 60 - 1))
    lease = sales.payment("lease")
    line = replace(lease.lines[0], exclusive=True)
    await sales.record(producer, sales.payment("bought", lines=(line,)))
    await runner.works()
    await sales.record(producer, sales.refunded("bought", 1000))
    await runner.works()
    assert len(channel.shown) >= 2
    assert not any(message["flags"] & SILENT for message in channel.shown)


async def test_an_alert_shows_as_much_of_the_email_as_was_chosen(
    runner: Runner, sales: Sales, producer: Producer, channel: FakeChannel, prefer: Any
) -> None:
    await sales.sell(producer, "midnight")
    await runner.works()
    await prefer(email=Detail.FULL)
    await sales.sell(producer, "drive")
    await runner.works()
    before, after = (message["embeds"][0]["description"] for message in channel.shown)
    assert "m•••@example.com" in before
    assert "`drive@example.com`" in after


async def test_news_of_one_route_never_fills_the_window_of_the_others(
    runner: Runner,
    sales: Sales,
    producer: Producer,
    channel: FakeChannel,
    returns: FakeChannel,
    store: Store,
) -> None:
    returns.deny_bot(send_messages=True)
    [subject] = await sales.sell(producer, "midnight")
    await runner.works()
    async with store.write() as connection:
        for number in range(205):
            await outbox.put(
                connection,
                producer.id,
                kind="reply",
                subject=subject,
                key=f"reply:refund:re_{number}",
                now=runner.time.now,
                payload={"what": "refund", "id": f"re_{number}"},
            )
    await sales.sell(producer, "later")
    await runner.works()
    assert any("Track later" in text(message) for message in channel.shown)
