"""What leases of a track bring, beside what its exclusive would: for who sets that price."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.ledger.answers import LeaseInsight
from bot.ledger.money import Money
from bot.ledger.records import Producer
from bot.store.holding import valid_leases
from bot.store.tables import prices, sales

ENOUGH_LEASES = 5
LONG_ENOUGH = timedelta(days=60)
"""With fewer leases, or in less time, a pace would be mere chance."""


async def lease_insight(
    connection: AsyncConnection, producer: Producer, track_id: int, now: datetime
) -> LeaseInsight | None:
    """Of a track with an exclusive on offer and enough leases in its currency; else None.

    Both as buyers pay it, before fees; of several currencies the one with the most leases.
    """
    offered = await connection.execute(
        select(prices.c.currency, func.min(prices.c.amount).label("amount"))
        .where(
            prices.c.producer_id == producer.id,
            prices.c.track_id == track_id,
            prices.c.exclusive.is_(True),
            prices.c.active.is_(True),
            prices.c.reason.is_(None),
        )
        .group_by(prices.c.currency)
    )
    exclusive = {row.currency: row.amount for row in offered}
    if not exclusive:
        return None
    leased = await connection.execute(
        select(
            sales.c.currency,
            func.count().label("leases"),
            func.sum(sales.c.amount - sales.c.refunded).label("income"),
            func.min(sales.c.sold).label("since"),
        )
        .where(
            sales.c.producer_id == producer.id,
            sales.c.track_id == track_id,
            valid_leases("sales"),
            sales.c.currency.in_(exclusive),
        )
        .group_by(sales.c.currency)
        .order_by(func.count().desc(), sales.c.currency)
        .limit(1)
    )
    row = leased.first()
    if row is None or row.leases < ENOUGH_LEASES or now - row.since < LONG_ENOUGH:
        return None
    return LeaseInsight(
        leases=row.leases,
        income=Money(int(row.income), row.currency),
        exclusive=Money(exclusive[row.currency], row.currency),
        since=row.since,
        days=(now - row.since).total_seconds() / 86_400,
    )
