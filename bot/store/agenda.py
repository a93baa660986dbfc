"""What is due: objects of Stripe's with new events, and those that something is open about."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, and_, func, select, update
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


# A payment goes by the first of these that it has, as its events do.
_PAYMENT_NAME = func.coalesce(payments.c.intent, payments.c.session, payments.c.charge)


async def due(connection: AsyncConnection, now: datetime, limit: int) -> list[Item]:
    """Objects with events to work on, in order of arrival; then open ones whose time has come."""
    found = [row for query in _due_queries(now, limit) for row in await connection.execute(query)]
    return list(dict.fromkeys(Item(row.livemode, row.subject) for row in found))[:limit]


def _due_queries(now: datetime, limit: int) -> tuple[Select[tuple[bool, str]], ...]:
    fresh = (
        select(events.c.livemode, events.c.subject)
        .where(events.c.state == "pending", events.c.due <= now)
        .group_by(events.c.livemode, events.c.subject)
        .order_by(func.min(events.c.sequence))
    )
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
    return tuple(query.limit(limit) for query in (fresh, open_payments, open_payouts))


async def next_due(connection: AsyncConnection) -> datetime | None:
    """When the next object is due (it may be past); None when nothing is."""
    moments = [
        await connection.scalar(select(func.min(events.c.due)).where(events.c.state == "pending")),
        await connection.scalar(select(func.min(payments.c.due))),
        await connection.scalar(select(func.min(payouts.c.due))),
    ]
    return min((moment for moment in moments if moment is not None), default=None)


async def postpone(connection: AsyncConnection, item: Item, until: datetime, reason: str) -> None:
    """Look at an object later: its events and what was open about it wait until then."""
    await connection.execute(
        update(events)
        .where(_about(item), events.c.state == "pending")
        .values(due=until, attempts=events.c.attempts + 1, error=reason)
    )
    await _move_look(connection, item, until)


async def set_aside(connection: AsyncConnection, item: Item, reason: str) -> None:
    """Give up on an object's events, keeping them with the reason; new ones bring it back."""
    await connection.execute(
        update(events)
        .where(_about(item), events.c.state == "pending")
        .values(state="failed", due=None, error=reason)
    )
    await _move_look(connection, item, None)


async def attempts(connection: AsyncConnection, item: Item) -> int:
    """How often the object's waiting events have been tried in vain."""
    tried = await connection.scalar(
        select(func.max(events.c.attempts)).where(_about(item), events.c.state == "pending")
    )
    return tried or 0


async def _move_look(connection: AsyncConnection, item: Item, until: datetime | None) -> None:
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


def _about(item: Item) -> ColumnElement[bool]:
    return and_(events.c.subject == item.subject, events.c.livemode == item.livemode)


def _payment_named(object_id: str) -> ColumnElement[bool]:
    if object_id.startswith("pi_"):
        return payments.c.intent == object_id
    if object_id.startswith("cs_"):
        return payments.c.key == object_id
    return payments.c.charge == object_id
