"""The catalogue as the producer asks about it: every track, and what the rules could not place."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    exists,
    func,
    literal,
    not_,
    null,
    or_,
    select,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.item_names import track_key
from bot.domain.money import Money, in_order
from bot.domain.sale import PAGE, Producer, page_within
from bot.domain.track import (
    CataloguePage,
    CatalogueTrack,
    Offer,
    TrackSort,
    TrackStanding,
    Unplaced,
    UnplacedReason,
    ordered,
    slug,
)
from bot.store.books.offers import OFFERED, OFFERS, ON_SALE, SOLD_AS, links_of, offer_of
from bot.store.books.stripe_listings import reading
from bot.store.queries.currencies import currency_order
from bot.store.tables import (
    count_if,
    entries,
    payment_link_prices,
    payment_links,
    prices,
    products,
    total,
    tracks,
)

HAS_OFFER = (
    exists()
    .where(prices.c.producer_id == tracks.c.producer_id, prices.c.track_id == tracks.c.id, SOLD_AS)
    .where(OFFERED)
)
"""Whether a track has an open offer,"""
HAS_LINK = exists().where(
    payment_link_prices.c.producer_id == tracks.c.producer_id,
    payment_link_prices.c.track_id == tracks.c.id,
    payment_links.c.producer_id == payment_link_prices.c.producer_id,
    payment_links.c.link == payment_link_prices.c.link,
    payment_links.c.active.is_(True),
    prices.c.producer_id == payment_link_prices.c.producer_id,
    prices.c.price == payment_link_prices.c.price,
    prices.c.active.is_(True),
    products.c.active.is_(True),
    SOLD_AS,
)
"""or a payment link that sells it."""
_SOLD = count_if(entries.c.kind == "sale")
_UNSETTLED = count_if(and_(entries.c.kind == "sale", not_(entries.c.booked))).label("unsettled")
_TRACKS = select(
    tracks.c.id, tracks.c.name, tracks.c.holder_sale_id, tracks.c.kept_off, HAS_LINK.label("linked")
)


async def catalogue(
    connection: AsyncConnection, producer: Producer, page: int, sort: TrackSort = TrackSort.NAME
) -> CataloguePage:
    """A page (from 0; the last one where there are fewer) of all tracks."""
    owned = tracks.c.producer_id == producer.id
    count = await _count(connection, owned)
    page = page_within(page, count)
    currencies = await currency_order(connection, producer)
    first = next(iter(currencies), None)
    ordered_ids = tracks_in_order(producer, sort, first).limit(PAGE).offset(page * PAGE)
    ids = list(await connection.scalars(ordered_ids))
    found = await connection.execute(_TRACKS.where(owned, tracks.c.id.in_(ids)))
    rows = sorted(found, key=lambda row: ids.index(row.id))
    last = await reading(connection, producer)
    not_placed, not_placed_count = await _first_unplaced(connection, producer)
    return CataloguePage(
        tracks=await _shown(connection, producer, rows, currencies),
        page=page,
        count=count,
        on_sale=await _count(connection, owned, ON_SALE, or_(HAS_OFFER, HAS_LINK)),
        unplaced=not_placed,
        unplaced_count=not_placed_count,
        read=last.read,
        trouble=last.trouble,
        sort=sort,
        currencies=tuple(currencies),
    )


async def catalogue_track(
    connection: AsyncConnection, producer: Producer, name: str
) -> CatalogueTrack | None:
    """One track, whatever the spelling of its name; None if it is not known."""
    return await _one(connection, producer, tracks.c.key == track_key(name))


async def track_by_id(
    connection: AsyncConnection, producer: Producer, track_id: int
) -> CatalogueTrack | None:
    """The same by its id."""
    return await _one(connection, producer, tracks.c.id == track_id)


async def _one(
    connection: AsyncConnection, producer: Producer, its: ColumnElement[bool]
) -> CatalogueTrack | None:
    query = _TRACKS.where(tracks.c.producer_id == producer.id, its)
    rows = (await connection.execute(query)).all()
    currencies = await currency_order(connection, producer)
    return next(iter(await _shown(connection, producer, rows, currencies)), None)


def tracks_in_order(
    producer: Producer, sort: TrackSort, currency: str | None
) -> Select[tuple[int]]:
    """The ids of a producer's tracks."""
    brought = select(func.sum(entries.c.net) if sort is TrackSort.INCOME else _SOLD).where(
        entries.c.producer_id == producer.id, entries.c.track_id == tracks.c.id
    )
    if sort is TrackSort.INCOME:
        brought = brought.where(entries.c.currency == currency)
    order: tuple[ColumnElement[Any], ...] = (tracks.c.key,)
    if sort is TrackSort.NEWEST:
        order = (tracks.c.id.desc(),)
    elif sort is not TrackSort.NAME:
        order = (brought.scalar_subquery().desc().nulls_last(), tracks.c.key)
    return select(tracks.c.id).where(tracks.c.producer_id == producer.id).order_by(*order)


async def _count(connection: AsyncConnection, *where: ColumnElement[bool]) -> int:
    query = select(func.count()).select_from(tracks).where(*where)
    return await connection.scalar(query) or 0


async def _first_unplaced(
    connection: AsyncConnection, producer: Producer
) -> tuple[tuple[Unplaced, ...], int]:
    """The first of what is active at Stripe and no license of a track; and how many there are."""
    listed = _unplaced(producer.id).subquery()
    query = (
        select(listed, func.count().over().label("in_all"))
        .order_by(listed.c.product_row, listed.c.price)
        .limit(PAGE)
    )
    rows = (await connection.execute(query)).all()
    first = (
        Unplaced(product=product, product_name=name, price=price, reason=UnplacedReason(reason))
        for _, product, name, price, reason, _ in rows
    )
    return tuple(first), rows[0].in_all if rows else 0


def _unplaced(producer_id: int) -> Any:
    """Rows of what is not placed. Links that name a track do not place their price on it."""
    columns = (products.c.id.label("product_row"), products.c.product, products.c.name)
    active = and_(products.c.producer_id == producer_id, products.c.active.is_(True))
    without = (
        select(*columns, prices.c.price, prices.c.reason)
        .join_from(prices, products, SOLD_AS)
        .where(active, prices.c.active.is_(True), prices.c.reason.is_not(None))
    )
    priced = exists().where(SOLD_AS, prices.c.active.is_(True))
    reason = literal(UnplacedReason.NO_PRICE.value)
    no_price = select(*columns, null().label("price"), reason.label("reason"))
    return without.union_all(no_price.where(active, ~priced))


async def _shown(
    connection: AsyncConnection,
    producer: Producer,
    rows: Sequence[Row[Any]],
    currencies: Sequence[str],
) -> tuple[CatalogueTrack, ...]:
    ids = [row.id for row in rows]
    query = OFFERS.where(prices.c.producer_id == producer.id, prices.c.track_id.in_(ids), OFFERED)
    offered = (await connection.execute(query.order_by(prices.c.id))).all()
    links = await links_of(connection, producer, [row.price for row in offered])
    offers: dict[int, list[Offer]] = defaultdict(list)
    for row in offered:
        offers[row.track_id].append(offer_of(row, links))
    sums = await _sums(connection, producer, ids)
    return tuple(
        CatalogueTrack(
            id=row.id,
            name=row.name,
            slug=slug(row.name, row.id),
            standing=_standing(row, offered=bool(offers[row.id]) or row.linked),
            offers=ordered(offers[row.id], currencies),
            linked=row.linked,
            sales=sum(one.sales for one in sums[row.id]),
            unsettled=sum(one.unsettled for one in sums[row.id]),
            income=tuple(
                in_order((Money(one.net, one.currency) for one in sums[row.id]), currencies)
            ),
        )
        for row in rows
    )


async def _sums(
    connection: AsyncConnection, producer: Producer, track_ids: Sequence[int]
) -> dict[int, list[Row[Any]]]:
    """The sums of all time by track."""
    net = total(entries.c.net).label("net")
    query: Select[Any] = (
        select(entries.c.track_id, entries.c.currency, _SOLD.label("sales"), _UNSETTLED, net)
        .where(entries.c.producer_id == producer.id, entries.c.track_id.in_(track_ids))
        .group_by(entries.c.track_id, entries.c.currency)
        .having(or_(_SOLD != 0, net != 0))
    )
    found: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in await connection.execute(query):
        found[row.track_id].append(row)
    return found


def _standing(row: Row[Any], *, offered: bool) -> TrackStanding:
    if row.holder_sale_id is not None:
        return TrackStanding.SOLD
    if row.kept_off:
        return TrackStanding.KEPT_OFF
    return TrackStanding.ON_SALE if offered else TrackStanding.NOT_OFFERED
