"""Fills a store with years of sales, quickly: made by the ledger's rules, written in bulk.

Every row is what `record` would have written, but for the outbox, which stays empty.
"""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Table, insert, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.ledger.entries import entries as entries_of
from bot.ledger.payment import (
    Buyer,
    Dispute,
    DisputeState,
    Fees,
    Line,
    Movement,
    Payment,
    PaymentState,
    Refund,
)
from bot.ledger.records import Producer
from bot.store import documents
from bot.store.engine import Store
from bot.store.judging import judge
from bot.store.people import searchable
from bot.store.rebuilding import rebuild
from bot.store.rows import Owners, entry_rows, sale_rows
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

YEARS = 3
TRACKS = 200
LICENSES = {"Basic Lease": 2999, "Premium Lease": 4999, "Unlimited Lease": 14_900}
EXCLUSIVE, EXCLUSIVE_PRICE = "Exclusive Rights", 69_900
FIRST_NUMBER = 1001
BATCH = 20_000

_ADJECTIVES = "Midnight Neon Velvet Frozen Golden Lonely Burning Silent Crystal Paper".split()
_NOUNS = (
    "Drive Rain Skies Echo Harbor Mirage Tokyo Signal Garden Runner"
    " Letters Ocean Static Motel Horizon Lantern Winter Ghost Radio Summer"
).split()
_FIRST = (
    "Ana Ben Chloe Dante Elif Femi Grace Hugo Ines Jonas Kofi Lena Mateo Nia Omar Petra"
    " Quentin Rosa Sami Tara Uma Viktor Wanda Ximena Yusuf Zoe"
).split()
# As many last names as there are pairs of these.
_BEGINNINGS = (
    "Al Bar Cor Dan El Fer Gar Han Iv Jen Kol Lar Mar Nor Ol Per Quin Ros Sal Tor Ul Var Wes Yan"
).split()
_ENDINGS = (
    "ado ano as berg dez don ek ell en er i ic ington ita lund man mi o ov quist sen ska son ström"
    " tova"
).split()


@dataclass(frozen=True, slots=True)
class _Plan:
    """What the rows are made from; ids begin at 1, so the store is to be empty."""

    producer: Producer
    sales: int
    until: datetime
    random: random.Random

    @property
    def buyers(self) -> int:
        return max(1, self.sales // 3)

    @property
    def start(self) -> datetime:
        return self.until - timedelta(days=365 * YEARS)


async def seed(store: Store, producer: Producer, count: int, until: datetime) -> None:
    """Write `count` sales of the three years before `until` into an empty store.

    200 tracks with three licenses, every fifth track sold exclusively in the end; a third as many
    buyers; every fourth sale in euro; 3 % refunded, 0.3 % disputed; weekly payouts.
    """
    plan = _Plan(producer, count, until, random.Random(count))
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
        await judge(connection, producer.id, 0, range(1, TRACKS + 1))
        await rebuild(connection, producer.id, producer.timezone)


def track_name(track_id: int) -> str:
    """The name of a track, from its id (1 to 200)."""
    return f"{_ADJECTIVES[track_id % 10]} {_NOUNS[(track_id - 1) // 10]}"


def buyer_of(buyer_id: int) -> Buyer:
    """A buyer, from the id of their row."""
    first = _FIRST[buyer_id % len(_FIRST)]
    last = _BEGINNINGS[buyer_id // len(_FIRST) % len(_BEGINNINGS)]
    last += _ENDINGS[buyer_id // len(_FIRST) // len(_BEGINNINGS) % len(_ENDINGS)]
    email = f"{first}.{last}{buyer_id}@mail{buyer_id % 7}.example".lower()
    return Buyer(
        email=email, name=f"{first} {last}", country="BR DE FR GB NG US".split()[buyer_id % 6]
    )


async def _write_names(connection: AsyncConnection, plan: _Plan) -> None:
    owner = {"producer_id": plan.producer.id}
    named = [(i, track_name(i)) for i in range(1, TRACKS + 1)]
    await _insert(
        connection,
        tracks,
        [owner | {"id": i, "key": name.casefold(), "name": name} for i, name in named],
    )
    offered = enumerate([*LICENSES, EXCLUSIVE], start=1)
    await _insert(
        connection,
        licenses,
        [owner | {"id": i, "key": name.casefold(), "name": name} for i, name in offered],
    )
    await _insert(connection, payouts, [owner | row for row in _payouts(plan)])


def _payouts(plan: _Plan) -> Iterator[dict[str, Any]]:
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


async def _write_buyers(connection: AsyncConnection, plan: _Plan, first: int) -> None:
    owner: dict[str, Any] = {"producer_id": plan.producer.id}
    ids = range(first, min(first + BATCH, plan.buyers + 1))
    some = {i: buyer_of(i) for i in ids}
    rows = [
        owner
        | {"id": i, "key": one.key, "email": one.email, "name": one.name, "country": one.country}
        for i, one in some.items()
    ]
    await _insert(connection, buyers, rows)
    words = [
        owner | {"buyer_id": i, "word": word} for i, one in some.items() for word in searchable(one)
    ]
    await _insert(connection, buyer_words, sorted(words, key=lambda row: str(row["word"])))


async def _write_payments(
    connection: AsyncConnection, plan: _Plan, number: int, payment_id: int
) -> tuple[int, int]:
    """Write one batch; the number and the payment's id that come next."""
    owner = {"producer_id": plan.producer.id}
    rows: dict[Table, list[dict[str, Any]]] = {payments: [], sales: [], entries: []}
    end = min(number + BATCH, FIRST_NUMBER + plan.sales)
    while number < end:
        sold = plan.start + (plan.until - plan.start) * ((number - FIRST_NUMBER) / plan.sales)
        buyer_id = plan.random.randint(1, plan.buyers)
        payment = _payment(
            plan, payment_id, buyer_of(buyer_id), sold.replace(microsecond=0), end - number
        )
        rows[payments].append(owner | _payment_row(plan, payment_id, payment, buyer_id))
        booked = entries_of(payment)
        owners = Owners(payment_id, buyer_id, _TRACK_IDS, _LICENSE_IDS)
        own = [
            row._replace(id=number + i - FIRST_NUMBER + 1, number=number + i)
            for i, row in enumerate(sale_rows(payment, booked, owners))
        ]
        rows[sales] += [owner | row._asdict() for row in own]
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


def _payment_row(plan: _Plan, payment_id: int, payment: Payment, buyer_id: int) -> dict[str, Any]:
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
        "document": documents.dump(payment),
        "complete": True,
        "read": payment.created,
        "due": None,
        "checks": 1,
    }


def _payment(plan: _Plan, payment_id: int, buyer: Buyer, at: datetime, most: int) -> Payment:
    """A paid Checkout of one track, now and then of two or three."""
    dice = plan.random
    lines = tuple(_line(plan, at) for _ in range(min(most, dice.choices((1, 2, 3), (90, 7, 3))[0])))
    payment = Payment(
        key=f"cs_{payment_id}",
        state=PaymentState.PAID,
        created=at,
        paid=at,
        amount=sum(line.amount for line in lines),
        currency=dice.choices(("usd", "eur"), (3, 1))[0],
        buyer=buyer,
        lines=lines,
        detailed=True,
        session=f"cs_{payment_id}",
        intent=f"pi_{payment_id}",
        charge=f"ch_{payment_id}",
    )
    if at > plan.until - timedelta(minutes=30):
        return payment
    payment = _settled(payment)
    chance = dice.random()
    if chance < 0.03:
        part = payment.amount if chance < 0.015 else payment.amount // 2
        return _refunded(payment, part, min(at + timedelta(days=3), plan.until))
    if chance < 0.033:
        return _disputed(
            payment, dice.choice(list(DisputeState)), min(at + timedelta(days=20), plan.until)
        )
    return payment


def _line(plan: _Plan, at: datetime) -> Line:
    """Some tracks sell more than others; every fifth is sold exclusively when its time comes."""
    dice = plan.random
    share = (at - plan.start) / (plan.until - plan.start)
    track_id = min(int(TRACKS * dice.random() ** 2) + 1, TRACKS)
    if track_id % 5 == 0 and share > track_id / TRACKS:
        if dice.random() > 0.002:
            track_id -= 1
        elif dice.random() < 0.5:
            return Line(
                track=track_name(track_id),
                license=EXCLUSIVE,
                exclusive=True,
                amount=EXCLUSIVE_PRICE,
            )
    license_name = dice.choices(list(LICENSES), (6, 3, 1))[0]
    return Line(
        track=track_name(track_id),
        license=license_name,
        exclusive=False,
        amount=LICENSES[license_name],
    )


def _moved(name: str, kind: str, currency: str, gross: int, fee: int, at: datetime) -> Movement:
    return Movement(
        id=name,
        kind=kind,
        currency=currency,
        gross=gross,
        fees=Fees(stripe=fee),
        net=gross - fee,
        at=at,
        available=True,
        available_on=at + timedelta(days=2),
    )


def _settled(payment: Payment) -> Payment:
    fee = payment.amount * 29 // 1000 + 30
    moved = _moved(
        f"txn_{payment.key}", "charge", payment.currency, payment.amount, fee, payment.created
    )
    return replace(payment, movement=moved)


def _refunded(payment: Payment, amount: int, at: datetime) -> Payment:
    refund = Refund(
        id=f"re_{payment.key}",
        amount=amount,
        currency=payment.currency,
        status="succeeded",
        reason="requested_by_customer",
        created=at,
        movement=_moved(f"txn_re_{payment.key}", "refund", payment.currency, -amount, 0, at),
    )
    return replace(payment, refunds=(refund,))


def _disputed(payment: Payment, state: DisputeState, at: datetime) -> Payment:
    taken = _moved(
        f"txn_dp_{payment.key}", "adjustment", payment.currency, -payment.amount, 1500, at
    )
    moved = state in (DisputeState.OPEN, DisputeState.LOST)
    dispute = Dispute(
        id=f"dp_{payment.key}",
        amount=payment.amount,
        currency=payment.currency,
        state=state,
        status=state.value,
        reason="fraudulent",
        created=at,
        movements=(taken,) if moved else (),
    )
    return replace(payment, disputes=(dispute,))


async def _insert(
    connection: AsyncConnection, table: Table, rows: Iterable[dict[str, Any]]
) -> None:
    if values := list(rows):
        await connection.execute(insert(table), values)
