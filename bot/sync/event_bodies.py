"""The bodies of Stripe's events, which name buyers: kept for 35 days, then removed."""

from datetime import timedelta

import structlog

from bot.store.queues import events
from bot.sync.tasks import Looking

log = structlog.get_logger()

KEPT = timedelta(days=35)
"""Stripe itself shows events for 30 days: until then one may have to be looked at again."""
AT_ONCE = 200
"""Events in one transaction: others write in between."""


class EventBodies(Looking):
    """Removes bodies once they are old enough."""

    async def look(self) -> None:
        """Remove what is too old by now."""
        before, gone = self._clock() - KEPT, 0
        while True:
            async with self._store.read() as connection:
                if not await events.has_old_body(connection, before):
                    break
            async with self._store.write() as connection:
                some = await events.drop_bodies(connection, before, AT_ONCE)
            gone += some
            if not some:
                break
        if gone:
            await self._store.flush()
            log.info("bodies of old events removed", events=gone)
