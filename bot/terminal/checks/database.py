"""The database: whether it can be used, and what it says of Stripe's calls."""

import asyncio
import os
from pathlib import Path
from stat import S_IRWXG, S_IRWXO

from bot.settings import WHERE, Settings
from bot.store.engine import SQLITE, StoreUnavailable
from bot.store.queries.inspection import Inspected, inspect
from bot.terminal.checks.finding import Finding, note, ok, wrong

NAME = "Database"


async def database(settings: Settings) -> tuple[Inspected | None, list[Finding]]:
    """What is in the database, unless it cannot be read, and what is to be said of it."""
    file = _file(settings.database_url)
    if file is not None and not await asyncio.to_thread(file.exists):
        return None, [await asyncio.to_thread(_to_be_made, file)]
    try:
        found = await inspect(settings.database_url)
    except StoreUnavailable as trouble:
        return None, [wrong(NAME, f"cannot be read: {trouble}", WHERE["DATABASE_URL"])]
    said = [_tables(found)]
    if file is not None and not await asyncio.to_thread(os.access, file, os.W_OK):
        said = [wrong(NAME, f"{file} cannot be written", "Is it read-only, or another user's?")]
    if file is not None and await asyncio.to_thread(_open_to_others, file):
        advice = f"chmod 600 {file}"
        said.append(note(NAME, "other users of this machine may read it: it names buyers", advice))
    if found.age == "current":
        said += [_heard(found), *_kept_aside(found), *_unsent(found)]
    return found, said


def _file(url: str) -> Path | None:
    prefix = f"{SQLITE}:///"
    return Path(url.removeprefix(prefix)) if url.startswith(prefix) else None


def _to_be_made(file: Path) -> Finding:
    if os.access(file.parent, os.W_OK | os.X_OK):
        return note(NAME, f"{file} is not there yet: the first start makes it")
    advice = f"Make the folder, writable for the bot, or change the path: {WHERE['DATABASE_URL']}"
    return wrong(NAME, f"{file} is not there, and cannot be made", advice)


def _open_to_others(file: Path) -> bool:
    return bool(file.stat().st_mode & (S_IRWXG | S_IRWXO)) and os.name == "posix"


def _tables(found: Inspected) -> Finding:
    if found.age == "newer":
        advice = "Run the newer version that made it, or restore a backup."
        return wrong(NAME, "made by a newer version of the bot than this one", advice)
    if found.age == "foreign":
        return wrong(NAME, "holds the tables of another program", WHERE["DATABASE_URL"])
    if found.age == "older":
        return note(NAME, "of an older version: the next start brings it up to date")
    if found.age == "empty":
        return note(NAME, "empty: the first start makes the tables")
    return ok(NAME, "can be used, and is up to date")


def _heard(found: Inspected) -> Finding:
    if found.last_event is None:
        advice = "Buy something from yourself, or look at https://dashboard.stripe.com/webhooks"
        return note("Stripe's calls", "none came yet", advice)
    return ok("Stripe's calls", f"the last one came {found.last_event:%Y-%m-%d %H:%M} UTC")


def _kept_aside(found: Inspected) -> list[Finding]:
    if not found.foreign:
        return []
    said = f"{found.foreign:,} events of another mode or account were kept aside"
    advice = (
        "If sales are missing: the endpoint and its signing secret have to be of the same mode as "
        "STRIPE_API_KEY."
    )
    return [note("Stripe's calls", said, advice)]


def _unsent(found: Inspected) -> list[Finding]:
    if not found.unsent:
        return []
    said = f"{found.unsent:,} messages wait to be sent, or could not be"
    return [note("Messages", said, "`/settings show` in Discord says why.")]
