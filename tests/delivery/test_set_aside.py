"""One message never blocks another: what Discord does not take is set aside, and tried again."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.domain.import_progress import ImportProgress
from bot.domain.preferences import Cadence, Preferences, Route
from bot.domain.sale import Producer
from bot.store import outbox
from bot.store.books import producers
from bot.store.books.sync_progress import note_import
from bot.store.engine import Store
from bot.sync.timed_tasks import Digests
from fakes.discord.guild import HUMAN, FakeChannel, text, user
from fakes.discord.server import FakeDiscord, Seen
from tests.delivery.conftest import CHANNEL, Start
from tests.delivery.shop import Shop
from tests.delivery.virtual_time import NOON

SOON = {"seconds": 40.0}
"""Within which a new sale is told, whatever becomes of others."""


def tracks(channel: FakeChannel) -> list[str]:
    """The tracks that were told, oldest first."""
    names = ("bad", "midnight", "dawn", "dusk")
    return [name for shown in channel.shown for name in names if f"Track {name}" in text(shown)]


async def reasons(store: Store, producer: Producer) -> list[str]:
    async with store.read() as connection:
        return [row.error or "" for row in await outbox.failures(connection, producer.id, 10)]


@pytest.mark.parametrize("code", [200000, 200001, 240000, 160005, 50024, 50035])
async def test_message_refused_by_the_server_is_set_aside_and_told_within_the_hour(
    shop: Shop, code: int
) -> None:
    shop.fake.fail("POST", "/messages", status=400, code=code, times=2)
    await shop.sold("bad", "midnight")
    await shop.passes(hours=3)
    assert sorted(tracks(shop.channel)) == ["bad", "midnight"]
    assert await shop.states() == {}


async def test_message_blocked_by_automod_holds_up_no_other_and_passes_when_let(shop: Shop) -> None:
    shop.fake.guild.blocked_words.add("Track bad")
    await shop.sold("midnight", "bad", "dawn")
    assert tracks(shop.channel) == ["midnight", "dawn"]
    assert await reasons(shop.store, shop.producer) == [
        "the server's AutoMod blocks it (HTTP 400, code 200000)"
    ]
    await shop.passes(hours=2)
    assert await shop.states() == {"failed": 1}
    shop.fake.guild.blocked_words.clear()
    shop.dispatcher.rights_changed()
    await shop.runner.rests()
    assert tracks(shop.channel) == ["midnight", "dawn", "bad"]
    assert await shop.states() == {}


async def test_what_was_set_aside_is_tried_again_at_the_start(shop: Shop, start: Start) -> None:
    shop.fake.guild.blocked_words.add("Track bad")
    await shop.sold("bad")
    shop.fake.guild.blocked_words.clear()
    await start()
    assert tracks(shop.channel) == ["bad"]


@pytest.mark.slow
@pytest.mark.parametrize("done", [True, False], ids=["made", "not made"])
async def test_message_that_always_gets_500_is_set_aside_while_others_pass(
    shop: Shop, done: bool
) -> None:
    fault = shop.fake.fail(
        "POST", "/messages", about="Track bad", status=500, times=1000, done=done
    )
    await shop.sold("bad")
    for name in ("midnight", "dawn"):
        await shop.passes(minutes=1)
        await shop.sold(name)
        await shop.passes(**SOON)
        assert tracks(shop.channel)[-1] == name
    for _ in range(12):
        await shop.passes(minutes=1)
        await shop.ask_for("announce", "payout:po_1")
        await shop.pay_out("paid")
        await shop.sold(f"x{len(shop.fake.seen)}")
    # One that was made all the same is found in the channel.
    assert await shop.states() == ({} if done else {"failed": 1})
    assert all("HTTP 500" in reason for reason in await reasons(shop.store, shop.producer))
    fault.times = 0
    await shop.passes(hours=1)
    assert tracks(shop.channel).count("bad") == 1
    assert await shop.states() == {}


@pytest.mark.slow
@pytest.mark.parametrize("standing", [1, 2, 5, 30])
async def test_new_sale_is_told_soon_however_many_messages_always_get_500(
    shop: Shop, standing: int
) -> None:
    """A try takes five seconds. Sales come at the worst moment, too: when one has just begun."""
    shop.fake.fail("POST", "/messages", about="Track bad", status=500, times=100_000)
    sold: dict[str, datetime] = {}
    waited: list[float] = []
    tries = 0

    async def answering(seen: Seen) -> None:
        nonlocal tries
        if seen.method != "POST":
            return
        told = str(seen.body)
        if "Track bad" not in told:
            waited.extend(
                (shop.time.now - sold.pop(name)).total_seconds()
                for name in list(sold)
                if f"Track {name} " in told
            )
            return
        tries += 1
        if tries % 2 == 1:
            name = f"new{tries}"
            sold[name] = shop.time.now
            await shop.sell(name)
            shop.dispatcher.wake()
        shop.time.now += timedelta(seconds=5)

    for number in range(standing):
        await shop.sell(f"bad{number}")
        if number % 5 == 4:  # So that they share no message.
            await shop.works()
    shop.fake.on_request = answering
    await shop.passes(minutes=30)
    assert len(waited) > 3
    assert max(waited) <= SOON["seconds"]
    assert len(sold) <= 1


async def test_sale_and_its_milestone_that_always_get_500_hold_up_no_other(
    closed: Shop, start: Start
) -> None:
    """What is said under a sale names its track too; it waits for the sale."""
    async with closed.store.write() as connection:
        past = ImportProgress(start=NOON, end=NOON, done_until=NOON)
        await note_import(connection, True, past)
    closed.fake.fail("POST", "/messages", about="Track bad", status=500, times=1000)
    await closed.sell("bad")
    runner = await start()
    await runner.passes(seconds=30)
    await closed.sell("midnight")
    await runner.works()
    await runner.passes(**SOON)
    assert set(tracks(closed.channel)) == {"midnight"}
    assert not any(
        "first sale" in str(sent.body) and "bad" in str(sent.body) for sent in closed.fake.seen
    )


async def test_edit_that_hangs_holds_up_no_sale(shop: Shop) -> None:
    await shop.sold("midnight")
    shop.fake.fail("PATCH", "/messages", hang=True)
    await shop.record(shop.settled("midnight"))
    shop.dispatcher.wake()
    await shop.fake.until_asked("PATCH")
    told = shop.fake.until_asked("POST")
    shop.fake.seen.clear()
    await shop.sell("dawn")
    shop.dispatcher.wake()
    await told


@pytest.mark.parametrize(
    "spoil",
    [
        lambda channel, fake: channel.shown[0].update(author=user(HUMAN)),
        lambda channel, fake: setattr(channel, "archived", True),
        lambda channel, fake: setattr(fake.guild, "old_edits_wait", 600.0),
        lambda channel, fake: setattr(fake.guild, "old_edits_wait", 0.01),
        lambda channel, fake: fake.fail("PATCH", status=500, times=1000),
        lambda channel, fake: fake.fail("PATCH", status=403, code=50001, times=1000),
    ],
    ids=["50005", "50083", "30046 for long", "30046 again and again", "500", "50001"],
)
async def test_edit_that_is_refused_holds_up_no_sale_and_is_shown(
    shop: Shop, spoil: Callable[[FakeChannel, FakeDiscord], Any]
) -> None:
    await shop.sell("midnight")
    await shop.works()
    await shop.passes(hours=2)
    await shop.record(shop.settled("midnight"))
    spoil(shop.channel, shop.fake)
    await shop.works()
    await shop.sell("dawn")
    await shop.works()
    assert tracks(shop.channel) == ["midnight", "dawn"]
    assert sum((await shop.states()).values()) <= 1
    shop.fake.faults.clear()
    shop.channel.archived, shop.fake.guild.old_edits_wait = False, None
    shop.channel.shown[0]["author"] = user(200)
    await shop.passes(hours=1.5)
    assert "$28.82" in text(shop.channel.shown[0])
    assert await shop.states() == {}


async def test_edit_refused_for_more_than_an_hour_is_set_aside(shop: Shop) -> None:
    await shop.sold("midnight")
    shop.fake.fail("PATCH", status=400, code=50083, times=1000)
    await shop.recorded(shop.settled("midnight"))
    await shop.passes(minutes=75)
    assert await shop.states() == {"failed": 1}
    assert "the thread is archived" in (await reasons(shop.store, shop.producer))[0]


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 413, "code": 40005},
        {"status": 400, "code": 50035},
        {"status": 403, "code": 50013},
        {"status": 500},
        {"status": 413, "page": "<html>"},
    ],
)
async def test_digest_whose_picture_is_refused_comes_without_it(
    shop: Shop, fault: dict[str, Any]
) -> None:
    chosen = Preferences(digest=Cadence.DAILY, digest_hour=9, marks=False, digest_empty=True)
    async with shop.store.write() as connection:
        await producers.set_preferences(connection, shop.producer, chosen)
    digests = Digests(shop.store, shop.time, announce=lambda: None)
    await digests.look()
    shop.time.passes(hours=21)
    shop.fake.fail("POST", "/messages", about="stats.png", times=1000, **fault)
    await digests.look()
    await shop.works()
    await shop.passes(minutes=4)
    [digest] = shop.channel.shown
    assert digest["attachments"] == []
    assert digest["embeds"][0]["title"]
    assert await shop.states() == {}


@pytest.mark.slow
@pytest.mark.parametrize("bad", [0, 4, 9])
async def test_burst_with_a_sale_that_always_gets_500_tells_the_others_soon(
    closed: Shop, start: Start, bad: int
) -> None:
    closed.fake.fail("POST", "/messages", about="Track bad", status=500, times=1000)
    names = [f"t{number}" for number in range(10)]
    names[bad] = "bad"
    await closed.sell(*names)
    runner = await start()
    await runner.passes(**SOON)
    told = [
        name for name in names for shown in closed.channel.shown if f"Track {name} " in text(shown)
    ]
    assert sorted(told) == sorted(name for name in names if name != "bad")


@pytest.mark.slow
async def test_sale_among_many_new_messages_that_always_get_500_is_told_soon(shop: Shop) -> None:
    """They come before it and after it, one every five seconds."""
    shop.fake.fail("POST", "/messages", about="Track bad", status=500, times=100_000)
    for number in range(24):
        await shop.sell("midnight" if number == 12 else f"bad{number}")
        shop.dispatcher.wake()
        await shop.passes(seconds=5)
        if number == 12 + SOON["seconds"] / 5:
            assert tracks(shop.channel) == ["midnight"]
    assert tracks(shop.channel) == ["midnight"]


@pytest.mark.slow
async def test_burst_that_was_made_although_it_got_500_is_told_once(
    closed: Shop, start: Start
) -> None:
    closed.fake.fail("POST", "/messages", status=500, times=1, done=True)
    closed.fake.fail("POST", "/messages", status=500, times=1000)
    await closed.sell(*(f"t{number}" for number in range(10)))
    runner = await start()
    await runner.passes(**SOON)
    assert len(closed.channel.shown) == 1
    assert len({sent.body["nonce"] for sent in closed.fake.asked("POST")}) == 1


@pytest.mark.slow
async def test_burst_that_a_gateway_gave_up_on_is_not_split_soon(
    closed: Shop, start: Start
) -> None:
    """Discord may make the message a moment later, after the channel was looked at."""
    closed.fake.fail("POST", "/messages", status=504, times=1000)
    await closed.sell(*(f"t{number}" for number in range(10)))
    runner = await start()
    await runner.passes(**SOON)
    assert len({sent.body["nonce"] for sent in closed.fake.asked("POST")}) == 1


@pytest.mark.slow
async def test_burst_that_always_gets_500_is_told_sale_by_sale(closed: Shop, start: Start) -> None:
    closed.fake.fail("POST", "/messages", about="Track bad", status=500, times=1000)
    await closed.sell("bad", *(f"t{number}" for number in range(6)))
    runner = await start()
    for number in range(12):
        await runner.passes(minutes=1)
        await closed.sell(f"u{number}")
        await runner.works()
    await runner.passes(minutes=5)
    assert [f"Track t{number}" in text(closed.channel.shown[-6 + number]) for number in range(6)]
    assert len(closed.channel.shown) == 18
    assert sum((await closed.states()).values()) == 1


async def test_channel_that_gives_no_answer_holds_up_no_other(closed: Shop, start: Start) -> None:
    """The channel of payouts cannot be looked at; sales are told in theirs."""
    closed.fake.guild.add_channel(CHANNEL + 1)
    async with closed.store.write() as connection:
        chosen = Preferences(channels={Route.PAYOUTS: CHANNEL + 1})
        await producers.set_preferences(connection, closed.producer, chosen)
    closed.fake.fail("GET", f"/channels/{CHANNEL + 1}", status=500, times=1000)
    await closed.ask_for("announce", "payout:po_1")
    await closed.pay_out("paid")
    await closed.sell("midnight")
    await start()
    assert tracks(closed.channel) == ["midnight"]
