"""Stores full of sales by the rules of `bot.domain`, the same ones for the same size.

Every row is what `record` would have written, but for the outbox, which stays empty; they are
written in bulk. A store is kept in build/bench for as long as the code that makes it is the same.
"""

import hashlib
import random
import sys
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Table, insert, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.entries import entries as entries_of
from bot.domain.item_names import license_key, track_key
from bot.domain.payment import (
    BalanceTransaction,
    Buyer,
    Dispute,
    DisputeState,
    Fees,
    Line,
    Payment,
    PaymentState,
    Refund,
)
from bot.domain.sale import Producer
from bot.store.books import payment_rows
from bot.store.books import producers as producer_books
from bot.store.books.buyers import buyer_columns, searchable, settle_purchases
from bot.store.books.day_totals import recount_days
from bot.store.books.exclusivity import judge
from bot.store.books.payment_rows import Owners, entry_rows, sale_rows
from bot.store.engine import Store, open_store
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
class Plan:
    """What the sales are made from."""

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


def payment_of(plan: Plan, payment_id: int, buyer: Buyer, at: datetime, most: int) -> Payment:
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


def _line(plan: Plan, at: datetime) -> Line:
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


def _moved(
    name: str, kind: str, currency: str, gross: int, fee: int, at: datetime
) -> BalanceTransaction:
    return BalanceTransaction(
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
        await recount_days(connection, producer.id, producer.timezone)
        for first in range(1, plan.buyers + 1, BATCH):
            await settle_purchases(connection, producer.id, range(first, first + BATCH))


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
        "document": payment_rows.payment_to_json(payment),
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


NOW = datetime(2026, 7, 15, 17, 23, tzinfo=UTC)
"""The moment of the last sale."""
ZONE = "America/New_York"

_ROOT = Path(__file__).parent.parent
_KEPT = _ROOT / "build" / "bench"


@dataclass(frozen=True, slots=True)
class Seeded:
    """An open store with so many sales of one producer."""

    store: Store
    producer: Producer
    sales: int


@asynccontextmanager
async def seeded_store(sales: int) -> AsyncIterator[Seeded]:
    """Open the store with so many sales; make it first if need be."""
    _KEPT.mkdir(parents=True, exist_ok=True)
    file = _KEPT / f"{sales}-{_fingerprint()}.db"
    if not file.exists():
        await _make(file, sales)
    async with open_store(_url(file)) as store:
        async with store.read() as connection:
            producer = await producer_books.current(connection)
        assert producer is not None
        yield Seeded(store, producer, sales)


async def _make(file: Path, sales: int) -> None:
    for old in _KEPT.glob(f"{sales}-*"):
        old.unlink()
    print(f"making a store with {sales:,} sales, once …", file=sys.stderr, flush=True)
    unfinished = file.with_suffix(".unfinished")
    async with open_store(_url(unfinished)) as store:
        async with store.write() as connection:
            producer = await producer_books.ensure(
                connection, livemode=True, account="", timezone=ZONE
            )
        await seed(store, producer, sales, NOW)
    unfinished.rename(file)


def _url(file: Path) -> str:
    return f"sqlite+aiosqlite:///{file}"


def _fingerprint() -> str:
    """Of all code that decides what is in such a store."""
    code = hashlib.sha256()
    sources = [Path(__file__).parent / "seed.py"]
    sources += sorted((_ROOT / "bot" / "store").rglob("*.py"))
    sources += sorted((_ROOT / "bot" / "domain").rglob("*.py"))
    for source in sources:
        code.update(source.read_bytes())
    return code.hexdigest()[:12]
