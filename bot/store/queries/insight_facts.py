"""What insights are made from, out of the sums kept ready: the same work at a million sales."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Integer, Row, and_, case, cast, func, or_, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.insight import LOYAL, BuyerFacts, Facts, PeerGroup, Price, TrackFacts
from bot.domain.money import Money
from bot.domain.payment import Buyer
from bot.domain.period import day_start, number_of
from bot.domain.sale import Producer
from bot.store.books.booking import ALL
from bot.store.books.buyer_sums import ANY
from bot.store.books.exclusivity import valid_leases
from bot.store.books.offers import OFFERED, ON_SALE, SOLD_AS
from bot.store.queries.exclusive import lease_insight
from bot.store.queries.tracks import HAS_LINK, HAS_OFFER
from bot.store.tables import buyer_totals, buyers, prices, products, sales, totals, tracks

LATELY = 3
"""Months, the running one among them."""
EARLIER = 6
"""Months before those."""
CANDIDATES = 30
"""Tracks looked at: so many of those that sell best lately, and of those that did before."""
WITH_LEASES = 6
"""Of those with an exclusive on offer, how many are asked what their leases bring."""
NEWEST_SALES = 200
"""Whose buyers are looked at."""
BUYERS = 10
TOO_MANY = 500
"""Who bought more often is no person."""
PRICE_POINTS = 2000


class _Sold(NamedTuple):
    """A track's sales."""

    lately: int
    earlier: int
    earlier_months: int


async def insight_facts(connection: AsyncConnection, producer: Producer, now: datetime) -> Facts:
    """The facts as of a moment. Of one producer, in their own months."""
    months = _months(now, producer.timezone)
    since = months[LATELY - 1]
    sold, all_sales, sold_tracks = await _sold(connection, producer, months)
    names = await _on_sale(connection, producer, sold)
    offers = await _prices(connection, producer, names)
    exclusive = [
        track_id
        for track_id, one in sold.items()
        if one.lately and any(price.exclusive for price in offers[track_id])
    ]
    leases = {
        track_id: await lease_insight(connection, producer, track_id, now)
        for track_id in exclusive[:WITH_LEASES]
    }
    found = (
        TrackFacts(
            name=names[track_id],
            lately=one.lately,
            earlier=one.earlier,
            earlier_months=one.earlier_months,
            prices=tuple(offers[track_id]),
            leases=leases.get(track_id),
        )
        for track_id, one in sold.items()
        if track_id in names
    )
    return Facts(
        since=since,
        sales=all_sales,
        sold_tracks=sold_tracks,
        tracks=tuple(found),
        peers=await _peers(connection, producer, offers),
        buyers=await _buyers(connection, producer, day_start(since, producer.timezone)),
    )


def _months(now: datetime, timezone: str) -> list[date]:
    """The first days of the months that count, the running one first."""
    months = [now.astimezone(ZoneInfo(timezone)).date().replace(day=1)]
    while len(months) < LATELY + EARLIER:
        months.append((months[-1] - timedelta(days=1)).replace(day=1))
    return months


async def _sold(
    connection: AsyncConnection, producer: Producer, months: list[date]
) -> tuple[dict[int, _Sold], int, int]:
    """The tracks that sold best lately and before, best first; all sales lately, and of how many
    tracks. What only went for nothing is left out."""
    numbers = [number_of(month) for month in months]
    lately = totals.c.start >= numbers[LATELY - 1]
    monthly = (
        select(
            totals.c.track_id,
            totals.c.start,
            func.sum(totals.c.sales).label("sales"),
            lately.label("lately"),
        )
        .where(
            totals.c.producer_id == producer.id,
            totals.c.span == "month",
            totals.c.start.in_(numbers),
            totals.c.track_id != ALL,
            totals.c.gross > 0,
        )
        .group_by(totals.c.track_id, totals.c.start)
        .cte("monthly")
    )
    each = (
        select(
            monthly.c.track_id,
            _whole(func.sum(case((monthly.c.lately, monthly.c.sales), else_=0))).label("lately"),
            _whole(func.sum(case((monthly.c.lately, 0), else_=monthly.c.sales))).label("earlier"),
            _whole(func.sum(case((monthly.c.lately, 0), else_=1))).label("months"),
        )
        .group_by(monthly.c.track_id)
        .cte("each")
    )
    all_of = select(
        each,
        _whole(func.sum(each.c.lately).over()).label("all_sales"),
        _whole(func.sum(case((each.c.lately > 0, 1), else_=0)).over()).label("sold_tracks"),
    ).cte("all_of")
    best = (
        select(all_of)
        .order_by(column.desc(), all_of.c.track_id)
        .limit(CANDIDATES)
        .subquery(f"best_{column.name}")
        for column in (all_of.c.lately, all_of.c.earlier)
    )
    rows = (await connection.execute(union_all(*(select(one) for one in best)))).all()
    # Lately first; who is among both is taken once.
    sold = {row.track_id: _Sold(row.lately, row.earlier, row.months) for row in rows}
    return sold, rows[0].all_sales if rows else 0, rows[0].sold_tracks if rows else 0


def _whole(amount: ColumnElement[Any]) -> ColumnElement[int]:
    """PostgreSQL adds up big integers to decimals."""
    return cast(amount, Integer)


async def _on_sale(
    connection: AsyncConnection, producer: Producer, track_ids: Collection[int]
) -> dict[int, str]:
    """The names of those that can be bought now."""
    found = await connection.execute(
        select(tracks.c.id, tracks.c.name).where(
            tracks.c.producer_id == producer.id,
            tracks.c.id.in_(track_ids),
            ON_SALE,
            or_(HAS_OFFER, HAS_LINK),
        )
    )
    return {row.id: row.name for row in found}


async def _prices(
    connection: AsyncConnection, producer: Producer, track_ids: Collection[int]
) -> dict[int, list[Price]]:
    found = await connection.execute(
        select(
            prices.c.track_id,
            prices.c.license,
            prices.c.exclusive,
            prices.c.currency,
            func.min(prices.c.amount).label("amount"),
        )
        .join_from(prices, products, SOLD_AS)
        .where(prices.c.producer_id == producer.id, prices.c.track_id.in_(track_ids), OFFERED)
        .group_by(prices.c.track_id, prices.c.license, prices.c.exclusive, prices.c.currency)
        .order_by(prices.c.track_id, prices.c.license, prices.c.currency)
    )
    offers: dict[int, list[Price]] = defaultdict(list)
    for row in found:
        amount = Money(int(row.amount), row.currency)
        offers[row.track_id].append(Price(row.license, bool(row.exclusive), amount))
    return offers


async def _peers(
    connection: AsyncConnection, producer: Producer, offers: Mapping[int, list[Price]]
) -> dict[PeerGroup, tuple[tuple[int, int], ...]]:
    """What the licenses of these offers cost on all tracks."""
    licenses = {price.license for own in offers.values() for price in own if not price.exclusive}
    cheapest = (
        select(
            prices.c.license,
            prices.c.currency,
            prices.c.track_id,
            func.min(prices.c.amount).label("amount"),
        )
        .join_from(prices, products, SOLD_AS)
        .join(tracks, tracks.c.id == prices.c.track_id)
        .where(
            prices.c.producer_id == producer.id,
            prices.c.license.in_(sorted(licenses)),
            prices.c.exclusive.is_(False),
            OFFERED,
            ON_SALE,
        )
        .group_by(prices.c.license, prices.c.currency, prices.c.track_id)
        .subquery()
    )
    point = (cheapest.c.license, cheapest.c.currency, cheapest.c.amount)
    counted = select(*point, func.count().label("tracks")).group_by(*point).order_by(*point)
    groups: dict[PeerGroup, list[tuple[int, int]]] = defaultdict(list)
    for row in await connection.execute(counted.limit(PRICE_POINTS)):
        groups[row.license, row.currency].append((int(row.amount), row.tracks))
    return {group: tuple(points) for group, points in groups.items()}


async def _buyers(
    connection: AsyncConnection, producer: Producer, since: datetime
) -> tuple[BuyerFacts, ...]:
    """Who bought lately, and often."""
    newest = (
        select(sales.c.buyer_id)
        .where(sales.c.producer_id == producer.id, sales.c.sold >= since)
        .order_by(sales.c.sold.desc(), sales.c.id.desc())
        .limit(NEWEST_SALES)
        .subquery()
    )
    kept = buyer_totals.c
    often = (
        select(kept.buyer_id)
        .where(
            kept.producer_id == producer.id,
            kept.buyer_id.in_(select(newest.c.buyer_id)),
            kept.currency == ANY,
            kept.licenses.between(LOYAL, TOO_MANY),
        )
        .order_by(kept.licenses.desc(), kept.buyer_id)
        .limit(BUYERS)
    )
    ids = list(await connection.scalars(often))
    return tuple([_buyer(row) for row in await connection.execute(_bought(producer, ids))])


def _bought(producer: Producer, buyer_ids: Collection[int]) -> Any:
    lease = and_(valid_leases("sales"), sales.c.amount > 0)
    return (
        select(
            buyers.c.email,
            buyers.c.name,
            buyers.c.country,
            func.count(case((lease, sales.c.id))).label("leases"),
            func.count(sales.c.payment_id.distinct()).label("payments"),
            func.count(case((sales.c.exclusive, sales.c.id))).label("exclusives"),
            func.min(sales.c.sold).label("first"),
            func.max(sales.c.number).label("number"),
        )
        .join_from(sales, buyers, buyers.c.id == sales.c.buyer_id)
        .where(sales.c.producer_id == producer.id, sales.c.buyer_id.in_(buyer_ids))
        .group_by(buyers.c.id, buyers.c.email, buyers.c.name, buyers.c.country)
    )


def _buyer(row: Row[Any]) -> BuyerFacts:
    return BuyerFacts(
        buyer=Buyer(email=row.email, name=row.name, country=row.country),
        leases=row.leases,
        payments=row.payments,
        exclusives=row.exclusives,
        first=row.first,
        number=row.number,
    )
