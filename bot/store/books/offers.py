"""What can be bought now: open offers of tracks that no exclusive sale holds.

An offer is open while its price and its product are active at Stripe, it is a price of one license
for an amount, and its track is not off sale.
"""

import json
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, case, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.money import Money
from bot.domain.payment_link import NO_SETTINGS, CheckoutSettings, checkout_settings
from bot.domain.sale import Producer
from bot.domain.track import Offer, SoldTrack, TrackOffers, ordered, slug
from bot.domain.track_tags import TrackTags
from bot.store.tables import columns, payment_link_prices, payment_links, prices, products, tracks

_SLICE = 250
"""Rows handled between two waits, so that a long catalogue holds up nothing else."""

OFF_SALE = or_(tracks.c.holder_sale_id.is_not(None), tracks.c.kept_off.is_(True))
"""An exclusive sale holds the track, or it is kept off sale."""
ON_SALE = and_(
    tracks.c.holder_sale_id.is_(None),
    or_(tracks.c.kept_off.is_(None), tracks.c.kept_off.is_(False)),
)
ACTIVE = and_(prices.c.active.is_(True), products.c.active.is_(True))
"""Stripe would sell the price: it and its product are active."""
OFFERED = and_(ACTIVE, prices.c.reason.is_(None))
SOLD_AS = and_(
    products.c.producer_id == prices.c.producer_id, products.c.product == prices.c.product
)

OFFERS: Select[Any] = select(
    tracks.c.id.label("track_id"),
    tracks.c.name.label("track"),
    *columns(prices, "price product license exclusive amount currency terms"),
    products.c.id.label("product_row"),
    *columns(products, "description images preview_url tags"),
).select_from(prices.join(tracks, tracks.c.id == prices.c.track_id).join(products, SOLD_AS))
_OPEN = OFFERS.where(OFFERED, ON_SALE)
_BY_TRACK = (tracks.c.key, tracks.c.id, products.c.id, prices.c.id)

Links = Mapping[str, Sequence[str]]
"""Addresses of the links that sell just one price, by that price."""


async def for_sale(connection: AsyncConnection, producer: Producer) -> tuple[TrackOffers, ...]:
    """All tracks that can be bought, by name."""
    links = await links_of(connection, producer)
    query = _OPEN.where(prices.c.producer_id == producer.id)
    shown: list[TrackOffers] = []
    rows: list[Row[Any]] = []
    async for some in _slices(connection, query.order_by(*_BY_TRACK)):
        rows += some
        # The last track of a slice may go on in the next one.
        last = rows[-1].track_id
        shown += _tracks([row for row in rows if row.track_id != last], links)
        rows = [row for row in rows if row.track_id == last]
    return (*shown, *_tracks(rows, links))


async def track_page(
    connection: AsyncConnection, producer: Producer, track_id: int
) -> TrackOffers | SoldTrack | None:
    """What a track's own page shows; None if there is no such page.

    A track that was sold without ever having been offered openly has none: its name stays private.
    """
    its = tracks.c.producer_id == producer.id, tracks.c.id == track_id
    query = select(tracks.c.id, tracks.c.name, tracks.c.holder_sale_id.is_not(None))
    off = (await connection.execute(query.where(*its, OFF_SALE, ever_offered()))).first()
    if off is not None:
        id_, name, exclusively = off
        return SoldTrack(id=id_, name=name, slug=slug(name, id_), exclusively=exclusively)
    rows = (await connection.execute(_OPEN.where(*its).order_by(*_BY_TRACK))).all()
    links = await links_of(connection, producer, [row.price for row in rows])
    return next(_tracks(rows, links), None)


async def offer(connection: AsyncConnection, producer: Producer, price_id: str) -> Offer | None:
    """An open offer by its price; None if it cannot be bought, or is not known."""
    query = _OPEN.where(prices.c.producer_id == producer.id, prices.c.price == price_id)
    row = (await connection.execute(query)).first()
    if row is None:
        return None
    return offer_of(row, await links_of(connection, producer, [price_id]))


async def track_of(connection: AsyncConnection, producer: Producer, price: str) -> int | None:
    """The id of the track that a price is for, on sale or not; None for a price of none."""
    its = prices.c.producer_id == producer.id, prices.c.price == price
    found: int | None = await connection.scalar(select(prices.c.track_id).where(*its))
    return found


async def links_of(
    connection: AsyncConnection, producer: Producer, of_prices: Sequence[str] | None = None
) -> Links:
    """Active links that sell just one price: of these prices, or of all."""
    sold = payment_link_prices.c
    same = and_(payment_links.c.producer_id == sold.producer_id, payment_links.c.link == sold.link)
    query = (
        select(sold.price, payment_links.c.url)
        .join_from(payment_link_prices, payment_links, same)
        .where(
            sold.producer_id == producer.id,
            sold.alone.is_(True),
            payment_links.c.active.is_(True),
            payment_links.c.url.is_not(None),
        )
        .order_by(payment_links.c.id)
    )
    if of_prices is not None:
        query = query.where(sold.price.in_(of_prices))
    found: dict[str, list[str]] = {}
    async for some in _slices(connection, query):
        for row in some:
            found.setdefault(row.price, []).append(row.url)
    return found


def offer_of(row: Row[Any], links: Links) -> Offer:
    """The offer of a row of `OFFERS` whose price has an amount."""
    return Offer(
        price=row.price,
        product=row.product,
        track=row.track,
        license=row.license,
        exclusive=row.exclusive,
        amount=Money(row.amount, row.currency),
        terms=row.terms,
        links=tuple(links.get(row.price, ())),
    )


def ever_offered() -> ColumnElement[bool]:
    """Whether a track has, or had, a price or a link of its own."""
    priced = exists().where(
        prices.c.producer_id == tracks.c.producer_id, prices.c.track_id == tracks.c.id
    )
    linked = exists().where(
        payment_link_prices.c.producer_id == tracks.c.producer_id,
        payment_link_prices.c.track_id == tracks.c.id,
    )
    return or_(priced, linked)


async def _slices(
    connection: AsyncConnection, query: Select[Any]
) -> AsyncIterator[Sequence[Row[Any]]]:
    result = await connection.stream(query)
    async for some in result.partitions(_SLICE):
        yield some


def _tracks(rows: Iterable[Row[Any]], links: Links) -> Iterator[TrackOffers]:
    """Rows of `OFFERS`, those of a track together, as tracks."""
    for track_id, some in groupby(rows, key=lambda row: row.track_id):
        # Each is said by the oldest of its products that says it: their order is that of the rows.
        own = list(some)
        yield TrackOffers(
            id=track_id,
            name=own[0].track,
            slug=slug(own[0].track, track_id),
            description=next((row.description for row in own if row.description), None),
            images=tuple(json.loads(next((row.images for row in own if row.images != "[]"), "[]"))),
            preview_url=next((row.preview_url for row in own if row.preview_url), None),
            tags=_tags(row.tags for row in own),
            offers=ordered(offer_of(row, links) for row in own),
        )


def _tags(documents: Iterable[str]) -> TrackTags:
    found: dict[str, Any] = {}
    for document in documents:
        said = {name: value for name, value in json.loads(document).items() if value}
        found = said | found
    lists = {name: tuple(found.get(name, ())) for name in ("genres", "moods")}
    return TrackTags(bpm=found.get("bpm"), key=found.get("key"), **lists)


async def settings_of(
    connection: AsyncConnection, producer: Producer, price: str
) -> CheckoutSettings:
    """What a Checkout of a price takes over.

    From the active link that sells just this price, the oldest if there are several; else from
    one that sells it with others. A price that no link sells is sold as the newest of all is.
    """
    sold = payment_link_prices.c
    sells_it = and_(
        sold.producer_id == payment_links.c.producer_id,
        sold.link == payment_links.c.link,
        sold.price == price,
    )
    own = case((sold.alone.is_(True), 0), (sold.alone.is_(False), 1), else_=2)
    age = case((sold.price.is_(None), -payment_links.c.id), else_=payment_links.c.id)
    query = (
        select(payment_links.c.document)
        .select_from(payment_links.outerjoin(payment_link_prices, sells_it))
        .where(payment_links.c.producer_id == producer.id, payment_links.c.active.is_(True))
        .order_by(own, age)
        .limit(1)
    )
    document: str | None = await connection.scalar(query)
    return NO_SETTINGS if document is None else checkout_settings(json.loads(document), price)
