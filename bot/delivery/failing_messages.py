"""Which messages Discord does not take while it takes others, and when each is tried again.

Whether a message fails or all of Discord does shows only once another message was tried. Each try
may take half a minute: so one that failed lets all others have a go, until it passes, and while the
last try failed the newest goes first. A new message waits for one try at most, however many fail.
Kept in memory: after a restart it shows again.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

IN_ORDER = timedelta(seconds=10)
"""A message that fails for no longer than this is simply tried again, so that order is kept."""
FIRST_REST = timedelta(seconds=30)
LONGEST_REST = timedelta(minutes=5)
"""Rests of a message that fails while others pass: each twice as long as the one before."""
ALONE_FOR = timedelta(minutes=5)
"""A message that fails for longer, while others pass, is set aside."""
REFUSED_FOR = timedelta(hours=1)
"""An edit that is refused for longer is set aside."""


@dataclass
class _Failing:
    since: datetime
    """When its first try in a row of failures began."""
    failed: datetime
    """When it failed last."""
    behind: bool = False
    """Whether others go first."""
    rest: timedelta = FIRST_REST
    until: datetime | None = None
    """Not to be tried before; None: at any time."""


class FailingMessages:
    """Known by the ids of their rows of the outbox."""

    def __init__(self) -> None:
        self._failing: dict[int, _Failing] = {}
        self._passed: datetime | None = None

    def passed(self, ids: Sequence[int], now: datetime) -> None:
        """A message went through."""
        self._passed = now
        self.forget(ids)

    def failed(self, ids: Sequence[int], began: datetime, now: datetime) -> bool:
        """There was no answer to a message whose try `began` then. Whether to set it aside."""
        one = self._noted(ids, began)
        others_pass = self._passed is not None and self._passed > one.failed
        one.failed = now
        if now - one.since < IN_ORDER:
            return False
        one.behind = True
        if not others_pass:
            return False
        one.until = now + one.rest
        one.rest = min(one.rest * 2, LONGEST_REST)
        return now - one.since > ALONE_FOR

    def refused(self, ids: Sequence[int], began: datetime, now: datetime, wait: float) -> bool:
        """An edit is refused for now, for `wait` seconds at least. Whether to set it aside."""
        one = self._noted(ids, began)
        one.failed, one.behind = now, True
        one.until = now + max(LONGEST_REST, timedelta(seconds=wait))
        return now - one.since > REFUSED_FOR

    def forget(self, ids: Sequence[int]) -> None:
        """A message passed, or was set aside."""
        for id_ in ids:
            self._failing.pop(id_, None)

    def resting(self, now: datetime) -> frozenset[int]:
        """Which are not to be tried now."""
        return frozenset(id_ for id_, until in self._untils() if until > now)

    @property
    def behind(self) -> list[int]:
        """Which are tried only when there is nothing else to tell: the one that failed longest ago
        comes first."""
        behind = (id_ for id_, one in self._failing.items() if one.behind)
        return sorted(behind, key=lambda id_: self._failing[id_].failed)

    @property
    def none_passed_since(self) -> bool:
        """Whether nothing went through since one failed, so that any other may fail as well."""
        failed = [one.failed for one in self._failing.values() if one.behind]
        return bool(failed) and (self._passed is None or max(failed) >= self._passed)

    def soonest(self) -> datetime | None:
        """When the first rest is over."""
        return min((until for _, until in self._untils()), default=None)

    def _noted(self, ids: Sequence[int], began: datetime) -> _Failing:
        one = next((self._failing[id_] for id_ in ids if id_ in self._failing), None)
        one = one or _Failing(since=began, failed=began)
        self._failing |= dict.fromkeys(ids, one)
        return one

    def _untils(self) -> Iterator[tuple[int, datetime]]:
        return ((id_, one.until) for id_, one in self._failing.items() if one.until is not None)
