"""What a check finds, and what it is given to look with."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

import aiohttp

from bot.domain.period import Clock
from bot.settings import Settings
from bot.store.queries.inspection import Inspected


class State(Enum):
    """How something was found."""

    OK = "ok"
    NOTE = "note"
    """Not wrong, but worth knowing; or nobody can know it."""
    WRONG = "WRONG"


class Finding(NamedTuple):
    """One row of what is shown. No part of it holds a secret or somebody's email."""

    subject: str
    state: State
    meaning: str
    advice: str = ""
    """What to do about it, where there is something to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What every check may look with."""

    settings: Settings
    clock: Clock
    http: aiohttp.ClientSession
    inspected: Inspected | None
    """The database as it was found; None where it cannot be read."""


def ok(subject: str, meaning: str) -> Finding:
    """What is as it should be."""
    return Finding(subject, State.OK, meaning)


def note(subject: str, meaning: str, advice: str = "") -> Finding:
    """What is not wrong, but worth knowing."""
    return Finding(subject, State.NOTE, meaning, advice)


def wrong(subject: str, meaning: str, advice: str) -> Finding:
    """What is wrong, and what to do about it."""
    return Finding(subject, State.WRONG, meaning, advice)


def listed(names: Sequence[str], most: int = 40) -> str:
    """Names in a row, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
