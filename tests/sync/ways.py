"""What tests of the past do with a house, and what they look at."""

from datetime import datetime
from typing import Any

from bot.domain.import_progress import EventsSeen, ImportProgress
from bot.domain.payment import Payment
from bot.domain.reconciliation import Comparison
from bot.store import tables
from bot.store.books.sync_progress import events_seen, import_progress, note_events, note_import
from bot.stripe_api import StripeApi
from bot.sync.backfill import Backfill, Summary
from bot.sync.book_audit import Audit, whole_seconds
from bot.sync.catch_up import CatchUp
from bot.sync.cutover import by_command
from bot.sync.payment_sync import PaymentSync
from bot.sync.recovery import BackfillTask
from bot.sync.stripe_calls import Persistence
from tests.journey.house import House


def api_of(home: House) -> StripeApi:
    sync = home.app.worker._handlers["payment"]
    assert isinstance(sync, PaymentSync)
    assert sync._api is not None
    return sync._api


def backfill_task_of(home: House) -> BackfillTask:
    assert home.app.recovery is not None
    return home.app.recovery.backfill


def catch_up_of(home: House) -> CatchUp:
    assert home.app.recovery is not None
    return home.app.recovery.catch_up


async def look(home: House) -> None:
    """Fetch events from Stripe's list, and work on them."""
    await catch_up_of(home).look()
    await home.work()


def history_of(home: House, *, tries: int = 1) -> Backfill:
    """An import as the command line makes it; by default it asks only once."""
    api = api_of(home)
    return Backfill(
        home.app.store,
        api,
        backfill_task_of(home)._scope,
        home.time,
        livemode=False,
        persistence=Persistence(api.pause, tries=tries),
    )


async def import_by_command(
    home: House, since: datetime | None = None, *, tries: int = 1
) -> Summary:
    """As `producer-bot import` does it."""
    history = history_of(home, tries=tries)
    plan, noted = await by_command(
        home.app.store, history.beginning, home.time, livemode=False, since=since
    )
    return await history.walk(plan, noted=noted)


async def audit(
    home: House, since: datetime | None = None, until: datetime | None = None
) -> Comparison:
    """As `producer-bot audit` does it."""
    api = api_of(home)
    producer = await home.producer()
    made = home.account.get("account", home.account.id)["created"]
    span = whole_seconds(since or datetime.fromtimestamp(made).astimezone(), until or home.time())
    one = Audit(home.app.store, api.history(), producer, Persistence(api.pause, tries=1))
    return await one.run(span)


async def documents(home: House) -> dict[str, Payment]:
    return {payment.key: payment for payment in await home.payments()}


async def books(home: House) -> dict[str, list[tuple[Any, ...]]]:
    """All that does not depend on the order in which payments became known."""
    sums = [name for name in tables.totals.c.keys() if name != "producer_id"]  # noqa: SIM118
    return {
        "documents": sorted((await documents(home)).items()),
        "payouts of payments": await home.rows(tables.payments, "key", "payout", "state"),
        "totals": [row for row in await home.rows(tables.totals, *sums) if row[2] == 0],
        "payouts": await home.rows(
            tables.payouts, "payout", "status", "amount", "reconciled", "refunds", "failure"
        ),
        "inside": await home.rows(tables.payout_items),
    }


async def progress(home: House) -> ImportProgress | None:
    async with home.app.store.read() as connection:
        return await import_progress(connection, False)


async def set_progress(home: House, plan: ImportProgress) -> None:
    async with home.app.store.write() as connection:
        await note_import(connection, False, plan)


async def seen(home: House) -> EventsSeen:
    async with home.app.store.read() as connection:
        noted = await events_seen(connection, False)
    assert noted is not None
    return noted


async def set_seen(home: House, noted: EventsSeen) -> None:
    async with home.app.store.write() as connection:
        await note_events(connection, False, noted)
