"""Reminds of disputes that wait for an answer, three days and one day before it is too late."""

from collections import defaultdict
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.books import producers
from bot.store.queries import digest
from bot.store.queries.digest import Unanswered
from bot.store.queues import outbox
from bot.sync.tasks import Looking

HOURS = (24, 72)
"""Before the deadline. Only the nearest one counts, also after the bot was away for long."""
KEYS = "reply:dispute_reminder_"


class Reminders(Looking):
    """Looks once a minute whether a deadline comes near."""

    async def look(self) -> None:
        """Write the reminders that are due into the outbox; take back those that are no more."""
        now = self._clock()
        async with self._store.read() as connection:
            near = await _near(connection, now)
            open_keys = {
                producer.id: await outbox.waiting(connection, producer.id, KEYS)
                for producer in await producers.everyone(connection)
            }
        if not near and not any(open_keys.values()):
            return
        async with self._store.write() as connection:
            for producer_id, keys in open_keys.items():
                gone = keys - near.get(producer_id, {}).keys()
                await outbox.withdraw(connection, producer_id, gone)
            for producer_id, wanted in near.items():
                for key, one in wanted.items():
                    await _put(connection, producer_id, key, one, now)
        self._told()


async def _near(connection: AsyncConnection, now: datetime) -> dict[int, dict[str, Unanswered]]:
    """By producer, each reminder that is due now by its key."""
    near: dict[int, dict[str, Unanswered]] = defaultdict(dict)
    for one in await digest.disputes_due(connection, now, now + timedelta(hours=max(HOURS))):
        hours = next(hours for hours in HOURS if one.due - now <= timedelta(hours=hours))
        known = await digest.alerted_at(connection, one.producer_id, one.dispute.id)
        # Who only just heard of it, deadline and all, need not be reminded.
        if (known or one.dispute.created) < one.due - timedelta(hours=hours):
            near[one.producer_id][f"{KEYS}{hours}:{one.dispute.id}"] = one
    return near


async def _put(
    connection: AsyncConnection, producer_id: int, key: str, one: Unanswered, now: datetime
) -> None:
    _, what, _ = key.split(":", 2)
    await outbox.put(
        connection,
        producer_id,
        kind="reply",
        subject=f"payment:{one.payment_id}",
        key=key,
        now=now,
        payload={"what": what, "id": one.dispute.id},
    )
