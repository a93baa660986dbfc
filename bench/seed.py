"""Fills a store with years of sales, quickly: made by the ledger's rules, written in bulk.

Every row is what `record` would have written, but for the outbox, which stays empty.
"""

import random
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Table, insert, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bench.shop import EXCLUSIVE, LICENSES, TRACKS, YEARS, Plan, buyer_of, payment_of, track_name
from bot.domain.entries import entries as entries_of
from bot.domain.naming import license_key, track_key
from bot.domain.payment import Payment
from bot.domain.records import Producer
from bot.store import payment_json
from bot.store.books.buyers import buyer_columns, searchable, settle_latest
from bot.store.books.judging import judge
from bot.store.books.rebuilding import rebuild
from bot.store.books.rows import Owners, entry_rows, sale_rows
from bot.store.engine import Store
from bot.store.tables import (
    buyer_words,
    buyers,
    entries,
    licenses,
    payments,
    payouts,
    producers,
    sales,
    tracks,
)

__all__ = ["FIRST_NUMBER", "LICENSES", "TRACKS", "buyer_of", "seed", "track_name"]

FIRST_NUMBER = 1001
BATCH = 20_000


async def seed(store: Store, producer: Producer, count: int, until: datetime) -> None:
    """Write `count` sales of the three years before `until` into an empty store.

    200 tracks with three licenses, every fifth track sold exclusively in the end; a third as many
    buyers; every fourth sale in euro; 3 % refunded, 0.3 % disputed; weekly payouts.
    """
    plan = Plan(producer, count, until, random.Random(count))
    async with store.write() as connection:
        if connection.dialect.name == "sqlite":
            await connection.exec_driver_sql("PRAGMA cache_size=-500000")
        await _write_names(connection, plan)
    for first in range(1, plan.buyers + 1, BATCH):
        async with store.write() as connection:
            await _write_buyers(connection, plan, first)
    number, payment_id = FIRST_NUMBER, 1
    while number < FIRST_NUMBER + count:
        async with store.write() as connection:
            number, payment_id = await _write_payments(connection, plan, number, payment_id)
    async with store.write() as connection:
        await judge(connection, producer.id, [0], range(1, TRACKS + 1))
        await rebuild(connection, producer.id, producer.timezone)
        for first in range(1, plan.buyers + 1, BATCH):
            await settle_latest(connection, producer.id, range(first, first + BATCH))


async def _write_names(connection: AsyncConnection, plan: Plan) -> None:
    owner = {"producer_id": plan.producer.id}
    named = [(i, track_name(i)) for i in range(1, TRACKS + 1)]
    await _insert(
        connection,
        tracks,
        [owner | {"id": i, "key": track_key(name), "name": name} for i, name in named],
    )
    offered = enumerate([*LICENSES, EXCLUSIVE], start=1)
    await _insert(
        connection,
        licenses,
        [owner | {"id": i, "key": license_key(name), "name": name} for i, name in offered],
    )
    await _insert(connection, payouts, [owner | row for row in _payouts(plan)])


def _payouts(plan: Plan) -> Iterator[dict[str, Any]]:
    for week in range(365 * YEARS // 7):
        created = plan.start + timedelta(weeks=week + 1)
        yield {
            "payout": f"po_{week}",
            "amount": 100_000,
            "currency": "usd",
            "status": "paid",
            "automatic": True,
            "created": created,
            "arrival": created + timedelta(days=2),
            "reconciled": True,
        }


async def _write_buyers(connection: AsyncConnection, plan: Plan, first: int) -> None:
    owner: dict[str, Any] = {"producer_id": plan.producer.id}
    ids = range(first, min(first + BATCH, plan.buyers + 1))
    some = {i: buyer_of(i) for i in ids}
    rows = [owner | {"id": i, "key": one.key, **buyer_columns(one)} for i, one in some.items()]
    await _insert(connection, buyers, rows)
    words = [
        owner | {"buyer_id": i, "word": word} for i, one in some.items() for word in searchable(one)
    ]
    await _insert(connection, buyer_words, sorted(words, key=lambda row: str(row["word"])))


async def _write_payments(
    connection: AsyncConnection, plan: Plan, number: int, payment_id: int
) -> tuple[int, int]:
    """Write one batch; the number and the payment's id that come next."""
    owner = {"producer_id": plan.producer.id}
    rows: dict[Table, list[dict[str, Any]]] = {payments: [], sales: [], entries: []}
    end = min(number + BATCH, FIRST_NUMBER + plan.sales)
    while number < end:
        sold = plan.start + (plan.until - plan.start) * ((number - FIRST_NUMBER) / plan.sales)
        buyer_id = plan.random.randint(1, plan.buyers)
        payment = payment_of(
            plan, payment_id, buyer_of(buyer_id), sold.replace(microsecond=0), end - number
        )
        rows[payments].append(owner | _payment_row(plan, payment_id, payment, buyer_id))
        booked = entries_of(payment)
        unfixed = [None] * len(payment.lines)
        owners = Owners(payment_id, buyer_id, _TRACK_IDS, _LICENSE_IDS, unfixed)
        own = [
            row._replace(id=number + i - FIRST_NUMBER + 1, number=number + i)
            for i, row in enumerate(sale_rows(payment, booked, owners))
        ]
        rows[sales] += [owner | row._asdict() | {"code": f"{row.number}"} for row in own]
        rows[entries] += [owner | row._asdict() for row in entry_rows(booked, own)]
        number, payment_id = number + len(own), payment_id + 1
    for table, new in rows.items():
        await _insert(connection, table, new)
    await connection.execute(
        update(producers).where(producers.c.id == plan.producer.id).values(next_number=number)
    )
    return number, payment_id


_TRACK_IDS = {track_name(i): i for i in range(1, TRACKS + 1)}
_LICENSE_IDS = {name: i for i, name in enumerate([*LICENSES, EXCLUSIVE], start=1)}


def _payment_row(plan: Plan, payment_id: int, payment: Payment, buyer_id: int) -> dict[str, Any]:
    week = (payment.created - plan.start) // timedelta(weeks=1)
    paid_out = payment.created < plan.until - timedelta(weeks=2)
    return {
        "id": payment_id,
        "key": payment.key,
        "session": payment.session,
        "intent": payment.intent,
        "charge": payment.charge,
        "movement": payment.movement.id if payment.movement else None,
        "available_on": payment.movement.available_on if payment.movement else None,
        "payout": f"po_{week}" if paid_out else None,
        "state": payment.state.value,
        "created": payment.created,
        "buyer_id": buyer_id,
        "document": payment_json.dump(payment),
        "complete": True,
        "read": payment.created,
        "due": None,
        "checks": 1,
    }


async def _insert(
    connection: AsyncConnection, table: Table, rows: Iterable[dict[str, Any]]
) -> None:
    if values := list(rows):
        await connection.execute(insert(table), values)
