"""Payouts with all that is in them, line by line: for export.

A payout's lines are what its sales brought and what refunds and disputes took, and what else Stripe
says is in it; what all these do not explain is a line of its own. So they add up to the payout.
"""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, Select, bindparam, literal, literal_column, null, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.entries import EntryKind
from bot.domain.exports import OTHER, UNTOLD, PayoutHead, PayoutLine
from bot.domain.records import Producer
from bot.store.books.payouts import SOLD
from bot.store.columns import fees_of, moved_by
from bot.store.exports.sales import FIRST, LAST, PAGE, is_told
from bot.store.queries.payouts_overview import in_payout, is_other
from bot.store.tables import RETURN, entries, payments, payout_items, payouts, sales, tracks


async def payout_heads(
    connection: AsyncConnection, producer: Producer, start: datetime | None, end: datetime | None
) -> list[PayoutHead]:
    """The payouts that were made from `start` on and before `end`, oldest first."""
    names = ("payout", "created", "arrival", "status", "currency", "amount")
    found = await connection.execute(
        select(*(payouts.c[name] for name in names))
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
    asked = {
        "producer": producer.id,
        "payout": head.payout,
        "currency": head.currency,
        "page": page,
    }
    for part in _PARTS:
        async for lines in _pages(connection, part, asked):
            left -= sum(line.net for line in lines)
            yield lines
    if left:
        yield [PayoutLine(UNTOLD, None, None, None, left, 0, 0, 0, left)]


class _Part(NamedTuple):
    """A query of lines, each with what it is ordered by before it."""

    query: Select[Any]
    first: int | str
    """What comes before all of these."""


async def _pages(
    connection: AsyncConnection, part: _Part, asked: dict[str, Any]
) -> AsyncIterator[list[PayoutLine]]:
    after = part.first
    while True:
        rows = (await connection.execute(part.query, asked | {"after": after})).all()
        if rows:
            after = rows[-1].place
            yield [PayoutLine._make(row[1:]) for row in rows]
        if len(rows) < asked["page"]:
            return


_producer: BindParameter[int] = bindparam("producer")
_payout: BindParameter[str] = bindparam("payout")
_after: BindParameter[Any] = bindparam("after")
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
        sales.c.gross,
        sales.c.stripe_fee,
        sales.c.fee_tax,
        sales.c.platform_fee,
        (sales.c.gross - _fees),
        sales.c.withheld_tax,
        sales.c.tax,
    )
    .select_from(
        payments.join(sales, sales.c.payment_id == payments.c.id).join(
            tracks, tracks.c.id == sales.c.track_id
        )
    )
    .where(
        in_payout(_producer, _payout),
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
        entries.c.kind,
        entries.c.source,
        sales.c.number,
        tracks.c.name,
        entries.c.gross,
        entries.c.stripe_fee,
        entries.c.fee_tax,
        entries.c.platform_fee,
        moved_by(entries.c),
        entries.c.withheld_tax,
        entries.c.tax,
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
                payout_items.c.producer_id == _producer, payout_items.c.payout == _payout
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
        payout_items.c.payout == _payout,
        is_other(),
        _movement > _after,
    )
    .order_by(_movement)
    .limit(_page)
)
_PARTS = (_Part(_SOLD, 0), _Part(_RETURNED, 0), _Part(_OTHERS, ""))
