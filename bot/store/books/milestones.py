"""Milestones: the first sale of a track, each hundredth sale, the best day.

They are found in the transaction that records a payment, by what it adds to the books, so the order
of events makes no difference. Each is sent once only, under the payment that reached it: what is
refunded later was reached all the same. Nothing is sent until all past sales are read, because any
sale would look like the first.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import Boolean, and_, bindparam, exists, literal, not_, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.entries import EntryKind
from bot.domain.item_names import UNNAMED_TRACK
from bot.domain.period import day_number, day_of, day_start
from bot.domain.sale import Producer, SaleState
from bot.store import outbox
from bot.store.books.payment_rows import EntryRow, SaleRow
from bot.store.books.sync_progress import import_key, import_of
from bot.store.outbox import subject_of
from bot.store.tables import day_totals, entries, notes, producers, sales, total, tracks
from bot.store.tables import outbox as outbox_table

EACH = 100
"""Every so many sales are a milestone."""
ENOUGH_DAYS = 10
"""With fewer days of sales to compare with, the best of them would be mere chance."""
DAYS_COMPARED = 50
"""Of the days that brought most, some may have given much of it back."""
SOON = timedelta(hours=6)
"""What becomes known of a payment so long after its announcement is no news."""

_GIVEN_BACK = (SaleState.REFUNDED.value, SaleState.DISPUTE_LOST.value)
_OWNER: Any = bindparam("owner")
_SALES_EVER = select(total(day_totals.c.sales)).where(day_totals.c.producer_id == _OWNER)
_SOLD_BEFORE = exists().where(
    entries.c.producer_id == _OWNER,
    entries.c.track_id == tracks.c.id,
    entries.c.kind == EntryKind.SALE.value,
    entries.c.gross > 0,
    entries.c.payment_id != bindparam("payment"),
)
_SOLD_ONLY_NOW = and_(
    tracks.c.producer_id == producers.c.id,
    tracks.c.id.in_(bindparam("tracks", expanding=True)),
    tracks.c.name != UNNAMED_TRACK,
    not_(_SOLD_BEFORE),
)
_ANNOUNCED = select(outbox_table.c.created).where(
    outbox_table.c.producer_id == _OWNER, outbox_table.c.key == bindparam("announcement")
)
_IMPORTED = select(notes.c.value).where(notes.c.key == bindparam("import_key"))
# All that most sales have to be asked about, in one statement.
_REACHED = (
    select(
        _ANNOUNCED.scalar_subquery().label("announced"),
        _IMPORTED.scalar_subquery().label("imported"),
        _SALES_EVER.where(bindparam("counts", type_=Boolean)).scalar_subquery().label("sales"),
        tracks.c.id.label("track_id"),
    )
    .select_from(producers.outerjoin(tracks, _SOLD_ONLY_NOW))
    .where(producers.c.id == _OWNER)
)
_DAY_BROUGHT = day_totals.c.gross - day_totals.c.tax
_OTHER_DAYS = (
    select(day_totals.c.day)
    .where(
        day_totals.c.producer_id == bindparam("owner"),
        day_totals.c.currency == bindparam("currency"),
        day_totals.c.day != bindparam("day"),
        _DAY_BROUGHT > 0,
    )
    .order_by(_DAY_BROUGHT.desc(), day_totals.c.day)
    .limit(DAYS_COMPARED)
)


_Put: TypeAlias = Callable[..., Awaitable[None]]
"""`outbox.put` for replies under one payment; takes a key and a payload."""


class Change(NamedTuple):
    """What recording a payment made of its sales and entries."""

    payment_id: int
    before: Sequence[EntryRow]
    after: Sequence[EntryRow]
    sales: Sequence[SaleRow]
    """As they are now, rights judged."""


async def put_milestones(
    connection: AsyncConnection, producer: Producer, change: Change, now: datetime
) -> None:
    """Put into the outbox which milestones were reached, unless the producer wants none."""
    # A conflict is nothing to celebrate.
    good = [row for row in change.sales if row.is_sale and not row.conflict]
    if not producer.preferences.marks or not good:
        return
    count = len(_sold(change.after)) - len(_sold(change.before))
    grown = _tracks_of_money(change.after) - _tracks_of_money(change.before)
    # For money that Stripe has just booked: only now its currency is certain.
    booked, known = (
        [row for row in _sold(rows) if row.booked and row.gross > 0]
        for rows in (change.after, change.before)
    )
    settled = booked[0] if booked and not known else None
    if count <= 0 and settled is None and not grown:
        return
    number_of = {
        row.track_id: row.number for row in reversed(good) if row.track_id in grown and row.amount
    }
    asked = {
        "owner": producer.id,
        "payment": change.payment_id,
        "announcement": f"announce:{subject_of(change.payment_id)}",
        "import_key": import_key(producer.livemode),
        "counts": count > 0,
        "tracks": sorted(number_of),
    }
    found = (await connection.execute(_REACHED, asked)).all()
    # Only what was announced just now is news, and only if all that came before it is known.
    if found[0].announced is None or now - found[0].announced > SOON:
        return
    imported = import_of(found[0].imported)
    if imported is None or not imported.finished or imported.partial:
        return
    first = {row.track_id: number_of[row.track_id] for row in found if row.track_id is not None}
    subject = subject_of(change.payment_id)
    put = partial(outbox.put, connection, producer.id, kind="reply", subject=subject, now=now)
    await _first_sales(connection, producer, first, put)
    sold = found[0].sales or 0
    # Counted as `/stats` counts: every license of a payment, also a free one.
    if count > 0 and sold // EACH > (sold - count) // EACH:
        reached = str(sold // EACH * EACH)
        payload = {"what": "hundredth", "id": reached}
        await put(key=f"reply:hundredth:{reached}", payload=payload)
    if settled is not None:
        await _best_day(connection, producer, settled, put)


def _sold(rows: Sequence[EntryRow]) -> list[EntryRow]:
    return [row for row in rows if row.kind == EntryKind.SALE.value]


def _tracks_of_money(rows: Sequence[EntryRow]) -> set[int]:
    return {row.track_id for row in _sold(rows) if row.gross > 0}


async def _first_sales(
    connection: AsyncConnection, producer: Producer, first: Mapping[int, int], put: _Put
) -> None:
    """The numbers of first sales by their tracks; a free license is no first sale.

    One message shows all of them; each keeps its own key.
    """
    keys = {f"reply:first_sale:{track_id}": number for track_id, number in first.items()}
    told = await outbox.known(connection, producer.id, keys)
    fresh = {key: number for key, number in keys.items() if key not in told}
    payload = {"what": "first_sale", "id": "", "numbers": sorted(fresh.values())}
    for key in fresh:
        await put(key=key, payload=payload)
    if len(fresh) > 1:
        await outbox.told_with_another(connection, producer.id, list(fresh)[1:])


async def _best_day(
    connection: AsyncConnection, producer: Producer, sale: EntryRow, put: _Put
) -> None:
    """The day of a sale, if no other brought as much in its currency: before fees, without tax and
    what collides or has gone back."""
    day = day_number(sale.at, producer.timezone)
    asked = {"owner": producer.id, "currency": sale.currency, "day": day}
    others = list(await connection.scalars(_OTHER_DAYS, asked))
    if len(others) < ENOUGH_DAYS:
        return
    # Most days are no best ones: the one that brought most ends the search.
    kept = await _kept_of_days(connection, producer, [day, *others[:1]], sale.currency)
    this = kept.pop(day)
    if not this or max(kept.values()) >= this:
        return
    kept |= await _kept_of_days(connection, producer, others[1:], sale.currency)
    best, days = max(kept.values()), sum(amount > 0 for amount in kept.values())
    if best >= this or days < ENOUGH_DAYS:
        return
    best_day = min(day for day, amount in kept.items() if amount == best)
    payload = {"what": "best_day", "id": str(day), "currency": sale.currency, "gross": this}
    payload |= {"before": best, "before_day": best_day}
    await put(key=f"reply:best_day:{day}:{sale.currency}", payload=payload)


async def _kept_of_days(
    connection: AsyncConnection, producer: Producer, days: Sequence[int], currency: str
) -> dict[int, int]:
    """What of each day's sales has not gone back and is in no conflict."""
    if not days:
        return {}
    kept = []
    for day in days:
        start = day_start(day_of(day), producer.timezone)
        end = day_start(day_of(day) + timedelta(days=1), producer.timezone)
        brought = select(literal(day), total(sales.c.gross - sales.c.tax)).where(
            sales.c.producer_id == producer.id,
            sales.c.settled_currency == currency,
            sales.c.sold >= start,
            sales.c.sold < end,
            sales.c.state.not_in(_GIVEN_BACK),
            sales.c.conflict.is_(False),
        )
        kept.append(brought)
    found = await connection.execute(union_all(*kept))
    return {day: amount or 0 for day, amount in found}
