"""Takes tracks off sale at Stripe: switches links off, archives prices, closes open Checkouts.

A step is done when Stripe's answer is kept in the catalogue: from there it is ticked, in one
transaction, as if the producer had done it. So nothing is ticked that is not so, and what a crash
left undone is done after it.
"""

import asyncio
from collections.abc import Callable, Collection, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.item_names import track_key
from bot.domain.json_access import Json, identifier, mapping, mappings, text
from bot.domain.off_sale import EVERY_CHECKOUT, Key, Obstacle, Step, StepKind, StepState
from bot.domain.period import Clock
from bot.domain.sale import Producer
from bot.loops import AGAIN_SECONDS, Loop, Rest, delay_after
from bot.store.books import catalogue_rows, off_sale_tracks
from bot.store.books.off_sale_tracks import DueTrack
from bot.store.engine import Store, StoreUnavailable
from bot.stripe_api import (
    StripeApi,
    StripeDenied,
    StripeDown,
    StripeGone,
    StripeRefused,
    StripeTrouble,
)
from bot.sync.account_scope import AccountScope

log = structlog.get_logger()

SOLD = "This beat has been sold exclusively and is no longer available."
KEPT_OFF = "This beat is no longer available."
"""What a buyer who opens the payment link reads. It never says to whom the beat was sold."""
FIRST_DELAY = 5.0
LONGEST_DELAY = 900.0
"""Seconds until a step is tried again that Stripe did not answer."""

SOON, LATER = timedelta(seconds=5), timedelta(minutes=5)
"""Until a step is tried again that seems to have gone well, and one that failed unexpectedly.
"""

_OBJECTS = {
    StepKind.LINK: "payment_link",
    StepKind.PRODUCT: "product",
    StepKind.PRICE: "price",
}
"""What Stripe calls them."""


@dataclass(eq=False)
class TrackWork:
    """Takes one track off sale."""

    store: Store
    api: StripeApi
    scope: AccountScope
    clock: Clock
    track: DueTrack
    announce: Callable[[], None]
    """Called when there is news for Discord."""
    goes_on: Callable[[], bool]
    """Whether the bot does; else it ends between two pages, and the rest is still to be done."""

    def __post_init__(self) -> None:
        self.of_account = self.api.of(self.track.account)

    async def take_off(self) -> None:
        """Do all that is due.

        Neither waits for the other: what sells the track is soon switched off, and there may be
        very many open Checkouts. Those are searched for once more, as some were opened meanwhile.
        """
        before, due = await self._visible()
        await asyncio.gather(self._switch_all_off(), self._close_checkouts(last=False))
        await self._close_checkouts(last=True)
        after, left = await self._visible()
        if after != before:
            owner, id_ = self.track.producer_id, self.track.track_id
            async with self.store.write() as connection:
                await off_sale_tracks.tell(connection, self.track, self.clock())
                await off_sale_tracks.edit_message(connection, owner, id_, self.clock())
            self.announce()
        if due & left:
            # Stripe did it, and yet it is not so: its clock is ahead of ours.
            await self.put_off(SOON)

    async def put_off(self, wait: timedelta) -> None:
        """Let what is due wait."""
        due, later = await self._due(), self.clock() + wait
        async with self.store.write() as connection:
            for step in due:
                await off_sale_tracks.put_off(connection, self.track, step.key, later)

    async def _visible(self) -> tuple[frozenset[object], set[Key]]:
        """How the track's steps look, and which of them are due."""
        due = {step.key for step in await self._due()}
        async with self.store.read() as connection:
            return await off_sale_tracks.visible(connection, self.track), due

    async def _due(self) -> list[Step]:
        async with self.store.read() as connection:
            return await off_sale_tracks.due_steps(connection, self.track, self.clock())

    async def _switch_all_off(self) -> None:
        # Prices come last: a default one goes with its product.
        for kinds in ((StepKind.LINK, StepKind.PRODUCT), (StepKind.PRICE,)):
            due = [step for step in await self._due() if step.kind in kinds]
            await asyncio.gather(*map(self.do, due))

    async def do(self, step: Step) -> None:
        """Switch one of the listings off that sell the track."""
        try:
            if step.kind is StepKind.PRODUCT and not await self._is_own(step):
                return
            await self.api.urgent.turn()
            began = self.clock()
            shown = await self._switch_off(step)
        except StripeGone:
            async with self.store.write() as connection:
                kind, now = _OBJECTS[step.kind], self.clock()
                producer = await self._producer(connection)
                await catalogue_rows.remove(connection, producer, kind, step.object, now)
                await off_sale_tracks.tell_when_over(connection, self.track, now)
        except StripeTrouble as trouble:
            await self._note_obstacle(step, trouble)
        else:
            await self._keep([shown], began)
            log.info("taken off sale", kind=step.kind.value, object=step.object)

    async def _is_own(self, step: Step) -> bool:
        """Whether all the product's prices are the track's, by Stripe's word of this moment.

        Archiving a product takes all of them off sale, and one may have been added just now.
        """
        await self.api.urgent.turn()
        began = self.clock()
        await self._keep(await self.of_account.prices_of(step.object), began)
        return step.key in {each.key for each in await self._due()}

    async def _switch_off(self, step: Step) -> Json:
        if step.kind is StepKind.LINK:
            message = SOLD if self.track.sold else KEPT_OFF
            return await self.of_account.deactivate_link(step.object, message)
        if step.kind is StepKind.PRODUCT:
            return await self.of_account.archive_product(step.object)
        return await self.of_account.archive_price(step.object)

    async def _keep(self, shown: Sequence[Json], began: datetime) -> None:
        async with self.store.write() as connection:
            producer = await self._producer(connection)
            await catalogue_rows.keep(connection, producer, shown, began, tell=False)
            await off_sale_tracks.tell_when_over(connection, self.track, self.clock())

    async def _producer(self, connection: AsyncConnection) -> Producer:
        return await self.scope.producer(connection, livemode=self.scope.livemode is True)

    async def _note_obstacle(self, step: Step, trouble: StripeTrouble) -> None:
        """Note why a step could not be done, and when it is tried again or that it must be done by
        hand."""
        kind, now = step.kind.value, self.clock()
        log.warning("not taken off sale", kind=kind, object=step.object, reason=str(trouble))
        obstacle = _obstacle(trouble)
        down = obstacle is Obstacle.DOWN
        due = now + _delay(step, trouble) if down else None
        async with self.store.write() as connection:
            await off_sale_tracks.hindered(
                connection, self.track, step.key, obstacle, by_hand=not down, due=due
            )
            if obstacle is not step.obstacle:
                await off_sale_tracks.tell_when_over(connection, self.track, now)

    async def _close_checkouts(self, *, last: bool) -> None:
        """Close what is open now. `last`: nothing can be opened after it, so these are all."""
        sweep = StepKind.SESSION, EVERY_CHECKOUT
        step = next((step for step in await self._due() if step.key == sweep), None)
        if step is None:
            return
        try:
            done = await self._close_all()
        except StripeTrouble as trouble:
            if last:
                await self._note_obstacle(step, trouble)
            return
        if done and last:
            now = self.clock()
            async with self.store.write() as connection:
                await off_sale_tracks.checkouts_done(connection, self.track, now)
                if step.state is not StepState.DONE:
                    await off_sale_tracks.tell_when_over(connection, self.track, now)

    async def _close_all(self) -> bool:
        """Close them page by page, as they are read; whether it came to the end.

        Each page has the API's patience. If only some could not be closed, it raises StripeTrouble
        after all others.
        """
        async with self.store.read() as connection:
            key, prices = await off_sale_tracks.track_sells(connection, self.track)
        troubles: list[StripeTrouble] = []
        if not self.goes_on():
            return False
        await self.api.urgent.turn()
        async for page in self.of_account.open_sessions():
            selling = (identifier(one) for one in page if sells(one, key, prices))
            troubles += await self._close_these([id_ for id_ in selling if id_])
            if any(isinstance(trouble, StripeDenied) for trouble in troubles):
                break
            if not self.goes_on():
                return False
            await self.api.urgent.turn()
        if troubles:
            raise troubles[0]
        return True

    async def _close_these(self, sessions: Sequence[str]) -> list[StripeTrouble]:
        """Close those of one page; why some could not be."""
        outcomes = await asyncio.gather(*map(self._close, sessions))
        closed = [id_ for id_, outcome in zip(sessions, outcomes, strict=True) if outcome is True]
        if closed:
            async with self.store.write() as connection:
                now = self.clock()
                await off_sale_tracks.checkouts_closed(connection, self.track, closed, now)
            log.info("checkouts closed", track=self.track.track_id, count=len(closed))
        return [outcome for outcome in outcomes if isinstance(outcome, StripeTrouble)]

    async def _close(self, session: str) -> bool | StripeTrouble:
        """Whether it was open, and is closed now; or why it could not be."""
        await self.api.urgent.turn()
        try:
            await self.of_account.expire_session(session)
        except (StripeGone, StripeRefused):
            # Paid at this very moment, or expired by itself: if it was paid, its event will say so.
            log.info("checkout was no longer open", session=session)
            return False
        except StripeTrouble as trouble:
            return trouble
        return True


def _obstacle(trouble: StripeTrouble) -> Obstacle:
    match trouble:
        case StripeDenied():
            return Obstacle.DENIED
        case StripeRefused():
            return Obstacle.REFUSED
    return Obstacle.DOWN


def _delay(step: Step, trouble: StripeTrouble) -> timedelta:
    asked = trouble.retry_after if isinstance(trouble, StripeDown) else None
    grown = delay_after(step.attempts, FIRST_DELAY, LONGEST_DELAY)
    return timedelta(seconds=max(grown, asked or 0.0))


def sells(session: Json, track: str, prices: Set[str]) -> bool:
    """Whether a Checkout is about to sell a track: by one of its prices, or as its metadata says.

    `track`: its key.
    """
    named = text(mapping(session.get("metadata")).get("track"))
    if named is not None and track_key(named) == track:
        return True
    items = mappings(session.get("line_items"))
    return any(identifier(item.get("price")) in prices for item in items)


AT_ONCE = 4
"""Tracks that are worked on at the same time."""
LONGEST_WAIT = 60.0
"""Seconds between looks at the store, in case a wake-up is lost."""


@dataclass(eq=False)
class OffSale(Loop):
    """A part of the running bot."""

    store: Store
    api: StripeApi | None
    """Without a key nothing is done."""
    scope: AccountScope
    clock: Clock
    announce: Callable[[], None]
    """Called when there is news for Discord."""

    def __post_init__(self) -> None:
        super().__init__()
        self._working: dict[int, asyncio.Task[None]] = {}
        """By the track's id."""

    async def run(self) -> None:
        """Work until `stop`: at once when woken, and whenever something is due.

        A track that takes long holds up no other one.
        """
        async with asyncio.TaskGroup() as self._group:
            await super().run()

    async def step(self) -> Rest:
        """Begin with what is due."""
        now = self.clock()
        await self._start_due(now)
        return Rest(await self._seconds_to_next(now))

    async def settle(self) -> None:
        """Do all that is due at this moment, each track once."""
        seen: set[int] = set()
        async with asyncio.TaskGroup() as self._group:
            while await self._start_due(self.clock(), seen):
                seen |= self._working.keys()
                await asyncio.wait(self._working.values(), return_when=asyncio.FIRST_COMPLETED)

    async def _start_due(self, now: datetime, seen: Collection[int] = ()) -> int:
        """Begin with as many tracks as there are places for; how many are being worked on."""
        if self.api is None or self._stop.asked:
            return len(self._working)
        async with self.store.read() as connection:
            due = await off_sale_tracks.due(connection, self._live, now)
        for track in due:
            id_ = track.track_id
            if len(self._working) < AT_ONCE and id_ not in self._working and id_ not in seen:
                self._working[id_] = self._group.create_task(self._try(self.api, track))
                self._working[id_].add_done_callback(partial(self._finished, id_))
        return len(self._working)

    def _finished(self, track_id: int, _: asyncio.Task[None]) -> None:
        del self._working[track_id]
        self._woken.set()

    async def _try(self, api: StripeApi, track: DueTrack) -> None:
        work = TrackWork(
            *(self.store, api, self.scope, self.clock, track, self.announce),
            goes_on=lambda: not self._stop.asked,
        )
        try:
            try:
                await work.take_off()
            except StoreUnavailable:
                raise
            except Exception:
                # One track must not hold up the others; its steps wait a while.
                log.exception("off sale failed", track=track.track_id)
                await work.put_off(LATER)
        except StoreUnavailable:
            await self._pause(self._stop.event, AGAIN_SECONDS)

    async def _seconds_to_next(self, since: datetime) -> float:
        # What was due by then is being worked on, or waits for a place: what finishes wakes us.
        if self.api is None:
            return LONGEST_WAIT
        async with self.store.read() as connection:
            soonest = await off_sale_tracks.next_due(connection, self._live, since)
        if soonest is None:
            return LONGEST_WAIT
        return min(max((soonest - self.clock()).total_seconds(), 0.0), LONGEST_WAIT)

    @property
    def _live(self) -> bool:
        return self.scope.livemode is True
