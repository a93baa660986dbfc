"""The lines of a payment as rows: sales, which keep their numbers, and their entries."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.payment import Payment
from bot.domain.sale import Producer
from bot.domain.sold_license import license_code
from bot.store.books.rows import EntryRow, SaleRow
from bot.store.signing_key import ensure_key
from bot.store.tables import entries, producers, sales

# That a conflict was accepted says nothing about another track.
_NOT_ACCEPTED: dict[str, Any] = dict.fromkeys(
    ("accepted_by", "accepted", "withdrawn_by", "withdrawn")
)
_SALES = (
    select(*(sales.c[name] for name in SaleRow._fields))
    .where(sales.c.payment_id == bindparam("of"))
    .order_by(sales.c.position)
)
_ENTRIES = (
    select(*(entries.c[name] for name in EntryRow._fields))
    .join_from(sales, entries, entries.c.sale_id == sales.c.id)
    .where(sales.c.payment_id == bindparam("of"))
)
_NUMBERS = (
    update(producers)
    .where(producers.c.id == bindparam("of"))
    .values(next_number=producers.c.next_number + bindparam("more"))
    .returning(producers.c.next_number)
)


async def known_sales(connection: AsyncConnection, payment_id: int) -> list[SaleRow]:
    """A payment's sales as they were written, by position."""
    found = await connection.execute(_SALES, {"of": payment_id})
    return [SaleRow(*row) for row in found]


async def known_entries(connection: AsyncConnection, payment_id: int) -> list[EntryRow]:
    """A payment's entries as they were written."""
    found = await connection.execute(_ENTRIES, {"of": payment_id})
    return [EntryRow(*row) for row in found]


async def write_sales(
    connection: AsyncConnection,
    producer: Producer,
    payment: Payment,
    known: Sequence[SaleRow],
    wanted: Sequence[SaleRow],
) -> list[SaleRow]:
    """Write what is new or differs of a payment's sales; all rows with their ids and numbers."""
    kept = {row.position: row for row in known}
    rows = []
    for row in wanted:
        old = kept.get(row.position)
        if old is None:
            rows.append(row)
            continue
        # A sale that turns out to be of another track is judged there as if it were new.
        conflict = old.conflict and old.track_id == row.track_id
        same = row._replace(id=old.id, number=old.number, conflict=conflict)
        if same != old:
            changed: dict[str, Any] = {
                name: same[i] for i, name in enumerate(SaleRow._fields) if same[i] != old[i]
            }
            if "track_id" in changed:
                changed |= _NOT_ACCEPTED
            await connection.execute(update(sales).where(sales.c.id == old.id).values(changed))
        rows.append(same)
    return await _number(connection, producer, payment, rows)


async def _number(
    connection: AsyncConnection, producer: Producer, payment: Payment, rows: Sequence[SaleRow]
) -> list[SaleRow]:
    """Give ids, numbers and codes to the rows that have none, in their order, and insert them."""
    new = [row for row in rows if not row.id]
    if not new:
        return list(rows)
    after = await connection.scalar(_NUMBERS, {"of": producer.id, "more": len(new)})
    assert after is not None
    key = await ensure_key(connection)
    values = []
    for number, row in enumerate(new, start=after - len(new)):
        code = license_code(key, producer, payment, row.position)
        columns = row._asdict() | {"producer_id": producer.id, "number": number, "code": code}
        del columns["id"]
        values.append(columns)
    inserted = await connection.execute(
        insert(sales).returning(sales.c.position, sales.c.id, sales.c.number), values
    )
    given = {row.position: row for row in inserted}
    return [
        row
        if row.id
        else row._replace(id=given[row.position].id, number=given[row.position].number)
        for row in rows
    ]


async def drop_sales(
    connection: AsyncConnection, known: Sequence[SaleRow], rows: Sequence[SaleRow]
) -> None:
    """Sales of lines that are no more. Their numbers are not given again."""
    gone = {row.id for row in known} - {row.id for row in rows}
    if gone:
        await connection.execute(delete(sales).where(sales.c.id.in_(sorted(gone))))


async def write_entries(
    connection: AsyncConnection,
    producer_id: int,
    known: Sequence[EntryRow],
    wanted: Sequence[EntryRow],
) -> None:
    """Replace a payment's entries, if anything about them differs."""
    if Counter(known) == Counter(wanted):
        return
    if known:
        sale_ids = sorted({row.sale_id for row in known})
        await connection.execute(delete(entries).where(entries.c.sale_id.in_(sale_ids)))
    if wanted:
        await connection.execute(
            insert(entries), [row._asdict() | {"producer_id": producer_id} for row in wanted]
        )
