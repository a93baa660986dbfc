"""Payouts: money on its way to the producer's bank, and the payments in it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, and_, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.key_permissions import Resource, permission_for
from bot.domain.money import Money
from bot.domain.payout import REFUND_KINDS, Payout, PayoutItem, PayoutRecord
from bot.domain.sale import Producer, SaleState
from bot.store import outbox
from bot.store.books import problem_log
from bot.store.tables import chunks, events, payments, payout_items, payouts, rows_of, sales, upsert

SOLD = [state.value for state in SaleState if state.is_sale]
"""States of sales whose money came."""
UNDER_WAY = ("pending", "in_transit")
"""Statuses of payouts that have neither arrived nor come back."""
_TO_READ_INSIDE = permission_for(Resource.BALANCE)
_SHOWN_FIELDS = ("amount", "status", "arrival", "failure")


class StoredPayout(NamedTuple):
    """A payout as it was last recorded."""

    producer_id: int
    payout: Payout
    """`reconciled` says here whether what is in it has been read from Stripe."""
    read: datetime | None
    """When Stripe was last asked; None while only events have shown it."""
    due: datetime | None
    """When to ask again."""
    checks: int


async def find(
    connection: AsyncConnection, producer_id: int, payout_id: str
) -> StoredPayout | None:
    """A producer's payout by Stripe's id."""
    row = await _row(connection, producer_id, payout_id)
    return None if row is None else _stored(row)


async def find_all(
    connection: AsyncConnection, producer_id: int, payout_ids: Iterable[str]
) -> dict[str, StoredPayout]:
    """Those of some payouts that are recorded, by Stripe's ids."""
    found = await connection.execute(
        select(payouts).where(
            payouts.c.producer_id == producer_id, payouts.c.payout.in_(set(payout_ids))
        )
    )
    return {row.payout: _stored(row) for row in found}


async def record(
    connection: AsyncConnection,
    producer: Producer,
    payout: Payout,
    *,
    due: datetime | None,
    checks: int = 0,
    now: datetime,
    read: datetime | None = None,
    quiet: bool = False,
) -> None:
    """Keep a payout as it stands now, and have Discord hear of what is new, unless `quiet`.

    A new payout is announced once, unless it was over before the bot's first event. One that was
    announced is edited, with a reply when it failed. One that was not is announced when it goes on
    its way or arrives, and should it fail later: money that came back must be seen. What is
    in it comes by `attach`.
    """
    before = await find(connection, producer.id, payout.id)
    values = {name: getattr(payout, name) for name in _FIELDS if name != "reconciled"}
    values |= {"read": read or (before.read if before else None), "due": due, "checks": checks}
    named = {"producer_id": producer.id, "payout": payout.id, "reconciled": False}
    await connection.execute(upsert(connection, payouts, *values), named | values)
    if not quiet:
        await _tell(connection, producer, before.payout if before else None, payout, now)


async def _tell(
    connection: AsyncConnection,
    producer: Producer,
    before: Payout | None,
    payout: Payout,
    now: datetime,
) -> None:
    subject = f"payout:{payout.id}"
    failed = payout.status == "failed" and (before is None or before.status != "failed")
    put = partial(outbox.put, connection, producer.id, subject=subject, now=now)
    if not await outbox.announced(connection, producer.id, [subject]):
        moved = before is not None and before.status in UNDER_WAY and before.status != payout.status
        new = before is None and not await _over_before_bot(connection, payout)
        if new or moved or (failed and before is not None):
            await put(kind="announce", key=f"announce:{subject}")
        return
    # What is in it is about to be attached.
    attached = payout.reconciled and before is not None and not before.reconciled
    if attached or _shown(before) != _shown(payout):
        await outbox.put_edit(connection, producer.id, subject, now)
    if failed:
        what = "payout_failed"
        payload = {"what": what, "id": payout.id}
        await put(kind="reply", key=f"reply:{what}:{payout.id}", payload=payload)


def _shown(payout: Payout | None) -> tuple[object, ...]:
    return tuple(getattr(payout, name, None) for name in _SHOWN_FIELDS)


async def _over_before_bot(connection: AsyncConnection, payout: Payout) -> bool:
    """Whether the payout was made and had arrived before the first event came in."""
    query = select(events.c.received).order_by(events.c.sequence).limit(1)
    first = await connection.scalar(query)
    return first is None or max(payout.created, payout.arrival) < first.replace(microsecond=0)


async def attach(
    connection: AsyncConnection, producer_id: int, payout_id: str, items: Sequence[PayoutItem]
) -> None:
    """Keep what Stripe says is in a payout, and tell the payments whose money it holds."""
    its = {"producer_id": producer_id, "payout": payout_id}
    rows = [
        {**its, "movement": item.movement, "kind": item.kind, "net": item.net} for item in items
    ]
    if rows:
        # A balance transaction of a payout that failed may be paid out again in another.
        await connection.execute(upsert(connection, payout_items, "payout", "kind", "net"), rows)
    for some in chunks(item.movement for item in items):
        held = payments.c.producer_id == producer_id, payments.c.movement.in_(some)
        await connection.execute(update(payments).where(*held).values(payout=payout_id))
    refunds = sum(item.kind in REFUND_KINDS for item in items)
    await connection.execute(
        update(payouts).where(_is(producer_id, payout_id)).values(reconciled=True, refunds=refunds)
    )


async def correct_alerts(
    connection: AsyncConnection, producer_id: int, payment_ids: Iterable[int], now: datetime
) -> None:
    """Payments became known, or became others: have the alerts of their payouts edited.

    An edit notifies no one; the alert says how many sales are in a payout.
    """
    held = select(payments.c.payout).where(payments.c.payout.is_not(None)).distinct()
    async for row in rows_of(connection, held, payments.c.id, payment_ids):
        await outbox.edit_announced(connection, producer_id, f"payout:{row.payout}", now)


async def load(
    connection: AsyncConnection, producer: Producer, payout_id: str
) -> PayoutRecord | None:
    """A payout with how much is in it, for its alert; None when there is none of this id."""
    row = await _row(connection, producer.id, payout_id)
    if row is None:
        return None
    [record] = await records(connection, producer.id, [row])
    return record


async def records(
    connection: AsyncConnection, producer_id: int, rows: Sequence[Row[Any]]
) -> list[PayoutRecord]:
    """Whole rows of `payouts`, each with how much is in it, in the same order."""
    known = [row.payout for row in rows if row.reconciled]
    inside = await _inside(connection, producer_id, known) if known else {}
    lacking = await problem_log.lacking(connection, producer_id)
    unreadable = _TO_READ_INSIDE if _TO_READ_INSIDE in lacking else ""
    return [
        PayoutRecord(
            id=row.payout,
            amount=Money(row.amount, row.currency),
            status=row.status,
            automatic=row.automatic,
            created=row.created,
            arrival=row.arrival,
            failure=row.failure,
            payments=inside.get(row.payout, (0, 0))[0] if row.reconciled else None,
            sales=inside.get(row.payout, (0, 0))[1] if row.reconciled else None,
            refunds=row.refunds,
            unreadable="" if row.reconciled else unreadable,
        )
        for row in rows
    ]


async def _inside(
    connection: AsyncConnection, producer_id: int, payout_ids: Sequence[str]
) -> dict[str, tuple[int, int]]:
    """How many payments and how many sales are in each."""
    found = await connection.execute(
        select(payments.c.payout, func.count(payments.c.id.distinct()), func.count())
        .select_from(payments.join(sales, sales.c.payment_id == payments.c.id))
        .where(
            payments.c.producer_id == producer_id,
            payments.c.payout.in_(payout_ids),
            sales.c.state.in_(SOLD),
        )
        .group_by(payments.c.payout)
    )
    return {payout: (paid, sold) for payout, paid, sold in found}


async def _row(connection: AsyncConnection, producer_id: int, payout_id: str) -> Row[Any] | None:
    return (await connection.execute(select(payouts).where(_is(producer_id, payout_id)))).first()


def _is(producer_id: int, payout_id: str) -> ColumnElement[bool]:
    return and_(payouts.c.producer_id == producer_id, payouts.c.payout == payout_id)


def _stored(row: Row[Any]) -> StoredPayout:
    return StoredPayout(row.producer_id, payout_of(row), row.read, row.due, row.checks)


_FIELDS = [name for name in Payout.__dataclass_fields__ if name != "id"]


def payout_of(row: Row[Any]) -> Payout:
    """A row of `payouts`."""
    return Payout(id=row.payout, **{name: getattr(row, name) for name in _FIELDS})
