"""What is not understood of Stripe's objects: kept by its object, and shown until it is mended.

Events that were given up are in the inbox; they are shown, hidden and tried again with the rest.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, bindparam, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.payment import Payment
from bot.domain.problem import DENIED, KEY, NOT_UNDERSTOOD, OpenProblem, Problem
from bot.domain.sale import Producer, hiding_fees
from bot.store import work_queue
from bot.store.tables import events, payments, problems, upsert
from bot.store.work_queue import Item

_WHAT = [problems.c.what, problems.c.about, problems.c.said]
_OF = select(*_WHAT).where(
    problems.c.producer_id == bindparam("owner"),
    problems.c.subject.in_(bindparam("subjects", expanding=True)),
)


async def settle(
    connection: AsyncConnection,
    producer_id: int,
    subject: str,
    found: Collection[Problem],
    now: datetime,
) -> list[Problem]:
    """Make the problems of an object those that were found now; those that were not there before.

    What was seen before keeps its time, and stays hidden if it was hidden.
    """
    known = set(await _of(connection, producer_id, [subject]))
    own = and_(problems.c.producer_id == producer_id, problems.c.subject == subject)
    for gone in known - set(found):
        same = (column == value for column, value in zip(_WHAT, gone, strict=True))
        await connection.execute(delete(problems).where(own, *same))
    return await add(connection, producer_id, subject, set(found) - known, now)


async def add(
    connection: AsyncConnection,
    producer_id: int,
    subject: str,
    found: Collection[Problem],
    now: datetime,
) -> list[Problem]:
    """Add problems of an object to those that are known; gives those that are new."""
    new = []
    for problem in sorted(found):
        row = {"producer_id": producer_id, "subject": subject, "seen": now, "hidden": False}
        adding = upsert(connection, problems).returning(problems.c.id)
        if await connection.scalar(adding, row | problem._asdict()) is not None:
            new.append(problem)
    return new


async def subjects(connection: AsyncConnection, producer_id: int) -> set[str]:
    """What has any problem at all."""
    query = select(problems.c.subject).where(problems.c.producer_id == producer_id).distinct()
    return set(await connection.scalars(query))


async def lacking(connection: AsyncConnection, producer_id: int) -> tuple[str, ...]:
    """The permissions that the key turned out to lack, as Stripe calls them."""
    found = await _of(connection, producer_id, [KEY])
    return tuple(sorted({one.said for one in found if one.what == DENIED and one.said}))


async def hiding_fees_now(connection: AsyncConnection, producer_id: int) -> str:
    """The permission for lack of which fees of some sales are not known; empty if there are none.

    What the key lacked stays noted until it is tried at the next start: once all sales are read,
    it no longer hides anything.
    """
    permission = hiding_fees(await lacking(connection, producer_id))
    if not permission:
        return ""
    unread = select(payments.c.id).where(
        payments.c.producer_id == producer_id, payments.c.complete.is_(False)
    )
    newest = await connection.scalar(unread.order_by(payments.c.id.desc()).limit(1))
    return "" if newest is None else permission


async def has(connection: AsyncConnection, producer_id: int, subject: str, what: str) -> bool:
    """Whether an object has a problem of some kind, hidden or not."""
    return any(one.what == what for one in await _of(connection, producer_id, [subject]))


async def of_payment(
    connection: AsyncConnection, producer_id: int, payment: Payment
) -> tuple[Problem, ...]:
    """The problems of a payment, hidden ones too, by whichever of its names they are known."""
    names = {payment.intent, payment.session, payment.charge, payment.key} - {None}
    subjects = [f"payment:{name}" for name in sorted(filter(None, names))]
    return tuple(sorted(await _of(connection, producer_id, subjects)))


async def _of(
    connection: AsyncConnection, producer_id: int, subjects: Sequence[str]
) -> list[Problem]:
    found = await connection.execute(_OF, {"owner": producer_id, "subjects": subjects})
    return [Problem(*row) for row in found]


async def shown(
    connection: AsyncConnection, producer: Producer, limit: int
) -> tuple[int, list[OpenProblem]]:
    """How many problems there are to be shown, and the newest of them."""
    mine = (problems.c.producer_id == producer.id, problems.c.hidden.is_(False))
    failed = _failed(producer)
    count = 0
    for table, which in ((problems, mine), (events, failed)):
        number = select(func.count()).select_from(table).where(*which)
        count += await connection.scalar(number) or 0
    found = await connection.execute(
        select(problems).where(*mine).order_by(problems.c.seen.desc()).limit(limit)
    )
    listed = [
        OpenProblem(row.subject, Problem(row.what, row.about, row.said), row.seen) for row in found
    ]
    given_up = await connection.execute(
        select(events.c.id, events.c.type, events.c.subject, events.c.error, events.c.received)
        .where(*failed)
        .order_by(events.c.sequence.desc())
        .limit(limit)
    )
    for row in given_up:
        problem = Problem(NOT_UNDERSTOOD, said=row.error or "")
        listed.append(OpenProblem(row.subject or "", problem, row.received, row.id, row.type))
    listed.sort(key=lambda one: one.seen, reverse=True)
    return count, listed[:limit]


async def forget(connection: AsyncConnection, producer_id: int, subject: str) -> None:
    """Let go of all problems of an object."""
    await connection.execute(
        delete(problems).where(problems.c.producer_id == producer_id, problems.c.subject == subject)
    )


async def hide(connection: AsyncConnection, producer: Producer) -> None:
    """No longer show those that are there now; they are kept."""
    await connection.execute(
        update(problems).where(problems.c.producer_id == producer.id).values(hidden=True)
    )
    await connection.execute(update(events).where(*_failed(producer)).values(state="hidden"))


async def try_again(connection: AsyncConnection, producer: Producer, now: datetime) -> None:
    """Try all of them again: work on the events, ask for the objects."""
    await connection.execute(
        update(events)
        .where(*_failed(producer), events.c.subject.is_not(None), events.c.body != "")
        .values(state="pending", due=now, attempts=0)
    )
    for subject in sorted(await subjects(connection, producer.id)):
        await work_queue.ask(connection, producer, [(Item(producer.livemode, subject), now)])


def _failed(producer: Producer) -> Sequence[ColumnElement[bool]]:
    return (events.c.state == "failed", events.c.livemode.is_(producer.livemode))
