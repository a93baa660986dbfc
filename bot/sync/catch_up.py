"""Fetches the events that no webhook brought from Stripe's own list.

They are accepted like a webhook's, where duplicates are dropped by their id, so the same worker
does the rest. Without webhooks, or while none comes although there are sales, all events come this
way. https://docs.stripe.com/api/events/list
"""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain import test_sale
from bot.domain.event_types import TYPES, subject_of
from bot.domain.import_progress import EventsSeen
from bot.domain.json_access import Json, NotUnderstood, identifier, moment
from bot.domain.parse import payment_of
from bot.domain.period import Clock, day_number
from bot.domain.polling import OFTEN_FOR, Polling
from bot.domain.sale import Producer
from bot.domain.stripe_view import view_of_event
from bot.loops import Loop, Rest
from bot.store import outbox
from bot.store.books.sync_progress import (
    events_known,
    import_progress,
    note_events,
    note_import,
    note_polling,
    payments_lately,
    polling_noted,
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

# A webhook is given this long to come by itself; at the start nothing is waited for.
WEBHOOKS_MAY_TAKE = timedelta(minutes=5)
SILENCE = timedelta(minutes=10)
"""So long after a sale, webhooks that have brought nothing since do not come at all."""
TRUSTED = timedelta(hours=1)
"""So long webhooks that come are taken for complete."""
FEES_EVERY = timedelta(minutes=50)
"""How often returned fees are looked for, of which there are no events."""
AT_MOST_EVERY = 1.0
"""Seconds between two looks, whatever is expected."""
SECOND = timedelta(seconds=1)
GROUP = 100
"""Events that are put into the inbox together."""


class _Found(NamedTuple):
    """The sales in Stripe's list that were new, and when they were made."""

    sales: Mapping[str, datetime] = {}
    missed: Mapping[str, datetime] = {}
    """Those that a webhook had the time to report, and none did."""


class CatchUp(Loop):
    """Asks Stripe, at the start and then by `Polling`, for what has happened since last time."""

    def __init__(
        self,
        store: Store,
        api: StripeApi,
        intake: Intake,
        scope: AccountScope,
        clock: Clock,
        *,
        webhooks: bool,
        absent: Callable[[], None],
        announce: Callable[[], None],
    ) -> None:
        """`webhooks`: whether they are set up. `absent` is called when so much time was missed that
        it must be imported; `announce` when there is news for Discord.
        """
        super().__init__()
        self._store = store
        self._api = api
        self._intake = intake
        self._scope = scope
        self._clock = clock
        self._webhooks = webhooks
        self._livemode = scope.livemode is True
        waiting = note_waiting(store, self._livemode, of="events")
        persistence = Persistence(api.pause, stop=self._stop, waiting=waiting)
        self._history = api.persistent(persistence.ask).history()
        self._fee_returns = FeeReturns(store, self._history, scope, clock, livemode=self._livemode)
        self._absent = absent
        self._announce = announce
        self._reads = 0
        self._polling: Polling | None = None
        self._up_since: datetime | None = None
        self._looked: datetime | None = None
        self._heard: datetime | None = None
        self._missed_since: datetime | None = None
        self._expected_until: datetime | None = None
        self._at_once = False
        self.works = False
        """Whether the last look went well, so that no event is missing."""

    async def take_webhook(self, body: bytes, event: Mapping[str, Any], received: datetime) -> None:
        """Accept an event that a webhook brought, and know by it that they come."""
        await self._intake.accept(body, event, received)
        if event["type"] == test_sale.TYPE:
            return
        self._heard, self._missed_since = received, None
        if self._polling is not None and self._polling.silent_since is not None:
            self._look_now()

    def expect(self) -> None:
        """Say that a sale may come within minutes: where no webhook would bring it, ask often."""
        self._expected_until = self._clock() + OFTEN_FOR
        if self._polling is not None and self._polling.alone:
            self.wake()

    def expect_now(self) -> None:
        """Say that a buyer has just paid."""
        self.expect()
        if self._polling is not None and self._polling.alone:
            self._look_now()

    def _look_now(self) -> None:
        self._at_once = True
        self.wake()

    def how(self) -> Polling | None:
        """How Stripe is asked at this moment; None before the first look."""
        if self._polling is None or self._looked is None:
            return None
        return replace(
            self._polling, expected_until=self._expected_until, next=self._next(self._polling)
        )

    async def step(self) -> Rest:
        """Look if it is time to."""
        if self._looked is not None and self._looked > self._clock():
            # The clock was set back: what was to come by it would come late.
            self._at_once, self._expected_until, self._missed_since = True, None, None
        if self._seconds() <= 0:
            await self.look()
        seconds = self._seconds()
        return Rest(seconds, deaf=min(seconds, AT_MOST_EVERY))

    def _seconds(self) -> float:
        """Until the next look."""
        if self._polling is None or self._at_once:
            return 0.0
        return (self._next(self._polling) - self._clock()).total_seconds()

    def _next(self, polling: Polling) -> datetime:
        now = self._clock()
        looked = self._looked or now
        if polling.alone:
            expected = self._expected_until is not None and now < self._expected_until
            return looked + polling.every(expected=expected)
        if self._missed_since is not None:
            return max(looked, self._missed_since + SILENCE)
        every = max(polling.every(), SILENCE)
        trusted = min(self._heard or looked, looked + TRUSTED - every)
        return max(looked, trusted) + every

    async def look(self) -> None:
        """Fetch what has happened since last time, once. Raises StoreUnavailable and Stopped."""
        now = self._clock()
        self._at_once = False
        seen = await self._seen(now)
        polling = await self._whether_webhooks_came()
        first, self._up_since = self._up_since is None, self._up_since or now
        whole = first or polling.alone
        end = seconds_of(now) + SECOND if whole else seconds_of(now - WEBHOOKS_MAY_TAKE)
        span = Span(events_begin(seen, now), end)
        found = _Found()
        try:
            seen, found = await self._fetch(seen, span)
            seen = await self._look_for_returned_fees(seen, span)
            seen = replace(seen, looked=self._clock(), trouble="")
        except StripeTrouble as trouble:
            log.error("events cannot be listed", reason=str(trouble))
            # As far as it got: a long list is noted in parts.
            seen = replace(await self._seen(now), trouble=str(trouble))
        if found.sales:
            self._expected_until = self._clock() + OFTEN_FOR
        await self._note(seen, polling, found)

    async def _seen(self, now: datetime) -> EventsSeen:
        """What was asked for until now. What Stripe has forgotten since is to be imported."""
        async with self._store.write() as connection:
            seen = _by_clock(await begin_events(connection, self._livemode, now), now)
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

    async def _whether_webhooks_came(self) -> Polling:
        """How Stripe is asked from now on. Webhooks that came again are told of."""
        polling = self._polling
        if polling is None:
            async with self._store.read() as connection:
                polling = await polling_noted(connection, self._livemode)
            polling = replace(polling, webhooks=self._webhooks)
        since = polling.silent_since if self._webhooks else None
        if since is not None and self._heard is not None and self._heard > since:
            log.info("webhooks come again", silent_since=since.isoformat())
            async with self._store.write() as connection:
                producer = await self._scope.producer(connection, livemode=self._livemode)
                await self._say(connection, producer, "webhooks_back", int(since.timestamp()))
            since = None
        return replace(polling, silent_since=since)

    async def _fetch(self, seen: EventsSeen, whole: Span) -> tuple[EventsSeen, _Found]:
        async def events(span: Span, most: int | None) -> Sequence[Json]:
            return await self._history.events(span, list(TYPES), most)

        every = _Found()
        async with aclosing(windows(whole, events)) as walk:
            async for span, listed in walk:
                found = await self._take(listed)
                every = _Found({**found.sales, **every.sales}, {**found.missed, **every.missed})
                seen = replace(seen, until=max(seen.until, span.end), trouble="")
                if span.end < whole.end:
                    async with self._store.write() as connection:
                        await note_events(connection, self._livemode, seen)
        return seen, every

    async def _take(self, events: Sequence[Json]) -> _Found:
        """Put what has not come yet into the inbox."""
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
        sales = {
            subject: created
            for event in reversed(fresh)
            if _tells_of_sale(event)
            and (subject := subject_of(event))
            and (created := moment(event.get("created")))
        }
        missed = {
            subject: created
            for subject, created in sales.items()
            if subject not in heard and self._should_have_come(created, now)
        }
        return _Found(sales, missed)

    def _should_have_come(self, created: datetime, now: datetime) -> bool:
        """Whether a webhook had the time to bring an event of that moment."""
        up = self._up_since
        return up is not None and up + WEBHOOKS_MAY_TAKE <= created <= now - WEBHOOKS_MAY_TAKE

    async def _look_for_returned_fees(self, seen: EventsSeen, span: Span) -> EventsSeen:
        until = seen.fees_until and min(seen.fees_until, span.end)
        if until is not None and span.end - until < FEES_EVERY:
            return seen
        start = span.start if until is None else max(until - OVERLAP, seen.begin)
        if await self._fee_returns.look(Span(start, span.end)):
            self._announce()
        return replace(seen, fees_until=span.end)

    async def _note(self, seen: EventsSeen, polling: Polling, found: _Found) -> None:
        """Note how far events were read and what that took; tell of webhooks that do not come."""
        now, reads = self._clock(), self._api.reads
        async with self._store.write() as connection:
            producer = await self._scope.producer(connection, livemode=self._livemode)
            await note_events(connection, self._livemode, seen)
            payments = await payments_lately(connection, producer, now)
            polling = polling.spent(reads - self._reads, payments, now)
            missed = found.sales if polling.silent_since else found.missed
            if not polling.alone:
                polling = replace(polling, silent_since=self._silent_since(missed, now))
            if self._webhooks and missed:
                log.warning("no webhooks come although there are sales", sales=len(missed))
                day = day_number(now, producer.timezone)
                await self._say(connection, producer, "webhooks_missing", day, count=len(missed))
            await note_polling(connection, self._livemode, polling)
        self._reads, self._polling, self._looked = reads, polling, now
        self.works = not seen.trouble

    def _silent_since(self, missed: Mapping[str, datetime], now: datetime) -> datetime | None:
        """Since when no webhook comes although there are sales; None while that is not sure."""
        first = min((created for created in missed.values()), default=None)
        if first is not None and (self._heard is None or self._heard < first):
            self._missed_since = self._missed_since or first
        since = self._missed_since
        return since if since is not None and since <= now - SILENCE else None

    async def _say(
        self, connection: AsyncConnection, producer: Producer, what: str, key: int, **more: object
    ) -> None:
        """Tell the producer of their webhooks, once for each `key`."""
        subject = "notice:webhooks"
        await outbox.put(
            connection,
            producer.id,
            kind="notice",
            subject=subject,
            key=f"{subject}:{key}",
            now=self._clock(),
            payload={"what": what, **more},
        )
        self._announce()


def _by_clock(seen: EventsSeen, now: datetime) -> EventsSeen:
    """As it is, unless the clock was ahead: what is still to come cannot have been read."""
    if max(seen.begin, seen.until) <= now + SECOND:
        return seen
    latest = seconds_of(now) - OVERLAP
    return replace(seen, begin=min(seen.begin, latest), until=min(seen.until, latest))


def _tells_of_sale(event: Json) -> bool:
    try:
        return payment_of(view_of_event(event)) is not None
    except NotUnderstood:
        return False
