"""What a digest tells, and what is remembered of a producer's digests between looks.

Disputes that wait for the producer's answer, by the moment until which banks take it.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from pydantic import TypeAdapter
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.digest_schedule import Actions, Digest, DueDigest, ScheduleState
from bot.domain.insight import insights
from bot.domain.off_sale import StepState
from bot.domain.payment import Dispute
from bot.domain.period import parse_period
from bot.domain.preferences import Cadence
from bot.domain.sale import Producer
from bot.store import key_value, outbox
from bot.store.books import payment_rows
from bot.store.queries.insight_facts import insight_facts
from bot.store.queries.payouts import on_the_way, waiting
from bot.store.queries.stats import statistics
from bot.store.tables import payments, sales, steps

_STATE = TypeAdapter(ScheduleState)
_FAR = timedelta(days=400)
"""No bank gives anybody longer to answer."""


async def memory(connection: AsyncConnection, producer_id: int) -> ScheduleState | None:
    """What is remembered; None while digests are off."""
    return await key_value.read(connection, _note(producer_id), _STATE)


async def remember(
    connection: AsyncConnection, producer_id: int, remembered: ScheduleState | None
) -> None:
    """Remember this from now on."""
    if remembered is None:
        await key_value.drop(connection, _note(producer_id))
    else:
        await key_value.write(connection, _note(producer_id), _STATE, remembered)


async def has_news(
    connection: AsyncConnection, producer: Producer, turn: DueDigest, now: datetime
) -> bool:
    """Whether any money moved in the period: something was sold, given back or disputed."""
    span = parse_period(turn.period, now, producer.timezone)
    return bool((await statistics(connection, producer, span)).totals)


async def digest(
    connection: AsyncConnection, producer: Producer, period: str, cadence: Cadence, now: datetime
) -> Digest:
    """A digest of a period that is over, and of what is to come and to be done as of `now`."""
    span = parse_period(period, now, producer.timezone)
    return Digest(
        cadence=cadence,
        statistics=await statistics(connection, producer, span),
        waiting=await waiting(connection, producer, now),
        on_the_way=await on_the_way(connection, producer),
        actions=await actions(connection, producer, now),
        insights=insights(await insight_facts(connection, producer, now)),
    )


async def actions(connection: AsyncConnection, producer: Producer, now: datetime) -> Actions:
    """What waits for the producer at a moment."""
    unanswered = [
        one.due
        for one in await disputes_due(connection, now, now + _FAR)
        if one.producer_id == producer.id
    ]
    # In the words of its index.
    in_conflict = sales.c.conflict.is_(True), text("sales.conflict")
    conflicts = select(func.count()).where(sales.c.producer_id == producer.id, *in_conflict)
    undone = select(func.count()).where(
        steps.c.producer_id == producer.id, steps.c.state != StepState.DONE
    )
    return Actions(
        conflicts=await connection.scalar(conflicts) or 0,
        disputes=len(unanswered),
        answer_by=min(unanswered, default=None),
        steps=await connection.scalar(undone) or 0,
        failed=(await outbox.counts(connection, producer.id)).get("failed", 0),
    )


def _note(producer_id: int) -> str:
    return f"digest:{producer_id}"


class Unanswered(NamedTuple):
    """A dispute that the producer has not answered yet."""

    producer_id: int
    payment_id: int
    dispute: Dispute
    due: datetime


async def disputes_due(
    connection: AsyncConnection, after: datetime, until: datetime
) -> list[Unanswered]:
    """Disputes whose answer is due after a moment and until another, of every producer."""
    query = select(payments.c.producer_id, payments.c.id, payments.c.document)
    # A payment may have one that is past and another that is not.
    found = await connection.execute(query.where(payments.c.answer_by <= until))
    return [
        Unanswered(row.producer_id, row.id, dispute, dispute.answer_by)
        for row in found
        for dispute in payment_rows.payment_from_json(row.document).disputes
        if dispute.answer_by is not None and after < dispute.answer_by <= until
    ]


async def alerted_at(
    connection: AsyncConnection, producer_id: int, dispute_id: str
) -> datetime | None:
    """When Discord was to hear that the dispute was opened; None where that was no news."""
    keys = [f"reply:{what}:{dispute_id}" for what in ("dispute_opened", "inquiry")]
    moments = await outbox.known(connection, producer_id, keys)
    return max(moments.values(), default=None)
