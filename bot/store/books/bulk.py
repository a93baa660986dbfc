"""Writes many payments at once that the store does not know yet: for the import of the past.

What it leaves behind is what `record` would have, payment by payment and quietly; but it takes a
few statements for all of them, where `record` takes a dozen for each.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.entries import Entry
from bot.domain.entries import entries as entries_of
from bot.domain.license_terms import NO_TEMPLATES, Templates
from bot.domain.payment import Buyer, Payment
from bot.domain.redaction import forgotten
from bot.domain.sale import Producer
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
    Owners,
    SaleRow,
    entry_rows,
    insert_sales,
    payment_columns,
    sale_rows,
    write_entries,
)
from bot.store.books.payouts import correct_alerts
from bot.store.books.track_rows import Names, ensure_names, terms_of
from bot.store.tables import buyer_words, buyers, payments, payout_items


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
    # Who was forgotten since stays without name and email.
    paid = [
        replace(payment, buyer=forgotten(payment.buyer)) if owner.buyer.forgotten else payment
        for (payment, _), owner in zip(new, owners, strict=True)
    ]
    new = [NewPayment(payment, due) for payment, (_, due) in zip(paid, new, strict=True)]
    ids = await _write_payments(connection, producer.id, new, owners, read)
    lines = [line for payment in paid for line in payment.lines]
    terms = await terms_of(connection, producer.id, lines, templates, read)
    names = await ensure_names(connection, producer.id, lines)
    written = await _write_sales(connection, producer, paid, owners, ids, names, terms)
    booked = [row for each in written for row in entry_rows(each.entries, each.sales)]
    await write_entries(connection, producer.id, (), booked)
    exclusives = {row.track_id for each in written for row in each.sales if row.exclusive}
    # A lease of a track that no exclusive sale holds changes nothing about rights.
    concerned = exclusives | (names.held & {row.track_id for each in written for row in each.sales})
    await judge(connection, producer.id, ids.values(), concerned)
    await follow_entries(connection, producer, (), booked)
    await off_sale_steps.settle(connection, producer.id, exclusives, read, tell=False)
    await settle_purchases(connection, producer.id, {owner.id for owner in owners})
    for payment, owner in zip(paid, owners, strict=True):
        await settle_buyers(connection, producer.id, owner, None, payment, None)
    await correct_alerts(connection, producer.id, ids.values(), read)


async def _ensure_buyers(
    connection: AsyncConnection, producer_id: int, paid: Sequence[Payment]
) -> list[BuyerRow]:
    """The row of each one's buyer; `new` at the first payment of a buyer who was not there."""
    keys = await buyer_keys(connection, producer_id, paid)
    its = buyers.c.producer_id == producer_id, buyers.c.key.in_(set(keys))
    rows = await connection.execute(select(buyers).where(*its))
    known = {row.key: BuyerRow(row.id, buyer_of(row), False) for row in rows}
    first = {key: paid[i].buyer for i, key in reversed(list(enumerate(keys))) if key not in known}
    made = await _make_buyers(
        connection, producer_id, {key: first[key] for key in keys if key in first}
    )
    owners = []
    for key in keys:
        new = key in first
        owners.append(BuyerRow(made[key], first.pop(key), True) if new else known[key])
        if new:
            known[key] = owners[-1]._replace(new=False)
    return owners


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
    item = payout_items.c
    its = item.producer_id == producer_id, item.movement.in_(movements)
    held = await connection.execute(select(item.movement, item.payout).where(*its))
    holding: dict[str, str] = dict(held.all())
    values = []
    for each, owner in zip(new, owners, strict=True):
        columns = payment_columns(each.payment)
        held_by = {"payout": holding.get(columns["movement"]), "buyer_id": owner.id}
        asked = {"complete": True, "read": read, "due": each.due, "checks": 1}
        values.append({"producer_id": producer_id, **columns, **held_by, **asked})
    made = await connection.execute(
        insert(payments).returning(payments.c.key, payments.c.id), values
    )
    return dict(made.all())


async def _write_sales(
    connection: AsyncConnection,
    producer: Producer,
    paid: Sequence[Payment],
    owners: Sequence[BuyerRow],
    ids: Mapping[str, int],
    names: Names,
    terms: Sequence[int | None],
) -> list[_Written]:
    made = []
    fixed = iter(terms)
    for payment, owner in zip(paid, owners, strict=True):
        booked = entries_of(payment)
        own = [next(fixed) for _ in payment.lines]
        owned = Owners(ids[payment.key], owner.id, names.tracks, names.licenses, own)
        made.append(_Written(owned.payment_id, sale_rows(payment, booked, owned), booked))
    new = [(payment, row) for payment, each in zip(paid, made, strict=True) for row in each.sales]
    inserted = iter(await insert_sales(connection, producer, new))
    return [each._replace(sales=[next(inserted) for _ in each.sales]) for each in made]
