"""How far tracks are off sale, for the worker that does it and for people who read it.

Tracks that were sold exclusively before the bot was there, and that Stripe still sells, are not
taken off sale unasked; the producer is told of each of them once.
"""

import json
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Select,
    and_,
    bindparam,
    case,
    func,
    null,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.off_sale import (
    EVERY_CHECKOUT,
    MAY_PASS,
    WAITS_FOR_A_WORD,
    Key,
    LeftOnSale,
    LeftTrack,
    Obstacle,
    OffSale,
    Step,
    StepKind,
    StepState,
    TakingOff,
)
from bot.domain.sale import Producer
from bot.store import discord_messages, key_value, outbox
from bot.store.books import marketplaces
from bot.store.books.off_sale_steps import TOLD, is_step, step_of, tell_holder
from bot.store.books.offers import OFF_SALE
from bot.store.books.sync_progress import import_progress
from bot.store.tables import Instant, prices, producers, sales, steps, tracks, upsert


class DueTrack(NamedTuple):
    """A track of which some step's time has come."""

    producer_id: int
    account: str
    track_id: int
    sold: bool
    """Whether an exclusive sale holds it; else it is only kept off sale."""


_NOW = bindparam("now", type_=Instant)
_MODE = bindparam("mode", type_=Boolean)
# Made once: they are asked whenever something was recorded, mostly in vain.
_DUE = (
    select(
        steps.c.producer_id,
        producers.c.account,
        steps.c.track_id,
        tracks.c.holder_sale_id.is_not(None).label("sold"),
    )
    .join_from(steps, producers, producers.c.id == steps.c.producer_id)
    .join(tracks, tracks.c.id == steps.c.track_id)
    .where(steps.c.due <= _NOW, producers.c.livemode == _MODE)
    .group_by(steps.c.producer_id, producers.c.account, steps.c.track_id, tracks.c.holder_sale_id)
    .order_by(func.min(steps.c.due))
)
_NEXT = (
    select(steps.c.due)
    .join_from(steps, producers, producers.c.id == steps.c.producer_id)
    .where(steps.c.due.is_not(None), producers.c.livemode == _MODE)
    .order_by(steps.c.due)
    .limit(1)
)


async def due(connection: AsyncConnection, livemode: bool, now: datetime) -> list[DueTrack]:
    """The tracks to work on, the longest due first."""
    found = await connection.execute(_DUE, {"now": now, "mode": livemode})
    return [DueTrack(*row) for row in found]


async def next_due(
    connection: AsyncConnection, livemode: bool, after: datetime | None = None
) -> datetime | None:
    """When the first step is due `after` a moment, else of all; None while none is."""
    query = _NEXT if after is None else _NEXT.where(steps.c.due > _NOW)
    asked = {"mode": livemode} if after is None else {"mode": livemode, "now": after}
    first: datetime | None = await connection.scalar(query, asked)
    return first


async def due_steps(connection: AsyncConnection, of: DueTrack, now: datetime) -> list[Step]:
    """A track's steps whose time has come."""
    found = await connection.execute(
        select(steps)
        .where(_of(of.producer_id, of.track_id), steps.c.due <= now)
        .order_by(steps.c.id)
    )
    return [step_of(row) for row in found]


async def track_sells(connection: AsyncConnection, of: DueTrack) -> tuple[str, set[str]]:
    """By what a Checkout of the track is known: the track's key, and all its prices."""
    key = await connection.scalar(select(tracks.c.key).where(tracks.c.id == of.track_id))
    found = await connection.scalars(
        select(prices.c.price).where(
            prices.c.producer_id == of.producer_id, prices.c.track_id == of.track_id
        )
    )
    return key or "", set(found)


async def hindered(
    connection: AsyncConnection,
    of: DueTrack,
    key: Key,
    obstacle: Obstacle,
    *,
    by_hand: bool,
    due: datetime | None,
) -> None:
    """Note that a step could not be done: by whom it is to be done now, and when by the bot."""
    hindrance = {"state": StepState.BY_HAND if by_hand else StepState.OPEN, "obstacle": obstacle}
    again = {"due": due, "attempts": steps.c.attempts + 1, "done": None}
    await connection.execute(update(steps).where(_step(of, key)).values(hindrance | again))


async def put_off(connection: AsyncConnection, of: DueTrack, key: Key, until: datetime) -> None:
    """Let a step wait."""
    await connection.execute(update(steps).where(_step(of, key)).values(due=until))


async def checkouts_closed(
    connection: AsyncConnection, of: DueTrack, sessions: Collection[str], now: datetime
) -> None:
    """Keep that open Checkouts of the track were closed."""
    holder = select(tracks.c.holder_sale_id).where(tracks.c.id == of.track_id)
    its: dict[str, Any] = {"producer_id": of.producer_id, "track_id": of.track_id}
    its |= {"sale_id": await connection.scalar(holder), "name": "", "done": now}
    closed = {"kind": StepKind.SESSION, "state": StepState.DONE}
    rows = [{**its, **closed, "object": session} for session in sessions]
    await connection.execute(upsert(connection, steps), rows)


async def checkouts_done(connection: AsyncConnection, of: DueTrack, now: datetime) -> None:
    """Keep that no Checkout of the track is open any longer."""
    sweep = update(steps).where(_step(of, (StepKind.SESSION, EVERY_CHECKOUT)))
    done = {"state": StepState.DONE, "obstacle": None, "due": None, "done": now}
    await connection.execute(sweep.values(done))


async def visible(connection: AsyncConnection, of: DueTrack) -> frozenset[tuple[object, ...]]:
    """A track's steps as people see them: if this differs, the alert has to be edited."""
    found = await _steps(connection, of.producer_id, of.track_id)
    return frozenset((step.kind, step.object, step.state, step.obstacle) for step in found)


async def tell_when_over(connection: AsyncConnection, of: DueTrack, now: datetime) -> None:
    """Have the alert edited once nothing of the track is due any longer: not at each step."""
    if not await due_steps(connection, of, now):
        await tell(connection, of, now)


async def tell(connection: AsyncConnection, of: DueTrack, now: datetime) -> None:
    """Have the alert of the sale that holds a track show how far it is."""
    await tell_holder(connection, of.producer_id, of.track_id, now)


async def go_ahead(
    connection: AsyncConnection, producer: Producer, track_ids: Collection[int], now: datetime
) -> None:
    """The producer asks for it: do what waits for that, and try again what could not be done.

    Nothing happens to tracks that are not off sale, or not the producer's.
    """
    of_these = tracks.c.producer_id == producer.id, tracks.c.id.in_(track_ids)
    off = sorted(await connection.scalars(select(tracks.c.id).where(*of_these, OFF_SALE)))
    if not off:
        return
    own = and_(steps.c.producer_id == producer.id, steps.c.track_id.in_(off))
    # By that it is known that what another name stands for was asked for.
    said_so = case((steps.c.obstacle == Obstacle.RENAMED, steps.c.obstacle), else_=null())
    open_now = {"state": StepState.OPEN, "due": now}
    waiting = update(steps).where(own, steps.c.obstacle.in_(WAITS_FOR_A_WORD))
    await connection.execute(waiting.values(open_now | {"obstacle": said_so, "attempts": 0}))
    again = update(steps).where(own, steps.c.obstacle.in_({*MAY_PASS, Obstacle.DOWN}))
    await connection.execute(again.values(due=now))
    sweep = {"kind": StepKind.SESSION, "object": EVERY_CHECKOUT, "name": "", **open_now}
    rows = [{"producer_id": producer.id, "track_id": track_id, **sweep} for track_id in off]
    await connection.execute(upsert(connection, steps, *open_now), rows)


async def of_track(
    connection: AsyncConnection, producer: Producer, track_id: int
) -> OffSale | None:
    """How far a track is off sale; None if there is nothing to show."""
    found = await _of_tracks(connection, producer, [track_id])
    return found[0] if found else None


async def of_payment(
    connection: AsyncConnection, producer: Producer, payment_id: int
) -> tuple[OffSale, ...]:
    """How far each track is off sale that a sale of this payment holds, in the order of sales."""
    held = await connection.scalars(
        select(tracks.c.id)
        .join_from(sales, tracks, tracks.c.id == sales.c.track_id)
        .where(
            tracks.c.holder_sale_id == sales.c.id,
            sales.c.producer_id == producer.id,
            sales.c.payment_id == payment_id,
        )
        .order_by(sales.c.position)
    )
    return await _of_tracks(connection, producer, list(held))


async def _of_tracks(
    connection: AsyncConnection, producer: Producer, track_ids: Collection[int]
) -> tuple[OffSale, ...]:
    if not track_ids:
        return ()
    found = await connection.execute(
        select(tracks.c.id, tracks.c.name, sales.c.number, OFF_SALE.label("off"))
        .select_from(tracks.outerjoin(sales, sales.c.id == tracks.c.holder_sale_id))
        .where(tracks.c.producer_id == producer.id, tracks.c.id.in_(track_ids))
    )
    rows = {row.id: row for row in found}
    shown = []
    for track_id in track_ids:
        row = rows.get(track_id)
        if row is None:
            continue
        its = tuple(await _steps(connection, producer.id, track_id))
        held = row.number is not None
        elsewhere = await marketplaces.of_track(connection, producer, track_id) if held else ()
        if its or elsewhere:
            shown.append(
                OffSale(
                    track_id=track_id,
                    track=row.name,
                    number=row.number,
                    off=row.off,
                    steps=its,
                    elsewhere=elsewhere,
                )
            )
    return tuple(shown)


async def _steps(connection: AsyncConnection, producer_id: int, track_id: int) -> list[Step]:
    query = select(steps).where(_of(producer_id, track_id)).order_by(steps.c.id)
    return [step_of(row) for row in await connection.execute(query)]


def _step(of: DueTrack, key: Key) -> ColumnElement[bool]:
    return and_(_of(of.producer_id, of.track_id), is_step(key))


def _of(producer_id: int, track_id: int) -> ColumnElement[bool]:
    return and_(steps.c.producer_id == producer_id, steps.c.track_id == track_id)


SUBJECT = "taken off sale"
"""What the outbox and the messages call it; a producer has one, the latest."""


async def begin(
    connection: AsyncConnection,
    producer: Producer,
    track_ids: Collection[int],
    *,
    by: int,
    now: datetime,
    channel_id: int,
    message_id: int,
) -> None:
    """Keep that a user (`by`: their Discord id) has just asked for it, under this message.

    What was asked for before and is not done yet is part of it.
    """
    if not track_ids:
        return
    known = await _noted(connection, producer.id)
    still = await _due(connection, producer.id, known["tracks"]) if known else set()
    noted = {"tracks": sorted(still | set(track_ids)), "by": by, "at": now.timestamp()}
    await key_value.put(connection, _key(producer.id), json.dumps(noted))
    await discord_messages.place(connection, producer.id, [SUBJECT], channel_id, message_id)


async def taking_off(connection: AsyncConnection, producer: Producer) -> TakingOff | None:
    """How far it is; None if it was never asked for."""
    noted = await _noted(connection, producer.id)
    if noted is None:
        return None
    left = await _due(connection, producer.id, noted["tracks"])
    return TakingOff(
        by=noted["by"],
        at=datetime.fromtimestamp(noted["at"], UTC),
        tracks=len(noted["tracks"]),
        done=len(noted["tracks"]) - len(left),
    )


async def edit_message(
    connection: AsyncConnection, producer_id: int, track_id: int, now: datetime
) -> None:
    """Have the message edited, if this track is one of those."""
    noted = await _noted(connection, producer_id)
    if noted is not None and track_id in noted["tracks"]:
        await outbox.put_edit(connection, producer_id, SUBJECT, now)


async def _noted(connection: AsyncConnection, producer_id: int) -> dict[str, Any] | None:
    noted = await key_value.get(connection, _key(producer_id))
    return None if noted is None else dict(json.loads(noted))


async def _due(
    connection: AsyncConnection, producer_id: int, track_ids: Collection[int]
) -> set[int]:
    """Those of which a step is still to be done, or to be tried again."""
    found = await connection.scalars(
        select(func.distinct(steps.c.track_id)).where(
            steps.c.producer_id == producer_id,
            steps.c.track_id.in_(track_ids),
            steps.c.due.is_not(None),
        )
    )
    return set(found)


def _key(producer_id: int) -> str:
    return f"{SUBJECT}:{producer_id}"


SHOWN = 25
"""Tracks that are named, as many as a menu holds."""
AT_ONCE = 500
"""Tracks that one press of a button takes off."""

# The others come and go with what the key may do; these stay until the producer acts.
_STANDING = (Obstacle.OLD, Obstacle.SHARED, Obstacle.DEFAULT)


async def left_on_sale(connection: AsyncConnection, producer: Producer) -> LeftOnSale:
    """What is left now, by name."""
    rows = (await connection.execute(_left(producer.id))).all()
    return LeftOnSale(
        tracks=tuple(
            LeftTrack(id=row.id, name=row.name, number=row.number, possible=bool(row.possible))
            for row in rows[:SHOWN]
        ),
        count=len(rows),
        possible=sum(bool(row.possible) for row in rows),
    )


async def take_off(
    connection: AsyncConnection, producer: Producer, chosen: frozenset[int] | None, now: datetime
) -> list[int]:
    """Have these taken off sale, or (None) all that can be; which. Others are left alone."""
    rows = await connection.execute(_left(producer.id))
    wanted = [row.id for row in rows if row.possible and (chosen is None or row.id in chosen)][
        :AT_ONCE
    ]
    await go_ahead(connection, producer, wanted, now)
    return wanted


async def tell_of_left_once(connection: AsyncConnection, producer: Producer, now: datetime) -> bool:
    """Have the producer told of those that they were never told of; whether there are any.

    Not while the past is being imported: more may come.
    """
    progress = await import_progress(connection, producer.livemode)
    if progress is not None and not progress.finished:
        return False
    left = {row.id for row in await connection.execute(_left(producer.id))}
    key = f"left on sale:{producer.id}"
    known = set(json.loads(await key_value.get(connection, key) or "[]"))
    new = left - known
    if not new:
        return False
    await key_value.put(connection, key, json.dumps(sorted(known | new)))
    await outbox.put(
        connection,
        producer.id,
        kind="notice",
        subject="notice:left_on_sale",
        key=f"notice:left_on_sale:{min(new)}",
        now=now,
        payload={"what": "left_on_sale"},
    )
    return True


def _left(producer_id: int) -> Select[Any]:
    """Each track once; `possible`: whether there is something that the bot itself can do."""
    possible = func.max(case((steps.c.obstacle == Obstacle.OLD, 1), else_=0))
    return (
        select(tracks.c.id, tracks.c.name, sales.c.number, possible.label("possible"))
        .join_from(steps, tracks, tracks.c.id == steps.c.track_id)
        .join(sales, sales.c.id == tracks.c.holder_sale_id)
        .where(
            steps.c.producer_id == producer_id,
            steps.c.state == StepState.BY_HAND,
            steps.c.obstacle.in_(_STANDING),
            ~TOLD,
        )
        .group_by(tracks.c.id, tracks.c.name, sales.c.number, tracks.c.key)
        .order_by(tracks.c.key)
    )
