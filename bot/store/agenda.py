"""What is due: objects of Stripe's with new events, and those that something is open about."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.tables import events, payments, payouts, producers


class Item(NamedTuple):
    """One object to bring up to date: a payment or a payout, in one mode."""

    livemode: bool
    subject: str
    """As bot.ledger.subjects names it: payment:pi_…, payout:po_…"""

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
    """The sequence of its newest event that is due; 0 where none is."""


# A payment goes by the first of these that it has, as its events do.
_PAYMENT_NAME = func.coalesce(payments.c.intent, payments.c.session, payments.c.charge)


async def news(connection: AsyncConnection, now: datetime, limit: int) -> list[Due]:
    """Objects with events to work on, in the order in which the first of these arrived."""
    query = (
        select(events.c.livemode, events.c.subject, func.max(events.c.sequence).label("newest"))
        .where(events.c.state == "pending", events.c.due <= now)
        .group_by(events.c.livemode, events.c.subject)
        .order_by(func.min(events.c.sequence))
        .limit(limit)
    )
    found = await connection.execute(query)
    return [Due(Item(row.livemode, row.subject), row.newest) for row in found]


async def looks(connection: AsyncConnection, now: datetime, limit: int) -> list[Due]:
    """Objects that something is open about and whose time has come, the longest due first."""
    open_payments = (
        select(producers.c.livemode, ("payment:" + _PAYMENT_NAME).label("subject"))
        .join_from(payments, producers)
        .where(payments.c.due <= now)
        .order_by(payments.c.due)
    )
    open_payouts = (
        select(producers.c.livemode, ("payout:" + payouts.c.payout).label("subject"))
        .join_from(payouts, producers)
        .where(payouts.c.due <= now)
        .order_by(payouts.c.due)
    )
    queries = [query.limit(limit) for query in (open_payments, open_payouts)]
    found = [row for query in queries for row in await connection.execute(query)]
    return [Due(Item(row.livemode, row.subject)) for row in found][:limit]


async def next_due(connection: AsyncConnection, after: datetime) -> datetime | None:
    """When the next object becomes due after a moment; None when nothing will."""
    moments = [
        await connection.scalar(
            select(func.min(events.c.due)).where(events.c.state == "pending", events.c.due > after)
        ),
        await connection.scalar(select(func.min(payments.c.due)).where(payments.c.due > after)),
        await connection.scalar(select(func.min(payouts.c.due)).where(payouts.c.due > after)),
    ]
    return min((moment for moment in moments if moment is not None), default=None)


async def postpone(connection: AsyncConnection, due: Due, until: datetime, reason: str) -> None:
    """Look at an object later: its events and what is open about it wait until then.

    Events that have come since then do not wait with the others.
    """
    await connection.execute(
        update(events)
        .where(_waiting(due))
        .values(due=until, attempts=events.c.attempts + 1, error=reason)
    )
    await look_again(connection, due.item, until)


async def set_aside(connection: AsyncConnection, due: Due, reason: str) -> None:
    """Give up on an object's events, keeping them with the reason; new ones bring it back."""
    await connection.execute(
        update(events).where(_waiting(due)).values(state="failed", due=None, error=reason)
    )
    await look_again(connection, due.item, None)


async def attempts(connection: AsyncConnection, due: Due) -> int:
    """How often the object's waiting events have been tried in vain."""
    tried = await connection.scalar(select(func.max(events.c.attempts)).where(_waiting(due)))
    return tried or 0


async def look_again(connection: AsyncConnection, item: Item, until: datetime | None) -> None:
    """Put off what is open about an object, if anything is; None: nothing is open any more."""
    owner = select(producers.c.id).where(producers.c.livemode == item.livemode)
    if item.kind == "payout":
        table, named = payouts, payouts.c.payout == item.object_id
    else:
        table, named = payments, _payment_named(item.object_id)
    await connection.execute(
        update(table)
        .where(table.c.producer_id.in_(owner), named, table.c.due.is_not(None))
        .values(due=until, checks=table.c.checks + 1)
    )


def _waiting(due: Due) -> ColumnElement[bool]:
    return and_(
        events.c.subject == due.item.subject,
        events.c.livemode == due.item.livemode,
        events.c.state == "pending",
        events.c.sequence <= due.newest,
    )


def _payment_named(object_id: str) -> ColumnElement[bool]:
    if object_id.startswith("pi_"):
        return payments.c.intent == object_id
    if object_id.startswith("cs_"):
        return payments.c.key == object_id
    return payments.c.charge == object_id
