"""`producer-bot import`: the past of the account, with a bar that shows how far it is."""

from datetime import datetime

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.text import Text

from bot.domain.import_progress import ImportProgress
from bot.domain.period import Clock, day_start
from bot.logs import configure_logs
from bot.settings import Settings
from bot.stripe_api import StripeDenied, StripeTrouble, check_permissions
from bot.sync.backfill import Backfill, Summary
from bot.sync.cutover import by_command
from bot.sync.stripe_calls import Persistence
from bot.terminal.opened import OpenBooks, open_books, without_answer
from bot.text.stripe_key import NAMES, lacks, needed_for

DONE, TRY_AGAIN = 0, 3
TRIES = 8
"""Ten minutes of waiting for Stripe, after which somebody should look why."""


async def import_history(settings: Settings, since: datetime | None, clock: Clock) -> int:
    """Import all, or what was created since a day (midnight of the producer); the exit status.

    Raises SettingsWrong as `open_books` does.
    """
    console = Console(stderr=True)
    async with open_books(settings) as books:
        try:
            with _bar(console) as bar:
                # Now, since what is logged has to stand above the bar.
                configure_logs(settings.log_format, secrets=settings.secrets)
                summary = await _import(books, since, clock, _Watch(bar))
                denied = await _denied(books)
        except StripeDenied:
            raise
        except StripeTrouble as trouble:
            again = "Run the same command again: it goes on from here."
            console.print(Text(f"{without_answer(trouble)} {again}"), soft_wrap=True)
            return TRY_AGAIN
    Console().print(Text("\n".join(_summary(summary))), soft_wrap=True)
    if denied:
        console.print(Text("\n".join(denied)), soft_wrap=True)
    return DONE


async def _import(
    books: OpenBooks, since: datetime | None, clock: Clock, watch: "_Watch"
) -> Summary:
    history = Backfill(
        books.store,
        books.api,
        books.books,
        clock,
        livemode=books.livemode,
        persistence=Persistence(books.api.pause, tries=TRIES),
        watch=watch,
    )
    start = day_start(since.date(), books.producer.timezone) if since else None
    plan, noted = await by_command(
        books.store, history.beginning, clock, livemode=books.livemode, since=start
    )
    return await history.walk(plan, noted=noted)


async def _denied(books: OpenBooks) -> list[str]:
    """What the key may not read, so that it may be missing from what was imported."""
    denied = [one for one in await check_permissions(books.api) if lacks(one) and not one.writes]
    lines = [
        f"The Stripe key may not read {NAMES[one.resource]} ({one.permission}): {needed_for(one)}."
        for one in denied
    ]
    again = "Allow it at https://dashboard.stripe.com/apikeys and run the same command again."
    return [*lines, again] if lines else []


class _Watch:
    """Moves the bar."""

    def __init__(self, bar: Progress) -> None:
        self._bar = bar
        self._task = bar.add_task("", total=1.0)

    def __call__(self, progress: ImportProgress) -> None:
        done = f"{progress.payments:,} payments, up to {_day(progress.done_until)}"
        self._bar.update(self._task, completed=progress.share, description=done)


def _bar(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        console=console,
    )


def _summary(summary: Summary) -> list[str]:
    filed = summary.payments
    lines = [
        f"Payments: {filed.new:,} new, {filed.changed:,} brought up to date, "
        f"{filed.same:,} as they were.",
        f"Payouts: {summary.payouts:,} new or brought up to date.",
    ]
    if filed.left:
        since = f"{_day(summary.cutover)}, {summary.cutover:%H:%M} UTC"
        lines.append(f"{filed.left:,} left to the bot, which tells what has come since {since}.")
    if summary.broken:
        lines.append(f"{summary.broken:,} could not be understood: the log above names them.")
    return lines


def _day(moment: datetime) -> str:
    return f"{moment.day} {moment:%b %Y}"
