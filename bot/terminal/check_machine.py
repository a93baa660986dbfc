"""Checks of this machine: settings, database, clock, and the bot's own address.

Secret values are not shown.
"""

import asyncio
import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from stat import S_IRWXG, S_IRWXO
from urllib.parse import urlsplit

import aiohttp

from bot.domain.period import Clock
from bot.settings import (
    ENVIRONMENT,
    WEBHOOK_PATH,
    WHERE,
    Misspelt,
    Settings,
    cannot_listen,
    misspelt,
)
from bot.store.engine import SQLITE, StoreUnavailable
from bot.store.queries.inspection import Inspected, inspect
from bot.stripe_api import livemode_of
from bot.terminal.findings import Finding, Look, note, ok, wrong

SECRET_PREFIX = "whsec_"  # noqa: S105 - how they all begin


async def settings_given(look: Look) -> list[Finding]:
    """Each setting in the README's order, and what is named like none of them."""
    unknown = await asyncio.to_thread(misspelt)
    return [_SETTINGS[name](look.settings) for name in WHERE] + [_unknown(one) for one in unknown]


def _unknown(one: Misspelt) -> Finding:
    # The environment may have it for another program.
    state = note if one.source == ENVIRONMENT else wrong
    return state(one.name, f"no such setting, in {one.source}", f"Did you mean {one.meant}?")


def _token(_: Settings) -> Finding:
    return ok("DISCORD_TOKEN", "set")


def _channel(settings: Settings) -> Finding:
    chosen = settings.discord_alerts_channel
    said = "not set: `/settings channel` chooses it" if chosen is None else f"channel {chosen}"
    return ok("DISCORD_ALERTS_CHANNEL", said)


def _key(settings: Settings) -> Finding:
    key, name = settings.stripe_api_key, "STRIPE_API_KEY"
    if key is None:
        return note(name, "not set, so no fees, and nothing goes off sale", WHERE[name])
    value = key.get_secret_value()
    try:
        mode = "live mode: real money" if livemode_of(value) else "test mode: no real money"
    except ValueError:
        return wrong(name, "this does not look like a Stripe key", WHERE[name])
    if value.startswith("sk_"):
        advice = "Make a restricted one: docs/by-hand.md has a link for it"
        return note(name, "it can do everything, even pay out", advice)
    return ok(name, f"{mode}; a restricted key")


def _secret(settings: Settings) -> Finding:
    name, secrets = "STRIPE_WEBHOOK_SECRET", settings.webhook_secrets
    if not secrets:
        return ok(name, "not set: the bot asks Stripe for its events")
    if not all(secret.startswith(SECRET_PREFIX) for secret in secrets):
        return wrong(name, "Stripe's signing secrets begin with whsec_", WHERE[name])
    several = f"{len(secrets)} secrets, each is tried" if len(secrets) > 1 else "set"
    return ok(name, several)


def _database(settings: Settings) -> Finding:
    kind = "SQLite" if settings.database_url.startswith("sqlite") else "PostgreSQL"
    return ok("DATABASE_URL", kind)


def _public_url(settings: Settings) -> Finding:
    name, url = "PUBLIC_URL", settings.public_url
    if url is None:
        return ok(name, "not set: there is no page, and no links to licenses")
    if urlsplit(url).scheme != "https":
        return note(name, "in live mode Stripe calls only https://", "Use its https:// address")
    return ok(name, url)


def _timezone(settings: Settings) -> Finding:
    name = settings.timezone
    said = "not set: `/settings timezone`, else the Stripe account's, else UTC"
    return ok("TIMEZONE", name or said)


def _plain(name: str) -> Callable[[Settings], Finding]:
    return lambda settings: ok(name, str(getattr(settings, name.lower())))


_SETTINGS: dict[str, Callable[[Settings], Finding]] = {
    **{name: _plain(name) for name in WHERE},
    "DISCORD_TOKEN": _token,
    "DISCORD_ALERTS_CHANNEL": _channel,
    "STRIPE_API_KEY": _key,
    "STRIPE_WEBHOOK_SECRET": _secret,
    "DATABASE_URL": _database,
    "PUBLIC_URL": _public_url,
    "TIMEZONE": _timezone,
}


NAME = "Database"
EVENTS = "Events from Stripe"


async def database(settings: Settings) -> tuple[Inspected | None, list[Finding]]:
    """What was found in the database (None if it cannot be read), and its rows."""
    file = _file(settings.database_url)
    if file is not None and not await asyncio.to_thread(file.exists):
        return None, [await asyncio.to_thread(_to_be_made, file)]
    try:
        found = await inspect(settings.database_url)
    except StoreUnavailable as trouble:
        return None, [wrong(NAME, f"cannot be read ({trouble})", "Is DATABASE_URL right?")]
    said = [_tables(found)]
    if file is not None and not await asyncio.to_thread(os.access, file, os.W_OK):
        said = [wrong(NAME, f"{file} cannot be written", "Is it read-only, or another user's?")]
    if file is not None and await asyncio.to_thread(_open_to_others, file):
        advice = f"chmod 600 {file}"
        said.append(note(NAME, "others on this machine can read it", advice))
    if found.age == "current":
        said += [_heard(found), *_kept_aside(found), *_unsent(found)]
    return found, said


def _file(url: str) -> Path | None:
    prefix = f"{SQLITE}:///"
    return Path(url.removeprefix(prefix)) if url.startswith(prefix) else None


def _to_be_made(file: Path) -> Finding:
    if os.access(file.parent, os.W_OK | os.X_OK):
        return ok(NAME, f"{file} does not exist yet: the first start creates it")
    advice = "Create its folder, writable by the bot, or set DATABASE_URL"
    return wrong(NAME, f"{file} cannot be created", advice)


def _open_to_others(file: Path) -> bool:
    return bool(file.stat().st_mode & (S_IRWXG | S_IRWXO)) and os.name == "posix"


def _tables(found: Inspected) -> Finding:
    if found.age == "newer":
        advice = "Run that version, or restore a backup"
        return wrong(NAME, "created by a newer version of the bot", advice)
    if found.age == "foreign":
        return wrong(NAME, "has the tables of another program", "Set DATABASE_URL to another")
    if found.age == "older":
        return ok(NAME, "from an older version: the next start backs it up and upgrades it")
    if found.age == "empty":
        return ok(NAME, "empty: the first start creates the tables")
    return ok(NAME, "usable and up to date")


def _heard(found: Inspected) -> Finding:
    if found.last_event is None:
        return ok(EVENTS, "none yet: a test purchase makes the first")
    return ok(EVENTS, f"last received {found.last_event:%Y-%m-%d %H:%M} UTC")


def _kept_aside(found: Inspected) -> list[Finding]:
    if not found.foreign:
        return []
    said = f"{found.foreign:,} of another mode or account, set aside"
    advice = "If sales are missing: key, endpoint and secret must be of one mode"
    return [note(EVENTS, said, advice)]


def _unsent(found: Inspected) -> list[Finding]:
    if not found.unsent:
        return []
    return [note("Messages", f"{found.unsent:,} not sent", "/settings show in Discord says why")]


TOLERANCE = 300.0
"""Seconds within which a signature is valid. https://docs.stripe.com/webhooks#replay-attacks"""
NOTEWORTHY = 30.0
"""Seconds: a synchronized clock is never off by more."""
NTP = "timedatectl set-ntp true"


async def stripes_clock(look: Look) -> list[Finding]:
    """How far the clock is off, compared with Stripe's."""
    return [await _compare(look, "Clock, by Stripe's", f"{look.settings.stripe_api_url}/v1")]


async def discords_clock(look: Look) -> list[Finding]:
    """How far the clock is off, compared with Discord's."""
    url = f"{look.settings.discord_api_url}/gateway"
    return [await _compare(look, "Clock, by Discord's", url)]


async def _compare(look: Look, name: str, url: str) -> Finding:
    off = await seconds_off(look.http, look.clock, url)
    return note(name, "the answer had no time") if off is None else _judged(name, off)


async def seconds_off(http: aiohttp.ClientSession, clock: Clock, url: str) -> float | None:
    """By how many seconds our clock is ahead of theirs; None if the answer has no time."""
    asked = clock()
    # Any answer will do, even 401: each has the time.
    async with http.get(url, allow_redirects=False) as answer:
        said = answer.headers.get("Date", "")
    theirs = _moment(said)
    if theirs is None:
        return None
    # It is in whole seconds, and was written while we waited.
    middle = asked + (clock() - asked) / 2
    return (middle - theirs).total_seconds() - 0.5


def _judged(name: str, off: float) -> Finding:
    seconds = f"{abs(off):,.0f} s {'fast' if off > 0 else 'slow'}"
    if abs(off) >= TOLERANCE:
        return wrong(name, f"{seconds}, so webhooks are rejected", NTP)
    if abs(off) >= NOTEWORTHY:
        return note(name, f"{seconds}; at {TOLERANCE:.0f} s webhooks are rejected", NTP)
    return ok(name, "correct")


def _moment(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


HERE = "This machine"
PUBLIC = "From the internet"
AT_REST = (502, 503, 504)
"""A proxy's answers for a bot that is not running."""
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - reached by the loopback
_NEEDS = {"store": "its database", "discord": "Discord"}


async def running_here(look: Look) -> list[Finding]:
    """Whether a bot runs here and has what it needs; if not, whether one could listen."""
    host = _EVERYWHERE.get(look.settings.host, look.settings.host)
    port = look.settings.port
    base = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    if not port:
        return [ok(HERE, "PORT is 0: the system picks one at each start")]
    try:
        async with look.http.get(f"{base}/healthz", allow_redirects=False) as answer:
            ours = answer.status == 200 and answer.content_type == "application/json"
    except (aiohttp.ClientConnectionError, OSError):
        return [await _could_listen(host, port)]
    if not ours:
        said = f"another program listens on port {port}"
        return [wrong(HERE, said, "Stop it, or set PORT to another")]
    return [await _ready(look, base)]


async def _ready(look: Look, base: str) -> Finding:
    async with look.http.get(f"{base}/readyz") as answer:
        needs = await answer.json()
    lacking = _lacking(needs)
    if lacking:
        said = f"a bot is running, but without {' and '.join(lacking)}"
        return wrong(HERE, said, "If it has not just started, see its log")
    return ok(HERE, "a bot is running, with its database and Discord")


def _lacking(needs: object) -> list[str]:
    told: Mapping[str, object] = needs if isinstance(needs, dict) else {}
    return [words for name, words in _NEEDS.items() if told.get(name) is not True]


async def _could_listen(host: str, port: int) -> Finding:
    try:
        server = await asyncio.start_server(lambda *_: None, host, port)
    except OSError as trouble:
        name, reason = cannot_listen(trouble)
        return wrong(HERE, f"cannot listen at {host}, port {port}: {reason}", f"Change {name}")
    server.close()
    await server.wait_closed()
    return note(HERE, "no bot is running here", "producer-bot run")


async def reached_from_outside(look: Look) -> list[Finding]:
    """Whether PUBLIC_URL leads to the bot's endpoint, which accepts only POST."""
    public = look.settings.public_url
    if public is None:
        return []
    try:
        async with look.http.get(public + WEBHOOK_PATH, allow_redirects=False) as answer:
            return [_answered(answer)]
    except aiohttp.ClientConnectorCertificateError:
        said = "PUBLIC_URL's certificate is not valid, so Stripe does not call it"
        return [wrong(PUBLIC, said, _PROXY)]
    except (aiohttp.ClientError, OSError) as trouble:
        if isinstance(getattr(trouble, "os_error", None), ConnectionRefusedError):
            return [note(PUBLIC, "nothing answers at PUBLIC_URL now", _START)]
        said = "PUBLIC_URL cannot be reached from here"
        return [wrong(PUBLIC, said, "Its name must lead to this machine, and its proxy run")]


_START = "Start the bot, then check again"
_PROXY = "Is the proxy set up as in the README?"


def _answered(answer: aiohttp.ClientResponse) -> Finding:
    if answer.status == 405 and "POST" in answer.headers.get("Allow", ""):
        return ok(PUBLIC, f"PUBLIC_URL{WEBHOOK_PATH} leads to the bot, as seen from this machine")
    if answer.status in AT_REST:
        return note(PUBLIC, f"the proxy answers {answer.status}: no bot behind it", _START)
    if 300 <= answer.status < 400:
        said = "PUBLIC_URL redirects, which Stripe does not follow"
        return wrong(PUBLIC, said, "Set it, and the endpoint in Stripe, to where it leads")
    said = f"PUBLIC_URL leads to another program ({answer.status})"
    return wrong(PUBLIC, said, _PROXY)
