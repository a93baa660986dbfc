"""What a visitor of the public page asks for, beyond what is for sale."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.sale import PaymentRecord, Producer
from bot.store.books import payments, producers
from bot.store.tables import prices


async def track_of(connection: AsyncConnection, producer: Producer, price: str) -> int | None:
    """The id of the track that a price is for, on sale or not; None for a price of none."""
    query = select(prices.c.track_id).where(
        prices.c.producer_id == producer.id, prices.c.price == price
    )
    found: int | None = await connection.scalar(query)
    return found


async def bought(connection: AsyncConnection, session: str, now: datetime) -> PaymentRecord | None:
    """What was bought with a Checkout Session, whoever's it is; None while it is not recorded."""
    for producer in await producers.everyone(connection):
        stored = await payments.find(connection, producer.id, session=session)
        if stored is not None:
            return await payments.load(connection, producer, stored.id, now)
    return None
