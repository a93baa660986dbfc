"""What a check finds, and what it works with."""

import re
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
    """One line. It must not hold a secret or an email address."""

    subject: str
    state: State
    meaning: str
    advice: str = ""
    """What to do about it, if anything."""
    link: str = ""
    """Where to do it."""

    @property
    def to_do(self) -> bool:
        """Whether it is shown even to someone who asks only for what is wrong."""
        return self.state is State.WRONG or bool(self.state is State.NOTE and self.advice)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What every check works with."""

    settings: Settings
    clock: Clock
    http: aiohttp.ClientSession
    inspected: Inspected | None
    """The database; None if it cannot be read."""


def ok(subject: str, meaning: str) -> Finding:
    """Something that is right."""
    return Finding(subject, State.OK, meaning)


def note(subject: str, meaning: str, advice: str = "") -> Finding:
    """Something worth knowing; with advice also worth doing."""
    return Finding(subject, State.NOTE, meaning, *link_apart(advice))


def wrong(subject: str, meaning: str, advice: str) -> Finding:
    """Something wrong, with what to do about it."""
    return Finding(subject, State.WRONG, meaning, *link_apart(advice))


_LINK = re.compile(r"https?://[^/\s]+/\S+")


def link_apart(line: str) -> tuple[str, str]:
    """A line without the link in it, and the link: in a line of its own nothing breaks it."""
    found = _LINK.search(line)
    if found is None:
        return line, ""
    before, after = line[: found.start()], line[found.end() :].removeprefix(" → ")
    return (before + after if after else before.rstrip(" :")), found[0]


def listed(names: Sequence[str], most: int = 40) -> str:
    """Names separated by commas, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
