"""What the store keeps of payments, for tests that write some."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.payment import Payment
from bot.domain.sale import Producer
from bot.store import key_value
from bot.store.books.record import record
from bot.store.engine import Store
from bot.store.key_value import ensure_key
from bot.store.tables import outbox, sales
from tests.factories import NOON

P = ParamSpec("P")
T = TypeVar("T")
Query = Callable[Concatenate[AsyncConnection, Producer, P], Awaitable[T]]

QueryById = Callable[Concatenate[AsyncConnection, int, P], Awaitable[T]]


@dataclass(frozen=True)
class Books:
    """A producer's books in a real store."""

    store: Store
    producer: Producer

    @property
    def id(self) -> int:
        """The producer's."""
        return self.producer.id

    @property
    def another(self) -> "Books":
        """Those of a producer that is not there."""
        return Books(self.store, replace(self.producer, id=self.id + 1))

    async def write(self, *payments: Payment, **how: Any) -> list[int]:
        """Record payments one by one; their ids."""
        return await write(self.store, self.producer, *payments, **how)

    async def read(self, query: Query[P, T], *args: P.args, **named: P.kwargs) -> T:
        """What a query answers."""
        async with self.store.read() as connection:
            return await query(connection, self.producer, *args, **named)

    async def change(self, query: Query[P, T], *args: P.args, **named: P.kwargs) -> T:
        """What a query answers that changes something."""
        async with self.store.write() as connection:
            return await query(connection, self.producer, *args, **named)

    async def read_id(self, query: QueryById[P, T], *args: P.args, **named: P.kwargs) -> T:
        """What a query answers that takes the producer's id alone."""
        async with self.store.read() as connection:
            return await query(connection, self.id, *args, **named)

    async def change_id(self, query: QueryById[P, T], *args: P.args, **named: P.kwargs) -> T:
        """What a query answers that takes the producer's id alone, and changes something."""
        async with self.store.write() as connection:
            return await query(connection, self.id, *args, **named)

    async def column(self, name: str) -> list[Any]:
        """One column of all sales, by number."""
        return await sale_column(self.store, self.producer, name)

    async def told(self) -> list[str]:
        """The keys of all that Discord should hear, in order."""
        return await told(self.store, self.producer)


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
