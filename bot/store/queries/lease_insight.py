"""What leases of a track bring, beside what its exclusive would: for who sets that price."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.answers import LeaseInsight
from bot.domain.money import Money, proportion
from bot.domain.records import Producer
from bot.store.books.holding import valid_leases
from bot.store.tables import prices, sales

ENOUGH_LEASES = 5
LONG_ENOUGH = timedelta(days=60)
"""With fewer leases, or in less time, a pace would be mere chance."""
NEWEST = 1000
"""So many leases say enough: of a track that has a hundred thousand, no more are read."""


async def lease_insight(
    connection: AsyncConnection, producer: Producer, track_id: int, now: datetime
) -> LeaseInsight | None:
    """Of a track with an exclusive on offer and enough leases in its currency; else None.

    Before fees, and of the leases without tax; of several currencies the one with the most leases.
    Of more than `NEWEST` leases it is the newest.
    """
    exclusive = await _exclusive_prices(connection, producer, track_id)
    if not exclusive:
        return None
    leased = await connection.execute(_newest_leases(producer, track_id, exclusive))
    row = leased.first()
    if row is None or row.leases < ENOUGH_LEASES:
        return None
    # The newest of a great many may be from a few weeks, and still no chance.
    if now - row.since < LONG_ENOUGH and row.leases < NEWEST / 2:
        return None
    # What came of it in the currency paid is taxed as it settled.
    tax = proportion(int(row.income), int(row.tax), int(row.gross))
    return LeaseInsight(
        leases=row.leases,
        income=Money(int(row.income) - tax, row.currency),
        exclusive=Money(exclusive[row.currency], row.currency),
        since=row.since,
        days=(now - row.since).total_seconds() / 86_400,
    )


async def _exclusive_prices(
    connection: AsyncConnection, producer: Producer, track_id: int
) -> dict[str, int]:
    """The cheapest on offer in each currency."""
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
    return {row.currency: row.amount for row in offered}


def _newest_leases(
    producer: Producer, track_id: int, currencies: Iterable[str]
) -> Select[tuple[str, int, int, int, int, datetime]]:
    """Sums over them, in the currency in which there are most."""
    newest = (
        select(
            sales.c.currency,
            (sales.c.amount - sales.c.refunded).label("left"),
            sales.c.tax,
            sales.c.gross,
            sales.c.sold,
        )
        .where(
            sales.c.producer_id == producer.id,
            sales.c.track_id == track_id,
            valid_leases("sales"),
        )
        .order_by(sales.c.sold.desc())
        .limit(NEWEST)
        .subquery()
    )
    return (
        select(
            newest.c.currency,
            func.count().label("leases"),
            func.sum(newest.c.left).label("income"),
            func.sum(newest.c.tax).label("tax"),
            func.sum(newest.c.gross).label("gross"),
            func.min(newest.c.sold).label("since"),
        )
        .where(newest.c.currency.in_(currencies))
        .group_by(newest.c.currency)
        .order_by(func.count().desc(), newest.c.currency)
        .limit(1)
    )
