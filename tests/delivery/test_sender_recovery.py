"""Nothing is lost and nothing is told twice, whatever breaks off in the middle."""

import asyncio

import pytest

from bot.domain.sale import Producer
from fakes.discord.guild import BOT
from fakes.discord.server import FakeDiscord, Seen
from tests.delivery.conftest import Start
from tests.delivery.sales import Sales
from tests.delivery.shop import Shop
from tests.delivery.virtual_time import Runner

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
    shop: Shop, start: Start, made: bool, minutes: int
) -> None:
    await hangs_telling_a_sale(shop.runner, shop.sales, shop.producer, shop.fake, made=made)
    shop.time.passes(minutes=minutes)
    await start()
    assert len(shop.channel.shown) == 1
    assert await shop.states() == {}


@MADE_OR_NOT
@SOON_OR_LATE
async def test_after_a_crash_a_burst_is_told_once_and_lives(
    closed: Shop, start: Start, made: bool, minutes: int
) -> None:
    closed.fake.fail("POST", "/messages", hang=True, done=made)
    await closed.sell(*(f"t{number}" for number in range(7)))
    await breaks_off(start, closed.fake)
    await closed.sell(*(f"later{number}" for number in range(7)))
    closed.time.passes(minutes=minutes)
    restarted = await start()
    assert [len(message["embeds"]) for message in closed.channel.shown] == [7, 7]
    await closed.record(closed.settled("t2"))
    await restarted.works()
    assert "$28.82" in closed.channel.shown[0]["embeds"][2]["description"]
    assert await closed.states() == {}


@MADE_OR_NOT
@SOON_OR_LATE
async def test_after_a_crash_a_reply_is_told_once(
    shop: Shop, start: Start, made: bool, minutes: int
) -> None:
    await hangs_telling_a_refund(shop.runner, shop.sales, shop.producer, shop.fake, made=made)
    shop.time.passes(minutes=minutes)
    await start()
    assert len(shop.channel.shown) == 3


@MADE_OR_NOT
async def test_after_a_crash_a_summary_is_told_once(closed: Shop, start: Start, made: bool) -> None:
    await closed.sell("a", "b", "c")
    closed.time.passes(hours=73)
    closed.fake.fail("POST", "/messages", hang=True, done=made)
    await breaks_off(start, closed.fake)
    closed.time.passes(minutes=10)
    await start()
    assert len(closed.channel.shown) == 1
    assert await closed.states() == {}


@MADE_OR_NOT
async def test_a_dropped_connection_tells_nothing_twice(
    shop: Shop, counted: list[str], made: bool
) -> None:
    shop.fake.fail("POST", "/messages", drop=True, done=made)
    await shop.sold("midnight")
    await shop.passes(seconds=5)
    assert len(shop.channel.shown) == 1
    assert counted == ["retried", "sent"]


@pytest.mark.parametrize("status", [500, 502, 503])
async def test_trouble_at_discord_that_lasts_tells_nothing_twice(shop: Shop, status: int) -> None:
    """The message was made at the first try; all answers for ten minutes are errors."""
    fault = shop.fake.fail("POST", "/messages", status=status, done=True, times=1000)
    await shop.sold("midnight")
    fault.done = False
    await shop.passes(minutes=10)
    fault.times = 0
    await shop.passes(minutes=2)
    assert len(shop.channel.shown) == 1


async def test_what_came_after_a_message_of_unknown_fate_keeps_its_place(shop: Shop) -> None:
    shop.fake.fail("POST", "/messages", drop=True, times=3)
    await shop.sold("first")
    await shop.sell("second")
    await shop.passes(seconds=30)
    titles = [message["content"] for message in shop.channel.shown]
    assert [title.split(" · ")[1] for title in titles] == ["Track first", "Track second"]


async def test_a_message_made_and_deleted_meanwhile_is_not_made_again(
    shop: Shop, start: Start
) -> None:
    await hangs_telling_a_sale(shop.runner, shop.sales, shop.producer, shop.fake)
    shop.fake.guild.delete_message(shop.channel, next(iter(shop.channel.messages)))
    await start()
    assert shop.channel.shown == []
    assert await shop.states() == {}


async def test_what_changed_meanwhile_is_shown_by_the_message_found_again(
    shop: Shop, start: Start
) -> None:
    await hangs_telling_a_sale(shop.runner, shop.sales, shop.producer, shop.fake)
    shop.time.passes(minutes=10)
    await shop.record(shop.settled("midnight"))
    await start()
    [message] = shop.channel.shown
    assert "$28.82" in message["embeds"][0]["description"]


async def test_messages_of_others_are_never_taken_for_ours(shop: Shop, start: Start) -> None:
    await hangs_telling_a_refund(shop.runner, shop.sales, shop.producer, shop.fake)
    alert, reply = shop.channel.shown
    shop.fake.guild.say(shop.channel, reply["content"], under=int(alert["id"]))
    shop.time.passes(minutes=10)
    await start()
    ours = [message for message in shop.channel.shown if message["author"]["id"] == str(BOT)]
    assert len(ours) == 3


async def test_a_long_history_is_looked_through(shop: Shop, start: Start) -> None:
    async def chatter(seen: Seen) -> None:
        if seen.method == "POST":
            for number in range(250):
                shop.fake.guild.say(shop.channel, f"hello {number}")

    shop.fake.on_request = chatter
    await hangs_telling_a_sale(shop.runner, shop.sales, shop.producer, shop.fake)
    shop.fake.on_request = None
    shop.time.passes(hours=1)
    read_before = len(shop.fake.asked("GET", "/messages"))
    await start()
    assert len(shop.fake.asked("GET", "/messages")) == read_before + 3
    assert len(shop.fake.asked("POST")) == 1


async def test_without_the_history_a_message_of_unknown_fate_is_sent(
    shop: Shop, start: Start
) -> None:
    """Told twice, perhaps, rather than lost; the log says so."""
    shop.channel.deny_bot(read_message_history=True)
    await hangs_telling_a_sale(shop.runner, shop.sales, shop.producer, shop.fake, made=False)
    shop.time.passes(minutes=10)
    await start()
    assert len(shop.channel.shown) == 1


async def test_an_edit_that_broke_off_is_made_again(shop: Shop, start: Start) -> None:
    await shop.sold("midnight")
    shop.fake.fail("PATCH", "/messages", hang=True)
    await shop.record(shop.settled("midnight"))
    await hangs(shop.runner, shop.fake, "PATCH")
    await start()
    assert "$28.82" in shop.channel.shown[0]["embeds"][0]["description"]
    assert await shop.states() == {}
