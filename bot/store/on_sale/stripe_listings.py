"""Everything in Stripe that sells one track: what taking it off sale has to reach."""

from typing import Any

from sqlalchemy import ScalarSelect, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.expression import Select

from bot.domain.sale import Producer
from bot.domain.track import ShelfLink, ShelfPrice, ShelfProduct, TrackShelves
from bot.store.tables import payment_link_prices, payment_links, prices, products

_others = prices.alias("others")
_rest = payment_link_prices.alias("rest")


async def shelves(connection: AsyncConnection, producer: Producer, track_id: int) -> TrackShelves:
    """The prices, products and links of a track, active or not, as they were last seen.

    A link is the track's too where only its own metadata names it.
    """
    return await shelves_of(connection, producer.id, track_id)


async def shelves_of(connection: AsyncConnection, producer_id: int, track_id: int) -> TrackShelves:
    """The same, by the producer's id."""
    found = [
        (await connection.execute(query)).all()
        for query in (
            _prices(producer_id, track_id),
            _products(producer_id, track_id),
            _links(producer_id, track_id),
        )
    ]
    return TrackShelves(
        track_id=track_id,
        prices=tuple(
            ShelfPrice(
                id=row.price,
                product=row.product,
                active=row.active,
                default=row.default_price == row.price,
                name=row.license,
            )
            for row in found[0]
        ),
        products=tuple(
            ShelfProduct(id=row.product, active=row.active, shared=row.others > 0, name=row.name)
            for row in found[1]
        ),
        links=tuple(
            ShelfLink(id=row.link, url=row.url, active=row.active, shared=row.others > 0)
            for row in found[2]
        ),
    )


def _prices(producer_id: int, track_id: int) -> Select[Any]:
    product = and_(
        products.c.producer_id == prices.c.producer_id, products.c.product == prices.c.product
    )
    return (
        select(
            prices.c.price,
            prices.c.product,
            prices.c.active,
            prices.c.license,
            products.c.default_price,
        )
        .select_from(prices.outerjoin(products, product))
        .where(prices.c.producer_id == producer_id, prices.c.track_id == track_id)
        .order_by(prices.c.id)
    )


def _products(producer_id: int, track_id: int) -> Select[Any]:
    own = select(prices.c.product).where(
        prices.c.producer_id == producer_id, prices.c.track_id == track_id
    )
    return (
        select(
            products.c.product,
            products.c.active,
            products.c.name,
            _other_prices(track_id).label("others"),
        )
        .where(products.c.producer_id == producer_id, products.c.product.in_(own))
        .order_by(products.c.id)
    )


def _other_prices(track_id: int) -> ScalarSelect[int]:
    return (
        select(func.count())
        .select_from(_others)
        .where(
            _others.c.producer_id == products.c.producer_id,
            _others.c.product == products.c.product,
            _others.c.active.is_(True),
            or_(_others.c.track_id.is_(None), _others.c.track_id != track_id),
        )
        .scalar_subquery()
    )


def _links(producer_id: int, track_id: int) -> Select[Any]:
    own = select(payment_link_prices.c.link).where(
        payment_link_prices.c.producer_id == producer_id,
        payment_link_prices.c.track_id == track_id,
    )
    others = (
        select(func.count())
        .select_from(_rest)
        .where(
            _rest.c.producer_id == payment_links.c.producer_id,
            _rest.c.link == payment_links.c.link,
            or_(_rest.c.track_id.is_(None), _rest.c.track_id != track_id),
        )
        .scalar_subquery()
    )
    return (
        select(
            payment_links.c.link,
            payment_links.c.url,
            payment_links.c.active,
            others.label("others"),
        )
        .where(payment_links.c.producer_id == producer_id, payment_links.c.link.in_(own))
        .order_by(payment_links.c.id)
    )
