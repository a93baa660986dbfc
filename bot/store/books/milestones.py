"""Marks worth a word: the first sale of a track, each hundredth sale, the best day.

Found in the transaction that records a payment, by what it adds to the sums kept ready, so it
makes no difference in which order events come. Each is told once for ever, under the payment that
reached it: what is refunded later was reached all the same. Nothing is told while the past is not
read to its end, as any sale would look like the first.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import and_, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.entries import EntryKind
from bot.domain.item_names import UNNAMED_TRACK
from bot.domain.period import day_number
from bot.domain.sale import Producer, SaleState
from bot.store import outbox
from bot.store.books.booking import ALL, EVER
from bot.store.books.payment_rows import EntryRow, SaleRow
from bot.store.books.sync_progress import import_progress
from bot.store.outbox import subject_of
from bot.store.tables import list_totals, totals, tracks

EACH = 100
"""Every so many sales are told."""
ENOUGH_DAYS = 10
"""With fewer days of sales to compare with, the best of them would be mere chance."""
SOON = timedelta(hours=6)
"""What becomes known of a payment so long after it was told, its name or its fees, is no news."""

_GIVEN_BACK = (SaleState.REFUNDED.value, SaleState.DISPUTE_LOST.value)
_EVER = and_(
    totals.c.producer_id == bindparam("owner"),
    totals.c.span == EVER[0],
    totals.c.start == EVER[1],
)
_SALES_EVER = select(func.sum(totals.c.sales)).where(_EVER, totals.c.track_id == ALL)
_GROSS_EVER = (
    select(totals.c.track_id, func.sum(totals.c.gross))
    .join_from(totals, tracks, tracks.c.id == totals.c.track_id)
    .where(
        _EVER,
        totals.c.track_id.in_(bindparam("tracks", expanding=True)),
        tracks.c.name != UNNAMED_TRACK,
    )
    .group_by(totals.c.track_id)
)
_GROSS = func.sum(list_totals.c.gross - list_totals.c.tax)
_DAYS = (
    select(list_totals.c.start, _GROSS.label("gross"))
    .where(
        list_totals.c.producer_id == bindparam("owner"),
        list_totals.c.track_id == ALL,
        list_totals.c.license_id == ALL,
        list_totals.c.span == "day",
        list_totals.c.state.not_in(_GIVEN_BACK),
        list_totals.c.conflict.is_(False),
        list_totals.c.currency == bindparam("currency"),
    )
    .group_by(list_totals.c.start)
    .having(_GROSS > 0)
)
_THIS_DAY = _DAYS.where(list_totals.c.start == bindparam("day")).with_only_columns(_GROSS)
_OTHER_DAYS = _DAYS.where(list_totals.c.start != bindparam("day"))
# Most days are no best ones: the latest that brought as much ends the search.
_BETTER_DAY = (
    _OTHER_DAYS.having(bindparam("this") <= _GROSS).order_by(list_totals.c.start.desc()).limit(1)
)
_BEST_DAYS = _OTHER_DAYS.order_by(_GROSS.desc(), list_totals.c.start).limit(ENOUGH_DAYS)


class Change(NamedTuple):
    """What recording a payment made of its sales and entries."""

    payment_id: int
    before: Sequence[EntryRow]
    after: Sequence[EntryRow]
    sales: Sequence[SaleRow]
    """As they are now, rights judged."""


class _Added(NamedTuple):
    """What a change adds to the sums for ever, over all currencies."""

    sales: int
    gross: Mapping[int, int]
    """By track; units of several currencies, good only to see whether there were any."""


async def tell_marks(
    connection: AsyncConnection, producer: Producer, change: Change, now: datetime
) -> None:
    """Put into the outbox which marks were reached, unless the producer wants none."""
    # A conflict is nothing to celebrate.
    good = [row for row in change.sales if row.is_sale and not row.conflict]
    if not producer.preferences.marks or not good:
        return
    added = _added(change)
    settled = _newly_booked(change)
    if added.sales <= 0 and settled is None and not any(g > 0 for g in added.gross.values()):
        return
    if not await _is_news(connection, producer, change.payment_id, now):
        return
    await _first_sales(connection, producer, change.payment_id, good, added.gross, now)
    await _hundredth(connection, producer, change.payment_id, added.sales, now)
    if settled is not None:
        await _best_day(connection, producer, change.payment_id, settled, now)


def _added(change: Change) -> _Added:
    count, gross = 0, defaultdict[int, int](int)
    for rows, sign in ((change.before, -1), (change.after, 1)):
        for row in _sold(rows):
            count += sign
            gross[row.track_id] += sign * row.gross
    return _Added(count, gross)


def _sold(rows: Sequence[EntryRow]) -> list[EntryRow]:
    return [row for row in rows if row.kind == EntryKind.SALE.value]


def _newly_booked(change: Change) -> EntryRow | None:
    """A sale for money that Stripe has just booked: only now its currency is certain."""
    booked, known = (
        [row for row in _sold(rows) if row.booked and row.gross > 0]
        for rows in (change.after, change.before)
    )
    return booked[0] if booked and not known else None


async def _is_news(
    connection: AsyncConnection, producer: Producer, payment_id: int, now: datetime
) -> bool:
    """Whether the payment was told just now, and all that came before it is known."""
    announced = await outbox.announced(connection, producer.id, [subject_of(payment_id)])
    if not announced or now - max(announced.values()) > SOON:
        return False
    past = await import_progress(connection, producer.livemode)
    return past is not None and past.finished and not past.partial


async def _first_sales(
    connection: AsyncConnection,
    producer: Producer,
    payment_id: int,
    sales: Sequence[SaleRow],
    added: Mapping[int, int],
    now: datetime,
) -> None:
    """Tracks of which nothing was sold for money before; a free license is no first sale.

    One message tells of all of them; each keeps its own key.
    """
    grown = {track_id for track_id, gross in added.items() if gross > 0}
    number_of = {
        row.track_id: row.number for row in reversed(sales) if row.track_id in grown and row.amount
    }
    if not number_of:
        return
    keys = {
        f"reply:first_sale:{track_id}": number_of[track_id]
        for track_id in await _sold_only_now(connection, producer, number_of, added)
    }
    told = await outbox.known(connection, producer.id, keys)
    fresh = {key: number for key, number in keys.items() if key not in told}
    payload = {"what": "first_sale", "id": "", "numbers": sorted(fresh.values())}
    for key in fresh:
        await _put(connection, producer.id, payment_id, key, payload, now)
    await outbox.told_with_another(connection, producer.id, list(fresh)[1:])


async def _sold_only_now(
    connection: AsyncConnection,
    producer: Producer,
    track_ids: Collection[int],
    added: Mapping[int, int],
) -> list[int]:
    asked = {"owner": producer.id, "tracks": sorted(track_ids)}
    found = await connection.execute(_GROSS_EVER, asked)
    return [track_id for track_id, gross in found if int(gross) == added[track_id]]


async def _hundredth(
    connection: AsyncConnection, producer: Producer, payment_id: int, added: int, now: datetime
) -> None:
    """Counted as `/stats` counts: every license of a payment, also a free one."""
    if added <= 0:
        return
    count = int(await connection.scalar(_SALES_EVER, {"owner": producer.id}) or 0)
    if count // EACH > (count - added) // EACH:
        reached = str(count // EACH * EACH)
        payload = {"what": "hundredth", "id": reached}
        key = f"reply:hundredth:{reached}"
        await _put(connection, producer.id, payment_id, key, payload, now)


async def _best_day(
    connection: AsyncConnection, producer: Producer, payment_id: int, sale: EntryRow, now: datetime
) -> None:
    """The day of a sale, if no other brought as much in its currency: before fees, without tax and
    what collides or has gone back."""
    day = day_number(sale.at, producer.timezone)
    key = f"reply:best_day:{day}:{sale.currency}"
    if await outbox.known(connection, producer.id, [key]):
        return
    asked = {"owner": producer.id, "currency": sale.currency, "day": day}
    this = int(await connection.scalar(_THIS_DAY, asked) or 0)
    if not this or await connection.scalar(_BETTER_DAY, asked | {"this": this}) is not None:
        return
    known = (await connection.execute(_BEST_DAYS, asked)).all()
    if len(known) < ENOUGH_DAYS:
        return
    payload = {"what": "best_day", "id": str(day), "currency": sale.currency, "gross": this}
    payload |= {"before": int(known[0].gross), "before_day": known[0].start}
    await _put(connection, producer.id, payment_id, key, payload, now)


async def _put(
    connection: AsyncConnection,
    producer_id: int,
    payment_id: int,
    key: str,
    payload: Mapping[str, Any],
    now: datetime,
) -> None:
    await outbox.put(
        connection,
        producer_id,
        kind="reply",
        subject=subject_of(payment_id),
        key=key,
        now=now,
        payload=payload,
    )
