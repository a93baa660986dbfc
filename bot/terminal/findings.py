"""What a check finds, and what it works with."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

import aiohttp

from bot.domain.period import Clock
from bot.settings import Settings
from bot.store.queries.inspection import Inspected


class State(Enum):
    """The state of what was checked."""

    OK = "ok"
    NOTE = "note"
    """Not wrong, but worth knowing; or it cannot be known."""
    WRONG = "WRONG"


class Finding(NamedTuple):
    """One row of the table. It must not hold a secret or an email address."""

    subject: str
    state: State
    meaning: str
    advice: str = ""
    """What to do about it, if anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What every check works with."""

    settings: Settings
    clock: Clock
    http: aiohttp.ClientSession
    inspected: Inspected | None
    """The database; None if it cannot be read."""


def ok(subject: str, meaning: str) -> Finding:
    """A row for something that is right."""
    return Finding(subject, State.OK, meaning)


def note(subject: str, meaning: str, advice: str = "") -> Finding:
    """A row for something worth knowing."""
    return Finding(subject, State.NOTE, meaning, advice)


def wrong(subject: str, meaning: str, advice: str) -> Finding:
    """A row for something wrong, with what to do about it."""
    return Finding(subject, State.WRONG, meaning, advice)


def listed(names: Sequence[str], most: int = 40) -> str:
    """Names separated by commas, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
