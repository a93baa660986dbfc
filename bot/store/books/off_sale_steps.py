"""The steps that take a track off sale, settled in the transaction that changes what they rest on.

They rest on who holds a track, on what was decided about it, and on what Stripe lists of it.
Nothing begins before the whole catalogue was read: with half of it, a product that other tracks
need looks like the track's own.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Row,
    String,
    and_,
    delete,
    func,
    insert,
    literal,
    not_,
    or_,
    select,
    union,
    update,
)
from sqlalchemy import cast as as_type
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.off_sale import (
    EVERY_CHECKOUT,
    MAY_PASS,
    Changes,
    Key,
    Obstacle,
    Step,
    StepKind,
    StepState,
    changes,
    listing_keys,
    listings_of,
)
from bot.store import outbox
from bot.store.books.offers import OFF_SALE
from bot.store.books.stripe_listings import kinds_read, track_listings
from bot.store.outbox import subject_of
from bot.store.tables import outbox as outbox_table
from bot.store.tables import (
    payment_link_prices,
    payment_links,
    prices,
    products,
    sales,
    steps,
    ticks,
    tracks,
)

TOLD = (
    select(outbox_table.c.id)
    .where(
        outbox_table.c.producer_id == sales.c.producer_id,
        outbox_table.c.key == literal("announce:payment:") + as_type(sales.c.payment_id, String),
    )
    .exists()
)
"""Whether a sale was announced: what was sold before the bot was there never is."""
_NEEDED = {"product", "price"}


class _Standing(NamedTuple):
    """A track, as far as its steps depend on it."""

    id: int
    holder_sale_id: int | None
    payment_id: int | None
    """The holder's."""
    off: bool
    asked: bool
    """Whether the bot acts by itself: if the sale was announced, or the producer decided."""


async def settle(
    connection: AsyncConnection,
    producer_id: int,
    track_ids: Iterable[int],
    now: datetime,
    *,
    tell: bool = True,
) -> None:
    """Make the steps of tracks what they have to be now.

    `tell`: have the alert of each track's holder edited if something changed.
    """
    wanted = sorted(set(track_ids))
    standing = await _standing(connection, producer_id, wanted) if wanted else []
    if not standing:
        return
    # If it is sold again, it has to be taken off again.
    free = [track.id for track in standing if track.holder_sale_id is None]
    ticked = and_(ticks.c.producer_id == producer_id, ticks.c.track_id.in_(free))
    await connection.execute(delete(ticks).where(ticked))
    known: dict[int, dict[Key, Step]] = defaultdict(dict)
    its = steps.c.producer_id == producer_id, steps.c.track_id.in_([one.id for one in standing])
    for row in await connection.execute(select(steps).where(*its)):
        step = step_of(row)
        known[row.track_id][step.key] = step
    concerned = [track for track in standing if track.off or known[track.id]]
    if not concerned:
        return
    read = await kinds_read(connection, producer_id)
    for track in concerned:
        if track.off and not read >= _NEEDED:
            continue
        await _settle_one(
            connection, producer_id, track, known[track.id], now, read=read, tell=tell
        )


async def _settle_one(
    connection: AsyncConnection,
    producer_id: int,
    track: _Standing,
    known: Mapping[Key, Step],
    now: datetime,
    *,
    read: Collection[str],
    tell: bool,
) -> None:
    listings = await track_listings(connection, producer_id, track.id)
    listed = listings_of(listings, links_seen="payment_link" in read)
    active = set(await _still_active(connection, producer_id, known.keys() - listed.keys()))
    needed = active & listing_keys(listings)
    found = changes(
        listed,
        known,
        off=track.off,
        asked=track.asked,
        needed=needed,
        renamed=active - needed,
        now=now,
    )
    await _write(connection, producer_id, track, found, now)
    if found and tell and track.payment_id is not None:
        await outbox.edit_announced(connection, producer_id, subject_of(track.payment_id), now)


async def _standing(
    connection: AsyncConnection, producer_id: int, track_ids: Collection[int]
) -> list[_Standing]:
    found = await connection.execute(
        select(
            tracks.c.id,
            tracks.c.holder_sale_id,
            sales.c.payment_id,
            OFF_SALE.label("off"),
            or_(tracks.c.kept_off.is_(True), TOLD).label("asked"),
        )
        .select_from(tracks.outerjoin(sales, sales.c.id == tracks.c.holder_sale_id))
        .where(tracks.c.producer_id == producer_id, tracks.c.id.in_(track_ids))
    )
    return [_Standing(*row) for row in found]


def step_of(row: Row[Any]) -> Step:
    """A row of `steps`."""
    return Step(
        kind=StepKind(row.kind),
        object=row.object,
        name=row.name,
        state=StepState(row.state),
        obstacle=Obstacle(row.obstacle) if row.obstacle else None,
        attempts=row.attempts,
        done=row.done,
    )


_ACTIVE: dict[StepKind, tuple[Any, Any]] = {
    StepKind.LINK: (payment_links, payment_links.c.link),
    StepKind.PRODUCT: (products, products.c.product),
    StepKind.PRICE: (prices, prices.c.price),
}


async def _still_active(
    connection: AsyncConnection, producer_id: int, keys: Iterable[Key]
) -> list[Key]:
    """Of steps whose object the track no longer has: those that still sell something."""
    found = []
    for kind, object_id in keys:
        if kind not in _ACTIVE:
            continue
        table, column = _ACTIVE[kind]
        active = await connection.scalar(
            select(table.c.active).where(table.c.producer_id == producer_id, column == object_id)
        )
        if active:
            found.append((kind, object_id))
    return found


async def _write(
    connection: AsyncConnection, producer_id: int, track: _Standing, found: Changes, now: datetime
) -> None:
    own = and_(steps.c.producer_id == producer_id, steps.c.track_id == track.id)
    if found.new:
        values = [
            {
                "producer_id": producer_id,
                "track_id": track.id,
                "sale_id": track.holder_sale_id,
                **_columns(step, now),
            }
            for step in found.new
        ]
        await connection.execute(insert(steps), values)
    for step in found.changed:
        await connection.execute(
            update(steps).where(own, is_step(step.key)).values(_columns(step, now))
        )
    for key in found.dropped:
        await connection.execute(delete(steps).where(own, is_step(key)))
    if track.off:
        other = steps.c.sale_id.is_distinct_from(track.holder_sale_id)
        await connection.execute(
            update(steps).where(own, other).values(sale_id=track.holder_sale_id)
        )


def _columns(step: Step, now: datetime) -> dict[str, Any]:
    return {**asdict(step), "due": now if step.state is StepState.OPEN else None}


def is_step(key: Key) -> ColumnElement[bool]:
    """Whether a row of `steps` is the one of this key, of any track."""
    kind, object_id = key
    return and_(steps.c.kind == kind, steps.c.object == object_id)


_HOLDING = select(sales.c.payment_id).join_from(
    tracks, sales, sales.c.id == tracks.c.holder_sale_id
)


async def tell_holders(
    connection: AsyncConnection, producer_id: int, most: int, now: datetime
) -> None:
    """Have the alerts edited of the tracks that were sold exclusively last, of at most so many."""
    newest = sales.c.sold.desc(), sales.c.id.desc()
    holding = _HOLDING.where(tracks.c.producer_id == producer_id).order_by(*newest).limit(most)
    for payment_id in dict.fromkeys(await connection.scalars(holding)):
        await outbox.edit_announced(connection, producer_id, subject_of(payment_id), now)


async def tell_holder(
    connection: AsyncConnection, producer_id: int, track_id: int, now: datetime
) -> None:
    """Have the alert edited of the sale that holds a track, if one does and was announced."""
    payment_id = await connection.scalar(_HOLDING.where(tracks.c.id == track_id))
    if payment_id is not None:
        await outbox.edit_announced(connection, producer_id, subject_of(payment_id), now)


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
                or_(steps.c.state != StepState.DONE, not_(OFF_SALE)),
            ),
        )
    )
    return sorted(found)


async def try_again(connection: AsyncConnection, producer_id: int, now: datetime) -> None:
    """Have done what the key was not allowed to, or Stripe refused: it may be otherwise by now."""
    owned = steps.c.producer_id == producer_id
    may_pass = steps.c.state == StepState.BY_HAND, steps.c.obstacle.in_(MAY_PASS)
    await connection.execute(update(steps).where(owned, *may_pass).values(due=now))
    # As long as a link goes on selling it, new Checkouts may be opened.
    selling = steps.alias("selling")
    sold_on = select(selling.c.track_id).where(
        selling.c.producer_id == producer_id,
        selling.c.state == StepState.BY_HAND,
        selling.c.kind == StepKind.LINK,
    )
    sweeps = owned, is_step((StepKind.SESSION, EVERY_CHECKOUT)), steps.c.track_id.in_(sold_on)
    await connection.execute(update(steps).where(*sweeps).values(due=now))


async def counts(
    connection: AsyncConnection, producer_id: int, track_ids: Collection[int]
) -> dict[int, int]:
    """How many steps of each track are not done; tracks without any are left out."""
    query = (
        select(steps.c.track_id, func.count())
        .where(
            steps.c.producer_id == producer_id,
            steps.c.track_id.in_(track_ids),
            steps.c.state != StepState.DONE,
        )
        .group_by(steps.c.track_id)
    )
    return dict((await connection.execute(query)).all())
