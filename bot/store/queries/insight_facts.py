"""What insights are made from."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.insight import LOYAL, BuyerFacts, Facts, PeerGroup, Price, TrackFacts
from bot.domain.money import Money
from bot.domain.payment import Buyer
from bot.domain.period import day_start
from bot.domain.sale import Producer
from bot.store.books.exclusivity import valid_leases
from bot.store.books.offers import OFFERED, ON_SALE, SOLD_AS
from bot.store.queries.exclusive import lease_insight
from bot.store.queries.tracks import HAS_LINK, HAS_OFFER
from bot.store.tables import (
    IS_SALE,
    buyers,
    columns,
    count_if,
    entries,
    prices,
    products,
    sales,
    total,
    tracks,
)

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
    # The first days of the months that count, the running one first.
    months = [now.astimezone(ZoneInfo(producer.timezone)).date().replace(day=1)]
    while len(months) < LATELY + EARLIER:
        months.append((months[-1] - timedelta(days=1)).replace(day=1))
    since = months[LATELY - 1]
    sold, all_sales, sold_tracks = await _sold(connection, producer, months)
    can_be_bought = ON_SALE, or_(HAS_OFFER, HAS_LINK)
    its = tracks.c.producer_id == producer.id, tracks.c.id.in_(sold)
    on_sale = await connection.execute(
        select(tracks.c.id, tracks.c.name).where(*its, *can_be_bought)
    )
    names: dict[int, str] = dict(on_sale.all())
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
            **one._asdict(),
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


async def _sold(
    connection: AsyncConnection, producer: Producer, months: list[date]
) -> tuple[dict[int, _Sold], int, int]:
    """The tracks that sold best lately and before, best first; all sales lately, and of how many
    tracks. What only went for nothing is left out."""
    lately, earlier, earlier_months = Counter[int](), Counter[int](), Counter[int]()
    for place, month in enumerate(months):
        for track_id, count in await _sold_in(connection, producer, month):
            if place < LATELY:
                lately[track_id] += count
            else:
                earlier[track_id] += count
                earlier_months[track_id] += 1
    sold = {
        track_id: _Sold(lately[track_id], earlier[track_id], earlier_months[track_id])
        for track_id in dict.fromkeys([*_best(lately, earlier), *_best(earlier, lately)])
    }
    return sold, lately.total(), len(lately)


def _best(counts: Counter[int], others: Counter[int]) -> list[int]:
    everything = counts.keys() | others.keys()
    return sorted(everything, key=lambda track_id: (-counts[track_id], track_id))[:CANDIDATES]


async def _sold_in(
    connection: AsyncConnection, producer: Producer, month: date
) -> list[tuple[int, int]]:
    """How many licenses of each track were sold in a month, in currencies that brought money."""
    next_month = (month + timedelta(days=31)).replace(day=1)
    in_currency = (
        select(entries.c.track_id, func.count().label("sales"))
        .where(
            entries.c.producer_id == producer.id,
            entries.c.kind == "sale",
            entries.c.at >= day_start(month, producer.timezone),
            entries.c.at < day_start(next_month, producer.timezone),
        )
        .group_by(entries.c.track_id, entries.c.currency)
        .having(func.sum(entries.c.gross) > 0)
        .subquery()
    )
    found = await connection.execute(
        select(in_currency.c.track_id, total(in_currency.c.sales)).group_by(in_currency.c.track_id)
    )
    return [(track_id, count) for track_id, count in found]


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
        amount = Money(row.amount, row.currency)
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
        groups[row.license, row.currency].append((row.amount, row.tracks))
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
    licenses = func.count()
    often = (
        select(sales.c.buyer_id)
        .where(
            sales.c.producer_id == producer.id,
            sales.c.buyer_id.in_(select(newest.c.buyer_id)),
            IS_SALE,
        )
        .group_by(sales.c.buyer_id)
        .having(licenses.between(LOYAL, TOO_MANY))
        .order_by(licenses.desc(), sales.c.buyer_id)
        .limit(BUYERS)
    )
    ids = list(await connection.scalars(often))
    lease = and_(valid_leases("sales"), sales.c.amount > 0)
    bought = (
        select(
            *columns(buyers, "email name country"),
            count_if(lease).label("leases"),
            func.count(sales.c.payment_id.distinct()).label("payments"),
            count_if(sales.c.exclusive).label("exclusives"),
            func.min(sales.c.sold).label("first"),
            func.max(case((lease, sales.c.number), else_=0)).label("number"),
        )
        .join_from(sales, buyers, buyers.c.id == sales.c.buyer_id)
        .where(sales.c.producer_id == producer.id, sales.c.buyer_id.in_(ids))
        .group_by(*columns(buyers, "id email name country"))
    )
    found = []
    for row in await connection.execute(bought):
        facts = row._asdict()
        buyer = Buyer(**{name: facts.pop(name) for name in ("email", "name", "country")})
        found.append(BuyerFacts(buyer=buyer, **facts))
    return tuple(found)
