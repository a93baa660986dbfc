"""The commands on the books: `producer-bot import`, `audit` and `backup`."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from bot.domain.import_progress import ImportProgress
from bot.domain.money import Money
from bot.domain.period import Clock, day_start
from bot.domain.reconciliation import Comparison, Difference, Sums, Totals
from bot.domain.sale import Producer
from bot.logs import configure_logs
from bot.settings import WHERE, Settings, SettingsWrong
from bot.store.backup import NoBackup, back_up
from bot.store.engine import Store, StoreUnavailable, open_store
from bot.stripe_api import (
    Span,
    StripeApi,
    StripeDenied,
    StripeGone,
    StripeRefused,
    StripeTrouble,
    check_permissions,
    livemode_of,
)
from bot.sync.account_scope import AccountScope, AccountSync
from bot.sync.backfill import Backfill, Summary, Watch
from bot.sync.book_audit import Audit, whole_seconds
from bot.sync.cutover import by_command
from bot.sync.stripe_calls import Persistence
from bot.templates import read_templates
from bot.text.stripe_key import NAMES, lacks, needed_for
from bot.text.words import money

# Seconds for reading the account's time zone: the commands also work without it.
ACCOUNT_MAY_TAKE = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenBooks:
    """What a command that asks Stripe needs."""

    store: Store
    api: StripeApi
    books: AccountScope
    livemode: bool
    producer: Producer

    @property
    def persistent(self) -> StripeApi:
        """The API, asked again and again for about ten minutes at each call."""
        return self.api.persistent(Persistence(self.api.pause, tries=TRIES).ask)

    def backfill(self, clock: Clock, watch: Watch = lambda _: None) -> Backfill:
        """The import; `watch` is called with the progress after each window."""
        return Backfill(
            *(self.store, self.persistent, self.books, clock), livemode=self.livemode, watch=watch
        )


@asynccontextmanager
async def open_books(settings: Settings) -> AsyncIterator[OpenBooks]:
    """Open the books of the API key's account and mode, and close them when the block ends.

    Raises SettingsWrong, naming the setting, without a key, if Stripe denies the key (also within
    the block), if the store cannot be used, and if a license template is broken.
    """
    key = settings.stripe_api_key
    if key is None:
        raise SettingsWrong((f"STRIPE_API_KEY is missing: {WHERE['STRIPE_API_KEY']}",))
    livemode = livemode_of(key.get_secret_value())
    books = AccountScope(livemode=livemode, timezone=settings.timezone, templates=read_templates())
    async with AsyncExitStack() as stack:
        try:
            api = StripeApi(key.get_secret_value(), settings.stripe_api_url)
            stack.push_async_callback(api.aclose)
            store = await stack.enter_async_context(open_store(settings.database_url))
            yield OpenBooks(
                store=store,
                api=api,
                books=books,
                livemode=livemode,
                producer=await _producer(store, api, books, livemode),
            )
        except StoreUnavailable as trouble:
            raise settings.wrong_in_use("DATABASE_URL", str(trouble)) from trouble
        except StripeDenied as trouble:
            raise SettingsWrong.of("STRIPE_API_KEY", str(trouble)) from trouble


def without_answer(trouble: StripeTrouble) -> str:
    """Why Stripe gave no answer: a sentence."""
    reason = str(trouble).rstrip(".")
    if isinstance(trouble, StripeRefused):
        return f"{reason}."
    if isinstance(trouble, StripeGone):
        return f"Stripe does not know what was requested: {reason}."
    return f"Stripe is not responding: {reason}."


async def _producer(store: Store, api: StripeApi, books: AccountScope, livemode: bool) -> Producer:
    async with store.write() as connection:
        await books.open(connection)
    account = AccountSync(store, api, books)
    try:
        await asyncio.wait_for(account.run(), ACCOUNT_MAY_TAKE)
    except TimeoutError:
        account.stop()
    async with store.write() as connection:
        return await books.producer(connection, livemode=livemode)


DONE, TRY_AGAIN = 0, 3
TRIES = 8


async def import_history(settings: Settings, since: datetime | None, clock: Clock) -> int:
    """Import everything, or what was created since a day (the producer's midnight). The status.

    Raises SettingsWrong as `open_books` does.
    """
    console = Console(stderr=True)
    async with open_books(settings) as books:
        try:
            with _bar(console) as bar:
                # Not before: log lines must appear above the progress bar.
                configure_logs(settings.log_format, secrets=settings.secrets)
                summary = await _import(books, since, clock, _ProgressBar(bar))
                denied = await _denied(books)
        except StripeDenied:
            raise
        except StripeTrouble as trouble:
            again = "Run the same command again: it continues from here."
            console.print(Text(f"{without_answer(trouble)} {again}"), soft_wrap=True)
            return TRY_AGAIN
    Console().print(Text("\n".join(_summary(summary))), soft_wrap=True)
    if denied:
        console.print(Text("\n".join(denied)), soft_wrap=True)
    return DONE


async def _import(
    books: OpenBooks, since: datetime | None, clock: Clock, watch: "_ProgressBar"
) -> Summary:
    history = books.backfill(clock, watch)
    start = day_start(since.date(), books.producer.timezone) if since else None
    plan, noted = await by_command(
        books.store, history.beginning, clock, livemode=books.livemode, since=start
    )
    return await history.walk(plan, noted=noted)


async def _denied(books: OpenBooks) -> list[str]:
    """What the key may not read, and so may be missing from the import."""
    denied = [one for one in await check_permissions(books.api) if lacks(one) and not one.writes]
    lines = [
        f"The Stripe key may not read {NAMES[one.resource]} ({one.permission}): {needed_for(one)}."
        for one in denied
    ]
    again = "Allow it at https://dashboard.stripe.com/apikeys and run the same command again."
    return [*lines, again] if lines else []


class _ProgressBar:
    """Shows an import's progress."""

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
        f"Payments: {filed.new:,} new, {filed.changed:,} updated, {filed.same:,} unchanged.",
        f"Payouts: {summary.payouts:,} new or updated.",
    ]
    if filed.left:
        since = f"{_day(summary.cutover)}, {summary.cutover:%H:%M} UTC"
        lines.append(f"{filed.left:,} left to the bot, which announces everything since {since}.")
    if summary.broken:
        lines.append(f"{summary.broken:,} could not be understood: the log above names them.")
    return lines


def _day(moment: datetime) -> str:
    return f"{moment.day} {moment:%b %Y}"


EQUAL, DIFFERENT = 0, 1

MOST_SHOWN = 200
"""Differences shown on the terminal; JSON has all of them."""


async def audit(
    settings: Settings,
    since: datetime | None,
    until: datetime | None,
    clock: Clock,
    *,
    as_json: bool,
) -> int:
    """Compare everything, or what was booked from one day to another; the exit status.

    Raises SettingsWrong as `open_books` does.
    """
    try:
        async with open_books(settings) as books:
            found = await _compare(books, since, until, clock)
    except StripeTrouble as trouble:
        said = f"{without_answer(trouble)} Try again later."
        Console(stderr=True).print(Text(said), soft_wrap=True)
        return TRY_AGAIN
    console = Console()
    if as_json:
        console.out(json.dumps(_document(found), indent=2), highlight=False)
    else:
        _show(console, found)
    return EQUAL if found.equal else DIFFERENT


async def _compare(
    books: OpenBooks, since: datetime | None, until: datetime | None, clock: Clock
) -> Comparison:
    timezone = books.producer.timezone
    if since is None:
        start = await books.backfill(clock).beginning()
    else:
        start = day_start(since.date(), timezone)
    span = whole_seconds(start, clock())
    if until is not None:
        day_after = day_start(until.date() + timedelta(days=1), timezone)
        span = Span(span.start, min(span.end, day_after))
    return await Audit(books.store, books.persistent.history(), books.producer).run(span)


def _document(found: Comparison) -> dict[str, Any]:
    return {
        "from": found.start.isoformat(),
        "to": found.end.isoformat(),
        "equal": found.equal,
        "differences": [difference._asdict() for difference in found.differences],
        "totals": [
            {
                "currency": currency,
                "kind": kind,
                "stripe": _sums(found.stripe, currency, kind),
                "here": _sums(found.here, currency, kind),
            }
            for currency, kind in sorted(found.stripe.keys() | found.here.keys())
        ],
        "not_beat_sales": [
            {"currency": currency, "type": kind} | _sums(found.others, currency, kind)
            for currency, kind in sorted(found.others)
        ],
        "unpaid_debits": [
            {"currency": currency, "type": kind} | _sums(found.unpaid, currency, kind)
            for currency, kind in sorted(found.unpaid)
        ],
        "not_booked_yet": found.unbooked,
    }


def _sums(totals: Totals, currency: str, kind: str) -> dict[str, int]:
    sums = totals.get((currency, kind), Sums())
    return {"count": sums.count, "gross": sums.gross, "fee": sums.fee, "net": sums.net}


def _show(console: Console, found: Comparison) -> None:
    for difference in found.differences[:MOST_SHOWN]:
        console.print(Text(_line(difference)), soft_wrap=True)
    if len(found.differences) > MOST_SHOWN:
        more = len(found.differences) - MOST_SHOWN
        console.print(Text(f"… and {more:,} more: see them all with --json"), soft_wrap=True)
    if found.stripe or found.here:
        console.print(_table(found))
    for (currency, kind), sums in sorted(found.others.items()):
        net = money(Money(sums.net, currency))
        console.print(Text(f"Not beat sales: {sums.count:,} × {kind}, {net} net"), soft_wrap=True)
    for (currency, kind), sums in sorted(found.unpaid.items()):
        net = money(Money(sums.net, currency))
        console.print(Text(f"Unpaid debits: {sums.count:,} × {kind}, {net} net"), soft_wrap=True)
    if found.unbooked:
        said = f"Payments that Stripe has not booked yet: {found.unbooked:,}"
        console.print(Text(said), soft_wrap=True)
    console.print(Text(_verdict(found)), soft_wrap=True)


def _line(difference: Difference) -> str:
    subject = f"{difference.kind} {difference.subject} ({difference.id})"
    if difference.what == "missing":
        where = "here" if difference.here is None else "at Stripe"
        return f"{subject}: missing {where}"
    return f"{subject}: {difference.what} is {difference.stripe} at Stripe, {difference.here} here"


def _table(found: Comparison) -> Table:
    table = Table("", "", "Count", "Gross", "Fees", "Net", title="Stripe's books and ours")
    for currency, kind in sorted(found.stripe.keys() | found.here.keys()):
        for whose, totals in (("Stripe", found.stripe), ("here", found.here)):
            sums = totals.get((currency, kind), Sums())
            amounts = (money(Money(each, currency)) for each in (sums.gross, sums.fee, sums.net))
            label = f"{currency.upper()} {kind.replace('_', ' ')}"
            table.add_row(label, whose, f"{sums.count:,}", *amounts)
    for column in table.columns[2:]:
        column.justify = "right"
    return table


def _verdict(found: Comparison) -> str:
    if found.equal:
        return "Equal: every balance transaction is the same here as at Stripe."
    count = len(found.differences)
    return f"{count:,} {'difference' if count == 1 else 'differences'}."


WRITTEN, NOT_WRITTEN = 0, 2


async def back_up_to(settings: Settings, file: Path) -> int:
    """Copy the store to a file while the bot runs; the exit status."""
    try:
        size = await back_up(settings.database_url, file)
    except NoBackup as why:
        Console(stderr=True).print(Text(str(why)), soft_wrap=True)
        return NOT_WRITTEN
    Console().print(Text(f"Written: {file} ({size / 1e6:.1f} MB)"), soft_wrap=True)
    return WRITTEN
