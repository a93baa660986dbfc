"""One producer's work: unit after unit, in order, resting when it must.

News that has a channel of its own waits for that channel alone: while one takes nothing, the others
go on. A lane rests in three ways. Idle: until something is to be told. Blocked: until a channel may
be fit again. After a failure that can pass: for the backoff's time, whatever arrives meanwhile.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerts.backoff import Backoff
from bot.alerts.delivery import Delivery, Where
from bot.alerts.gate import Gate
from bot.alerts.plan import Act, Unit, next_unit
from bot.alerts.policy import FAILURES, MISTAKE, Failure, Verdict, judge
from bot.alerts.teller import Assignment, Teller
from bot.ledger.clock import Clock
from bot.ledger.records import Producer
from bot.ledger.routes import Line, Way, lines
from bot.store.books import producers
from bot.store.engine import Store, StoreUnavailable
from bot.store.queues import outbox
from bot.store.queues.outbox import OutboxRow

log = structlog.get_logger()

Waiting: TypeAlias = list[tuple[Line, list[OutboxRow]]]
"""What is to be told, by channel."""
Pause: TypeAlias = Callable[[asyncio.Event, float], Awaitable[None]]
"""Waits until the event is set, at most so many seconds."""

WINDOW = 200
"""How many open rows are looked at together."""
SUMMARY_WINDOW = 2000
LOOK_AGAIN = 60.0
"""Seconds between looks at a channel that takes nothing, or at an outbox that was empty."""
LOOKS_APART = 2.0
"""Seconds between such looks at least, however often we are woken: each may cost a refusal."""
LOGIN_AGAIN = 1.0
EDIT_LATER = timedelta(minutes=5)
"""How long a message rests that was edited too often."""


class Halted(Exception):
    """Discord does not accept the token: nothing more may be asked of it."""


@dataclass(frozen=True, slots=True)
class Rest:
    """How long to rest, in seconds, and how many of them without heeding what arrives."""

    seconds: float
    deaf: float = 0.0


BLOCKED = Rest(LOOK_AGAIN, deaf=LOOKS_APART)


class Lane:
    """Tells one producer's news until `stopping` is set."""

    def __init__(
        self,
        producer_id: int,
        store: Store,
        clock: Clock,
        *,
        delivery: Delivery,
        gate: Gate,
        teller: Teller,
        stopping: asyncio.Event,
        pause: Pause,
    ) -> None:
        self._producer_id = producer_id
        self._store = store
        self._clock = clock
        self._delivery = delivery
        self._gate = gate
        self._teller = teller
        self._stopping = stopping
        self._pause = pause
        self._woken = asyncio.Event()
        self._backoff = Backoff()
        self._mistakes = 0
        self._alone: set[int] = set()
        self._parked: dict[int, datetime] = {}
        self._shut: set[int | None] = set()

    def wake(self) -> None:
        """Say that there may be something to tell, or that the channel may be fit again."""
        self._woken.set()

    async def run(self) -> None:
        """Tell what there is until stopped, between two calls. Raises Halted."""
        while not self._stopping.is_set():
            self._woken.clear()
            rest = await self._step()
            if rest is not None:
                await self._take(rest)

    async def _take(self, rest: Rest) -> None:
        if rest.deaf:
            await self._pause(self._stopping, rest.deaf)
        if rest.seconds > rest.deaf and not self._stopping.is_set():
            await self._pause(self._woken, rest.seconds - rest.deaf)

    async def _step(self) -> Rest | None:
        try:
            return await self._next()
        except StoreUnavailable as trouble:
            log.warning("store unavailable, alerts wait", reason=str(trouble))
        except Halted:
            raise
        except Exception:
            # The lane outlives what nobody foresaw: alerts are kept, and tried again.
            log.exception("courier went wrong", producer=self._producer_id)
        return self._back_off()

    async def _next(self) -> Rest | None:
        """Do one thing; None when the next may follow at once."""
        if not self._delivery.possible:
            return Rest(LOGIN_AGAIN)
        producer, waiting = await self._read()
        # A channel that took nothing is asked again once the others have nothing left to do.
        waiting.sort(key=lambda one: (one[0].channel_id in self._shut, one[1][0].id))
        for line, rows in waiting:
            try:
                judgement = await self._gate.look(producer, line)
            except FAILURES as error:
                return self._failed(judge(error))
            if judgement.trouble is None and line.channel_id is not None:
                self._shut.discard(line.channel_id)
                where = Where(line.channel_id, producer.guild_id)
                to = Assignment(producer, line, where, judgement.history, judgement.files)
                failure = await self._work(to, rows)
                return self._after(failure, line, waiting)
            self._shut.add(line.channel_id)
        return BLOCKED if waiting else self._idle()

    async def _read(self) -> tuple[Producer, Waiting]:
        """The producer, and what is open for each of their channels that has something to take."""
        async with self._store.read() as connection:
            producer = await producers.by_id(connection, self._producer_id)
            known = lines(producer.channel_id, producer.preferences.channels)
            ways = [line.ways if len(known) > 1 else None for line in known]
            found = [await self._open(connection, WINDOW, some) for some in ways]
        return producer, [(line, rows) for line, rows in zip(known, found, strict=True) if rows]

    async def _open(
        self, connection: AsyncConnection, window: int, ways: Collection[Way] | None
    ) -> list[OutboxRow]:
        """Open rows in order, but for edits that rest."""
        rows = await outbox.open_rows(connection, self._producer_id, window, ways)
        now = self._clock()
        self._parked = {key: until for key, until in self._parked.items() if until > now}
        return [row for row in rows if row.id not in self._parked]

    def _idle(self) -> Rest:
        now = self._clock()
        waits = [(until - now).total_seconds() for until in self._parked.values()]
        return Rest(min([LOOK_AGAIN, *waits]))

    async def _work(self, to: Assignment, rows: Sequence[OutboxRow]) -> Failure | None:
        """Do one thing of a channel's rows; answer with why it could not be done, if so."""
        unit = next_unit(rows, self._clock(), self._alone)
        if unit is not None and unit.act is Act.SUMMARY:
            async with self._store.read() as connection:
                rows = await self._open(connection, SUMMARY_WINDOW, to.line.ways)
            unit = next_unit(rows, self._clock(), self._alone)
        if unit is None:
            return None
        if unit.act is Act.EDIT:
            unit = await self._teller.with_shared(to, unit, rows)
        failure = await self._teller.tell(to, unit, self._mistakes + 1)
        self._mistakes = self._mistakes + 1 if failure is MISTAKE else 0
        if failure is None:
            self._backoff.reset()
            await self._gate.took(to.line)
        elif failure.verdict is Verdict.BLOCKED:
            await self._gate.shut(to.line, failure.reason)
        elif failure.verdict is Verdict.LATER:
            self._park(unit)
        elif failure.verdict is Verdict.REFUSED:
            self._alone.update(row.id for row in unit.rows if len(unit.rows) > 1)
        return failure

    def _after(self, failure: Failure | None, line: Line, waiting: Waiting) -> Rest | None:
        """The rest to take after one thing was done, or could not be."""
        rest = None if failure is None else self._failed(failure)
        if failure is not None and failure.verdict is Verdict.BLOCKED:
            self._shut.add(line.channel_id)
            others = any(other.channel_id not in self._shut for other, _ in waiting)
            return None if others else rest
        return rest

    def _park(self, unit: Unit) -> None:
        later = self._clock() + EDIT_LATER
        self._parked |= dict.fromkeys(unit.ids, later)

    def _failed(self, failure: Failure) -> Rest | None:
        """The rest that a failure asks for; None when other rows may go on."""
        if failure.verdict is Verdict.HALTED:
            raise Halted(failure.reason)
        if failure.verdict in (Verdict.RETRY, Verdict.UNREFERENCED):
            rest = self._back_off(failure.wait)
            log.warning("discord failed", reason=failure.reason, again_in=round(rest.seconds, 1))
            return rest
        self._backoff.reset()
        return BLOCKED if failure.verdict is Verdict.BLOCKED else None

    def _back_off(self, at_least: float = 0.0) -> Rest:
        seconds = self._backoff.next(at_least)
        return Rest(seconds, deaf=seconds)
