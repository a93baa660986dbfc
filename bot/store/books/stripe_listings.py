"""What Stripe lists of each track: its products, prices and payment links, placed on tracks by the
same rules as sales are; and when the catalogue was last read.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, Select, and_, bindparam, exists, false, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.item_names import UNNAMED_LICENSE
from bot.domain.json_access import Json, identifier
from bot.domain.payment_link import items_sold, sells_one
from bot.domain.sale import Producer
from bot.domain.track import (
    ListedLink,
    ListedPrice,
    ListedProduct,
    PricePlacement,
    TrackListings,
    placed,
)
from bot.store import key_value
from bot.store.books.offers import SOLD_AS
from bot.store.books.track_rows import ensure_tracks
from bot.store.tables import chunks, payment_link_prices, payment_links, prices, products


class Reading(NamedTuple):
    """How the last reading went."""

    read: datetime | None
    """When all of it was last read; None when it never was."""
    trouble: str
    """Why the last reading failed, in part or whole, in words without secrets; else empty."""


async def reading(connection: AsyncConnection, producer: Producer) -> Reading:
    """How the last reading of a producer's catalogue went."""
    read = await key_value.get(connection, _key("read", producer))
    trouble = await key_value.get(connection, _key("trouble", producer))
    return Reading(datetime.fromtimestamp(int(read), UTC) if read else None, trouble or "")


async def note_reading(
    connection: AsyncConnection, producer: Producer, read: datetime | None, trouble: str = ""
) -> None:
    """Note how a reading went: when it was whole (None: it was not), and what the trouble was."""
    if read is not None:
        await key_value.put(connection, _key("read", producer), str(int(read.timestamp())))
    await key_value.put(connection, _key("trouble", producer), trouble)


async def kinds_read(connection: AsyncConnection, producer_id: int) -> frozenset[str]:
    """Which kinds of objects (of `catalogue_rows.KINDS`) were ever read whole."""
    noted = await key_value.get(connection, f"catalogue kinds:{producer_id}")
    return frozenset((noted or "").split())


async def note_kinds(connection: AsyncConnection, producer: Producer, kinds: Iterable[str]) -> None:
    """Note that these were read whole."""
    known = await kinds_read(connection, producer.id)
    await key_value.put(connection, _key("kinds", producer), " ".join(sorted(known | set(kinds))))


def _key(what: str, producer: Producer) -> str:
    return f"catalogue {what}:{producer.id}"


_others = prices.alias("others")
_rest = payment_link_prices.alias("rest")
_TRACK: BindParameter[int] = bindparam("track")
_PRICES = (
    select(
        prices.c.price.label("id"),
        prices.c.product,
        prices.c.active,
        func.coalesce(products.c.default_price == prices.c.price, false()).label("default"),
        prices.c.license.label("name"),
    )
    .select_from(prices.outerjoin(products, SOLD_AS))
    .where(prices.c.producer_id == bindparam("owner"), prices.c.track_id == _TRACK)
    .order_by(prices.c.id)
)
_PRODUCTS = (
    select(
        products.c.product.label("id"),
        products.c.active,
        exists()
        .where(
            _others.c.producer_id == products.c.producer_id,
            _others.c.product == products.c.product,
            _others.c.active.is_(True),
            _others.c.track_id.is_distinct_from(_TRACK),
        )
        .label("shared"),
        products.c.name,
    )
    .where(
        products.c.producer_id == bindparam("owner"),
        products.c.product.in_(
            select(prices.c.product).where(
                prices.c.producer_id == bindparam("owner"), prices.c.track_id == _TRACK
            )
        ),
    )
    .order_by(products.c.id)
)
_LINKS = (
    select(
        payment_links.c.link.label("id"),
        payment_links.c.url,
        payment_links.c.active,
        exists()
        .where(
            _rest.c.producer_id == payment_links.c.producer_id,
            _rest.c.link == payment_links.c.link,
            _rest.c.track_id.is_distinct_from(_TRACK),
        )
        .label("shared"),
    )
    .where(
        payment_links.c.producer_id == bindparam("owner"),
        payment_links.c.link.in_(
            select(payment_link_prices.c.link).where(
                payment_link_prices.c.producer_id == bindparam("owner"),
                payment_link_prices.c.track_id == _TRACK,
            )
        ),
    )
    .order_by(payment_links.c.id)
)


async def track_listings(
    connection: AsyncConnection, producer_id: int, track_id: int
) -> TrackListings:
    """The prices, products and links of a track, active or not, as they were last seen.

    A link is the track's too if only its own metadata names it.
    """
    its = {"owner": producer_id, "track": track_id}
    found = [await connection.execute(query, its) for query in (_PRICES, _PRODUCTS, _LINKS)]
    return TrackListings(
        track_id=track_id,
        prices=tuple(ListedPrice(**row._asdict()) for row in found[0]),
        products=tuple(ListedProduct(**row._asdict()) for row in found[1]),
        links=tuple(ListedLink(**row._asdict()) for row in found[2]),
    )


_SLICE = 200
"""Prices placed between two waits: a few milliseconds of work."""


async def prices_of(
    connection: AsyncConnection, producer_id: int, product_ids: Sequence[str]
) -> list[str]:
    """The prices that are kept of these products."""
    owned = prices.c.producer_id == producer_id, prices.c.product.in_(product_ids)
    return list(await connection.scalars(select(prices.c.price).where(*owned)))


async def place_prices(
    connection: AsyncConnection, producer_id: int, price_ids: Iterable[str]
) -> None:
    """Name these prices again. A track is there as soon as something offers it."""
    for some in chunks(price_ids, _SLICE):
        found = await connection.execute(
            select(prices.c.id, prices.c.document, products.c.document.label("product"))
            .select_from(prices.outerjoin(products, SOLD_AS))
            .where(prices.c.producer_id == producer_id, prices.c.price.in_(some))
        )
        placements = {row.id: _placed(row.document, row.product) for row in found}
        tracks = await _tracks_of(connection, producer_id, placements.values())
        values = [
            {
                "row_id": row_id,
                "new_track_id": tracks[one.named.track] if one.named else None,
                "new_license": one.named.license if one.named else UNNAMED_LICENSE,
                "new_exclusive": one.named.exclusive if one.named else False,
                "new_amount": one.amount.amount if one.amount else None,
                "new_currency": one.amount.currency if one.amount else None,
                "new_terms": one.terms,
                "new_reason": one.reason,
            }
            for row_id, one in placements.items()
        ]
        if values:
            await connection.execute(_PLACE_PRICE, values)


async def place_links(
    connection: AsyncConnection, producer_id: int, link_ids: Iterable[str], price_ids: Iterable[str]
) -> None:
    """Name again what these links sell, and all links that sell one of these prices."""
    sold = payment_link_prices.c
    links = set(link_ids)
    for some in chunks(price_ids, _SLICE):
        selling = select(sold.link).where(sold.producer_id == producer_id, sold.price.in_(some))
        links.update(await connection.scalars(selling))
    for some in chunks(links, _SLICE):
        rows = (await connection.execute(link_rows(producer_id, some))).all()
        placements = [_placed(row.document, row.product, row.link_document) for row in rows]
        tracks = await _tracks_of(connection, producer_id, placements)
        values = [
            {
                "its_producer": producer_id,
                "its_link": row.link,
                "its_price": row.price,
                "new_track_id": tracks[one.named.track] if one.named else None,
                # Whether the link sells just what the price is by itself, once.
                "new_alone": one.named is not None
                and sells_one(json.loads(row.link_document))
                and _placed(row.document, row.product).named == one.named,
            }
            for row, one in zip(rows, placements, strict=True)
        ]
        if values:
            await connection.execute(_PLACE_LINK, values)


_PLACE_PRICE = (
    update(prices)
    .where(prices.c.id == bindparam("row_id"))
    .values(
        {
            name: bindparam(f"new_{name}")
            for name in "track_id license exclusive amount currency terms reason".split()
        }
    )
)
_PLACE_LINK = (
    update(payment_link_prices)
    .where(
        payment_link_prices.c.producer_id == bindparam("its_producer"),
        payment_link_prices.c.link == bindparam("its_link"),
        payment_link_prices.c.price == bindparam("its_price"),
    )
    .values(track_id=bindparam("new_track_id"), alone=bindparam("new_alone"))
)


def _placed(price: str | None, product: str | None, link: str | None = None) -> PricePlacement:
    """Place stored documents; what is not known of them names nothing."""
    if price is None or product is None:
        return PricePlacement(None, None, None, None)
    metadata: Json | None = json.loads(link).get("metadata") if link is not None else None
    return placed(json.loads(price), json.loads(product), metadata)


async def _tracks_of(
    connection: AsyncConnection, producer_id: int, placements: Iterable[PricePlacement]
) -> dict[str, int]:
    names = {one.named.track for one in placements if one.named}
    return await ensure_tracks(connection, producer_id, sorted(names))


def link_rows(producer_id: int, link_ids: Sequence[str]) -> Select[Any]:
    """What these links sell: `link`, its `link_document`, `price`, the price's `document`, and its
    `product`: documents as they are kept, of what is not kept None.
    """
    sold = payment_link_prices.c
    link = and_(payment_links.c.producer_id == sold.producer_id, payment_links.c.link == sold.link)
    price = and_(prices.c.producer_id == sold.producer_id, prices.c.price == sold.price)
    return (
        select(
            sold.link,
            sold.price,
            payment_links.c.document.label("link_document"),
            prices.c.document,
            products.c.document.label("product"),
        )
        .select_from(
            payment_link_prices.join(payment_links, link)
            .outerjoin(prices, price)
            .outerjoin(products, SOLD_AS)
        )
        .where(sold.producer_id == producer_id, sold.link.in_(link_ids))
    )


async def items_of(connection: AsyncConnection, producer_id: int, session: Json) -> list[Json]:
    """The line items of a session; empty if they are not known for certain."""
    link = identifier(session.get("payment_link"))
    if link is None:
        return []
    rows = (await connection.execute(link_rows(producer_id, [link]))).all()
    if not rows:
        return []
    prices = {
        row.price: json.loads(row.document) | {"product": json.loads(row.product)}
        for row in rows
        if row.document is not None and row.product is not None
    }
    return items_sold(
        session, json.loads(rows[0].link_document), [row.price for row in rows], prices
    )
