"""Nothing is lost and nothing is told twice, whatever breaks off in the middle."""

import asyncio

import pytest

from bot.domain.sale import Producer
from fakes.discord.guild import BOT, FakeChannel
from fakes.discord.rest import FakeDiscord, Seen
from tests.delivery.conftest import Start, States
from tests.delivery.sales import Sales
from tests.delivery.virtual_time import Runner, VirtualTime

MADE_OR_NOT = pytest.mark.parametrize("made", [True, False], ids=["made", "not made"])
SOON_OR_LATE = pytest.mark.parametrize("minutes", [0, 10], ids=["soon", "late"])


async def hangs(runner: Runner, fake: FakeDiscord, method: str = "POST") -> None:
    """Let the dispatcher call, and wait until the server has the call that it does not answer."""
    runner.dispatcher.wake()
    await fake.until_asked(method)


async def hangs_telling_a_sale(
    runner: Runner, sales: Sales, producer: Producer, fake: FakeDiscord, *, made: bool = True
) -> None:
    """A sale is sent to Discord, which may have `made` the message, and never answers."""
    fake.fail("POST", "/messages", hang=True, done=made)
    await sales.sell(producer, "midnight")
    await hangs(runner, fake)


async def hangs_telling_a_refund(
    runner: Runner, sales: Sales, producer: Producer, fake: FakeDiscord, *, made: bool = False
) -> None:
    """The same of a second refund, after the sale and the first one were told."""
    await sales.record(producer, sales.settled("midnight"))
    await sales.record(producer, sales.refunded("midnight", 1000))
    await runner.works()
    fake.seen.clear()
    fake.fail("POST", "/messages", hang=True, done=made)
    await sales.record(producer, sales.refunded("midnight", 1000, 1000))
    await hangs(runner, fake)


async def breaks_off(start: Start, fake: FakeDiscord) -> None:
    """Start a dispatcher that hangs in its first call."""
    starting = asyncio.ensure_future(start())
    await fake.until_asked("POST")
    starting.cancel()
    await asyncio.gather(starting, return_exceptions=True)


@MADE_OR_NOT
@SOON_OR_LATE
async def test_after_a_crash_a_sale_is_told_once(
    start: Start,
    runner: Runner,
    sales: Sales,
    producer: Producer,
    channel: FakeChannel,
    fake: FakeDiscord,
    time: VirtualTime,
    states: States,
    made: bool,
    minutes: int,
) -> None:
    await hangs_telling_a_sale(runner, sales, producer, fake, made=made)
    time.passes(minutes=minutes)
    await start()
    assert len(channel.shown) == 1
    assert await states() == {}


@MADE_OR_NOT
@SOON_OR_LATE
async def test_after_a_crash_a_burst_is_told_once_and_lives(
    start: Start,
    sales: Sales,
    producer: Producer,
    channel: FakeChannel,
    fake: FakeDiscord,
    time: VirtualTime,
    states: States,
    made: bool,
    minutes: int,
) -> None:
    fake.fail("POST", "/messages", hang=True, done=made)
    await sales.sell(producer, *(f"t{number}" for number in range(7)))
    await breaks_off(start, fake)
    await sales.sell(producer, *(f"later{number}" for number in range(7)))
    time.passes(minutes=minutes)
    restarted = await start()
    assert [len(message["embeds"]) for message in channel.shown] == [7, 7]
    await sales.record(producer, sales.settled("t2"))
    await restarted.works()
    assert "$28.82" in channel.shown[0]["embeds"][2]["description"]
    assert await states() == {}


@MADE_OR_NOT
@SOON_OR_LATE
async def test_after_a_crash_a_reply_is_told_once(
    start: Start,
    runner: Runner,
    sales: Sales,
    producer: Producer,
    channel: FakeChannel,
    fake: FakeDiscord,
    time: VirtualTime,
    made: bool,
    minutes: int,
) -> None:
    await hangs_telling_a_refund(runner, sales, producer, fake, made=made)
    time.passes(minutes=minutes)
    await start()
    assert len(channel.shown) == 3


@MADE_OR_NOT
async def test_after_a_crash_a_summary_is_told_once(
    start: Start,
    sales: Sales,
    producer: Producer,
    channel: FakeChannel,
    fake: FakeDiscord,
    time: VirtualTime,
    states: States,
    made: bool,
) -> None:
    await sales.sell(producer, "a", "b", "c")
    time.passes(hours=73)
    fake.fail("POST", "/messages", hang=True, done=made)
    await breaks_off(start, fake)
    time.passes(minutes=10)
    await start()
    assert len(channel.shown) == 1
    assert await states() == {}


@MADE_OR_NOT
async def test_a_dropped_connection_tells_nothing_twice(
    runner: Runner,
    sales: Sales,
    producer: Producer,
    channel: FakeChannel,
    fake: FakeDiscord,
    counted: list[str],
    made: bool,
) -> None:
    fake.fail("POST", "/messages", drop=True, done=made)
    await sales.sell(producer, "midnight")
    await runner.works()
    await runner.passes(seconds=5)
    assert len(channel.shown) == 1
    assert counted == ["retried", "sent"]


@pytest.mark.parametrize("status", [500, 502, 503])
async def test_trouble_at_discord_that_lasts_tells_nothing_twice(
    runner: Runner,
    sales: Sales,
    producer: Producer,
    channel: FakeChannel,
    fake: FakeDiscord,
    status: int,
) -> None:
    """The message was made at the first try; all answers for ten minutes are errors."""
    fault = fake.fail("POST", "/messages", status=status, done=True, times=1000)
    await sales.sell(producer, "midnight")
    await runner.works()
    fault.done = False
    await runner.passes(minutes=10)
    fault.times = 0
    await runner.passes(minutes=2)
    assert len(channel.shown) == 1


async def test_what_came_after_a_message_of_unknown_fate_keeps_its_place(
    runner: Runner, sales: Sales, producer: Producer, channel: FakeChannel, fake: FakeDiscord
) -> None:
    fake.fail("POST", "/messages", drop=True, times=3)
    await sales.sell(producer, "first")
    await runner.works()
    await sales.sell(producer, "second")
    await runner.passes(seconds=30)
    titles = [message["content"] for message in channel.shown]
    assert [title.split(" · ")[1] for title in titles] == ["Track first", "Track second"]


async def test_a_message_made_and_deleted_meanwhile_is_not_made_again(
    start: Start,
    runner: Runner,
    sales: Sales,
    producer: Producer,
    channel: FakeChannel,
    fake: FakeDiscord,
    states: States,
) -> None:
    await hangs_telling_a_sale(runner, sales, producer, fake)
    fake.guild.delete_message(channel, next(iter(channel.messages)))
    await start()
    assert channel.shown == []
    assert await states() == {}


async def test_what_changed_meanwhile_is_shown_by_the_message_found_again(
    start: Start,
    runner: Runner,
    sales: Sales,
    producer: Producer,
    channel: FakeChannel,
    fake: FakeDiscord,
    time: VirtualTime,
) -> None:
    await hangs_telling_a_sale(runner, sales, producer, fake)
    time.passes(minutes=10)
    await sales.record(producer, sales.settled("midnight"))
    await start()
    [message] = channel.shown
    assert "$28.82" in message["embeds"][0]["description"]


async def test_messages_of_others_are_never_taken_for_ours(
    start: Start,
    runner: Runner,
    sales: Sales,
    producer: Producer,
    channel: FakeChannel,
    fake: FakeDiscord,
    time: VirtualTime,
) -> None:
    await hangs_telling_a_refund(runner, sales, producer, fake)
    alert, reply = channel.shown
    fake.guild.say(channel, reply["content"], under=int(alert["id"]))
    time.passes(minutes=10)
    await start()
    ours = [message for message in channel.shown if message["author"]["id"] == str(BOT)]
    assert len(ours) == 3


async def test_a_long_history_is_looked_through(
    start: Start,
    runner: Runner,
    sales: Sales,
    producer: Producer,
    channel: FakeChannel,
    fake: FakeDiscord,
    time: VirtualTime,
) -> None:
    async def chatter(seen: Seen) -> None:
        if seen.method == "POST":
            for number in range(250):
                fake.guild.say(channel, f"hello {number}")

    fake.on_request = chatter
    await hangs_telling_a_sale(runner, sales, producer, fake)
    fake.on_request = None
    time.passes(hours=1)
    read_before = len(fake.asked("GET", "/messages"))
    await start()
    assert len(fake.asked("GET", "/messages")) == read_before + 3
    assert len(fake.asked("POST")) == 1


async def test_without_the_history_a_message_of_unknown_fate_is_sent(
    start: Start,
    runner: Runner,
    sales: Sales,
    producer: Producer,
    channel: FakeChannel,
    fake: FakeDiscord,
    time: VirtualTime,
) -> None:
    """Told twice, perhaps, rather than lost; the log says so."""
    channel.deny_bot(read_message_history=True)
    await hangs_telling_a_sale(runner, sales, producer, fake, made=False)
    time.passes(minutes=10)
    await start()
    assert len(channel.shown) == 1


async def test_an_edit_that_broke_off_is_made_again(
    start: Start,
    runner: Runner,
    sales: Sales,
    producer: Producer,
    channel: FakeChannel,
    fake: FakeDiscord,
    states: States,
) -> None:
    await sales.sell(producer, "midnight")
    await runner.works()
    fake.fail("PATCH", "/messages", hang=True)
    await sales.record(producer, sales.settled("midnight"))
    await hangs(runner, fake, "PATCH")
    await start()
    assert "$28.82" in channel.shown[0]["embeds"][0]["description"]
    assert await states() == {}
