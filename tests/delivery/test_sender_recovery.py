"""Nothing is lost and nothing is told twice, whatever breaks off in the middle."""

import asyncio

import pytest

from bot.domain.sale import Producer
from fakes.discord.guild import BOT, FakeChannel
from fakes.discord.rest import FakeDiscord, Seen
from tests.delivery.conftest import Start, States
from tests.delivery.till import Till
from tests.delivery.virtual_time import Post, VirtualTime

MADE_OR_NOT = pytest.mark.parametrize("made", [True, False], ids=["made", "not made"])
SOON_OR_LATE = pytest.mark.parametrize("minutes", [0, 10], ids=["soon", "late"])


async def hangs(post: Post, fake: FakeDiscord, method: str = "POST") -> None:
    """Let the courier call, and wait until the server has the call that it does not answer."""
    post.courier.wake()
    await fake.until_asked(method)


async def hangs_telling_a_sale(
    post: Post, till: Till, producer: Producer, fake: FakeDiscord, *, made: bool = True
) -> None:
    """A sale is sent to Discord, which may have `made` the message, and never answers."""
    fake.fail("POST", "/messages", hang=True, done=made)
    await till.sell(producer, "midnight")
    await hangs(post, fake)


async def hangs_telling_a_refund(
    post: Post, till: Till, producer: Producer, fake: FakeDiscord, *, made: bool = False
) -> None:
    """The same of a second refund, after the sale and the first one were told."""
    await till.record(producer, till.settled("midnight"))
    await till.record(producer, till.refunded("midnight", 1000))
    await post.works()
    fake.seen.clear()
    fake.fail("POST", "/messages", hang=True, done=made)
    await till.record(producer, till.refunded("midnight", 1000, 1000))
    await hangs(post, fake)


async def breaks_off(start: Start, fake: FakeDiscord) -> None:
    """Start a courier that hangs in its first call."""
    starting = asyncio.ensure_future(start())
    await fake.until_asked("POST")
    starting.cancel()
    await asyncio.gather(starting, return_exceptions=True)


@MADE_OR_NOT
@SOON_OR_LATE
async def test_after_a_crash_a_sale_is_told_once(
    start: Start,
    post: Post,
    till: Till,
    producer: Producer,
    channel: FakeChannel,
    fake: FakeDiscord,
    time: VirtualTime,
    states: States,
    made: bool,
    minutes: int,
) -> None:
    await hangs_telling_a_sale(post, till, producer, fake, made=made)
    time.passes(minutes=minutes)
    await start()
    assert len(channel.shown) == 1
    assert await states() == {}


@MADE_OR_NOT
@SOON_OR_LATE
async def test_after_a_crash_a_burst_is_told_once_and_lives(
    start: Start,
    till: Till,
    producer: Producer,
    channel: FakeChannel,
    fake: FakeDiscord,
    time: VirtualTime,
    states: States,
    made: bool,
    minutes: int,
) -> None:
    fake.fail("POST", "/messages", hang=True, done=made)
    await till.sell(producer, *(f"t{number}" for number in range(7)))
    await breaks_off(start, fake)
    await till.sell(producer, *(f"later{number}" for number in range(7)))
    time.passes(minutes=minutes)
    restarted = await start()
    assert [len(message["embeds"]) for message in channel.shown] == [7, 7]
    await till.record(producer, till.settled("t2"))
    await restarted.works()
    assert "$28.82" in channel.shown[0]["embeds"][2]["description"]
    assert await states() == {}


@MADE_OR_NOT
@SOON_OR_LATE
async def test_after_a_crash_a_reply_is_told_once(
    start: Start,
    post: Post,
    till: Till,
    producer: Producer,
    channel: FakeChannel,
    fake: FakeDiscord,
    time: VirtualTime,
    made: bool,
    minutes: int,
) -> None:
    await hangs_telling_a_refund(post, till, producer, fake, made=made)
    time.passes(minutes=minutes)
    await start()
    assert len(channel.shown) == 3


@MADE_OR_NOT
async def test_after_a_crash_a_summary_is_told_once(
    start: Start,
    till: Till,
    producer: Producer,
    channel: FakeChannel,
    fake: FakeDiscord,
    time: VirtualTime,
    states: States,
    made: bool,
) -> None:
    await till.sell(producer, "a", "b", "c")
    time.passes(hours=73)
    fake.fail("POST", "/messages", hang=True, done=made)
    await breaks_off(start, fake)
    time.passes(minutes=10)
    await start()
    assert len(channel.shown) == 1
    assert await states() == {}


@MADE_OR_NOT
async def test_a_dropped_connection_tells_nothing_twice(
    post: Post,
    till: Till,
    producer: Producer,
    channel: FakeChannel,
    fake: FakeDiscord,
    counted: list[str],
    made: bool,
) -> None:
    fake.fail("POST", "/messages", drop=True, done=made)
    await till.sell(producer, "midnight")
    await post.works()
    await post.passes(seconds=5)
    assert len(channel.shown) == 1
    assert counted == ["retried", "sent"]


@pytest.mark.parametrize("status", [500, 502, 503])
async def test_trouble_at_discord_that_lasts_tells_nothing_twice(
    post: Post,
    till: Till,
    producer: Producer,
    channel: FakeChannel,
    fake: FakeDiscord,
    status: int,
) -> None:
    """The message was made at the first try; all answers for ten minutes are errors."""
    fault = fake.fail("POST", "/messages", status=status, done=True, times=1000)
    await till.sell(producer, "midnight")
    await post.works()
    fault.done = False
    await post.passes(minutes=10)
    fault.times = 0
    await post.passes(minutes=2)
    assert len(channel.shown) == 1


async def test_what_came_after_a_message_of_unknown_fate_keeps_its_place(
    post: Post, till: Till, producer: Producer, channel: FakeChannel, fake: FakeDiscord
) -> None:
    fake.fail("POST", "/messages", drop=True, times=3)
    await till.sell(producer, "first")
    await post.works()
    await till.sell(producer, "second")
    await post.passes(seconds=30)
    titles = [message["content"] for message in channel.shown]
    assert [title.split(" · ")[1] for title in titles] == ["Track first", "Track second"]


async def test_a_message_made_and_deleted_meanwhile_is_not_made_again(
    start: Start,
    post: Post,
    till: Till,
    producer: Producer,
    channel: FakeChannel,
    fake: FakeDiscord,
    states: States,
) -> None:
    await hangs_telling_a_sale(post, till, producer, fake)
    fake.guild.delete_message(channel, next(iter(channel.messages)))
    await start()
    assert channel.shown == []
    assert await states() == {}


async def test_what_changed_meanwhile_is_shown_by_the_message_found_again(
    start: Start,
    post: Post,
    till: Till,
    producer: Producer,
    channel: FakeChannel,
    fake: FakeDiscord,
    time: VirtualTime,
) -> None:
    await hangs_telling_a_sale(post, till, producer, fake)
    time.passes(minutes=10)
    await till.record(producer, till.settled("midnight"))
    await start()
    [message] = channel.shown
    assert "$28.82" in message["embeds"][0]["description"]


async def test_messages_of_others_are_never_taken_for_ours(
    start: Start,
    post: Post,
    till: Till,
    producer: Producer,
    channel: FakeChannel,
    fake: FakeDiscord,
    time: VirtualTime,
) -> None:
    await hangs_telling_a_refund(post, till, producer, fake)
    alert, reply = channel.shown
    fake.guild.say(channel, reply["content"], under=int(alert["id"]))
    time.passes(minutes=10)
    await start()
    ours = [message for message in channel.shown if message["author"]["id"] == str(BOT)]
    assert len(ours) == 3


async def test_a_long_history_is_looked_through(
    start: Start,
    post: Post,
    till: Till,
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
    await hangs_telling_a_sale(post, till, producer, fake)
    fake.on_request = None
    time.passes(hours=1)
    read_before = len(fake.asked("GET", "/messages"))
    await start()
    assert len(fake.asked("GET", "/messages")) == read_before + 3
    assert len(fake.asked("POST")) == 1


async def test_without_the_history_a_message_of_unknown_fate_is_sent(
    start: Start,
    post: Post,
    till: Till,
    producer: Producer,
    channel: FakeChannel,
    fake: FakeDiscord,
    time: VirtualTime,
) -> None:
    """Told twice, perhaps, rather than lost; the log says so."""
    channel.deny_bot(read_message_history=True)
    await hangs_telling_a_sale(post, till, producer, fake, made=False)
    time.passes(minutes=10)
    await start()
    assert len(channel.shown) == 1


async def test_an_edit_that_broke_off_is_made_again(
    start: Start,
    post: Post,
    till: Till,
    producer: Producer,
    channel: FakeChannel,
    fake: FakeDiscord,
    states: States,
) -> None:
    await till.sell(producer, "midnight")
    await post.works()
    fake.fail("PATCH", "/messages", hang=True)
    await till.record(producer, till.settled("midnight"))
    await hangs(post, fake, "PATCH")
    await start()
    assert "$28.82" in channel.shown[0]["embeds"][0]["description"]
    assert await states() == {}
