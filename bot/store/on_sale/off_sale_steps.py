"""The steps that take a track off sale, settled in the transaction that changes what they rest on.

They rest on who holds a track, on what was decided about it, and on what the catalogue says of its
shelves. Nothing is begun before the catalogue was read whole: of half of it, a product that other
tracks need looks like one's own.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Row,
    String,
    and_,
    delete,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy import cast as as_type
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.off_sale import (
    Changes,
    Key,
    Obstacle,
    Step,
    StepKind,
    StepState,
    changes,
    on_shelves,
    shelf_of,
)
from bot.store.on_sale.catalogue_reading import kinds_read
from bot.store.on_sale.offers import OFF_SALE
from bot.store.on_sale.stripe_listings import shelves_of
from bot.store.queues import outbox
from bot.store.tables import (
    outbox as outbox_table,
)
from bot.store.tables import (
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
"""Whether Discord was told of a sale: what was sold before the bot was there never is."""
_NEEDED = {"product", "price"}


class _Standing(NamedTuple):
    """A track, as far as its steps depend on it."""

    id: int
    holder_sale_id: int | None
    payment_id: int | None
    """The holder's."""
    off: bool
    asked: bool
    """Whether the bot acts by itself: when Discord was told of the sale, or somebody decided."""


async def settle(
    connection: AsyncConnection,
    producer_id: int,
    track_ids: Iterable[int],
    now: datetime,
    *,
    tell: bool = True,
) -> None:
    """Make the steps of tracks what they have to be now.

    `tell`: have the alert of each track's holder edited where something changed.
    """
    standing = await _standing(connection, producer_id, sorted(set(track_ids)))
    if not standing:
        return
    # Sold again, it has to be taken off anew.
    free = [track.id for track in standing if track.holder_sale_id is None]
    ticked = and_(ticks.c.producer_id == producer_id, ticks.c.track_id.in_(free))
    await connection.execute(delete(ticks).where(ticked))
    known = await _known(connection, producer_id, [track.id for track in standing])
    concerned = [track for track in standing if track.off or known.get(track.id)]
    if not concerned:
        return
    read = await kinds_read(connection, producer_id)
    for track in concerned:
        if track.off and not read >= _NEEDED:
            continue
        await _settle_one(
            connection, producer_id, track, known.get(track.id, {}), now, read=read, tell=tell
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
    lies_on = await shelves_of(connection, producer_id, track.id)
    shelf = shelf_of(lies_on, links_seen="payment_link" in read)
    active = set(await _still_active(connection, producer_id, known.keys() - shelf.keys()))
    needed = active & on_shelves(lies_on)
    found = changes(
        shelf,
        known,
        off=track.off,
        asked=track.asked,
        needed=needed,
        renamed=active - needed,
        now=now,
    )
    await _write(connection, producer_id, track, found, now)
    if found and tell:
        await tell_holder(connection, producer_id, track.payment_id, now)


async def _standing(
    connection: AsyncConnection, producer_id: int, track_ids: Collection[int]
) -> list[_Standing]:
    if not track_ids:
        return []
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
    return [
        _Standing(row.id, row.holder_sale_id, row.payment_id, bool(row.off), bool(row.asked))
        for row in found
    ]


async def _known(
    connection: AsyncConnection, producer_id: int, track_ids: Collection[int]
) -> dict[int, dict[Key, Step]]:
    if not track_ids:
        return {}
    found = await connection.execute(
        select(steps).where(steps.c.producer_id == producer_id, steps.c.track_id.in_(track_ids))
    )
    known: dict[int, dict[Key, Step]] = {}
    for row in found:
        step = step_of(row)
        known.setdefault(row.track_id, {})[step.key] = step
    return known


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
    """Of steps whose object the track does not have any more: those that still sell something."""
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
    connection: AsyncConnection,
    producer_id: int,
    track: _Standing,
    found: Changes,
    now: datetime,
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
            update(steps).where(own, _is(step.key)).values(_columns(step, now))
        )
    for key in found.dropped:
        await connection.execute(delete(steps).where(own, _is(key)))
    if track.off:
        other = steps.c.sale_id.is_distinct_from(track.holder_sale_id)
        await connection.execute(
            update(steps).where(own, other).values(sale_id=track.holder_sale_id)
        )


def _columns(step: Step, now: datetime) -> dict[str, Any]:
    return {
        "kind": step.kind.value,
        "object": step.object,
        "name": step.name,
        "state": step.state.value,
        "obstacle": step.obstacle.value if step.obstacle else None,
        "attempts": step.attempts,
        "due": now if step.state is StepState.OPEN else None,
        "done": step.done,
    }


def _is(key: Key) -> ColumnElement[bool]:
    kind, object_id = key
    return and_(steps.c.kind == kind.value, steps.c.object == object_id)


async def tell_holders(
    connection: AsyncConnection, producer_id: int, most: int, now: datetime
) -> None:
    """Have the alerts edited of the tracks that were sold exclusively last, of at most so many."""
    found = await connection.execute(
        select(sales.c.payment_id)
        .join_from(tracks, sales, sales.c.id == tracks.c.holder_sale_id)
        .where(tracks.c.producer_id == producer_id)
        .order_by(sales.c.sold.desc(), sales.c.id.desc())
        .limit(most)
    )
    for payment_id in dict.fromkeys(found.scalars()):
        await tell_holder(connection, producer_id, payment_id, now)


async def tell_holder(
    connection: AsyncConnection, producer_id: int, payment_id: int | None, now: datetime
) -> None:
    """Have the alert of a payment edited, where there is one."""
    subject = f"payment:{payment_id}"
    if payment_id is None or not await outbox.announced(connection, producer_id, [subject]):
        return
    await outbox.put(
        connection, producer_id, kind="edit", subject=subject, key=f"edit:{subject}", now=now
    )
