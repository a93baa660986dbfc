"""How far the past is read: the import of history, and the events that Stripe was asked for."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import notes


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportProgress:
    """The import of one mode: what was created from `start` on and before `end`."""

    start: datetime
    end: datetime
    done_until: datetime
    """All that was created before is recorded."""
    payments: int = 0
    """How many sales' payments have been read so far."""
    partial: bool = False
    """Whether there may be sales before `start` that are left out."""
    away: bool = False
    """Whether it makes up for a time away that was too long for events."""

    @property
    def finished(self) -> bool:
        return self.done_until >= self.end

    @property
    def share(self) -> float:
        """How much of the time is done, from 0 to 1."""
        whole = (self.end - self.start).total_seconds()
        done = (self.done_until - self.start).total_seconds()
        return min(done / whole, 1.0) if whole > 0 else 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class EventsSeen:
    """Of which events Stripe was asked for, in one mode."""

    begin: datetime
    """When the bot first ran with a key: older events are not told of, the import reads those."""
    until: datetime
    """Up to when Stripe's list was read the last time."""
    trouble: str = ""
    """Why it could not be read since; empty where it could."""


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
    }
    await notes.put(connection, _key("import", livemode), json.dumps(noted))


async def events_seen(connection: AsyncConnection, livemode: bool) -> EventsSeen | None:
    """Which events were asked for; None before the bot ever ran with a key of this mode."""
    noted = await _read(connection, "events", livemode)
    if noted is None:
        return None
    return EventsSeen(
        begin=_moment(noted["begin"]),
        until=_moment(noted["until"]),
        trouble=noted.get("trouble", ""),
    )


async def note_events(connection: AsyncConnection, livemode: bool, seen: EventsSeen) -> None:
    """Note up to when events were asked for."""
    noted = {
        "begin": int(seen.begin.timestamp()),
        "until": int(seen.until.timestamp()),
        "trouble": seen.trouble,
    }
    await notes.put(connection, _key("events", livemode), json.dumps(noted))


def _key(what: str, livemode: bool) -> str:
    return f"{what}:{'live' if livemode else 'test'}"


async def _read(connection: AsyncConnection, what: str, livemode: bool) -> dict[str, Any] | None:
    value = await notes.get(connection, _key(what, livemode))
    return None if value is None else json.loads(value)


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
