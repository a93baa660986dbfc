"""The story that the demo plays, chapter by chapter, and its pace."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from random import Random
from time import perf_counter
from typing import Any

from bot.app import App, system_clock
from bot.domain.digest_schedule import ScheduleState
from bot.domain.preferences import Cadence
from bot.store import inbox, outbox
from bot.store.books import off_sale_tracks, producers
from bot.store.queries import digest
from demo.history import SOLD_EXCLUSIVELY
from demo.shop import BUYERS, TRACKS, Shop
from demo.terminal import Narrator
from fakes.stripe import Purchase, StripeAccount, Webhooks
from fakes.stripe.cart import NotForSale
from fakes.stripe.shapes import Json

BEAT = 4.0
"""Seconds between two turns of the story, where nobody is in a hurry."""
SALE_EVERY = 60.0
"""Seconds between two sales after the story."""
MORE_SALES = 10
"""How many those are: more in one day would make every other day of the charts look like none."""
STORY_SHARE = 0.6
"""The share of the demo's seconds that goes to the story's pauses."""


class Pace:
    """Pauses that end early when the demo is stopped."""

    def __init__(self, seconds: float | None, beats: float) -> None:
        """`seconds`: how long the demo lasts, None until it is stopped; `beats`: of its story."""
        self._seconds = seconds
        self._beat = BEAT if seconds is None else min(BEAT, seconds * STORY_SHARE / beats)
        self._end = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()

    @property
    def over(self) -> bool:
        """True once it was stopped."""
        return self._end.is_set()

    def stop(self) -> None:
        """End every pause, now and from now on."""
        self._end.set()

    async def beat(self, beats: float = 1.0) -> None:
        """A turn of the story."""
        await self._pause(self._beat * beats)

    @property
    def goes_on(self) -> bool:
        """True if there is time for another random sale."""
        return not self.over and self._left() > SALE_EVERY

    async def next_sale(self) -> bool:
        """Wait for the next random sale; False when the demo's time is over before it."""
        goes_on = self.goes_on
        await self._pause(min(SALE_EVERY, self._left()))
        return goes_on and not self.over

    async def end(self) -> None:
        """Wait until the demo's time is over."""
        await self._pause(None if self._seconds is None else self._left())

    def _left(self) -> float:
        if self._seconds is None:
            return float("inf")
        return max(0.0, self._began + self._seconds - self._loop.time())

    async def _pause(self, seconds: float | None) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._end.wait(), seconds)


LOOK_EVERY = 0.02
LOOKS = 500
"""How often the story looks whether the bot has told everything, and every so many seconds; after
that it goes on all the same.
"""


class NarratedWebhooks(Webhooks):
    """Webhooks that are printed as they are sent."""

    def __init__(self, narrator: Narrator, url: str, secret: str, **options: Any) -> None:
        super().__init__(url, secret, **options)
        self._narrator = narrator

    async def send(self, event: Json) -> int:
        began = perf_counter()
        status = await super().send(event)
        self._narrator.webhook(event, status, perf_counter() - began)
        return status


@dataclass(slots=True)
class Stage:
    """All that a chapter needs."""

    account: StripeAccount
    shop: Shop
    webhooks: Webhooks
    app: App
    pace: Pace
    payout: str
    """One that Stripe has made and not sent yet."""
    kept: dict[str, Purchase] = field(default_factory=dict)
    """Purchases that later chapters come back to, by a name of the story's."""
    on_its_way: list[Json] = field(default_factory=list)
    """Events that Stripe sends late."""

    def buy(self, buyer: str, license_name: str, *tracks: str) -> Purchase:
        """A buyer pays; Stripe's fees are not known yet (see `settle`)."""
        customer = BUYERS[buyer]
        prices = [self.shop.price(track, license_name, customer) for track in tracks]
        return self.account.buy(*prices, buyer=customer, settled=False)

    async def tell(self) -> None:
        """Let Stripe send its webhooks, and wait until the bot has posted everything."""
        await self.send(self.account.take_events())

    async def send(self, sent: Sequence[Json]) -> None:
        """The same with some webhooks only."""
        await self.webhooks.deliver_all(sent)
        for _ in range(LOOKS):
            if await self._all_told():
                return
            await asyncio.sleep(LOOK_EVERY)

    async def settle(self, *purchases: Purchase) -> None:
        """Stripe books payments: now their fees are known."""
        for purchase in purchases:
            self.account.settle(purchase)
        await self.tell()

    async def _all_told(self) -> bool:
        async with self.app.store.read() as connection:
            arrived = await inbox.counts(connection)
            open_rows = await outbox.counts(connection)
            to_do = await off_sale_tracks.next_due(connection, self.account.livemode)
        waiting = (
            arrived.get("pending"),
            open_rows.get("pending"),
            open_rows.get("sending"),
            to_do,
        )
        return not any(waiting)


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
    """A buyer takes the story's track exclusively; a moment later its fees are known.

    Another buyer pays for it meanwhile; Stripe sends that event later.
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
        long_on = ScheduleState(cadence=Cadence.WEEKLY, since=system_clock() - timedelta(days=30))
        await digest.remember(connection, producer.id, long_on)
    await stage.app.digests.look()
    await stage.tell()


CHAPTERS = (
    Chapter("A lease", f"A buyer leases “{TRACK}”.", _lease),
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
        f"A buyer takes “{TRACK}” exclusively. The leases sold before stay valid. What else in "
        "Stripe sells it is switched off at once: the message shows it, step by step.",
        exclusive_sale,
    ),
    Chapter(
        "A payment that comes too late",
        "Another buyer paid for the very same track a second later, before their checkout could be "
        "closed.",
        _too_late,
    ),
    Chapter(
        "A refund",
        "The producer refunds that payment in Stripe. The message changes, and a reply says so.",
        _refund,
    ),
    Chapter(
        "A dispute",
        "The first buyer's bank disputes the payment and takes the money back.",
        _dispute,
    ),
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
    """A small sale about every minute, as on a good day; then the demo only waits for its end."""
    if stage.pace.goes_on:
        narrator.say("\nIt's your turn now. Meanwhile a beat is sold about every minute.", "green")
    free = [track for track in TRACKS if track != TRACK and track not in SOLD_EXCLUSIVELY]
    for track in random.sample(free * 2, MORE_SALES):
        if not await stage.pace.next_sale():
            return
        try:
            bought = stage.buy(random.choice(list(BUYERS)), "Basic Lease", track)
        except NotForSale:
            continue  # sold exclusively meanwhile, on the page
        await stage.tell()
        await stage.pace.beat()
        await stage.settle(bought)
    await stage.pace.end()
