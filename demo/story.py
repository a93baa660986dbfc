"""The story that the demo plays, chapter by chapter."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random

from bot.app import system_clock
from bot.domain.digests import Memory
from bot.domain.preferences import Cadence
from bot.store.books import producers
from bot.store.queries import digest
from demo.history import SOLD_EXCLUSIVELY
from demo.narrator import Narrator
from demo.shop import BUYERS, LICENSES, TRACKS
from demo.stage import Stage
from fakes.stripe.cart import NotForSale

TRACK = "Midnight Drive"
"""The one that the story is about."""


@dataclass(frozen=True, slots=True)
class Chapter:
    """A turn of the story: what it is called, what happens, and how."""

    title: str
    words: str
    play: Callable[[Stage], Awaitable[None]]


async def _lease(stage: Stage) -> None:
    stage.kept["lease"] = stage.buy("Kit Snare", "Basic Lease", TRACK)
    await stage.tell()


async def _three_tracks(stage: Stage) -> None:
    tracks = ("Glass Garden", "Velvet Static", "Neon Rain")
    stage.kept["three"] = stage.buy("Cam Pressor", "Premium Lease", *tracks)
    await stage.tell()


async def _fees(stage: Stage) -> None:
    await stage.settle(stage.kept["lease"], stage.kept["three"])


async def exclusive_sale(stage: Stage) -> None:
    """Somebody buys the story's track exclusively; a moment later its fees are known.

    And somebody else pays for it meanwhile, of which Stripe tells later.
    """
    # Stripe's times are whole seconds: later has to be later by one, however fast the story goes.
    await asyncio.sleep(1)
    bought = stage.buy("Young Sample", "Exclusive", TRACK)
    sent = stage.account.take_events()
    await asyncio.sleep(1)
    stage.kept["late"] = stage.buy("Polly Phonic", "Premium Lease", TRACK)
    stage.on_its_way = stage.account.take_events()
    await stage.send(sent)
    await stage.pace.beat(0.5)
    await stage.settle(bought)


async def _too_late(stage: Stage) -> None:
    await stage.send(stage.on_its_way)
    await stage.pace.beat(0.5)
    await stage.settle(stage.kept["late"])


async def _refund(stage: Stage) -> None:
    stage.account.refund(stage.kept["late"])
    await stage.tell()


async def _dispute(stage: Stage) -> None:
    stage.account.dispute(stage.kept["lease"])
    await stage.tell()


async def _payout(stage: Stage) -> None:
    stage.account.send_payout(stage.payout)
    await stage.tell()
    await stage.pace.beat()
    stage.account.payout_paid(stage.payout)
    await stage.tell()


async def _digest(stage: Stage) -> None:
    """As if digests had been switched on weeks ago: that of last week is due now."""
    async with stage.app.store.write() as connection:
        producer = await producers.current(connection)
        assert producer is not None
        weekly = replace(producer.preferences, digest=Cadence.WEEKLY)
        await producers.set_preferences(connection, producer, weekly)
        long_on = Memory(cadence=Cadence.WEEKLY, since=system_clock() - timedelta(days=30))
        await digest.remember(connection, producer.id, long_on)
    await stage.app.digests.look()
    await stage.tell()


CHAPTERS = (
    Chapter("A lease", f"Somebody leases “{TRACK}”.", _lease),
    Chapter(
        "Three tracks in one checkout",
        "One payment, one message, three sales. This buyer pays in euros.",
        _three_tracks,
    ),
    Chapter(
        "The fees settle",
        "Stripe says what it takes. The two messages above are edited in place: no new ones.",
        _fees,
    ),
    Chapter(
        "An exclusive",
        f"Somebody buys “{TRACK}” exclusively. The leases sold before stay valid. What else in "
        "Stripe sells it is switched off at once: the message shows it, step by step.",
        exclusive_sale,
    ),
    Chapter(
        "A payment that comes too late",
        "Somebody else paid for the very same track a second later, before their checkout could be "
        "closed.",
        _too_late,
    ),
    Chapter(
        "A refund",
        "The producer gives that money back in Stripe. The message changes, and a reply says so.",
        _refund,
    ),
    Chapter("A dispute", "The first buyer's bank takes the money back.", _dispute),
    Chapter("A payout", "What had become available leaves for the bank, and arrives.", _payout),
    Chapter(
        "A digest",
        "Last week in one message, as `/settings digest` has it come each day, week or month.",
        _digest,
    ),
)

TIME_TO_LOOK = 1.5
"""Beats before the first chapter: a page that is open by then follows along."""
BEATS = TIME_TO_LOOK + len(CHAPTERS) + 2
"""All the story's pauses: before it, after each chapter, and those within."""


async def play_story(stage: Stage, narrator: Narrator) -> None:
    """Play chapter after chapter until the last, or until the demo is stopped."""
    await stage.pace.beat(TIME_TO_LOOK)
    for chapter in CHAPTERS:
        if stage.pace.over:
            return
        narrator.chapter(chapter.title, chapter.words)
        try:
            await chapter.play(stage)
        except NotForSale:
            narrator.say(f"You were faster: “{TRACK}” is sold, so the story ends here.", "green")
            return
        await stage.pace.beat()


async def play_on(stage: Stage, narrator: Narrator, random: Random) -> None:
    """A random sale now and then, until the demo's time is over."""
    if stage.pace.goes_on:
        narrator.say("\nFrom here on there is a random sale every 15 seconds.", "green")
    free = [track for track in TRACKS if track != TRACK and track not in SOLD_EXCLUSIVELY]
    leases = [name for name in LICENSES if name != "Exclusive"]
    while await stage.pace.next_sale():
        tracks = random.sample(free, random.choice((1, 1, 1, 2)))
        try:
            bought = stage.buy(random.choice(list(BUYERS)), random.choice(leases), *tracks)
        except NotForSale:
            continue  # sold exclusively meanwhile, on the page
        await stage.tell()
        await stage.pace.beat()
        await stage.settle(bought)
