"""Sales, buyers, and payouts with all that is in them, line by line as the books have them.

Read in pages, each taken up where the one before ended, all in the caller's one transaction: so
that they are one state of the store, and nothing waits for more than a page.

A payout's lines are what its sales brought and what refunds and disputes took, and what else Stripe
says is in it; what all these do not explain is a line of its own. So they add up to the payout.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Row,
    Select,
    and_,
    bindparam,
    case,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
    text,
    tuple_,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.entries import EntryKind
from bot.domain.export_lines import OTHER, UNTOLD, BuyerLine, PayoutHead, PayoutLine, SaleLine
from bot.domain.payment import PaymentState
from bot.domain.sale import Producer
from bot.store.books.payouts import SOLD
from bot.store.queries.payouts import in_payout, is_other
from bot.store.tables import (
    RETURN,
    Moment,
    buyers,
    columns,
    entries,
    fees_of,
    licenses,
    moved_by,
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
    asked = {"producer": producer.id, "end": end or LAST, "page": page}
    async for rows in _pages(connection, _LINES, asked, {"at": start or FIRST, "place": 0}):
        yield [SaleLine._make(row[1:]) for row in rows]


async def _pages(
    connection: AsyncConnection, query: Select[Any], asked: dict[str, Any], place: dict[str, Any]
) -> AsyncIterator[Sequence[Row[Any]]]:
    """The rows of a query that begins after a `place`, which its rows have under these names."""
    while True:
        rows = (await connection.execute(query, asked | place)).all()
        if rows:
            yield rows
        if len(rows) < asked["page"]:
            return
        place = {name: getattr(rows[-1], name) for name in place}


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
        entries.c.id.label("place"),
        *columns(entries, "at kind source"),
        sales.c.number,
        tracks.c.name.label("track"),
        licenses.c.name.label("license"),
        *columns(sales, "exclusive state"),
        *columns(buyers, "name email country"),
        *columns(sales, "currency amount refunded"),
        entries.c.currency.label("settled_currency"),
        *columns(entries, "gross tax stripe_fee fee_tax platform_fee withheld_tax net booked"),
        _payout.label("payout"),
        payouts.c.arrival,
        *columns(payments, "intent charge session"),
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
        tuple_(entries.c.at, entries.c.id)
        > tuple_(bindparam("at", type_=Moment), bindparam("place")),
        entries.c.at < bindparam("end", type_=Moment),
        is_told(),
    )
    .order_by(entries.c.at, entries.c.id)
    .limit(bindparam("page"))
)


# An expression, for which no index is taken: so a page walks buyers by their ids, and no page
# reads the payments of all of them.
_producer_id = literal_column("+buyers.producer_id", buyers.c.producer_id.type)


async def buyer_lines(
    connection: AsyncConnection,
    producer: Producer,
    start: datetime | None,
    end: datetime | None,
    *,
    page: int = PAGE,
) -> AsyncIterator[list[BuyerLine]]:
    """Who paid for something from `start` on and before `end`, whatever they agreed to."""
    query = (
        select(
            buyers.c.id.label("place"),
            *columns(buyers, "email name country promotions"),
            func.count(payments.c.id),
            func.min(payments.c.created),
            func.max(payments.c.created),
        )
        .join_from(
            buyers,
            payments,
            and_(
                payments.c.buyer_id == buyers.c.id,
                payments.c.producer_id == _producer_id,
                payments.c.created >= (start or FIRST),
                payments.c.created < (end or LAST),
                payments.c.state == PaymentState.PAID.value,
            ),
        )
        .where(_producer_id == producer.id, buyers.c.id > bindparam("place"))
        .group_by(buyers.c.id)
        .order_by(buyers.c.id)
        .limit(page)
    )
    async for rows in _pages(connection, query, {"page": page}, {"place": 0}):
        yield [BuyerLine._make(row[1:]) for row in rows]


async def payout_heads(
    connection: AsyncConnection, producer: Producer, start: datetime | None, end: datetime | None
) -> list[PayoutHead]:
    """The payouts that were made from `start` on and before `end`, oldest first."""
    found = await connection.execute(
        select(*columns(payouts, "payout created arrival status currency amount"))
        .where(
            payouts.c.producer_id == producer.id,
            payouts.c.created >= (start or FIRST),
            payouts.c.created < (end or LAST),
        )
        .order_by(payouts.c.created, payouts.c.id)
    )
    return [PayoutHead._make(row) for row in found]


async def payout_lines(
    connection: AsyncConnection, producer: Producer, head: PayoutHead, *, page: int = PAGE
) -> AsyncIterator[list[PayoutLine]]:
    """What is in a payout: sales, then what went back, then all else. Nets add up to it."""
    left = head.amount
    asked = {"producer": producer.id, "payout": head.payout, "currency": head.currency}
    asked["page"] = page
    for query, before_all in ((_SOLD, 0), (_RETURNED, 0), (_OTHERS, "")):
        async for rows in _pages(connection, query, asked, {"place": before_all}):
            lines = [PayoutLine._make(row[1:]) for row in rows]
            left -= sum(line.net for line in lines)
            yield lines
    if left:
        yield [PayoutLine(UNTOLD, None, None, None, left, 0, 0, 0, left)]


_producer: BindParameter[int] = bindparam("producer")
_payout_id: BindParameter[str] = bindparam("payout")
_after: BindParameter[Any] = bindparam("place")
_page: BindParameter[int] = bindparam("page")
# Expressions, for which no index is taken: in their order, SQLite would read all that the producer
# has for each payout.
_sale_id = literal_column("+sales.id", sales.c.id.type)
_entry_id = literal_column("+entries.id", entries.c.id.type)
_movement = payout_items.c.movement.concat("")
_fees = fees_of(sales.c)
_SOLD = (
    select(
        sales.c.id.label("place"),
        literal(EntryKind.SALE.value),
        payments.c.movement,
        sales.c.number,
        tracks.c.name,
        *columns(sales, "gross stripe_fee fee_tax platform_fee"),
        (sales.c.gross - _fees),
        *columns(sales, "withheld_tax tax"),
    )
    .select_from(
        payments.join(sales, sales.c.payment_id == payments.c.id).join(
            tracks, tracks.c.id == sales.c.track_id
        )
    )
    .where(
        in_payout(_producer, _payout_id),
        sales.c.state.in_(SOLD),
        # What was settled in another currency is in no payout of this one.
        sales.c.settled_currency == bindparam("currency"),
        _sale_id > _after,
    )
    .order_by(_sale_id)
    .limit(_page)
)
_RETURNED = (
    select(
        entries.c.id.label("place"),
        *columns(entries, "kind source"),
        sales.c.number,
        tracks.c.name,
        *columns(entries, "gross stripe_fee fee_tax platform_fee"),
        moved_by(entries.c),
        *columns(entries, "withheld_tax tax"),
    )
    .select_from(
        entries.join(sales, sales.c.id == entries.c.sale_id).join(
            tracks, tracks.c.id == entries.c.track_id
        )
    )
    .where(
        entries.c.producer_id == _producer,
        entries.c.source.in_(
            select(payout_items.c.movement).where(
                payout_items.c.producer_id == _producer, payout_items.c.payout == _payout_id
            )
        ),
        # In the words of its index.
        text(f"entries.{RETURN}"),
        entries.c.currency == bindparam("currency"),
        _entry_id > _after,
        is_told(),
    )
    .order_by(_entry_id)
    .limit(_page)
)
_OTHERS = (
    select(
        payout_items.c.movement.label("place"),
        literal(OTHER),
        payout_items.c.movement,
        null(),
        # Stripe's own word for what it is.
        payout_items.c.kind,
        payout_items.c.net,
        *(literal(0),) * 3,
        payout_items.c.net.label("net"),
        *(literal(0),) * 2,
    )
    .where(
        payout_items.c.producer_id == _producer,
        payout_items.c.payout == _payout_id,
        is_other(),
        _movement > _after,
    )
    .order_by(_movement)
    .limit(_page)
)
