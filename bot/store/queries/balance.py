"""What the books say is in Stripe's balance: money of sales that no payout has taken yet.

Stripe pays all that is available out with each automatic payout. So what became available after
the last of these is there still, unless Stripe says that another payout holds it. A payout that
was started by hand takes nobody says what: until the next automatic one nothing can be said.
https://docs.stripe.com/payouts
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.payout_answers import Becoming, Waiting
from bot.domain.records import Producer
from bot.store.books.booking import ALL, EVER
from bot.store.columns import fees_of, moved_by
from bot.store.tables import RETURN, entries, payments, payout_items, payouts, sales, totals

_FAILED = ("failed", "canceled")


class _Taken(NamedTuple):
    """What payouts have taken of a currency."""

    until: datetime | None = None
    """When the last automatic one was made."""
    by_hand: bool = False
    """Whether one that was started by hand came after it."""


async def waiting(
    connection: AsyncConnection, producer: Producer, now: datetime
) -> tuple[Waiting, ...]:
    """Pending and available money by currency; currencies in which nothing waits are left out."""
    taken = await _taken(connection, producer.id)
    ready = select(totals.c.currency).where(
        totals.c.producer_id == producer.id,
        totals.c.span == EVER[0],
        totals.c.start == EVER[1],
        totals.c.track_id == ALL,
    )
    found_in = (await connection.execute(ready)).scalars()
    currencies = sorted(found_in, key=producer.preferences.rank)
    found = [
        await _waiting(connection, producer.id, currency, taken[currency], now)
        for currency in currencies
    ]
    return tuple(one for one in found if one.pending or one.available)


async def _taken(connection: AsyncConnection, producer_id: int) -> dict[str, _Taken]:
    query = (
        select(payouts.c.currency, payouts.c.automatic, func.max(payouts.c.created).label("last"))
        .where(payouts.c.producer_id == producer_id, payouts.c.status.not_in(_FAILED))
        .group_by(payouts.c.currency, payouts.c.automatic)
    )
    last: dict[str, dict[bool, datetime]] = defaultdict(dict)
    for row in await connection.execute(query):
        last[row.currency][row.automatic] = row.last
    taken: dict[str, _Taken] = defaultdict(_Taken)
    for currency, made in last.items():
        until = made.get(True)
        by_hand = False in made and (until is None or made[False] > until)
        taken[currency] = _Taken(until, by_hand)
    return taken


async def _waiting(
    connection: AsyncConnection, producer_id: int, currency: str, taken: _Taken, now: datetime
) -> Waiting:
    since = now if taken.by_hand else taken.until
    charged = (await connection.execute(_charged(producer_id, currency, since))).all()
    pending = sorted((row for row in charged if row.at > now), key=lambda row: row.at)
    available = None
    if not taken.by_hand:
        moved = await connection.scalar(_returned(producer_id, currency, since, now))
        available = _sum(row for row in charged if row.at <= now) + int(moved or 0)
    return Waiting(
        currency=currency,
        available=available,
        pending=tuple(Becoming(at=row.at, amount=int(row.net)) for row in pending),
    )


def _sum(rows: Iterable[Row[Any]]) -> int:
    return sum(int(row.net) for row in rows)


def _charged(producer_id: int, currency: str, since: datetime | None) -> Select[Any]:
    """What sales brought, by the moment it is available."""
    at = payments.c.available_on
    return (
        select(at.label("at"), func.sum(sales.c.gross - fees_of(sales.c)).label("net"))
        .select_from(
            payments.join(sales, sales.c.payment_id == payments.c.id).outerjoin(
                payouts,
                and_(
                    payouts.c.producer_id == payments.c.producer_id,
                    payouts.c.payout == payments.c.payout,
                ),
            )
        )
        .where(
            payments.c.producer_id == producer_id,
            at.is_not(None) if since is None else at > since,
            sales.c.settled_currency == currency,
            _in_none(payments.c.payout),
        )
        .group_by(at)
    )


def _returned(
    producer_id: int, currency: str, since: datetime | None, now: datetime
) -> Select[Any]:
    """What refunds and disputes have moved, which counts at once."""
    holding = payout_items.c
    return (
        select(func.sum(moved_by(entries.c)))
        .select_from(
            entries.outerjoin(
                payout_items,
                and_(
                    holding.producer_id == entries.c.producer_id,
                    holding.movement == entries.c.source,
                ),
            ).outerjoin(
                payouts,
                and_(
                    payouts.c.producer_id == holding.producer_id,
                    payouts.c.payout == holding.payout,
                ),
            )
        )
        .where(
            entries.c.producer_id == producer_id,
            text(f"entries.{RETURN}"),
            entries.c.booked.is_(True),
            entries.c.currency == currency,
            entries.c.at <= now,
            _in_none(holding.payout),
            *([] if since is None else [entries.c.at > since]),
        )
    )


def _in_none(payout: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether no payout holds it, or only one whose money came back."""
    return or_(payout.is_(None), payouts.c.status.in_(_FAILED))
