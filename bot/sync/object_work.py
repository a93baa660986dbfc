"""The work on one object of Stripe's: its events, its problems, and when to look at it again."""

import json
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeAlias

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.json_access import Json, NotUnderstood
from bot.domain.payment import DisputeState, Payment, PaymentState, Refund
from bot.domain.payout import Payout
from bot.domain.period import Clock
from bot.domain.problem import DENIED, KEY, Problem
from bot.domain.sale import Producer
from bot.store import inbox, work_queue
from bot.store.books import problem_log
from bot.store.books.payments import StoredPayment
from bot.store.books.payouts import StoredPayout
from bot.store.engine import Store
from bot.store.inbox import StoredEvent
from bot.store.work_queue import Due, Item
from bot.stripe_api import StripeApi
from bot.sync.account_scope import AccountScope
from bot.sync.stripe_calls import PATIENCE, NoAnswer

Remainder: TypeAlias = Callable[[], Awaitable[None]]
"""What is left to do for an object once its news is written: Stripe is still being asked. Nothing
else of the object is worked on meanwhile."""


log = structlog.get_logger()


@dataclass(eq=False)
class ObjectSync:
    """Brings objects of one kind up to date."""

    store: Store
    api: StripeApi | None
    """None without a key: then what events say is all there is."""
    scope: AccountScope
    clock: Clock
    announce: Callable[[], None]
    """Called when there may be news for Discord."""
    patience: float = PATIENCE
    """Seconds that news waits for Stripe."""

    async def put_off(
        self, item: Item, known: StoredPayment | StoredPayout | None, trouble: NoAnswer
    ) -> None:
        """A check that got no answer changes nothing but the time of the next."""
        now, until = self.clock(), None
        if known is not None and self.api is not None:
            until = next_check(known.checks, now, gone=trouble.gone)
        async with self.store.write() as connection:
            await work_queue.look_again(connection, item, until)
            if known is not None:
                owner, found = known.producer_id, trouble.problems
                await note_problems(connection, owner, item, found, now, all_of_them=False)


@dataclass(slots=True, kw_only=True)
class Work:
    """What there is to do about one object."""

    item: Item
    events: Sequence[StoredEvent]
    """All of them, done or not, oldest first by Stripe's time."""
    broken: dict[int, str] = field(default_factory=dict)
    """Why an event is not understood, by its sequence."""
    _bodies: dict[int, Json] = field(default_factory=dict, init=False)

    @property
    def fresh(self) -> list[StoredEvent]:
        """Those that have not been worked on."""
        return [event for event in self.events if event.state in ("pending", "waiting")]

    @property
    def due(self) -> Due:
        """Itself with the events that were seen, and none that have come since."""
        return Due(self.item, max((event.sequence for event in self.fresh), default=0))

    def bodies(self) -> list[Json]:
        """The events as Stripe sent them, but for the broken ones."""
        return [self._body(event) for event in self.events if event.sequence not in self.broken]

    def _body(self, event: StoredEvent) -> Json:
        # Asked for again and again: parsed once.
        if event.sequence not in self._bodies:
            self._bodies[event.sequence] = json.loads(event.body)
        return self._bodies[event.sequence]

    def sort_out(self, read: Callable[[Json], object]) -> None:
        """Find those that `read` does not understand, so that they spoil no others.

        Raises NotUnderstood if none is left.
        """
        for event in self.events:
            try:
                read(self._body(event))
            except NotUnderstood as trouble:
                self.broken[event.sequence] = str(trouble)
        if len(self.broken) == len(self.events):
            raise NotUnderstood(next(iter(self.broken.values()), "no event tells of it"))

    async def finish(
        self, connection: AsyncConnection, state: str = "done", *, overruled: bool = False
    ) -> None:
        """Take the new events from the queue; the broken ones fail, each with its reason.

        `overruled`: Stripe itself has said all there is to say; so none of them fails, nor is one
        still given up that did before.
        """
        if overruled:
            given_up = [event.sequence for event in self.events if event.state == "failed"]
            await inbox.finish(connection, given_up, "done")
        fresh = [event.sequence for event in self.fresh]
        for sequence in self.broken.keys() & set(fresh):
            await inbox.finish(connection, [sequence], "failed", self.broken[sequence])
        understood = [sequence for sequence in fresh if sequence not in self.broken]
        await inbox.finish(connection, understood, state)


async def note_problems(
    connection: AsyncConnection,
    producer_id: int,
    item: Item,
    found: Iterable[Problem],
    now: datetime,
    *,
    all_of_them: bool = True,
) -> None:
    """Keep the problems of an object, and log the new ones.

    `all_of_them`: any other problem that was known is solved. What the key lacks is noted once, for
    the key, and not for every object.
    """
    found = set(found)
    of_key = {problem for problem in found if problem.what == DENIED}
    if of_key:
        await problem_log.add(connection, producer_id, KEY, of_key, now)
    own = found - of_key
    if all_of_them:
        new = await problem_log.settle(connection, producer_id, item.subject, own, now)
    else:
        new = await problem_log.add(connection, producer_id, item.subject, own, now)
    for problem in new:
        log.warning("not all is understood", subject=item.subject, **problem._asdict())


async def settle_problems(
    connection: AsyncConnection,
    producer: Producer,
    by_subject: Mapping[str, Set[Problem]],
    now: datetime,
) -> None:
    """Keep the problems of many objects, most of which never had one."""
    known = await problem_log.subjects(connection, producer.id)
    for subject, found in by_subject.items():
        if found or subject in known:
            item = Item(producer.livemode, subject)
            await note_problems(connection, producer.id, item, found, now)


# Fees usually settle within seconds, sometimes minutes; what takes longer than an hour takes days.
DELAYS = (
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=5),
    timedelta(hours=1),
)
DAILY = timedelta(days=1)
# After this many checks nothing more is expected; events still bring it back.
LAST_CHECK = 60
# What Stripe says is not there may only be late; after an hour it is gone.
LAST_CHECK_OF_GONE = len(DELAYS)


def next_check(checks: int, now: datetime, *, gone: bool = False) -> datetime | None:
    """The moment of the next check after so many `checks` have left something open.

    `gone`: Stripe says that there is no such object.
    """
    if checks >= (LAST_CHECK_OF_GONE if gone else LAST_CHECK):
        return None
    return now + (DELAYS[checks] if checks < len(DELAYS) else DAILY)


def next_look_for(first: datetime, now: datetime) -> datetime | None:
    """When an object that Stripe says is not there is asked for again: for an hour by the clock
    from `first`, when its first event came, however many follow. None after that hour.
    """
    return next((first + delay for delay in DELAYS if first + delay > now), None)


def is_open(payment: Payment, *, complete: bool) -> bool:
    """Whether something about it may still change at Stripe without an event."""
    if not complete or payment.state is PaymentState.PENDING:
        return True
    if payment.state is PaymentState.FAILED:
        return False
    undecided = any(
        dispute.state in (DisputeState.INQUIRY, DisputeState.OPEN) for dispute in payment.disputes
    )
    return undecided or not payment.settled or any(map(_unbooked, payment.refunds))


def _unbooked(refund: Refund) -> bool:
    """Whether the money has yet to go, or to come back after the refund failed."""
    if refund.counts:
        return refund.movement is None
    return refund.movement is not None and refund.reversal is None


def is_open_payout(payout: Payout, *, inside_known: bool) -> bool:
    """Whether something about it may still change; `inside_known`: what is in it was read."""
    if payout.status in ("failed", "canceled"):
        return False
    return payout.status != "paid" or (payout.automatic and not inside_known)
