"""What happens around the bot in a run: a shop sells, webhooks come in disorder, Stripe is slow."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import timedelta
from random import Random

from bot.domain.event_types import TYPES
from bot.domain.stripe_view import PAID_STATUSES
from fakes.business import LONGEST_PAUSE, SALES_TAX, Business
from fakes.clock import StoryClock
from fakes.simulation import World, now
from fakes.stripe import StripeAccount, Terms
from fakes.stripe.shapes import Json
from soak.kills import Size, Tally

BALANCES = (("eur",), ("eur", "jpy"), ("kwd",), ("eur", "kwd"), ("jpy", "kwd"))
"""Which currencies are kept in addition to dollars, by seed in turn; others are converted."""
PAST_ENDS = timedelta(hours=1)
"""The past is over since so long: longer than a webhook may be on its way."""


class Shop(Business):
    """A business that has sold something before the bot came.

    Its past is lived with pauses. What happens from then on happens at the moment, and money is
    available at once: nobody waits for days here.
    """

    def __init__(self, seed: int, past: int) -> None:
        """`past`: how many payments were made before."""
        self._clock = StoryClock(now)
        self._past_end = now() - PAST_ENDS
        self._clock.set(self._past_end - 3 * past * timedelta(seconds=LONGEST_PAUSE))
        self._live = False
        balances = frozenset(BALANCES[seed % len(BALANCES)])
        terms = Terms(balances=balances, tax=300, withheld=150, sales_tax=dict(SALES_TAX))
        account = StripeAccount(clock=self._clock, seed=seed, livemode=True, terms=terms)
        super().__init__(account, seed, self._let_pass)
        while self.sold < past:
            self.live()
        account.take_events()
        self._past_events = len(account.events)
        self.sold = 0
        self._live = True
        self._clock.release()
        terms.delay_days = 0

    @property
    def events(self) -> list[Json]:
        """The events since the bot came that its endpoint is registered for."""
        return [one for one in self.account.events[self._past_events :] if one["type"] in TYPES]

    def keys(self) -> set[str]:
        """The payments that these events tell of, by the ids by which the books know them."""
        shown = ((event["type"], event["data"]["object"]) for event in self.events)
        return {one["id"] for type_, one in shown if _is_checkout(one) or _is_bare(type_, one)}

    def _let_pass(self, seconds: float) -> None:
        if not self._live:
            later = self._clock() + timedelta(seconds=seconds)
            self._clock.set(min(later, self._past_end))


def _is_checkout(shown: Json) -> bool:
    return (
        shown["object"] == "checkout.session"
        and shown["mode"] == "payment"
        and shown["payment_status"] in PAID_STATUSES
    )


def _is_bare(type_: str, shown: Json) -> bool:
    """True for the event of a sale without Checkout."""
    return type_ == "payment_intent.succeeded" and "track" in shown["metadata"]


SLOW = 50
"""One call of so many is slow."""
LEAST, MOST = 0.5, 6.0
"""Seconds that a slow one takes."""


class Slowness:
    """For `Faults.latency`."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)

    def __call__(self, _path: str) -> float:
        """Seconds before an answer; whatever is asked for."""
        slow = self._random.randrange(SLOW) == 0
        return self._random.uniform(LEAST, MOST) if slow else 0.0


LOST, LATE, TWICE = 0.1, 0.1, 0.1
"""How many of all events never come, come only after the bot was killed, and come again."""


class Disorder:
    """A bag of events that are on their way. The same seed makes the same fate of each."""

    def __init__(self, seed: int) -> None:
        self.lost: set[str] = set()
        """Ids of those that never come."""
        self.doubled = 0
        self._random = Random(seed)
        self._bag: list[Json] = []
        self._late: list[Json] = []

    def __len__(self) -> int:
        """How many may come now."""
        return len(self._bag)

    def add(self, events: Iterable[Json]) -> None:
        """Let events set out."""
        for event in events:
            lost, late, twice = (self._random.random() for _ in range(3))
            if lost < LOST:
                self.lost.add(event["id"])
                continue
            (self._late if late < LATE else self._bag).append(event)
            if twice < TWICE:
                self.doubled += 1
                self._bag.append(event)

    def pick(self) -> Json | None:
        """Any of those that may come now; None when there is none."""
        if not self._bag:
            return None
        place = self._random.randrange(len(self._bag))
        self._bag[place], self._bag[-1] = self._bag[-1], self._bag[place]
        return self._bag.pop()

    def hurry(self) -> None:
        """Let those that are late come, too."""
        self._bag += self._late
        self._late.clear()


SENDERS = 8
"""How many webhooks are sent at the same time."""
PACE = 0.2
"""Seconds for which a sender rests instead, where none are sent."""


class Deliveries:
    """Every event is sent until it is taken, over the bot's deaths, but for those that are lost."""

    def __init__(
        self, world: World, shop: Shop, disorder: Disorder, size: Size, tally: Tally
    ) -> None:
        self._world = world
        self._shop = shop
        self._disorder = disorder
        self._size = size
        self._tally = tally
        self._until = 0
        self._more = asyncio.Event()
        self._done = asyncio.Event()
        self._idle = 0

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Send until the block ends."""
        async with asyncio.TaskGroup() as group:
            senders = [group.create_task(self._send()) for _ in range(SENDERS)]
            try:
                yield
            finally:
                for sender in senders:
                    sender.cancel()

    def go_on(self, payments: int) -> None:
        """Let the shop sell until it has sold so many, and those events come that were late."""
        self._disorder.hurry()
        self._until = payments
        self._done.clear()
        self._more.set()

    async def done(self) -> None:
        """Wait until all is sold and taken."""
        await self._done.wait()

    def set_out(self) -> None:
        """Send the events of what has happened in the shop."""
        events = self._shop.account.take_events()
        self._disorder.add(event for event in events if event["type"] in TYPES)
        self._tally.payments = self._shop.sold
        if self._size.webhooks:
            self._tally.lost = len(self._disorder.lost)
            self._tally.doubled = self._disorder.doubled

    async def _send(self) -> None:
        while True:
            event = await self._next()
            if self._size.webhooks:
                await self._world.send(event)
                self._tally.taken += 1
            else:
                await asyncio.sleep(PACE)

    async def _next(self) -> Json:
        while (event := self._pick()) is None:
            self._more.clear()
            self._idle += 1
            if self._idle == SENDERS:
                self._done.set()
            await self._more.wait()
            self._idle -= 1
        return event

    def _pick(self) -> Json | None:
        while len(self._disorder) < self._size.crowd and self._shop.sold < self._until:
            self._shop.live()
            self.set_out()
        return self._disorder.pick()
