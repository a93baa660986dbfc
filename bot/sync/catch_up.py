"""Fetches the events that no webhook brought from Stripe's own list.

They are accepted like a webhook's, where duplicates are dropped by their id, so the same worker
does the rest. https://docs.stripe.com/api/events/list
"""

import asyncio
import json
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import structlog

from bot.domain.event_types import TYPES, subject_of
from bot.domain.import_progress import EventsSeen
from bot.domain.json_access import Json, NotUnderstood, identifier, moment
from bot.domain.parse import payment_of
from bot.domain.period import Clock, day_number
from bot.domain.stripe_view import view_of_event
from bot.loops import Loop, Rest
from bot.store import outbox
from bot.store.books.sync_progress import (
    events_known,
    import_progress,
    note_events,
    note_import,
    subjects_heard_of,
)
from bot.store.engine import Store
from bot.stripe_api import Span, StripeApi, StripeTrouble
from bot.sync.accept import Intake
from bot.sync.account_scope import AccountScope
from bot.sync.cutover import OVERLAP, after_absence, begin_events, events_begin
from bot.sync.stripe_calls import Persistence, note_waiting
from bot.sync.time_windows import seconds_of, windows
from bot.sync.unbooked import FeeReturns

log = structlog.get_logger()

EVERY = 3600.0
"""Seconds between two looks."""
# A webhook is given this long to come by itself; at the start nothing is waited for.
WEBHOOKS_MAY_TAKE = timedelta(minutes=5)
SECOND = timedelta(seconds=1)
GROUP = 100
"""Events that are put into the inbox together."""


class CatchUp(Loop):
    """Asks Stripe at the start, and every hour, for what has happened since it was last asked."""

    def __init__(
        self,
        store: Store,
        api: StripeApi,
        intake: Intake,
        scope: AccountScope,
        clock: Clock,
        *,
        absent: Callable[[], None],
        announce: Callable[[], None],
    ) -> None:
        """`absent` is called when so much time was missed that it must be imported; `announce`
        when there is news for Discord.
        """
        super().__init__()
        self._store = store
        self._history = api.history()
        self._intake = intake
        self._scope = scope
        self._clock = clock
        self._livemode = scope.livemode is True
        waiting = note_waiting(store, self._livemode, of="events")
        self._persistence = Persistence(api.pause, stop=self._stop, waiting=waiting)
        self._fee_returns = FeeReturns(
            store,
            self._history,
            scope,
            clock,
            livemode=self._livemode,
            persistence=self._persistence,
        )
        self._absent = absent
        self._announce = announce
        self._up_since: datetime | None = None

    async def step(self) -> Rest:
        """Look now and every hour."""
        await self.look()
        return Rest(EVERY)

    async def look(self) -> None:
        """Fetch what has happened since last time, once. Raises StoreUnavailable and Stopped."""
        now = self._clock()
        seen = await self._seen(now)
        first, self._up_since = self._up_since is None, self._up_since or now
        end = seconds_of(now) + SECOND if first else seconds_of(now - WEBHOOKS_MAY_TAKE)
        span = Span(events_begin(seen, now), end)
        try:
            await self._fetch(seen, span)
            if await self._fee_returns.look(span):
                self._announce()
        except StripeTrouble as trouble:
            log.error("events cannot be listed", reason=str(trouble))
            async with self._store.write() as connection:
                seen = await begin_events(connection, self._livemode, now)
                noted = replace(seen, trouble=str(trouble))
                await note_events(connection, self._livemode, noted)

    async def _seen(self, now: datetime) -> EventsSeen:
        """What was asked for until now. What Stripe has forgotten since is to be imported."""
        async with self._store.write() as connection:
            seen = await begin_events(connection, self._livemode, now)
            since, possible = max(seen.begin, seen.until - OVERLAP), events_begin(seen, now)
            if since >= possible:
                return seen
            plan = await import_progress(connection, self._livemode)
            plan = after_absence(plan, since, possible)
            await note_import(connection, self._livemode, plan)
            log.warning("away longer than stripe keeps events", since=since.isoformat())
            # Noted together, so that the import is asked for once.
            seen = replace(seen, until=possible + OVERLAP)
            await note_events(connection, self._livemode, seen)
        self._absent()
        return seen

    async def _fetch(self, seen: EventsSeen, whole: Span) -> None:
        async def events(span: Span, most: int | None) -> Sequence[Json]:
            listed = partial(self._history.events, span, list(TYPES), most)
            return await self._persistence.ask(listed)

        missed: set[str] = set()
        async with aclosing(windows(whole, events)) as walk:
            async for span, found in walk:
                missed |= await self._take(found)
                seen = replace(seen, until=max(seen.until, span.end), trouble="")
                async with self._store.write() as connection:
                    await note_events(connection, self._livemode, seen)
        async with self._store.write() as connection:
            seen = replace(seen, looked=self._clock(), trouble="")
            await note_events(connection, self._livemode, seen)
        if missed:
            await self._say_missing(len(missed))

    async def _take(self, events: Sequence[Json]) -> set[str]:
        """Put what has not come yet into the inbox; return the sales that no webhook brought in
        time."""
        by_id = {id_: event for event in events if (id_ := identifier(event))}
        async with self._store.read() as connection:
            known = await events_known(connection, by_id)
            fresh = [event for id_, event in by_id.items() if id_ not in known]
            subjects = {subject for event in fresh if (subject := subject_of(event))}
            heard = await subjects_heard_of(connection, self._livemode, subjects)
        now = self._clock()
        for start in range(0, len(fresh), GROUP):
            some = fresh[start : start + GROUP]
            bodies = [json.dumps(event).encode() for event in some]
            accept = self._intake.accept
            await asyncio.gather(*(accept(*each, now) for each in zip(bodies, some, strict=True)))
        if fresh:
            log.info("events caught up", events=len(fresh))
        late = (subject_of(event) for event in fresh if self._should_have_come(event, now))
        return {subject for subject in late if subject and subject not in heard}

    def _should_have_come(self, event: Json, now: datetime) -> bool:
        """Whether an event is about a sale and a webhook had the time to bring it."""
        created = moment(event.get("created"))
        if created is None or self._up_since is None:
            return False
        up = self._up_since + WEBHOOKS_MAY_TAKE <= created <= now - WEBHOOKS_MAY_TAKE
        return up and _tells_of_sale(event)

    async def _say_missing(self, count: int) -> None:
        """Tell the producer, at most once a day, that webhooks do not come."""
        now = self._clock()
        log.warning("no webhooks come although there are sales", sales=count)
        async with self._store.write() as connection:
            producer = await self._scope.producer(connection, livemode=self._livemode)
            await outbox.put(
                connection,
                producer.id,
                kind="notice",
                subject="notice:webhooks",
                key=f"notice:webhooks:{day_number(now, producer.timezone)}",
                now=now,
                payload={"what": "webhooks_missing", "count": count},
            )
        self._announce()


def _tells_of_sale(event: Json) -> bool:
    try:
        return payment_of(view_of_event(event)) is not None
    except NotUnderstood:
        return False
