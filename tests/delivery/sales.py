"""What a producer sells in a test: recorded in the store as sync would."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import insert, select

from bot.domain.payment import BalanceTransaction, Buyer, Fees, Line, Payment, PaymentState, Refund
from bot.domain.payout import Payout
from bot.domain.sale import Producer
from bot.store import outbox
from bot.store.books import payouts, record
from bot.store.engine import Store
from bot.store.tables import payments, sales
from tests.delivery.virtual_time import VirtualTime


class Sales:
    """Sells, settles and refunds: what sync would record."""

    def __init__(self, store: Store, time: VirtualTime) -> None:
        self._store = store
        self._time = time

    async def record(self, producer: Producer, *made: Payment, complete: bool = True) -> list[str]:
        """Record payments, all in one moment; their subjects."""
        now = self._time.now
        async with self._store.write() as connection:
            ids = [
                await record.record(
                    connection, producer, one, complete=complete, read=now, due=None, now=now
                )
                for one in made
            ]
        return [f"payment:{one}" for one in ids]

    async def sell(self, producer: Producer, *names: str) -> list[str]:
        """One payment a name, each for a track of its own."""
        return await self.record(producer, *(self.payment(name) for name in names))

    async def sell_many(self, producer: Producer, count: int) -> list[str]:
        """As many payments in one moment, copies of one; their subjects, by sale number."""
        [first] = await self.sell(producer, "again")
        subjects = [first]
        async with self._store.write() as connection:
            [payment] = (await connection.execute(select(payments))).mappings()
            [sale] = (await connection.execute(select(sales))).mappings()
            for number in range(1, count):
                key = {"id": payment["id"] + number, "key": f"cs_again_{number}"}
                await connection.execute(insert(payments), {**payment, **key})
                own = {"number": sale["number"] + number, "payment_id": key["id"]}
                await connection.execute(insert(sales), {**sale, **own, "id": None})
                subjects.append(f"payment:{key['id']}")
        await self.ask_for(producer, "announce", *subjects[1:])
        return subjects

    async def ask_for(self, producer: Producer, kind: str, *subjects: str) -> None:
        """Put announcements or edits into the outbox."""
        async with self._store.write() as connection:
            for subject in subjects:
                key = f"{kind}:{subject}"
                await outbox.put(
                    connection, producer.id, kind=kind, subject=subject, key=key, now=self._time.now
                )

    async def pay_out(self, producer: Producer, status: str) -> None:
        """A payout comes to stand so."""
        now = self._time.now
        payout = Payout(
            id="po_1",
            amount=41_200,
            currency="usd",
            status=status,
            automatic=True,
            created=now,
            arrival=now,
            failure=None,
            reconciled=False,
        )
        async with self._store.write() as connection:
            await payouts.record(connection, producer, payout, read=now, due=None, now=now)

    def payment(self, name: str, **changes: Any) -> Payment:
        made = Payment(
            key=f"cs_{name}",
            state=PaymentState.PAID,
            created=self._time.now,
            paid=self._time.now,
            amount=2999,
            currency="usd",
            buyer=Buyer(email=f"{name}@example.com", name="Jordan Lee", country="US"),
            lines=(Line(track=f"Track {name}", license="Lease", exclusive=False, amount=2999),),
            detailed=True,
            session=f"cs_{name}",
            intent=f"pi_{name}",
            charge=f"ch_{name}",
        )
        return replace(made, **changes)

    def settled(self, name: str) -> Payment:
        now = self._time.now
        fees = Fees(stripe=117)
        return self.payment(
            name,
            movement=BalanceTransaction(
                id=f"txn_{name}",
                kind="charge",
                currency="usd",
                gross=2999,
                fees=fees,
                net=2999 - fees.total,
                at=now,
                available=False,
                available_on=now + timedelta(days=2),
            ),
        )

    def refunded(self, name: str, *amounts: int) -> Payment:
        refunds = tuple(
            Refund(
                id=f"re_{name}_{number}",
                amount=amount,
                currency="usd",
                status="succeeded",
                reason=None,
                created=self._time.now,
            )
            for number, amount in enumerate(amounts)
        )
        return replace(self.settled(name), refunds=refunds)
