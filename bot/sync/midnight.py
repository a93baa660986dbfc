"""Finishes moves of a producer's midnight that the end of an earlier run has cut off."""

import structlog

from bot.store.books import moving
from bot.store.engine import Store
from bot.sync.account_scope import Books

log = structlog.get_logger()


class Midnight:
    """A part of the running bot; it ends once nothing is left to finish."""

    def __init__(self, store: Store, books: Books) -> None:
        self._store = store
        self._books = books
        self._stopping = False

    def stop(self) -> None:
        """What is not finished by then waits for the next start."""
        self._stopping = True

    async def run(self) -> None:
        """Count by the zones that were chosen, unless the settings have said another since."""
        async with self._store.read() as connection:
            left = await moving.unfinished(connection)
        for producer_id, timezone in left.items():
            if self._stopping:
                return
            if self._books.zone_is_fixed:
                async with self._store.write() as connection:
                    await moving.give_up(connection, producer_id)
                continue
            log.info("counting by another time zone, which a stop had cut off", zone=timezone)
            try:
                await moving.move(self._store, producer_id, timezone)
            except moving.Overtaken:
                log.info("the time zone was chosen anew meanwhile")
