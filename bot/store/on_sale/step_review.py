"""Which tracks' steps have to be looked at once more, and how many are left."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import and_, func, not_, or_, select, union, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.off_sale import EVERY_CHECKOUT, MAY_PASS, StepKind, StepState
from bot.store.on_sale.offers import OFF_SALE
from bot.store.tables import payment_link_prices, payment_links, prices, steps, tracks


async def touched(
    connection: AsyncConnection,
    producer_id: int,
    *,
    price_ids: Collection[str] = (),
    link_ids: Collection[str] = (),
    object_ids: Collection[str] = (),
) -> set[int]:
    """The tracks that these prices and links sell, or that have a step about one of them.

    `object_ids`: of all that has changed.
    """
    link = payment_link_prices.c
    owned = prices.c.producer_id == producer_id
    their_products = select(prices.c.product).where(owned, prices.c.price.in_(price_ids))
    found = await connection.scalars(
        union(
            select(prices.c.track_id).where(owned, prices.c.price.in_(price_ids)),
            select(link.track_id).where(link.producer_id == producer_id, link.price.in_(price_ids)),
            select(link.track_id).where(link.producer_id == producer_id, link.link.in_(link_ids)),
            select(steps.c.track_id).where(
                steps.c.producer_id == producer_id,
                or_(steps.c.object.in_(object_ids), steps.c.object.in_(their_products)),
            ),
        )
    )
    return {track_id for track_id in found if track_id is not None}


async def to_review(connection: AsyncConnection, producer_id: int) -> list[int]:
    """The tracks to settle once more when the catalogue was read whole.

    Those that are off sale and still sold somewhere, and those with steps that may have changed.
    """
    link = payment_link_prices.c
    off = and_(tracks.c.producer_id == producer_id, OFF_SALE)
    active_link = and_(
        payment_links.c.producer_id == link.producer_id,
        payment_links.c.link == link.link,
        payment_links.c.active.is_(True),
    )
    found = await connection.scalars(
        union(
            select(tracks.c.id)
            .join_from(tracks, prices, prices.c.track_id == tracks.c.id)
            .where(off, prices.c.active.is_(True)),
            select(tracks.c.id)
            .select_from(tracks)
            .join(payment_link_prices, link.track_id == tracks.c.id)
            .join(payment_links, active_link)
            .where(off),
            select(steps.c.track_id)
            .join_from(steps, tracks, tracks.c.id == steps.c.track_id)
            .where(
                steps.c.producer_id == producer_id,
                or_(steps.c.state != StepState.DONE.value, not_(OFF_SALE)),
            ),
        )
    )
    return sorted(found)


async def try_again(connection: AsyncConnection, producer_id: int, now: datetime) -> None:
    """Have done what the key was not allowed to, or Stripe refused: it may be otherwise by now."""
    owned = steps.c.producer_id == producer_id
    by_hand = and_(owned, steps.c.state == StepState.BY_HAND.value)
    again = [obstacle.value for obstacle in MAY_PASS]
    await connection.execute(
        update(steps).where(by_hand, steps.c.obstacle.in_(again)).values(due=now)
    )
    # As long as a link goes on selling it, new Checkouts may be opened.
    selling = steps.alias("selling")
    sold_on = select(selling.c.track_id).where(
        selling.c.producer_id == producer_id,
        selling.c.state == StepState.BY_HAND.value,
        selling.c.kind == StepKind.LINK.value,
    )
    sweeps = and_(
        owned,
        steps.c.kind == StepKind.SESSION.value,
        steps.c.object == EVERY_CHECKOUT,
        steps.c.track_id.in_(sold_on),
    )
    await connection.execute(update(steps).where(sweeps).values(due=now))


async def counts(
    connection: AsyncConnection, producer_id: int, track_ids: Collection[int]
) -> dict[int, int]:
    """How many steps of each track are not done; tracks without any are left out."""
    if not track_ids:
        return {}
    query = (
        select(steps.c.track_id, func.count())
        .where(
            steps.c.producer_id == producer_id,
            steps.c.track_id.in_(track_ids),
            steps.c.state != StepState.DONE.value,
        )
        .group_by(steps.c.track_id)
    )
    return dict((await connection.execute(query)).all())
