"""What is due: objects of Stripe's with new events, and those that something is open about."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    Column,
    ColumnElement,
    Integer,
    Select,
    Update,
    and_,
    bindparam,
    case,
    func,
    select,
    union_all,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.sale import Producer
from bot.store.tables import Instant, events, payments, payouts, producers


class Item(NamedTuple):
    """One object to bring up to date: a payment or a payout, in one mode."""

    livemode: bool
    subject: str
    """As bot.domain.event_types names it: payment:pi_…, payout:po_…"""

    @property
    def kind(self) -> str:
        return self.subject.partition(":")[0]

    @property
    def object_id(self) -> str:
        return self.subject.partition(":")[2]


class Due(NamedTuple):
    """An object whose turn has come."""

    item: Item
    newest: int = 0
    """The sequence of its newest event that is due; 0 if none is."""


# A payment goes by the first of these that it has, as its events do.
_PAYMENT_NAME = func.coalesce(payments.c.intent, payments.c.session, payments.c.charge)


# Made once: they are asked at each wake-up of the worker, and making them takes longer than asking.
_NOW = bindparam("now", type_=Instant)
_LIMIT = bindparam("limit", type_=Integer)
_TELLS_OF_SALE: ColumnElement[int] = func.max(case((events.c.tells_of_sale, 1), else_=0))
_SALES, _NEWS = (
    select(events.c.livemode, events.c.subject, func.max(events.c.sequence).label("newest"))
    .where(events.c.state == "pending", events.c.due <= _NOW)
    .group_by(events.c.livemode, events.c.subject)
    .having(telling)
    .order_by(func.min(events.c.sequence))
    .limit(_LIMIT)
    for telling in (_TELLS_OF_SALE > 0, _TELLS_OF_SALE < 1)
)
_LOOK_AT = tuple(
    select(producers.c.livemode, name.label("subject"), table.c.due)
    .join_from(table, producers)
    .where(table.c.due <= _NOW)
    .order_by(table.c.due)
    .limit(_LIMIT)
    for table, name in (
        (payments, "payment:" + _PAYMENT_NAME),
        (payouts, "payout:" + payouts.c.payout),
    )
)
_ALL_LOOKS = union_all(*(select(one.subquery()) for one in _LOOK_AT)).subquery()
_LOOKS = select(_ALL_LOOKS).order_by(_ALL_LOOKS.c.due).limit(_LIMIT)
_NEXT = select(
    *(
        select(func.min(table.c.due)).where(table.c.due > _NOW, *more).scalar_subquery()
        for table, more in ((events, [events.c.state == "pending"]), (payments, []), (payouts, []))
    )
)
_WAITING = and_(
    events.c.subject == bindparam("about"),
    events.c.livemode == bindparam("mode"),
    events.c.state == "pending",
    events.c.sequence <= bindparam("newest"),
)
_ATTEMPTS = select(func.max(events.c.attempts)).where(_WAITING)
_POSTPONE = (
    update(events)
    .where(_WAITING)
    .values(
        due=bindparam("until"),
        attempts=events.c.attempts + bindparam("tried"),
        error=bindparam("why"),
    )
)


async def due_sales(connection: AsyncConnection, now: datetime, limit: int) -> list[Due]:
    """Objects with due events, one of which is of a sale, the first to arrive first."""
    return await _due_events(connection, _SALES, now, limit)


async def due_news(connection: AsyncConnection, now: datetime, limit: int) -> list[Due]:
    """Objects with due events, none of which is of a sale, in the same order."""
    return await _due_events(connection, _NEWS, now, limit)


async def _due_events(
    connection: AsyncConnection, query: Select[Any], now: datetime, limit: int
) -> list[Due]:
    found = await connection.execute(query, {"now": now, "limit": limit})
    return [Due(Item(row.livemode, row.subject), row.newest) for row in found]


async def due_checks(connection: AsyncConnection, now: datetime, limit: int) -> list[Due]:
    """Objects that have to be checked again, the longest due first."""
    found = await connection.execute(_LOOKS, {"now": now, "limit": limit})
    return [Due(Item(row.livemode, row.subject)) for row in found]


async def next_due(connection: AsyncConnection, after: datetime) -> datetime | None:
    """When the next object becomes due after a moment; None when nothing will."""
    moments = (await connection.execute(_NEXT, {"now": after})).one()
    return min((moment for moment in moments if moment is not None), default=None)


async def postpone(
    connection: AsyncConnection, due: Due, until: datetime, reason: str, *, tried: bool = True
) -> None:
    """Look at an object later: its events and what is open about it wait until then.

    Events that have come since then do not wait with the others. `tried`: whether it was in vain,
    so that the next wait is longer.
    """
    put_off = _waiting(due) | {"until": until, "why": reason, "tried": int(tried)}
    await connection.execute(_POSTPONE, put_off)
    await look_again(connection, due.item, until)


async def set_aside(connection: AsyncConnection, due: Due, reason: str) -> None:
    """Give up on an object's events, keeping them with the reason; new ones bring it back."""
    await connection.execute(
        update(events).where(_WAITING).values(state="failed", due=None, error=reason), _waiting(due)
    )
    await look_again(connection, due.item, None)


async def attempts(connection: AsyncConnection, due: Due) -> int:
    """How often the object's waiting events have been tried in vain."""
    tried = await connection.scalar(_ATTEMPTS, _waiting(due))
    return tried or 0


async def look_again(connection: AsyncConnection, item: Item, until: datetime | None) -> None:
    """Put off what is open about an object, if anything is; None: nothing is open any longer."""
    asked = {"mode": item.livemode, "name": item.object_id, "until": until}
    await connection.execute(_look_again(_name(item)), asked)


@cache
def _look_again(name: Column[Any]) -> Update:
    owner = select(producers.c.id).where(producers.c.livemode == bindparam("mode"))
    table = name.table
    return (
        update(table)
        .where(table.c.producer_id.in_(owner), name == bindparam("name"), table.c.due.is_not(None))
        .values(due=bindparam("until"), checks=table.c.checks + 1)
    )


async def unread(connection: AsyncConnection, producer: Producer) -> list[Item]:
    """Objects that only events have shown and about which Stripe will not be asked, newest first:
    they came while there was no key. Also those whose events wait to be understood.
    """
    found: dict[str, None] = {}
    queries = (
        select(("payment:" + _PAYMENT_NAME).label("subject"))
        .where(
            payments.c.producer_id == producer.id,
            payments.c.complete.is_(False),
            payments.c.due.is_(None),
            # Asked for several times, it is not there.
            payments.c.checks <= 1,
            payments.c.state != "failed",
        )
        .order_by(payments.c.created.desc(), payments.c.id.desc()),
        select(("payout:" + payouts.c.payout).label("subject"))
        .where(
            payouts.c.producer_id == producer.id,
            payouts.c.read.is_(None),
            payouts.c.due.is_(None),
            payouts.c.checks <= 1,
        )
        .order_by(payouts.c.created.desc(), payouts.c.id.desc()),
        select(events.c.subject)
        .where(events.c.state == "waiting", events.c.livemode.is_(producer.livemode))
        .order_by(events.c.sequence.desc()),
    )
    for query in queries:
        found |= dict.fromkeys(await connection.scalars(query))
    return [Item(producer.livemode, subject) for subject in found]


async def ask(
    connection: AsyncConnection, producer: Producer, turns: Sequence[tuple[Item, datetime]]
) -> None:
    """Have objects asked for, each at its time."""
    for item, at in turns:
        table = payouts if item.kind == "payout" else payments
        await connection.execute(
            update(table)
            .where(table.c.producer_id == producer.id, named(item))
            .values(due=at, checks=0)
        )
        await connection.execute(
            update(events)
            .where(
                events.c.subject == item.subject,
                events.c.livemode.is_(item.livemode),
                events.c.state == "waiting",
            )
            .values(state="pending", due=at, attempts=0)
        )


def named(item: Item) -> ColumnElement[bool]:
    """Which row of `payouts` or `payments` an item is."""
    return _name(item) == item.object_id


def _waiting(due: Due) -> dict[str, Any]:
    """What `_WAITING` is to be run with."""
    return {"about": due.item.subject, "mode": due.item.livemode, "newest": due.newest}


def _name(item: Item) -> Column[Any]:
    """The column in which an item's object has its name."""
    if item.kind == "payout":
        return payouts.c.payout
    if item.object_id.startswith("pi_"):
        return payments.c.intent
    return payments.c.key if item.object_id.startswith("cs_") else payments.c.charge
