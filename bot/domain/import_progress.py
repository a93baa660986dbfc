"""How far Stripe has been read: the import of history, and the list of events."""

from dataclasses import dataclass
from datetime import datetime, timedelta

# A run that has done less says too little of how long the rest will take.
_ENOUGH_TIME = timedelta(seconds=10)
_ENOUGH_SHARE = 0.1


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
    first_begun: datetime | None = None
    """When its first run began: what was read was read later than that."""
    begun: datetime | None = None
    """When the present run of it began; None before the first."""
    begun_from: datetime | None = None
    """What was done by then, as `done_until`."""
    noted: datetime | None = None
    """When it last advanced."""
    trouble: str = ""
    """Why it is stuck, in Stripe's words; empty while it advances."""

    @property
    def finished(self) -> bool:
        return self.done_until >= self.end

    @property
    def share(self) -> float:
        """How much of the time is done, from 0 to 1."""
        return _share(self.start, self.done_until, self.end)

    @property
    def remaining(self) -> timedelta | None:
        """How long the rest takes if it is like what this run has done; None while that is too
        little to say so.
        """
        if self.begun is None or self.begun_from is None or self.noted is None:
            return None
        taken = self.noted - self.begun
        done = _share(self.begun_from, self.done_until, self.end)
        if self.finished or taken < _ENOUGH_TIME or done < _ENOUGH_SHARE:
            return None
        return taken * ((1 - done) / done)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventsSeen:
    """Which events have been read from Stripe's list, in one mode."""

    begin: datetime
    """When the bot first ran with a key: the import covers what is older."""
    until: datetime
    """Up to when Stripe's list was read the last time."""
    looked: datetime | None = None
    """When it was last read to its end."""
    trouble: str = ""
    """Why it could not be read since; empty if it could."""
    fees_until: datetime | None = None
    """Up to when the fees were read that platforms returned."""


def _share(start: datetime, done: datetime, end: datetime) -> float:
    whole = (end - start).total_seconds()
    return min((done - start).total_seconds() / whole, 1.0) if whole > 0 else 1.0
