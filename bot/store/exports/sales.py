"""Sales line by line, as the books have them: for export.

Read in pages, each taken up where the one before ended, all in the caller's one transaction: so
that they are one state of the store, and nothing waits for more than a page.
"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, case, func, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.exports import SaleLine
from bot.domain.records import Producer
from bot.store.columns import Moment
from bot.store.tables import (
    buyers,
    entries,
    licenses,
    payments,
    payout_items,
    payouts,
    sales,
    tracks,
)

PAGE = 300
"""Lines a page: what is made of one in the event loop takes some milliseconds."""

# No entry is outside of these.
FIRST, LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)


async def sale_lines(
    connection: AsyncConnection,
    producer: Producer,
    start: datetime | None,
    end: datetime | None,
    *,
    page: int = PAGE,
) -> AsyncIterator[list[SaleLine]]:
    """What moved money from `start` on and before `end`, oldest first (None: no such bound)."""
    at, id_ = start or FIRST, 0
    while True:
        asked = {"producer": producer.id, "at": at, "id": id_, "end": end or LAST, "page": page}
        rows = (await connection.execute(_LINES, asked)).all()
        if rows:
            at, id_ = rows[-1].at, rows[-1].id
            yield [SaleLine._make(row[1:]) for row in rows]
        if len(rows) < page:
            return


async def count_sale_lines(
    connection: AsyncConnection, producer: Producer, start: datetime | None, end: datetime | None
) -> int:
    """How many lines `sale_lines` gives at most."""
    query = select(func.count()).where(
        entries.c.producer_id == producer.id,
        entries.c.at >= (start or FIRST),
        entries.c.at < (end or LAST),
    )
    return await connection.scalar(query) or 0


def is_told() -> ColumnElement[bool]:
    """Whether an entry is a sale or moved anything: of a refund that is of one sale of a payment
    alone, the others have entries of nothing."""
    names = ("gross", "stripe_fee", "fee_tax", "platform_fee", "withheld_tax")
    return or_(entries.c.kind == "sale", *(entries.c[name] != 0 for name in names))


# Of a sale the payment knows its payout also where Stripe told no more than that.
_payout = func.coalesce(payout_items.c.payout, case((entries.c.kind == "sale", payments.c.payout)))
_LINES: Select[Any] = (
    select(
        entries.c.id,
        entries.c.at,
        entries.c.kind,
        entries.c.source,
        sales.c.number,
        tracks.c.name.label("track"),
        licenses.c.name.label("license"),
        sales.c.exclusive,
        sales.c.state,
        buyers.c.name,
        buyers.c.email,
        buyers.c.country,
        sales.c.currency,
        sales.c.amount,
        sales.c.refunded,
        entries.c.currency.label("settled_currency"),
        entries.c.gross,
        entries.c.tax,
        entries.c.stripe_fee,
        entries.c.fee_tax,
        entries.c.platform_fee,
        entries.c.withheld_tax,
        entries.c.net,
        entries.c.booked,
        _payout.label("payout"),
        payouts.c.arrival,
        payments.c.intent,
        payments.c.charge,
        payments.c.session,
    )
    .select_from(
        entries.join(sales, sales.c.id == entries.c.sale_id)
        .join(payments, payments.c.id == entries.c.payment_id)
        .join(tracks, tracks.c.id == sales.c.track_id)
        .join(licenses, licenses.c.id == sales.c.license_id)
        .join(buyers, buyers.c.id == sales.c.buyer_id)
        .outerjoin(
            payout_items,
            and_(
                payout_items.c.producer_id == entries.c.producer_id,
                payout_items.c.movement == entries.c.source,
            ),
        )
        .outerjoin(
            payouts,
            and_(payouts.c.producer_id == entries.c.producer_id, payouts.c.payout == _payout),
        )
    )
    .where(
        entries.c.producer_id == bindparam("producer"),
        tuple_(entries.c.at, entries.c.id) > tuple_(bindparam("at", type_=Moment), bindparam("id")),
        entries.c.at < bindparam("end", type_=Moment),
        is_told(),
    )
    .order_by(entries.c.at, entries.c.id)
    .limit(bindparam("page"))
)
