"""One producer's new messages, or their edits: batch after batch, in order.

News with a channel of its own waits for that channel alone: while one channel takes nothing, the
others go on. So it is with messages: one that fails while others pass is tried after them, and is
set aside in the end; what was set aside is tried again at the start and every hour. A queue rests
in three cases. Idle: until there is something to send. Blocked: until a channel may be fit again.
After a failure that can pass: for the backoff's time; a wake-up ends it, but not in the first
seconds.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeAlias

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.batching import Action, Batch, Held, next_batch, next_edit
from bot.delivery.channels import ChannelAccess
from bot.delivery.dedupe import Dedupe
from bot.delivery.discord_api import ChannelRef, DiscordApi
from bot.delivery.retry import FAILURES, FailingMessages, Failure, FailureKind, failure_of, pauses
from bot.delivery.sender import Destination, Sender
from bot.domain.news import RouteChannel, Way, route_channels
from bot.domain.period import Clock
from bot.domain.sale import Producer
from bot.loops import Loop, Pause, Rest, Stop
from bot.store import outbox
from bot.store.books import producers
from bot.store.engine import Store, StoreUnavailable
from bot.store.outbox import OutboxRow, Part

log = structlog.get_logger()

Waiting: TypeAlias = list[tuple[RouteChannel, list[OutboxRow]]]
"""What is to be sent, by channel."""

WINDOW = 200
"""How many open rows are looked at together."""
SUMMARY_WINDOW = 2000
LOOK_AGAIN = 60.0
"""Seconds between looks at a channel that takes nothing, or at an outbox that was empty."""
LOOKS_APART = 2.0
"""Seconds between such looks at least, however often we are woken: each may cost a refusal."""
LOGIN_AGAIN = 1.0
DEAF = 5.0
"""Seconds after a failure in which nothing is tried, whatever arrives; or longer, where Discord
says so. Something new may pass though the last message did not."""
ASIDE_AGAIN = timedelta(hours=1)
"""From one try of what was set aside to the next."""


class Halted(Exception):
    """Discord does not accept the token: nothing more may be asked of it."""


BLOCKED = Rest(LOOK_AGAIN, deaf=LOOKS_APART)


class ProducerQueue(Loop):
    """Sends one producer's messages, or edits them, until `stop` is asked."""

    def __init__(
        self,
        producer_id: int,
        store: Store,
        clock: Clock,
        part: Part,
        *,
        api: DiscordApi,
        access: ChannelAccess,
        sender: Sender,
        stop: Stop,
        pause: Pause,
        posted: Callable[[], None],
    ) -> None:
        """`posted` is called when a message was posted, so that it can be edited."""
        super().__init__(stop=stop, pause=pause)
        self._producer_id = producer_id
        self._store = store
        self._clock = clock
        self._part = part
        self._api = api
        self._access = access
        self._sender = sender
        self._dedupe = Dedupe(store, api, clock)
        self._posted = posted
        self._backoff = pauses()
        self._failing = FailingMessages()
        self._alone: set[int] = set()
        self._shut: set[int | None] = set()
        self._tried_aside: datetime | None = None
        """When what was set aside was last tried again."""

    def try_aside(self) -> None:
        """Say that what was set aside may pass now."""
        self._tried_aside = None
        self.wake()

    async def step(self) -> Rest | None:
        """Send one batch. Raises Halted and StoreUnavailable."""
        try:
            return await self._next()
        except (Halted, StoreUnavailable):
            raise
        except Exception:
            # A mistake in the bot must not end the queue: alerts are kept, and tried again.
            log.exception("dispatcher went wrong", producer=self._producer_id)
        return self._back_off()

    async def _next(self) -> Rest | None:
        if not self._api.possible:
            return Rest(LOGIN_AGAIN)
        await self._reopen_aside()
        producer, waiting = await self._read()
        # A channel that took nothing is asked again once the others have nothing left to do.
        waiting.sort(key=lambda one: (one[0].channel_id in self._shut, one[1][0].id))
        failures: list[Failure] = []
        for route, rows in waiting:
            try:
                rights = await self._access.look(producer, route)
            except FAILURES as error:
                failures.append(failure_of(error))
                self._shut.add(route.channel_id)
                continue
            if rights.trouble is None and route.channel_id is not None:
                self._shut.discard(route.channel_id)
                where = ChannelRef(route.channel_id, producer.guild_id)
                to = Destination(producer, route, where, rights.history, rights.files)
                return self._after(await self._work(to, rows), route, waiting)
            self._shut.add(route.channel_id)
        if failures:
            return self._failed(failures[0])
        if not waiting and self._part is Part.POSTS:
            await self._access.watch(producer)
        return BLOCKED if waiting else self._idle()

    async def _reopen_aside(self) -> None:
        now = self._clock()
        if self._tried_aside is not None and now - self._tried_aside < ASIDE_AGAIN:
            return
        async with self._store.read() as connection:
            aside = await outbox.failures(connection, self._producer_id, 1)
        if aside:
            async with self._store.write() as connection:
                await outbox.reopen(connection, self._producer_id, self._part)
        self._tried_aside = now

    async def _read(self) -> tuple[Producer, Waiting]:
        """The producer, and what is open for each of their channels that has something to take."""
        async with self._store.read() as connection:
            producer = await producers.by_id(connection, self._producer_id)
            known = route_channels(producer.channel_id, producer.preferences.channels)
            ways = [route.ways if len(known) > 1 else None for route in known]
            found = [await self._open(connection, WINDOW, some) for some in ways]
        waiting = zip(known, found, strict=True)
        return producer, [(route, rows) for route, rows in waiting if self._plan(rows) is not None]

    async def _open(
        self, connection: AsyncConnection, window: int, ways: Collection[Way] | None
    ) -> list[OutboxRow]:
        """Open rows in order, beyond those that rest."""
        window += len(self._failing.resting(self._clock()))
        return await outbox.open_rows(connection, self._producer_id, window, ways, self._part)

    def _idle(self) -> Rest:
        soonest = self._failing.soonest()
        if soonest is None:
            return Rest(LOOK_AGAIN)
        return Rest(min(LOOK_AGAIN, max(0.0, (soonest - self._clock()).total_seconds())))

    async def _work(self, to: Destination, rows: Sequence[OutboxRow]) -> Failure | None:
        """Send one batch of a channel's rows; return the failure, if any."""
        try:
            rows = await self._unsent(to, rows)
        except FAILURES as error:
            return failure_of(error)
        batch = self._plan(rows)
        if batch is not None and batch.action is Action.SUMMARY:
            async with self._store.read() as connection:
                rows = await self._open(connection, SUMMARY_WINDOW, to.route.ways)
            batch = self._plan(rows)
        if batch is None:
            return None
        if batch.action is Action.EDIT:
            batch = await self._sender.with_shared(to, batch, rows)
        began = self._clock()
        failure = await self._sender.send(to, batch)
        if failure is None or failure.kind is FailureKind.GONE:
            self._backoff.reset()
            self._failing.passed(batch.ids, self._clock())
        if self._part is Part.EDITS:
            return await self._after_edit(to, batch, failure, began)
        failure = await self._after_message(to, batch, failure, began)
        following = self._plan(rows)
        if failure is None or failure.general or following is None:
            return failure
        return replace(failure, others_wait=not self._failing.is_behind(following.ids))

    async def _unsent(self, to: Destination, rows: Sequence[OutboxRow]) -> Sequence[OutboxRow]:
        """The rows without those that the channel shows already, which are closed."""
        if self._part is Part.EDITS or not to.history:
            return rows
        unsent = await self._dedupe.unsent(to.producer, to.where, rows)
        if len(unsent) < len(rows):
            self._posted()
        return unsent

    def _plan(self, rows: Sequence[OutboxRow]) -> Batch | None:
        now = self._clock()
        held = Held(
            alone=self._alone,
            resting=self._failing.resting(now),
            behind=self._failing.behind,
            one_by_one=self._failing.none_passed_since,
            newest_first=self._failing.newest_first,
        )
        return next_edit(rows, held) if self._part is Part.EDITS else next_batch(rows, now, held)

    async def _after_message(
        self, to: Destination, batch: Batch, failure: Failure | None, began: datetime
    ) -> Failure | None:
        """Note what a new message showed about itself and its channel."""
        if failure is None:
            self._posted()
            await self._access.took(to.route)
        elif failure.kind is FailureKind.BLOCKED:
            await self._access.shut(to.route, failure.reason)
        elif failure.kind is FailureKind.REFUSED:
            self._set_aside(batch)
        elif self._fails_alone(batch, failure, began):
            await self._sender.set_aside(to, batch, failure)
            self._set_aside(batch)
        elif self._is_suspect(batch, failure) and await self._sender.split(to, batch, failure):
            self._backoff.reset()
            self._set_aside(batch)
        return failure

    def _is_suspect(self, batch: Batch, failure: Failure) -> bool:
        """Whether sales that share a message fail long enough to be tried one by one."""
        shared = len(batch.rows) > 1 and batch.action is Action.ANNOUNCE
        return shared and failure.final and self._failing.is_behind(batch.ids)

    def _fails_alone(self, batch: Batch, failure: Failure, began: datetime) -> bool:
        """Whether it had no answer for so long, while others passed, that it is set aside."""
        if failure.kind is not FailureKind.RETRY or failure.general:
            return False
        suspect = not self._alone.isdisjoint(batch.ids)
        return self._failing.failed(batch.ids, began, self._clock(), suspect=suspect)

    async def _after_edit(
        self, to: Destination, batch: Batch, failure: Failure | None, began: datetime
    ) -> Failure | None:
        """Note what an edit showed about its message; it shows nothing about the channel."""
        if failure is None or failure.kind in (FailureKind.GONE, FailureKind.HALTED):
            return failure
        if failure.kind is FailureKind.REFUSED:
            self._set_aside(batch)
            return failure
        later = failure.kind in (FailureKind.LATER, FailureKind.BLOCKED) or failure.wait > 0
        if later:
            given_up = self._failing.refused(batch.ids, began, self._clock(), failure.wait)
        else:
            given_up = self._fails_alone(batch, failure, began)
        if given_up:
            await self._sender.set_aside(to, batch, failure)
            self._set_aside(batch)
        if failure.kind is FailureKind.LATER:
            return failure
        # Others may be refused as well: they are not all to be tried in a row.
        return replace(failure, kind=FailureKind.RETRY, wait=0.0)

    def _set_aside(self, batch: Batch) -> None:
        self._failing.forget(batch.ids)
        self._alone.update(row.id for row in batch.rows if len(batch.rows) > 1)

    def _after(self, failure: Failure | None, route: RouteChannel, waiting: Waiting) -> Rest | None:
        rest = None if failure is None else self._failed(failure)
        if failure is not None and failure.kind is FailureKind.BLOCKED:
            self._shut.add(route.channel_id)
            others = any(other.channel_id not in self._shut for other, _ in waiting)
            return None if others else rest
        return rest

    def _failed(self, failure: Failure) -> Rest | None:
        """The rest that a failure asks for; None when other rows may go on."""
        if failure.kind is FailureKind.HALTED:
            raise Halted(failure.reason)
        if failure.kind in (FailureKind.RETRY, FailureKind.UNREFERENCED):
            rest = self._back_off(failure.wait, DEAF if failure.others_wait else None)
            log.warning("discord failed", reason=failure.reason, again_in=round(rest.seconds, 1))
            return rest
        self._backoff.reset()
        return BLOCKED if failure.kind is FailureKind.BLOCKED else None

    def _back_off(self, at_least: float = 0.0, at_most: float | None = None) -> Rest:
        seconds = self._backoff.next()
        seconds = max(at_least, seconds if at_most is None else min(seconds, at_most))
        return Rest(seconds, deaf=max(at_least, min(seconds, DEAF)))
