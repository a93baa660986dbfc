"""Writes many payments at once that the store does not know yet: for the import of the past.

What it leaves behind is what `record` would have, payment by payment and quietly; but it takes a
few statements for all of them, where `record` takes a dozen for each.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.entries import Entry
from bot.domain.entries import entries as entries_of
from bot.domain.license_terms import NO_TEMPLATES, Templates
from bot.domain.payment import Buyer, Payment
from bot.domain.redaction import forgotten
from bot.domain.sale import Producer
from bot.domain.sold_license import license_code
from bot.store.books import off_sale_steps
from bot.store.books.buyers import (
    BuyerRow,
    buyer_columns,
    buyer_of,
    searchable,
    settle_buyers,
    settle_purchases,
)
from bot.store.books.day_totals import follow_entries
from bot.store.books.exclusivity import judge
from bot.store.books.forget import buyer_keys
from bot.store.books.payment_rows import (
    EntryRow,
    Owners,
    SaleRow,
    entry_rows,
    payment_columns,
    sale_rows,
)
from bot.store.books.payouts import correct_alerts
from bot.store.books.track_rows import ensure_licenses, ensure_tracks, terms_of
from bot.store.key_value import ensure_key
from bot.store.tables import (
    buyer_words,
    buyers,
    entries,
    payments,
    payout_items,
    producers,
    sales,
    tracks,
)


class NewPayment(NamedTuple):
    """A payment of which the store has no row, under none of its names."""

    payment: Payment
    due: datetime | None
    """When to ask Stripe about it again."""


class _Written(NamedTuple):
    """A payment's id, its sales as rows, and what is booked of it."""

    id: int
    sales: list[SaleRow]
    entries: tuple[Entry, ...]


async def record_new(
    connection: AsyncConnection,
    producer: Producer,
    new: Sequence[NewPayment],
    *,
    read: datetime,
    templates: Templates = NO_TEMPLATES,
) -> None:
    """Record payments that Stripe was asked for, from `read` on, and tell nobody.

    Each once, and none that is known. Their sales are numbered in the order given, and fixed to
    what `templates` and their prices say now.
    """
    if not new:
        return
    owners = await _ensure_buyers(connection, producer.id, [each.payment for each in new])
    new = [_as_known(each, owner) for each, owner in zip(new, owners, strict=True)]
    paid = [each.payment for each in new]
    ids = await _write_payments(connection, producer.id, new, owners, read)
    lines = [line for payment in paid for line in payment.lines]
    terms = await terms_of(connection, producer.id, lines, templates, read)
    written = await _write_sales(connection, producer, paid, owners, ids, terms)
    booked = [entry_rows(each.entries, each.sales) for each in written]
    await _write_entries(connection, producer.id, booked)
    await _judge(connection, producer.id, written)
    await follow_entries(connection, producer, (), [row for rows in booked for row in rows])
    exclusives = {row.track_id for each in written for row in each.sales if row.exclusive}
    await off_sale_steps.settle(connection, producer.id, exclusives, read, tell=False)
    await settle_purchases(connection, producer.id, {owner.id for owner in owners})
    for payment, owner in zip(paid, owners, strict=True):
        await settle_buyers(connection, producer.id, owner, None, payment, None)
    await correct_alerts(connection, producer.id, ids.values(), read)


def _as_known(new: NewPayment, owner: BuyerRow) -> NewPayment:
    """Without the name and email of who was forgotten since."""
    if not owner.buyer.forgotten:
        return new
    return new._replace(payment=replace(new.payment, buyer=forgotten(new.payment.buyer)))


async def _ensure_buyers(
    connection: AsyncConnection, producer_id: int, paid: Sequence[Payment]
) -> list[BuyerRow]:
    """The row of each one's buyer; `new` at the first payment of a buyer who was not there."""
    keys = await buyer_keys(connection, producer_id, paid)
    known = await _known_buyers(connection, producer_id, keys)
    first = {key: paid[i].buyer for i, key in reversed(list(enumerate(keys))) if key not in known}
    made = await _make_buyers(
        connection, producer_id, {key: first[key] for key in keys if key in first}
    )
    rows = []
    for key in keys:
        new = key in first
        rows.append(BuyerRow(made[key], first.pop(key), True) if new else known[key])
        if new:
            known[key] = rows[-1]._replace(new=False)
    return rows


async def _known_buyers(
    connection: AsyncConnection, producer_id: int, keys: Iterable[str]
) -> dict[str, BuyerRow]:
    found = await connection.execute(
        select(buyers).where(buyers.c.producer_id == producer_id, buyers.c.key.in_(set(keys)))
    )
    return {row.key: BuyerRow(row.id, buyer_of(row), False) for row in found}


async def _make_buyers(
    connection: AsyncConnection, producer_id: int, wanted: Mapping[str, Buyer]
) -> dict[str, int]:
    if not wanted:
        return {}
    values = [
        {"producer_id": producer_id, "key": key} | buyer_columns(buyer)
        for key, buyer in wanted.items()
    ]
    made = await connection.execute(insert(buyers).returning(buyers.c.key, buyers.c.id), values)
    ids = {row.key: row.id for row in made}
    words = [
        {"producer_id": producer_id, "buyer_id": ids[key], "word": word}
        for key, buyer in wanted.items()
        for word in sorted(searchable(buyer))
    ]
    if words:
        await connection.execute(insert(buyer_words), words)
    return ids


async def _write_payments(
    connection: AsyncConnection,
    producer_id: int,
    new: Sequence[NewPayment],
    owners: Sequence[BuyerRow],
    read: datetime,
) -> dict[str, int]:
    """The id of each by its key."""
    movements = [each.payment.movement.id for each in new if each.payment.movement]
    held = await connection.execute(
        select(payout_items.c.movement, payout_items.c.payout).where(
            payout_items.c.producer_id == producer_id, payout_items.c.movement.in_(movements)
        )
    )
    holding: dict[str, str] = {row.movement: row.payout for row in held}
    values = []
    for each, owner in zip(new, owners, strict=True):
        columns = payment_columns(each.payment)
        held_by = {"payout": holding.get(columns["movement"]), "buyer_id": owner.id}
        asked = {"complete": True, "read": read, "due": each.due, "checks": 1}
        values.append({"producer_id": producer_id, **columns, **held_by, **asked})
    made = await connection.execute(
        insert(payments).returning(payments.c.key, payments.c.id), values
    )
    return {row.key: row.id for row in made}


async def _write_sales(
    connection: AsyncConnection,
    producer: Producer,
    paid: Sequence[Payment],
    owners: Sequence[BuyerRow],
    ids: Mapping[str, int],
    terms: Sequence[int | None],
) -> list[_Written]:
    lines = [line for payment in paid for line in payment.lines]
    track_ids = await ensure_tracks(connection, producer.id, [line.track for line in lines])
    license_ids = await ensure_licenses(connection, producer.id, [line.license for line in lines])
    key = await ensure_key(connection)
    codes: list[str] = []
    made = []
    fixed = iter(terms)
    for payment, owner in zip(paid, owners, strict=True):
        booked = entries_of(payment)
        own = [next(fixed) for _ in payment.lines]
        owned = Owners(ids[payment.key], owner.id, track_ids, license_ids, own)
        made.append(_Written(owned.payment_id, sale_rows(payment, booked, owned), booked))
        places = range(len(payment.lines))
        codes += [license_code(key, producer, payment, position) for position in places]
    first = await _take_numbers(connection, producer.id, len(lines))
    rows = [row for each in made for row in each.sales]
    numbered = iter(await _insert_sales(connection, producer.id, rows, codes, first))
    return [each._replace(sales=[next(numbered) for _ in each.sales]) for each in made]


async def _insert_sales(
    connection: AsyncConnection,
    producer_id: int,
    rows: Sequence[SaleRow],
    codes: Sequence[str],
    first: int,
) -> list[SaleRow]:
    """The rows in the same order, with their ids, and numbers from `first` on.

    `codes`: of each one's license.
    """
    numbered = [row._replace(number=first + i) for i, row in enumerate(rows)]
    values = [
        row._asdict() | {"producer_id": producer_id, "code": code}
        for row, code in zip(numbered, codes, strict=True)
    ]
    for columns in values:
        del columns["id"]
    inserted = await connection.execute(insert(sales).returning(sales.c.number, sales.c.id), values)
    ids: dict[int, int] = {row.number: row.id for row in inserted}
    return [row._replace(id=ids[row.number]) for row in numbered]


async def _take_numbers(connection: AsyncConnection, producer_id: int, count: int) -> int:
    """The first of so many numbers that are from now on given."""
    after: int | None = await connection.scalar(
        update(producers)
        .where(producers.c.id == producer_id)
        .values(next_number=producers.c.next_number + count)
        .returning(producers.c.next_number)
    )
    assert after is not None
    return after - count


async def _write_entries(
    connection: AsyncConnection, producer_id: int, booked: Iterable[Sequence[EntryRow]]
) -> None:
    values = [row._asdict() | {"producer_id": producer_id} for rows in booked for row in rows]
    if values:
        await connection.execute(insert(entries), values)


async def _judge(
    connection: AsyncConnection, producer_id: int, written: Sequence[_Written]
) -> None:
    """Judge the tracks that somebody holds, or may hold now."""
    touched = {row.track_id for each in written for row in each.sales}
    held = await connection.execute(
        select(tracks.c.id).where(
            tracks.c.id.in_(sorted(touched)), tracks.c.holder_sale_id.is_not(None)
        )
    )
    concerned = set(held.scalars())
    concerned |= {row.track_id for each in written for row in each.sales if row.exclusive}
    await judge(connection, producer_id, [each.id for each in written], concerned)
