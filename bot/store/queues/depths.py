"""How much waits, for who watches the bot."""

from collections.abc import Mapping

from bot.store.engine import Store
from bot.store.queues import events, outbox


async def depths(store: Store) -> Mapping[str, Mapping[str, int]]:
    """How many rows of the inbox and of the outbox are in each state; some states are left out."""
    async with store.read() as connection:
        return {"inbox": await events.counts(connection), "outbox": await outbox.counts(connection)}
