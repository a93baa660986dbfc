"""Places what is kept of the catalogue on tracks, by the same rules as sales."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Row, Select, and_, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.item_names import UNNAMED_LICENSE
from bot.domain.json_access import Json
from bot.domain.payment_link import sells_one
from bot.domain.track import Placed, placed
from bot.store.on_sale.names import ensure_tracks
from bot.store.on_sale.offers import SOLD_AS
from bot.store.tables import payment_link_prices, payment_links, prices, products

_SLICE = 200
"""Prices placed between two waits: a few milliseconds of work."""


async def prices_of(
    connection: AsyncConnection, producer_id: int, product_ids: Sequence[str]
) -> list[str]:
    """The prices that are kept of these products."""
    if not product_ids:
        return []
    found = await connection.execute(
        select(prices.c.price).where(
            prices.c.producer_id == producer_id, prices.c.product.in_(product_ids)
        )
    )
    return list(found.scalars())


async def place_prices(
    connection: AsyncConnection, producer_id: int, price_ids: Sequence[str]
) -> None:
    """Name these prices anew. A track is there as soon as something offers it."""
    for some in _slices(price_ids):
        found = await connection.execute(
            select(prices.c.id, prices.c.document, products.c.document.label("product"))
            .select_from(prices.outerjoin(products, SOLD_AS))
            .where(prices.c.producer_id == producer_id, prices.c.price.in_(some))
        )
        rows = {row.id: _placed(row.document, row.product) for row in found}
        names = {one.named.track for one in rows.values() if one.named}
        tracks = await ensure_tracks(connection, producer_id, sorted(names))
        values = [_price_values(row_id, one, tracks) for row_id, one in rows.items()]
        if values:
            await connection.execute(_PLACE_PRICE, values)


async def place_links(
    connection: AsyncConnection,
    producer_id: int,
    link_ids: Sequence[str],
    price_ids: Sequence[str],
) -> None:
    """Name anew what these links sell, and all links that sell one of these prices."""
    for some in _slices(await _links(connection, producer_id, link_ids, price_ids)):
        rows = (await connection.execute(link_rows(producer_id, some))).all()
        seen = [(row, _placed(row.document, row.product, row.link_document)) for row in rows]
        names = {one.named.track for _, one in seen if one.named}
        tracks = await ensure_tracks(connection, producer_id, sorted(names))
        values = [
            {
                "its_producer": producer_id,
                "its_link": row.link,
                "its_price": row.price,
                "new_track_id": tracks[one.named.track] if one.named else None,
                "new_alone": _alone(row, one),
            }
            for row, one in seen
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


def _slices(ids: Sequence[str]) -> Iterable[Sequence[str]]:
    return (ids[start : start + _SLICE] for start in range(0, len(ids), _SLICE))


def _placed(price: str | None, product: str | None, link: str | None = None) -> Placed:
    """Place stored documents; what is not known of them names nothing."""
    if price is None or product is None:
        return Placed(None, None, None, None)
    metadata: Json | None = json.loads(link).get("metadata") if link is not None else None
    return placed(json.loads(price), json.loads(product), metadata)


def _price_values(row_id: int, one: Placed, tracks: dict[str, int]) -> dict[str, Any]:
    named = one.named
    return {
        "row_id": row_id,
        "new_track_id": tracks[named.track] if named else None,
        "new_license": named.license if named else UNNAMED_LICENSE,
        "new_exclusive": named.exclusive if named else False,
        "new_amount": one.amount.amount if one.amount else None,
        "new_currency": one.amount.currency if one.amount else None,
        "new_terms": one.terms,
        "new_reason": one.reason.value if one.reason else None,
    }


async def _links(
    connection: AsyncConnection,
    producer_id: int,
    link_ids: Sequence[str],
    price_ids: Sequence[str],
) -> list[str]:
    """These links, and those that sell one of these prices, each once."""
    links = set(link_ids)
    for some in _slices(price_ids):
        found = await connection.execute(
            select(payment_link_prices.c.link).where(
                payment_link_prices.c.producer_id == producer_id,
                payment_link_prices.c.price.in_(some),
            )
        )
        links.update(found.scalars())
    return sorted(links)


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


def _alone(row: Row[Any], by_link: Placed) -> bool:
    """Whether the link sells just what the price is by itself, once."""
    if by_link.named is None or not sells_one(json.loads(row.link_document)):
        return False
    return _placed(row.document, row.product).named == by_link.named
