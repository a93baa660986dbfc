"""Exclusive rights as a producer asks about them: of one track, and all that are sold.

What leases of a track bring, beside what its exclusive would: for who sets that price.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.insight import LeaseInsight
from bot.domain.item_names import track_key
from bot.domain.money import Money, proportion
from bot.domain.sale import (
    PAGE,
    Decision,
    HeldPage,
    Producer,
    Sale,
    SaleSort,
    TrackRights,
    page_within,
)
from bot.store.books import marketplaces, off_sale_steps, off_sale_tracks
from bot.store.books.exclusivity import (
    ACCEPTED,
    HOLDER_COLUMNS,
    holder_of,
    holding,
    lease_count,
    leases,
    valid_leases,
    with_holder,
)
from bot.store.books.payments import NEWEST_FIRST, SHOWN_SALES, few_in_order, sale_of
from bot.store.books.track_rows import bump
from bot.store.tables import columns, prices, sales, total, tracks, without_index

SHOWN = 25
"""Sales of a kind that are shown of a track."""

# Those the holder bought in the same payment say nothing about others' rights.
_LEASES = lease_count(
    leases.c.producer_id == tracks.c.producer_id,
    leases.c.track_id == tracks.c.id,
    leases.c.payment_id != func.coalesce(holding.c.payment_id, 0),
).label("leases")
_RIGHTS: Select[Any] = select(
    *columns(tracks, "id name kept_off decided_by decided"), _LEASES, *HOLDER_COLUMNS
).select_from(with_holder(tracks))


async def track_rights(
    connection: AsyncConnection, producer: Producer, track_name: str, now: datetime
) -> TrackRights | None:
    """Where the rights of a track stand, whatever the spelling of its name; None if unknown."""
    return await _track_rights(connection, producer, tracks.c.key == track_key(track_name), now)


async def rights_of(
    connection: AsyncConnection, producer: Producer, track_id: int, now: datetime
) -> TrackRights | None:
    """Where the rights of a track stand, by its id; None where it is not the producer's."""
    return await _track_rights(connection, producer, tracks.c.id == track_id, now)


async def track_of_sale(connection: AsyncConnection, producer: Producer, number: int) -> int | None:
    """The id of the track that a sale is of; None where there is no such sale."""
    found: int | None = await connection.scalar(
        select(sales.c.track_id).where(sales.c.producer_id == producer.id, sales.c.number == number)
    )
    return found


async def _track_rights(
    connection: AsyncConnection, producer: Producer, which: ColumnElement[bool], now: datetime
) -> TrackRights | None:
    found = await connection.execute(_RIGHTS.where(tracks.c.producer_id == producer.id, which))
    row = found.first()
    if row is None:
        return None
    holder_payment = select(holding.c.payment_id).join(
        tracks, and_(tracks.c.holder_sale_id == holding.c.id, tracks.c.id == row.id)
    )
    lease_sales = await connection.execute(
        SHOWN_SALES.where(
            sales.c.producer_id == producer.id,
            sales.c.track_id == row.id,
            valid_leases("sales"),
            sales.c.payment_id != func.coalesce(holder_payment.scalar_subquery(), 0),
        )
        .order_by(*NEWEST_FIRST)
        .limit(SHOWN)
    )
    conflicts = await _conflicts(connection, producer, [row.id], now)
    rights = _rights(row, [sale_of(lease, now) for lease in lease_sales], conflicts[row.id])
    accepted: tuple[Sale, ...] = ()
    if rights.holder:
        # The newest of those that were accepted: few, so their own index leads.
        its = sales.c.producer_id == producer.id, without_index("track_id") == row.id
        query = SHOWN_SALES.where(sales.c.id.in_(select(sales.c.id).where(*its, *ACCEPTED)))
        newest = await connection.execute(query.order_by(*NEWEST_FIRST).limit(SHOWN))
        accepted = tuple(sale_of(sale, now) for sale in newest)
    kept_off = rights.decision is not None and rights.decision.kept_off
    on_sale = rights.holder is None and not kept_off
    return replace(
        rights,
        accepted=accepted,
        off_sale=await off_sale_tracks.of_track(connection, producer, row.id),
        insight=await lease_insight(connection, producer, row.id, now) if on_sale else None,
    )


async def held(
    connection: AsyncConnection,
    producer: Producer,
    page: int,
    now: datetime,
    sort: SaleSort = SaleSort.NEWEST,
) -> HeldPage:
    """A page (from 0; the last one where there are fewer) of the tracks exclusively sold."""
    is_held = (tracks.c.producer_id == producer.id, tracks.c.holder_sale_id.is_not(None))
    count = await connection.scalar(select(func.count()).select_from(tracks).where(*is_held)) or 0
    page = page_within(page, count)
    found = await connection.execute(
        _RIGHTS.where(*is_held)
        .order_by(*few_in_order(holding, sort, producer.preferences.currency))
        .limit(PAGE)
        .offset(page * PAGE)
    )
    rows = found.all()
    conflicts = await _conflicts(connection, producer, [row.id for row in rows], now)
    ids = [row.id for row in rows]
    undone = await off_sale_steps.counts(connection, producer.id, ids)
    elsewhere = await marketplaces.left_to_tick(connection, producer, ids)
    shown = tuple(
        replace(
            _rights(row, (), conflicts[row.id]),
            steps_open=undone.get(row.id, 0) + elsewhere[row.id],
        )
        for row in rows
    )
    kept_off = await _kept_off(connection, producer)
    return HeldPage(tracks=shown, page=page, count=count, kept_off=kept_off)


async def _kept_off(connection: AsyncConnection, producer: Producer) -> tuple[str, ...]:
    of_them = tracks.c.producer_id == producer.id, text("tracks.kept_off")
    query = select(tracks.c.name).where(*of_them).order_by(tracks.c.key)
    return tuple(await connection.scalars(query.limit(SHOWN)))


async def decide(
    connection: AsyncConnection,
    producer: Producer,
    track_id: int,
    *,
    keep_off: bool,
    by: int,
    now: datetime,
    again: bool = False,
) -> None:
    """Keep a track off sale, or put it back on, for who asked (`by`: their Discord id).

    Nothing happens to a track that somebody holds, nor, but for `again`, to one that was decided
    on before: the first answer counts.
    """
    free = [tracks.c.producer_id == producer.id, tracks.c.id == track_id]
    free.append(tracks.c.holder_sale_id.is_(None))
    if not again:
        free.append(tracks.c.kept_off.is_(None))
    await connection.execute(
        update(tracks).where(*free).values(kept_off=keep_off, decided_by=by, decided=now)
    )
    await bump(connection, producer.id)
    await off_sale_steps.settle(connection, producer.id, [track_id], now)


async def _conflicts(
    connection: AsyncConnection, producer: Producer, track_ids: Sequence[int], now: datetime
) -> dict[int, list[Sale]]:
    """The newest conflicts of each track."""
    # Conflicts are few: their index leads, whatever their tracks.
    track_id = without_index("track_id")
    rank = func.row_number().over(partition_by=track_id, order_by=NEWEST_FIRST)
    ranked = (
        select(sales.c.id, rank.label("rank"))
        .where(
            sales.c.producer_id == producer.id,
            sales.c.conflict.is_(True),
            text("sales.conflict"),
            track_id.in_(track_ids),
        )
        .subquery()
    )
    newest = select(ranked.c.id).where(ranked.c.rank <= SHOWN)
    found = await connection.execute(
        SHOWN_SALES.add_columns(sales.c.track_id)
        .where(sales.c.id.in_(newest))
        .order_by(*NEWEST_FIRST)
    )
    conflicts: dict[int, list[Sale]] = defaultdict(list)
    for row in found:
        conflicts[row.track_id].append(sale_of(row, now))
    return conflicts


def _rights(row: Row[Any], lease_sales: Sequence[Sale], conflicts: Sequence[Sale]) -> TrackRights:
    return TrackRights(
        id=row.id,
        track=row.name,
        holder=holder_of(row),
        leases=row.leases,
        lease_sales=tuple(lease_sales),
        conflicts=tuple(conflicts),
        decision=None
        if row.kept_off is None
        else Decision(kept_off=row.kept_off, by=row.decided_by, at=row.decided),
    )


ENOUGH_LEASES = 5
LONG_ENOUGH = timedelta(days=60)
"""With fewer leases, or in less time, a pace would be mere chance."""
NEWEST = 1000
"""So many leases say enough: of a track that has a hundred thousand, no more are read."""


async def lease_insight(
    connection: AsyncConnection, producer: Producer, track_id: int, now: datetime
) -> LeaseInsight | None:
    """Of a track with an exclusive on offer and enough leases in its currency; else None.

    Before fees, and of the leases without tax; of several currencies the one with the most leases.
    Of more than `NEWEST` leases it is the newest.
    """
    offered = await connection.execute(
        select(prices.c.currency, func.min(prices.c.amount))
        .where(
            prices.c.producer_id == producer.id,
            prices.c.track_id == track_id,
            prices.c.exclusive.is_(True),
            prices.c.active.is_(True),
            prices.c.reason.is_(None),
        )
        .group_by(prices.c.currency)
    )
    exclusive: dict[str, int] = dict(offered.all())
    if not exclusive:
        return None
    leased = await connection.execute(_newest_leases(producer, track_id, exclusive))
    row = leased.first()
    if row is None or row.leases < ENOUGH_LEASES:
        return None
    # The newest of a great many may be from a few weeks, and still no chance.
    if now - row.since < LONG_ENOUGH and row.leases < NEWEST / 2:
        return None
    # What came of it in the currency paid is taxed as it settled.
    tax = proportion(row.income, row.tax, row.gross)
    return LeaseInsight(
        leases=row.leases,
        income=Money(row.income - tax, row.currency),
        exclusive=Money(exclusive[row.currency], row.currency),
        since=row.since,
        days=(now - row.since).total_seconds() / 86_400,
    )


def _newest_leases(
    producer: Producer, track_id: int, currencies: Iterable[str]
) -> Select[tuple[str, int, int, int, int, datetime]]:
    """Sums over them, in the currency in which there are most."""
    newest = (
        select(
            sales.c.currency,
            (sales.c.amount - sales.c.refunded).label("left"),
            sales.c.tax,
            sales.c.gross,
            sales.c.sold,
        )
        .where(
            sales.c.producer_id == producer.id, sales.c.track_id == track_id, valid_leases("sales")
        )
        .order_by(sales.c.sold.desc())
        .limit(NEWEST)
        .subquery()
    )
    return (
        select(
            newest.c.currency,
            func.count().label("leases"),
            total(newest.c.left).label("income"),
            total(newest.c.tax).label("tax"),
            total(newest.c.gross).label("gross"),
            func.min(newest.c.sold).label("since"),
        )
        .where(newest.c.currency.in_(currencies))
        .group_by(newest.c.currency)
        .order_by(func.count().desc(), newest.c.currency)
        .limit(1)
    )
