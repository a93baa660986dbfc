"""A key that was added later: sales that only events told of are read from Stripe, one by one."""

from datetime import timedelta
from itertools import count

import structlog

from bot.domain.clock import Clock
from bot.domain.problems import KEY
from bot.store.engine import Store
from bot.store.queues import problems, work_queue
from bot.sync.account_scope import Books

log = structlog.get_logger()

# Stripe allows 25 calls a second in test mode, and a payment takes one to three.
GAP = timedelta(seconds=0.5)
AT_ONCE = 500
"""Objects in one transaction: others write in between."""


async def ask_about_unread(store: Store, books: Books, clock: Clock, *, livemode: bool) -> int:
    """Have all asked for that Stripe was never asked about, one after the other; how many.

    The newest come first. What is already being asked for keeps its turn. Nothing is announced
    again by it, since a sale that is known is only brought up to date.
    """
    async with store.write() as connection:
        producer = await books.producer(connection, livemode=livemode)
        # What the key could not read may be allowed by now; if not, it shows again.
        await problems.forget(connection, producer.id, KEY)
        unread = await work_queue.unread(connection, producer)
    now, turn = clock(), count()
    for start in range(0, len(unread), AT_ONCE):
        turns = [(each, now + GAP * next(turn)) for each in unread[start : start + AT_ONCE]]
        async with store.write() as connection:
            await work_queue.ask(connection, producer, turns)
    if unread:
        log.info("reading what was told without a key", objects=len(unread))
    return len(unread)
