"""`producer-bot audit`: our books beside Stripe's, for people and for programs."""

import json
from datetime import datetime, timedelta
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.domain.money import Money
from bot.domain.period import Clock, day_start
from bot.domain.reconciliation import Comparison, Difference, Sums, Totals
from bot.settings import Settings
from bot.stripe_api import Span, StripeTrouble
from bot.sync.backfill import Backfill
from bot.sync.book_audit import Audit, whole_seconds
from bot.sync.stripe_calls import Persistence
from bot.terminal.opened import OpenBooks, open_books, without_answer
from bot.text.words import money

EQUAL, DIFFERENT, TRY_AGAIN = 0, 1, 3
TRIES = 8
MOST_SHOWN = 200
"""Differences that are shown to people; programs get all of them."""


async def audit(
    settings: Settings,
    since: datetime | None,
    until: datetime | None,
    clock: Clock,
    *,
    as_json: bool,
) -> int:
    """Compare everything, or what was booked from the first to the last of two days; the status.

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
    persistence = Persistence(books.api.pause, tries=TRIES)
    timezone = books.producer.timezone
    if since is None:
        history = Backfill(
            books.store,
            books.api,
            books.books,
            clock,
            livemode=books.livemode,
            persistence=persistence,
        )
        start = await history.beginning()
    else:
        start = day_start(since.date(), timezone)
    span = whole_seconds(start, clock())
    if until is not None:
        day_after = day_start(until.date() + timedelta(days=1), timezone)
        span = Span(span.start, min(span.end, day_after))
    return await Audit(books.store, books.api.history(), books.producer, persistence).run(span)


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
        console.print(Text(f"No beat sales: {sums.count:,} × {kind}, {net} net"), soft_wrap=True)
    for (currency, kind), sums in sorted(found.unpaid.items()):
        net = money(Money(sums.net, currency))
        console.print(Text(f"Debits not paid: {sums.count:,} × {kind}, {net} net"), soft_wrap=True)
    if found.unbooked:
        console.print(
            Text(f"Not booked by Stripe yet: {found.unbooked:,} payments"), soft_wrap=True
        )
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
        return "Equal: every movement of money is the same here as at Stripe."
    count = len(found.differences)
    return f"{count:,} {'difference' if count == 1 else 'differences'}."
