"""Payments made by hand, and what the store says of them, for the tests of this room."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
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
from bot.store import key_value
from bot.store.books.record import record
from bot.store.engine import Store
from bot.store.key_value import ensure_key
from bot.store.tables import outbox, sales

NOON = datetime(2026, 3, 10, 16, 0, tzinfo=UTC)
"""Noon in New York."""
ANA = Buyer(email="Ana.Lima@example.com", name="Ana Lima", country="BR")
BEN = Buyer(email="ben@example.org", name="Ben Okoro", country="NG")


def line(
    track: str = "Midnight Drive",
    license: str = "Basic Lease",  # noqa: A002
    amount: int = 3000,
    *,
    exclusive: bool = False,
    tax: int = 0,
) -> Line:
    return Line(track=track, license=license, exclusive=exclusive, amount=amount, tax=tax)


def lease(track: str = "Midnight Drive", amount: int = 3000) -> Line:
    return line(track, amount=amount)


def exclusive(track: str = "Midnight Drive", amount: int = 50_000) -> Line:
    return line(track, "Exclusive", amount, exclusive=True)


def paid(
    key: str,
    *lines: Line,
    at: datetime = NOON,
    buyer: Buyer = ANA,
    currency: str = "usd",
) -> Payment:
    """A card payment as an event tells of it: nothing is settled yet."""
    lines = lines or (lease(),)
    return Payment(
        key=f"cs_{key}",
        state=PaymentState.PAID,
        created=at,
        paid=at,
        amount=sum(one.amount for one in lines),
        currency=currency,
        buyer=buyer,
        lines=lines,
        detailed=True,
        session=f"cs_{key}",
        intent=f"pi_{key}",
        charge=f"ch_{key}",
    )


def pending(payment: Payment) -> Payment:
    return replace(payment, state=PaymentState.PENDING, paid=None, movement=None)


def failed(payment: Payment) -> Payment:
    return replace(payment, state=PaymentState.FAILED, paid=None, movement=None)


def free(key: str, *lines: Line, at: datetime = NOON, buyer: Buyer = ANA) -> Payment:
    lines = lines or (lease(amount=0),)
    return replace(paid(key, *lines, at=at, buyer=buyer), intent=None, charge=None)


def settled(
    payment: Payment, currency: str = "usd", rate: int = 1, tax: int = 0, withheld: int = 0
) -> Payment:
    """Booked by Stripe at 3 % and 30 units; available in two days."""
    gross = payment.amount * rate
    fees = Fees(stripe=gross * 3 // 100 + 30, tax=tax, withheld=withheld)
    at = payment.paid or payment.created
    booked = BalanceTransaction(
        id=payment.key.replace("cs_", "txn_"),
        kind="charge",
        currency=currency,
        gross=gross,
        fees=fees,
        net=gross - fees.total,
        at=at,
        available=False,
        available_on=at + timedelta(days=2),
    )
    return replace(payment, movement=booked)


def refunded(
    payment: Payment,
    amount: int | None = None,
    *,
    name: str = "1",
    at: datetime | None = None,
    status: str = "succeeded",
    booked: bool = True,
) -> Payment:
    """With a refund of `amount` (all of it when None), booked by Stripe without a fee."""
    given = payment.amount if amount is None else amount
    at = at or payment.created + timedelta(hours=1)
    currency = payment.movement.currency if payment.movement else payment.currency
    refund = Refund(
        id=f"re_{payment.key}_{name}",
        amount=given,
        currency=payment.currency,
        status=status,
        reason=None,
        created=at,
        movement=_moved(f"txn_re_{payment.key}_{name}", "refund", -given, currency, at)
        if booked
        else None,
        reversal=_moved(f"txn_rf_{payment.key}_{name}", "refund_failure", given, currency, at)
        if status == "failed"
        else None,
    )
    others = tuple(one for one in payment.refunds if one.id != refund.id)
    return replace(payment, refunds=(*others, refund))


def disputed(payment: Payment, state: DisputeState = DisputeState.OPEN, fee: int = 1500) -> Payment:
    at = payment.created + timedelta(days=3)
    currency = payment.movement.currency if payment.movement else payment.currency
    taken = _moved(f"txn_dp_{payment.key}", "adjustment", -payment.amount, currency, at, fee)
    given = _moved(f"txn_dw_{payment.key}", "adjustment", payment.amount, currency, at)
    dispute = Dispute(
        id=f"dp_{payment.key}",
        amount=payment.amount,
        currency=payment.currency,
        state=state,
        status=state.value,
        reason="fraudulent",
        created=at,
        movements=(taken, given) if state is DisputeState.WON else (taken,),
    )
    return replace(payment, disputes=(dispute,))


def _moved(
    name: str, kind: str, amount: int, currency: str, at: datetime, fee: int = 0
) -> BalanceTransaction:
    return BalanceTransaction(
        id=name,
        kind=kind,
        currency=currency,
        gross=amount,
        fees=Fees(stripe=fee),
        net=amount - fee,
        at=at,
        available=True,
        available_on=at,
    )


async def write(
    store: Store,
    producer: Producer,
    *payments: Payment,
    now: datetime = NOON,
    quiet: bool = False,
    complete: bool = True,
) -> list[int]:
    """Record payments one by one, each as the worker does; their ids."""
    ids = []
    for payment in payments:
        async with store.write() as connection:
            ids.append(
                await record(
                    connection,
                    producer,
                    payment,
                    complete=complete,
                    read=now,
                    due=None,
                    now=now,
                    quiet=quiet,
                )
            )
    return ids


async def sale_column(store: Store, producer: Producer, name: str) -> list[Any]:
    """One column of all sales of a producer, by number."""
    async with store.read() as connection:
        found = await connection.execute(
            select(sales.c[name]).where(sales.c.producer_id == producer.id).order_by(sales.c.number)
        )
        return list(found.scalars())


async def told(store: Store, producer: Producer) -> list[str]:
    """The keys of all that Discord should hear, in order."""
    async with store.read() as connection:
        found = await connection.execute(
            select(outbox.c.key).where(outbox.c.producer_id == producer.id).order_by(outbox.c.id)
        )
        return list(found.scalars())


async def count(connection: AsyncConnection, *tables: Any) -> Sequence[int]:
    """How many rows each table has."""
    return [await connection.scalar(select(func.count()).select_from(one)) or 0 for one in tables]


async def sign_with(connection: AsyncConnection, key: bytes) -> None:
    """Let the store have this signing key, which it would make up at its first need."""
    await key_value.put(connection, "signing key", key.hex())
    assert await ensure_key(connection) == key
