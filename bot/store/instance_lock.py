"""One bot on one store: a second one is refused.

The system itself lets go of what is held, also when the process is killed. Commands that work
next to a running bot (import, audit, backup) do not ask for it.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import structlog
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.store.engine import (
    CLOSE_SECONDS,
    RUNNING_LOCK,
    SQLITE,
    Store,
    StoreUnavailable,
    connected,
    postgresql_engine,
)
from bot.store.error_reason import reason
from bot.store.sqlite import lock_file, running_file

LOOK_SECONDS = 15.0
"""Between two looks whether the server still knows that we hold it."""
TRIES, PAUSE_SECONDS = 6, 0.5
"""How often it is tried to get it, and the pause between."""

_TAKE = text("SELECT pg_try_advisory_lock(:lock)")
_STILL_THERE = text("SELECT 1")

log = structlog.get_logger()


class AlreadyRunning(Exception):
    """Another bot runs on this store. The message is one line that says so."""

    def __init__(self, shown: str) -> None:
        super().__init__(f"Another bot is already running on {shown}: stop it first.")


@asynccontextmanager
async def alone(store: Store, url: str) -> AsyncIterator[asyncio.Future[None]]:
    """Be the only bot that runs on the store at `url` until the block ends.

    Yields what raises AlreadyRunning should another one take over, when a PostgreSQL server had
    lost sight of us. Raises AlreadyRunning and StoreUnavailable.
    """
    where = make_url(url)
    lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    if where.drivername == SQLITE:
        descriptor = _locked(Path(where.database or ""), store.url)
        try:
            yield lost
        finally:
            os.close(descriptor)
        return
    engine = postgresql_engine(where, isolation_level="AUTOCOMMIT", pool_size=1)
    taken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    holding = asyncio.create_task(_hold(engine, store.url, taken, lost), name="running lock")
    try:
        await taken
        yield lost
    finally:
        holding.cancel()
        await asyncio.wait({holding})


def _locked(database: Path, shown: str) -> int:
    """A descriptor of the file next to the database, locked until it is closed."""
    path = running_file(database)
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StoreUnavailable(f"cannot open {path}: {reason(error)}") from error
    try:
        lock_file(descriptor)
    except (BlockingIOError, PermissionError):
        os.close(descriptor)
        raise AlreadyRunning(shown) from None
    except OSError as error:
        log.warning("files cannot be locked here: never start a second bot", reason=reason(error))
    return descriptor


async def _hold(
    engine: AsyncEngine, shown: str, taken: asyncio.Future[None], lost: asyncio.Future[None]
) -> None:
    """Hold the lock of PostgreSQL, and take it again whenever the connection was lost."""
    while True:
        try:
            await _hold_once(engine, shown, taken)
        except AlreadyRunning as refused:
            (lost if taken.done() else taken).set_exception(refused)
            return
        except (StoreUnavailable, SQLAlchemyError) as trouble:
            if not taken.done():
                known = isinstance(trouble, StoreUnavailable)
                plain = trouble if known else StoreUnavailable(reason(trouble), lasting=False)
                taken.set_exception(plain)
                return
        await asyncio.sleep(PAUSE_SECONDS)


async def _hold_once(engine: AsyncEngine, shown: str, taken: asyncio.Future[None]) -> None:
    async with connected(engine) as connection:
        driver = (await connection.get_raw_connection()).driver_connection
        assert driver is not None
        ended = asyncio.Event()
        driver.add_termination_listener(lambda _: ended.set())
        try:
            await _take(connection, shown)
            if not taken.done():
                taken.set_result(None)
            while not ended.is_set():
                await connection.execute(_STILL_THERE)
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_SECONDS):
                        await ended.wait()
        finally:
            await driver.close(timeout=CLOSE_SECONDS)


async def _take(connection: AsyncConnection, shown: str) -> None:
    for left in reversed(range(TRIES)):
        if await connection.scalar(_TAKE, {"lock": RUNNING_LOCK}):
            return
        if left:
            # A server needs a moment to see that a process has ended.
            await asyncio.sleep(PAUSE_SECONDS)
    raise AlreadyRunning(shown)
