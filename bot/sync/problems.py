"""Notes what is not understood of an object, in the transaction that records the rest of it."""

from collections.abc import Iterable, Mapping, Set
from datetime import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.problems import DENIED, KEY, Problem
from bot.domain.records import Producer
from bot.store.queues import problems
from bot.store.queues.work_queue import Item

log = structlog.get_logger()


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

    `all_of_them`: whatever else was known of it is mended. What the key lacks is told of the key,
    once, and not of every object.
    """
    found = set(found)
    of_key = {problem for problem in found if problem.what == DENIED}
    if of_key:
        await problems.add(connection, producer_id, KEY, of_key, now)
    own = found - of_key
    if all_of_them:
        new = await problems.settle(connection, producer_id, item.subject, own, now)
    else:
        new = await problems.add(connection, producer_id, item.subject, own, now)
    for problem in new:
        log.warning("not all is understood", subject=item.subject, **problem._asdict())


async def settle_problems(
    connection: AsyncConnection,
    producer: Producer,
    by_subject: Mapping[str, Set[Problem]],
    now: datetime,
) -> None:
    """Keep the problems of many objects, most of which have none and never had any."""
    known = await problems.subjects(connection, producer.id)
    for subject, found in by_subject.items():
        if found or subject in known:
            item = Item(producer.livemode, subject)
            await note_problems(connection, producer.id, item, found, now)
