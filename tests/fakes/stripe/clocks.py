"""A clock that stands until it is moved."""

from datetime import UTC, datetime, timedelta


class MovableClock:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 2, 15, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> None:
        """`advance(days=2)`: as `timedelta` takes it."""
        self.now += timedelta(**by)
