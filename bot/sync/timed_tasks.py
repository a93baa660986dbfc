"""What is due by the clock: digests, reminders of disputes, and the removal of old events' bodies.

Each period that is over gets exactly one digest. A dispute that waits for an answer is reminded of
three days and one day before its deadline. Bodies of events, which name buyers, are kept for 35
days.
"""

from abc import abstractmethod
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.digest_schedule import DueDigest, ScheduleState, next_digest
from bot.domain.period import Clock
from bot.domain.sale import Producer
from bot.loops import Loop, Rest
from bot.store import inbox, outbox
from bot.store.books import producers
from bot.store.engine import Store
from bot.store.queries import digest
from bot.store.queries.digest import Unanswered

log = structlog.get_logger()

LOOK_EVERY = 60.0
"""Seconds between looks."""
DIGEST_KEYS = "digest:"


@dataclass(eq=False)
class TimedTask(Loop):
    """Looks once a minute; a subclass says for what."""

    store: Store
    clock: Clock
    announce: Callable[[], None]
    """Called when there may be news for Discord."""

    def __post_init__(self) -> None:
        super().__init__()

    @abstractmethod
    async def look(self) -> None:
        """Do what is due now. Raises StoreUnavailable."""

    async def step(self) -> Rest:
        """Look, and rest for a minute."""
        await self.look()
        return Rest(LOOK_EVERY)


class Digests(TimedTask):
    """Looks once a minute whether a digest is due."""

    async def look(self) -> None:
        """Write the digests that are due into the outbox, one for each producer of our mode.

        That a period was decided on is remembered with it: it is never decided on again.
        """
        now = self.clock()
        async with self.store.read() as connection:
            found = [
                (producer, memory, *next_digest(memory, producer, now))
                for producer in await producers.shown(connection)
                for memory in [await digest.memory(connection, producer.id)]
            ]
        changed = [(who, after, turn) for who, before, after, turn in found if after != before]
        if not changed:
            return
        async with self.store.write() as connection:
            for producer, after, turn in changed:
                await _decide(connection, producer, after, turn, now)
        self.announce()


async def _decide(
    connection: AsyncConnection,
    producer: Producer,
    remembered: ScheduleState | None,
    turn: DueDigest | None,
    now: datetime,
) -> None:
    """Put a digest that is due; take back older ones that the channel never took."""
    await digest.remember(connection, producer.id, remembered)
    old = await outbox.waiting(connection, producer.id, DIGEST_KEYS)
    if turn is None:
        # Switched off, or due at other times from now on.
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


HOURS = (24, 72)
"""Before the deadline. Only the nearest one counts, also after the bot was away for long."""
REMINDER_KEYS = "reply:dispute_reminder_"


class Reminders(TimedTask):
    """Looks once a minute whether a deadline comes near."""

    async def look(self) -> None:
        """Write the reminders that are due into the outbox; take back those that no longer are."""
        now = self.clock()
        async with self.store.read() as connection:
            near = await _near(connection, now)
            open_keys = {
                producer.id: await outbox.waiting(connection, producer.id, REMINDER_KEYS)
                for producer in await producers.everyone(connection)
            }
        if not near and not any(open_keys.values()):
            return
        async with self.store.write() as connection:
            for producer_id, keys in open_keys.items():
                gone = keys - near.get(producer_id, {}).keys()
                await outbox.withdraw(connection, producer_id, gone)
            for producer_id, wanted in near.items():
                for key, one in wanted.items():
                    await outbox.put(
                        connection,
                        producer_id,
                        kind="reply",
                        subject=f"payment:{one.payment_id}",
                        key=key,
                        now=now,
                        payload={"what": key.split(":")[1], "id": one.dispute.id},
                    )
        self.announce()


async def _near(connection: AsyncConnection, now: datetime) -> dict[int, dict[str, Unanswered]]:
    """By producer, each reminder that is due now by its key."""
    near: dict[int, dict[str, Unanswered]] = defaultdict(dict)
    for one in await digest.disputes_due(connection, now, now + timedelta(hours=max(HOURS))):
        hours = next(hours for hours in HOURS if one.due - now <= timedelta(hours=hours))
        known = await digest.alerted_at(connection, one.producer_id, one.dispute.id)
        # A producer who has only just heard of it, deadline included, need not be reminded.
        if (known or one.dispute.created) < one.due - timedelta(hours=hours):
            near[one.producer_id][f"{REMINDER_KEYS}{hours}:{one.dispute.id}"] = one
    return near


BODIES_KEPT = timedelta(days=35)
"""Stripe itself shows events for 30 days: until then one may be needed again."""
BODIES_AT_ONCE = 200
"""Events in one transaction: others write in between."""


class EventBodies(TimedTask):
    """Removes bodies once they are old enough."""

    async def look(self) -> None:
        """Remove what is too old by now."""
        before, gone = self.clock() - BODIES_KEPT, 0
        while True:
            async with self.store.read() as connection:
                if not await inbox.has_old_body(connection, before):
                    break
            async with self.store.write() as connection:
                some = await inbox.drop_bodies(connection, before, BODIES_AT_ONCE)
            gone += some
            if not some:
                break
        if gone:
            await self.store.flush()
            log.info("bodies of old events removed", events=gone)
