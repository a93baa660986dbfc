"""Marks worth a word: the first sale of a track, each hundredth sale, the best day.

Found in the transaction that records a payment, by what it adds to the books, so it
makes no difference in which order events come. Each is told once for ever, under the payment that
reached it: what is refunded later was reached all the same. Nothing is told while the past is not
read to its end, as any sale would look like the first.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.entries import EntryKind
from bot.domain.item_names import UNNAMED_TRACK
from bot.domain.period import day_number, day_of, day_start
from bot.domain.sale import Producer, SaleState
from bot.store import outbox
from bot.store.books.payment_rows import EntryRow, SaleRow
from bot.store.books.sync_progress import import_progress
from bot.store.outbox import subject_of
from bot.store.tables import Moment, day_totals, entries, sales, tracks

EACH = 100
"""Every so many sales are told."""
ENOUGH_DAYS = 10
"""With fewer days of sales to compare with, the best of them would be mere chance."""
DAYS_COMPARED = 50
"""Of the days that brought most, some may have given much of it back."""
SOON = timedelta(hours=6)
"""What becomes known of a payment so long after it was told, its name or its fees, is no news."""

_GIVEN_BACK = (SaleState.REFUNDED.value, SaleState.DISPUTE_LOST.value)
_SALES_EVER = select(func.sum(day_totals.c.sales)).where(
    day_totals.c.producer_id == bindparam("owner")
)
_SOLD_BEFORE = select(entries.c.id).where(
    entries.c.producer_id == bindparam("owner"),
    entries.c.track_id == tracks.c.id,
    entries.c.kind == EntryKind.SALE.value,
    entries.c.gross > 0,
    entries.c.payment_id != bindparam("payment"),
)
_SOLD_ONLY_NOW = select(tracks.c.id).where(
    tracks.c.id.in_(bindparam("tracks", expanding=True)),
    tracks.c.name != UNNAMED_TRACK,
    ~_SOLD_BEFORE.exists(),
)
_DAY_BROUGHT = day_totals.c.gross - day_totals.c.tax
_OTHER_DAYS = (
    select(day_totals.c.day, _DAY_BROUGHT.label("brought"))
    .where(
        day_totals.c.producer_id == bindparam("owner"),
        day_totals.c.currency == bindparam("currency"),
        day_totals.c.day != bindparam("day"),
        _DAY_BROUGHT > 0,
    )
    .order_by(_DAY_BROUGHT.desc(), day_totals.c.day)
    .limit(DAYS_COMPARED)
)
_KEPT_OF_DAY = select(func.sum(sales.c.gross - sales.c.tax)).where(
    sales.c.producer_id == bindparam("owner"),
    sales.c.settled_currency == bindparam("currency"),
    sales.c.sold >= bindparam("start", type_=Moment),
    sales.c.sold < bindparam("end", type_=Moment),
    sales.c.state.not_in(_GIVEN_BACK),
    sales.c.conflict.is_(False),
)


class Change(NamedTuple):
    """What recording a payment made of its sales and entries."""

    payment_id: int
    before: Sequence[EntryRow]
    after: Sequence[EntryRow]
    sales: Sequence[SaleRow]
    """As they are now, rights judged."""


async def tell_marks(
    connection: AsyncConnection, producer: Producer, change: Change, now: datetime
) -> None:
    """Put into the outbox which marks were reached, unless the producer wants none."""
    # A conflict is nothing to celebrate.
    good = [row for row in change.sales if row.is_sale and not row.conflict]
    if not producer.preferences.marks or not good:
        return
    count = len(_sold(change.after)) - len(_sold(change.before))
    grown = _tracks_of_money(change.after) - _tracks_of_money(change.before)
    settled = _newly_booked(change)
    if count <= 0 and settled is None and not grown:
        return
    if not await _is_news(connection, producer, change.payment_id, now):
        return
    await _first_sales(connection, producer, change.payment_id, good, grown, now)
    await _hundredth(connection, producer, change.payment_id, count, now)
    if settled is not None:
        await _best_day(connection, producer, change.payment_id, settled, now)


def _sold(rows: Sequence[EntryRow]) -> list[EntryRow]:
    return [row for row in rows if row.kind == EntryKind.SALE.value]


def _tracks_of_money(rows: Sequence[EntryRow]) -> set[int]:
    return {row.track_id for row in _sold(rows) if row.gross > 0}


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
    sold: Sequence[SaleRow],
    grown: Collection[int],
    now: datetime,
) -> None:
    """Tracks of which nothing was sold for money before; a free license is no first sale.

    One message tells of all of them; each keeps its own key.
    """
    number_of = {
        row.track_id: row.number for row in reversed(sold) if row.track_id in grown and row.amount
    }
    if not number_of:
        return
    asked = {"owner": producer.id, "payment": payment_id, "tracks": sorted(number_of)}
    keys = {
        f"reply:first_sale:{track_id}": number_of[track_id]
        for track_id in await connection.scalars(_SOLD_ONLY_NOW, asked)
    }
    told = await outbox.known(connection, producer.id, keys)
    fresh = {key: number for key, number in keys.items() if key not in told}
    payload = {"what": "first_sale", "id": "", "numbers": sorted(fresh.values())}
    for key in fresh:
        await _put(connection, producer.id, payment_id, key, payload, now)
    await outbox.told_with_another(connection, producer.id, list(fresh)[1:])


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
    this = await _kept_of_day(connection, producer, day, sale.currency)
    asked = {"owner": producer.id, "currency": sale.currency, "day": day}
    best, best_day, days = 0, 0, 0
    for other, brought in (await connection.execute(_OTHER_DAYS, asked)).all():
        if days >= ENOUGH_DAYS and brought <= best:
            break
        kept = await _kept_of_day(connection, producer, other, sale.currency)
        if kept >= this:
            return
        days += kept > 0
        best, negative_day = max((best, -best_day), (kept, -other))
        best_day = -negative_day
    if days < ENOUGH_DAYS:
        return
    payload = {"what": "best_day", "id": str(day), "currency": sale.currency, "gross": this}
    payload |= {"before": best, "before_day": best_day}
    await _put(connection, producer.id, payment_id, key, payload, now)


async def _kept_of_day(
    connection: AsyncConnection, producer: Producer, day: int, currency: str
) -> int:
    start = day_start(day_of(day), producer.timezone)
    end = day_start(day_of(day) + timedelta(days=1), producer.timezone)
    asked = {"owner": producer.id, "currency": currency, "start": start, "end": end}
    return int(await connection.scalar(_KEPT_OF_DAY, asked) or 0)


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
