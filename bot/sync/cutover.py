"""What the import of past sales covers, and from when events take over.

What happened before the cutover is recorded quietly by the import. What happened after it comes by
an event, from a webhook or from Stripe's list, and is announced; the import leaves it alone, since
what it recorded first would no longer be news when its event comes.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeAlias

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.import_progress import EventsSeen, ImportProgress
from bot.domain.period import Clock
from bot.store import inbox
from bot.store.books.sync_progress import events_seen, import_progress, note_events, note_import
from bot.store.engine import Store
from bot.sync.time_windows import seconds_of
from bot.sync.unbooked import CHECKOUT_LIVES

# Stripe keeps events for 30 days; an hour is ours. https://docs.stripe.com/api/events
EVENTS_KEPT = timedelta(days=30) - timedelta(hours=1)
# Events can become visible in the list late, and clocks differ: so much is always read again.
OVERLAP = timedelta(minutes=15)


def events_begin(seen: EventsSeen, now: datetime) -> datetime:
    """From when on events are asked for now."""
    return max(seen.begin, seen.until - OVERLAP, seconds_of(now - EVENTS_KEPT))


async def cutover_at(connection: AsyncConnection, livemode: bool, now: datetime) -> datetime:
    """The moment from which on events announce sales, or will."""
    seen = await events_seen(connection, livemode)
    if seen is not None:
        return events_begin(seen, now)
    # The bot has not run with a key yet. If it has ever run, an event may just be on its way.
    ran = await inbox.latest(connection) is not None
    return seconds_of(now - OVERLAP if ran else now)


async def begin_events(connection: AsyncConnection, livemode: bool, now: datetime) -> EventsSeen:
    """What has been seen of events. At the first start with a key they count from now on, and for
    the minutes before, whose webhooks may still be on their way.
    """
    seen = await events_seen(connection, livemode)
    if seen is None:
        seen = EventsSeen(begin=seconds_of(now - OVERLAP), until=seconds_of(now))
        await note_events(connection, livemode, seen)
    return seen


Beginning: TypeAlias = Callable[[], Awaitable[datetime]]
"""Before this moment, the account can have sold nothing."""


async def at_start(
    store: Store, beginning: Beginning, clock: Clock, *, livemode: bool
) -> ImportProgress:
    """What the bot has to import by itself, all up to where its events began; kept in the store."""
    async with store.write() as connection:
        begin = (await begin_events(connection, livemode, clock())).begin
        plan = await import_progress(connection, livemode)
    if plan is None:
        start = await beginning()
        plan = ImportProgress(start=start, end=max(begin, start), done_until=start)
    elif plan.end < begin:
        # An import was made before the bot ever ran. A Checkout opened at its end may have been
        # paid since.
        again = max(plan.start, min(plan.done_until, plan.end - CHECKOUT_LIVES))
        plan = replace(plan, end=begin, done_until=again)
    async with store.write() as connection:
        await note_import(connection, livemode, plan)
    return plan


async def by_command(
    store: Store, beginning: Beginning, clock: Clock, *, livemode: bool, since: datetime | None
) -> tuple[ImportProgress, bool]:
    """What the operator asks for: everything, or what was created `since`; and whether to keep it.

    The same command again goes on with what is not finished. An import of the bot's own that is
    not finished keeps its note: this one may leave out what that one still has to do.
    """
    async with store.read() as connection:
        border = await cutover_at(connection, livemode, clock())
        known = await import_progress(connection, livemode)
    start = min(since or await beginning(), border)
    open_ = known if known and not known.finished else None
    if open_ and (open_.start == start if since else not open_.partial):
        return replace(open_, end=max(open_.end, border)), True
    plan = ImportProgress(start=start, end=border, done_until=start, partial=since is not None)
    return plan, open_ is None


def after_absence(plan: ImportProgress | None, since: datetime, until: datetime) -> ImportProgress:
    """What is to be imported when events are gone that happened `since` and before `until`.

    An import that is not finished goes on, as far as is needed now.
    """
    start = since - CHECKOUT_LIVES
    if plan is None or plan.finished:
        return ImportProgress(start=start, end=until, done_until=start, away=True)
    again = min(plan.done_until, start)
    return replace(
        plan, start=min(plan.start, again), end=max(plan.end, until), done_until=again, away=True
    )
