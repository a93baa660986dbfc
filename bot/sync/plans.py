"""What is to be imported: at the first start, after a long absence, by command."""

from dataclasses import replace
from datetime import datetime

from bot.domain.clock import Clock
from bot.domain.progress import ImportProgress
from bot.store.books.progress import import_progress, note_import
from bot.store.engine import Store
from bot.sync.cutover import begin_events, handover
from bot.sync.history import HistoryImport
from bot.sync.unbooked import CHECKOUT_LIVES


async def at_start(
    store: Store, history: HistoryImport, clock: Clock, *, livemode: bool
) -> ImportProgress:
    """What the bot has to import by itself: all up to where its events began. Noted."""
    async with store.write() as connection:
        begin = (await begin_events(connection, livemode, clock())).begin
        plan = await import_progress(connection, livemode)
    if plan is None:
        start = await history.beginning()
        plan = ImportProgress(start=start, end=max(begin, start), done_until=start)
    elif plan.end < begin:
        # An import was made before the bot ever ran. A Checkout opened at its end may have been
        # paid since.
        again = max(plan.start, min(plan.done_until, plan.end - CHECKOUT_LIVES))
        plan = replace(plan, end=begin, done_until=again)
    async with store.write() as connection:
        await note_import(connection, livemode, plan)
    return plan


async def by_command(
    store: Store, history: HistoryImport, clock: Clock, *, livemode: bool, since: datetime | None
) -> tuple[ImportProgress, bool]:
    """What somebody asks for: everything, or what was created `since`; and whether to note it.

    The same command again goes on with what is not finished. An import of the bot's own that is
    not finished keeps its note: this one may leave out what that one still has to do.
    """
    async with store.read() as connection:
        border = await handover(connection, livemode, clock())
        known = await import_progress(connection, livemode)
    start = min(since or await history.beginning(), border)
    open_ = known if known and not known.finished else None
    if open_ and (open_.start == start if since else not open_.partial):
        return replace(open_, end=max(open_.end, border)), True
    plan = ImportProgress(start=start, end=border, done_until=start, partial=since is not None)
    return plan, open_ is None


def after_absence(plan: ImportProgress | None, since: datetime, until: datetime) -> ImportProgress:
    """What is to be imported when events are gone that happened `since` and before `until`.

    An import that is not finished goes on, as far as is needed now.
    """
    start = since - CHECKOUT_LIVES
    if plan is None or plan.finished:
        return ImportProgress(start=start, end=until, done_until=start, away=True)
    again = min(plan.done_until, start)
    return replace(
        plan, start=min(plan.start, again), end=max(plan.end, until), done_until=again, away=True
    )
