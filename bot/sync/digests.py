"""Digests: of each period that is over exactly one, put into the outbox when its time has come."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.digests import Memory, Schedule, Turn, remember
from bot.domain.records import Producer
from bot.store.books import producers
from bot.store.queries import digest
from bot.store.queues import outbox
from bot.sync.tasks import Looking

KEYS = "digest:"


class Digests(Looking):
    """Looks once a minute whether a digest is due."""

    async def look(self) -> None:
        """Write the digests that are due into the outbox, one for each producer of our mode.

        That a period was decided on is remembered with it: it is never decided on again.
        """
        now = self._clock()
        async with self._store.read() as connection:
            found = [
                (producer, memory, *remember(memory, _schedule(producer), now))
                for producer in await producers.shown(connection)
                for memory in [await digest.memory(connection, producer.id)]
            ]
        changed = [(who, after, turn) for who, before, after, turn in found if after != before]
        if not changed:
            return
        async with self._store.write() as connection:
            for producer, after, turn in changed:
                await _decide(connection, producer, after, turn, now)
        self._told()


def _schedule(producer: Producer) -> Schedule:
    chosen = producer.preferences
    return Schedule(cadence=chosen.digest, hour=chosen.digest_hour, timezone=producer.timezone)


async def _decide(
    connection: AsyncConnection,
    producer: Producer,
    remembered: Memory | None,
    turn: Turn | None,
    now: datetime,
) -> None:
    """Put a digest that is due; take back older ones that the channel never took."""
    await digest.remember(connection, producer.id, remembered)
    old = await outbox.waiting(connection, producer.id, KEYS)
    if turn is None:
        # Switched off, or told in another rhythm from now on.
        await outbox.withdraw(connection, producer.id, old)
        return
    wanted = producer.preferences.digest_empty
    if not wanted and not await digest.has_news(connection, producer, turn, now):
        return
    await outbox.withdraw(connection, producer.id, old)
    await outbox.put(
        connection,
        producer.id,
        kind="notice",
        subject=turn.key,
        key=turn.key,
        now=now,
        payload={"what": "digest", "cadence": turn.cadence.value, "period": turn.period},
    )
