"""What tests of the import and of catching up do, and what they look at."""

from datetime import datetime, timedelta
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
from bot.sync.recovery import BackfillTask
from bot.sync.stripe_calls import Persistence
from tests.journey.live_bot import LiveBot


def persistent(bot: LiveBot, tries: int = 1) -> StripeApi:
    assert bot.app.api is not None
    return bot.app.api.persistent(Persistence(bot.app.api.pause, tries=tries).ask)


def backfill_task_of(bot: LiveBot) -> BackfillTask:
    return bot.app.recovery.backfill


def catch_up_of(bot: LiveBot) -> CatchUp:
    return bot.app.recovery.catch_up


async def look(bot: LiveBot) -> None:
    """Fetch events from Stripe's list, and work on them."""
    await catch_up_of(bot).look()
    await bot.work()


async def let_pass(bot: LiveBot, **span: float) -> None:
    """Let time pass in which the bot asks Stripe for events, when it wants, and works on them."""
    end = bot.time() + timedelta(**span)
    while True:
        rest = await catch_up_of(bot).step()
        await bot.work()
        after = bot.time() + timedelta(seconds=rest.seconds)
        bot.time.now = min(after, end)
        if after > end:
            return


def history_of(bot: LiveBot, *, tries: int = 1) -> Backfill:
    """An import as the command line makes it; by default it asks only once."""
    api = persistent(bot, tries)
    return Backfill(bot.app.store, api, bot.app.scope, bot.time, livemode=False)


async def import_by_command(
    bot: LiveBot, since: datetime | None = None, *, tries: int = 1
) -> Summary:
    """As `producer-bot import` does it."""
    history = history_of(bot, tries=tries)
    plan, noted = await by_command(
        bot.app.store, history.beginning, bot.time, livemode=False, since=since
    )
    return await history.walk(plan, noted=noted)


async def audit(
    bot: LiveBot, since: datetime | None = None, until: datetime | None = None
) -> Comparison:
    """As `producer-bot audit` does it."""
    producer = await bot.producer()
    made = bot.account.get("account", bot.account.id)["created"]
    span = whole_seconds(since or datetime.fromtimestamp(made).astimezone(), until or bot.time())
    return await Audit(bot.app.store, persistent(bot).history(), producer).run(span)


async def documents(bot: LiveBot) -> dict[str, Payment]:
    return {payment.key: payment for payment in await bot.payments()}


async def books(bot: LiveBot) -> dict[str, list[tuple[Any, ...]]]:
    """All that does not depend on the order in which payments became known."""
    sums = [name for name in tables.day_totals.c.keys() if name != "producer_id"]  # noqa: SIM118
    return {
        "documents": sorted((await documents(bot)).items()),
        "payouts of payments": await bot.rows(tables.payments, "key", "payout", "state"),
        "days": await bot.rows(tables.day_totals, *sums),
        "payouts": await bot.rows(
            tables.payouts, "payout", "status", "amount", "reconciled", "refunds", "failure"
        ),
        "inside": await bot.rows(tables.payout_items),
    }


async def progress(bot: LiveBot) -> ImportProgress | None:
    async with bot.app.store.read() as connection:
        return await import_progress(connection, False)


async def set_progress(bot: LiveBot, plan: ImportProgress) -> None:
    async with bot.app.store.write() as connection:
        await note_import(connection, False, plan)


async def seen(bot: LiveBot) -> EventsSeen:
    async with bot.app.store.read() as connection:
        noted = await events_seen(connection, False)
    assert noted is not None
    return noted


async def set_seen(bot: LiveBot, noted: EventsSeen) -> None:
    async with bot.app.store.write() as connection:
        await note_events(connection, False, noted)
