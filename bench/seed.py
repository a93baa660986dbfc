"""Stores full of sales by the rules of `bot.domain`, the same ones for the same size.

They are written in bulk, as the import of the past writes them. A store is kept in build/bench for
as long as the code that makes it is the same.
"""

import hashlib
import random
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

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
from bot.store.books import producers
from bot.store.books.bulk import NewPayment, record_new
from bot.store.engine import Store, open_store
from bot.store.tables import payouts

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


FIRST_NUMBER = 1001
BATCH = 5_000


async def seed(store: Store, producer: Producer, count: int, until: datetime) -> None:
    """Write `count` sales of the three years before `until` into an empty store.

    200 tracks with three licenses, every fifth track sold exclusively in the end; up to a third as
    many buyers; every fourth sale in euro; 3 % refunded, 0.3 % disputed; weekly payouts.
    """
    plan = Plan(producer, count, until, random.Random(count))
    made, batch = 0, list[NewPayment]()
    while made < count:
        sold = plan.start + (plan.until - plan.start) * (made / count)
        buyer = buyer_of(plan.random.randint(1, plan.buyers))
        paid = payment_of(plan, made + 1, buyer, sold.replace(microsecond=0), count - made)
        batch.append(NewPayment(paid, due=None))
        made += len(paid.lines)
        if len(batch) == BATCH or made == count:
            async with store.write() as connection:
                await connection.exec_driver_sql("PRAGMA cache_size=-500000")
                await record_new(connection, producer, batch, read=until)
            batch.clear()
    async with store.write() as connection:
        await _pay_out(connection, plan)


async def _pay_out(connection: AsyncConnection, plan: Plan) -> None:
    """A payout a week; each payment goes into that of its week."""
    weeks = [plan.start + timedelta(weeks=week + 1) for week in range(365 * YEARS // 7)]
    rows = [
        {
            "producer_id": plan.producer.id,
            "payout": f"po_{week}",
            "amount": 100_000,
            "currency": "usd",
            "status": "paid",
            "automatic": True,
            "created": created,
            "arrival": created + timedelta(days=2),
            "reconciled": True,
        }
        for week, created in enumerate(weeks)
    ]
    await connection.execute(insert(payouts), rows)
    begun, over = plan.start.timestamp(), (plan.until - timedelta(weeks=2)).timestamp()
    await connection.exec_driver_sql(
        "UPDATE payments SET payout = 'po_' || ((created - ?) / 604800) WHERE created < ?",
        (int(begun), int(over)),
    )


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
            producer = await producers.current(connection)
        assert producer is not None
        yield Seeded(store, producer, sales)


async def _make(file: Path, sales: int) -> None:
    for old in _KEPT.glob(f"{sales}-*"):
        old.unlink()
    print(f"making a store with {sales:,} sales, once …", file=sys.stderr, flush=True)
    unfinished = file.with_suffix(".unfinished")
    async with open_store(_url(unfinished)) as store:
        async with store.write() as connection:
            producer = await producers.ensure(connection, livemode=True, account="", timezone=ZONE)
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
