"""A number that is another one whenever what the public page shows has changed: its cache's key.

It changes in the very transaction that changes rights or the catalogue, so that whoever sees the
change sees the new number too.
"""

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.sale import Producer
from bot.store.tables import producers


async def version(connection: AsyncConnection, producer: Producer) -> int:
    """The number as it is now. Raises NoResultFound for a producer that is not there."""
    query = select(producers.c.catalogue_version).where(producers.c.id == producer.id)
    return int((await connection.execute(query)).scalar_one())


async def bump(connection: AsyncConnection, producer_id: int) -> None:
    """Say that something the page shows has changed."""
    await connection.execute(
        update(producers)
        .where(producers.c.id == producer_id)
        .values(catalogue_version=producers.c.catalogue_version + 1)
    )
