"""Where the import of the past ends and events take over: nothing untold, nothing told twice.

What happened before the handover is recorded quietly by the import. What happened after it comes
by an event, from the webhook or from Stripe's list, and is told; the import leaves it alone, since
what it recorded first would be no news any more when its event comes.
"""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.progress import EventsSeen
from bot.store.books.progress import events_seen, note_events
from bot.store.queues import events
from bot.sync.time_windows import seconds_of

# Stripe keeps events for 30 days; an hour is ours. https://docs.stripe.com/api/events
EVENTS_KEPT = timedelta(days=30) - timedelta(hours=1)
# Events can become visible in the list late, and clocks differ: so much is always read again.
OVERLAP = timedelta(minutes=15)


def events_begin(seen: EventsSeen, now: datetime) -> datetime:
    """From when on events are asked for now."""
    return max(seen.begin, seen.until - OVERLAP, seconds_of(now - EVENTS_KEPT))


async def handover(connection: AsyncConnection, livemode: bool, now: datetime) -> datetime:
    """The moment from which on events tell, or will."""
    seen = await events_seen(connection, livemode)
    if seen is not None:
        return events_begin(seen, now)
    # The bot has not run with a key yet. Has it ever run, an event may just be on its way.
    ran = await events.latest(connection) is not None
    return seconds_of(now - OVERLAP if ran else now)


async def begin_events(connection: AsyncConnection, livemode: bool, now: datetime) -> EventsSeen:
    """At the first start with a key, events tell from now on, and of the minutes before it, whose
    webhooks may still be on their way. Later: what has been seen of them.
    """
    seen = await events_seen(connection, livemode)
    if seen is None:
        seen = EventsSeen(begin=seconds_of(now - OVERLAP), until=seconds_of(now))
        await note_events(connection, livemode, seen)
    return seen
