"""What could not be told, and of which sale it was."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.problems import SetAside
from bot.domain.records import Producer
from bot.store.queues import outbox
from bot.store.tables import sales

_PAYMENT = "payment:"


async def set_aside(connection: AsyncConnection, producer: Producer, limit: int) -> list[SetAside]:
    """The newest messages that were set aside, at most `limit`."""
    rows = await outbox.failures(connection, producer.id, limit)
    payments = {
        int(row.subject.removeprefix(_PAYMENT)) for row in rows if row.subject.startswith(_PAYMENT)
    }
    found = await connection.execute(
        select(sales.c.payment_id, func.min(sales.c.number))
        .where(sales.c.producer_id == producer.id, sales.c.payment_id.in_(payments))
        .group_by(sales.c.payment_id)
    )
    numbers = {f"{_PAYMENT}{payment_id}": number for payment_id, number in found}
    return [
        SetAside(row.kind, row.subject, row.key, row.error or "", numbers.get(row.subject))
        for row in rows
    ]
