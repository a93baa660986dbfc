"""Remembers how far the past is read, from one run to the next."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.import_progress import EventsSeen, ImportProgress
from bot.store import key_value


async def import_progress(connection: AsyncConnection, livemode: bool) -> ImportProgress | None:
    """How far the import is; None before it ever began."""
    noted = await _read(connection, "import", livemode)
    if noted is None:
        return None
    return ImportProgress(
        start=_moment(noted["from"]),
        end=_moment(noted["to"]),
        done_until=_moment(noted["done_until"]),
        payments=noted["payments"],
        partial=noted.get("partial", False),
        away=noted.get("away", False),
        first_begun=_known(noted, "first_begun"),
        begun=_known(noted, "begun"),
        begun_from=_known(noted, "begun_from"),
        noted=_known(noted, "noted"),
        trouble=noted.get("trouble", ""),
    )


async def note_import(connection: AsyncConnection, livemode: bool, now: ImportProgress) -> None:
    """Note how far the import is now."""
    noted = {
        "from": int(now.start.timestamp()),
        "to": int(now.end.timestamp()),
        "done_until": int(now.done_until.timestamp()),
        "payments": now.payments,
        "partial": now.partial,
        "away": now.away,
        "first_begun": _seconds(now.first_begun),
        "begun": _seconds(now.begun),
        "begun_from": _seconds(now.begun_from),
        "noted": _seconds(now.noted),
        "trouble": now.trouble,
    }
    await key_value.put(connection, _key("import", livemode), json.dumps(noted))


async def events_seen(connection: AsyncConnection, livemode: bool) -> EventsSeen | None:
    """Which events were asked for; None before the bot ever ran with a key of this mode."""
    noted = await _read(connection, "events", livemode)
    if noted is None:
        return None
    return EventsSeen(
        begin=_moment(noted["begin"]),
        until=_moment(noted["until"]),
        looked=_known(noted, "looked"),
        trouble=noted.get("trouble", ""),
    )


async def note_events(connection: AsyncConnection, livemode: bool, seen: EventsSeen) -> None:
    """Note up to when events were asked for."""
    noted = {
        "begin": int(seen.begin.timestamp()),
        "until": int(seen.until.timestamp()),
        "looked": _seconds(seen.looked),
        "trouble": seen.trouble,
    }
    await key_value.put(connection, _key("events", livemode), json.dumps(noted))


async def note_trouble(
    connection: AsyncConnection, livemode: bool, *, of: str, trouble: str
) -> None:
    """Note why the `import`, or the reading of `events`, does not go on; for what has begun."""
    if of == "import":
        now = await import_progress(connection, livemode)
        if now is not None and not now.finished:
            await note_import(connection, livemode, replace(now, trouble=trouble))
    else:
        seen = await events_seen(connection, livemode)
        if seen is not None:
            await note_events(connection, livemode, replace(seen, trouble=trouble))


async def fee_returns_unread(connection: AsyncConnection, livemode: bool) -> datetime | None:
    """Since when it is not known what platforms returned of their fees, as the key may not read
    it; None if all is read.
    """
    noted = await key_value.get(connection, _key("fee returns unread", livemode))
    return None if noted is None else _moment(int(noted))


async def note_fee_returns_unread(
    connection: AsyncConnection, livemode: bool, since: datetime | None
) -> None:
    """Note since when it is not known, or earlier if that is noted; None: all is read."""
    key = _key("fee returns unread", livemode)
    if since is None:
        await key_value.drop(connection, key)
        return
    known = await fee_returns_unread(connection, livemode)
    await key_value.put(connection, key, str(int(min(since, known or since).timestamp())))


def _key(what: str, livemode: bool) -> str:
    return f"{what}:{'live' if livemode else 'test'}"


async def _read(connection: AsyncConnection, what: str, livemode: bool) -> dict[str, Any] | None:
    value = await key_value.get(connection, _key(what, livemode))
    return None if value is None else json.loads(value)


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _known(noted: dict[str, Any], name: str) -> datetime | None:
    seconds = noted.get(name)
    return None if seconds is None else _moment(seconds)


def _seconds(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp())
