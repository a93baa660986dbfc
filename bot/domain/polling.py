"""How often Stripe is asked for its events, within what it lets an account read.

Within 30 days Stripe allows 500 reads a payment, and 10,000 at least. The bot takes a part of that:
an even interval uses it up. Asking more often for some minutes borrows from it, and is paid back by
somewhat longer intervals. https://docs.stripe.com/rate-limits
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

PERIOD = timedelta(days=30)
READS_A_PAYMENT = 500
LEAST_READS = 10_000
SHARE = 0.4
"""How much of the allowance the bot may take."""
SHORTEST, LONGEST = timedelta(seconds=15), timedelta(minutes=11)
OFTEN = timedelta(seconds=5)
"""The interval while a sale is expected."""
OFTEN_FOR = timedelta(minutes=10)
LENDING = 1 / 32
"""How much of the bot's part may be borrowed. So much less is lent out evenly, so that both
together are never more than that part."""
STRETCH = 0.5
"""By how much an interval grows while all is borrowed that may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Polling:
    """Whether events come by asking, and what the bot has taken of its account's allowance."""

    webhooks: bool = True
    """Whether webhooks are set up, so that asking only makes up for what they miss."""
    silent_since: datetime | None = None
    """When the first sale was made that no webhook reported, while none comes at all."""
    payments: int = 0
    """Made within the last 30 days."""
    borrowed: float = 0.0
    """Reads to be paid back."""
    counted: datetime | None = None
    """Up to when `borrowed` is counted."""
    reads: Mapping[date, int] = field(default_factory=dict)
    """By day (UTC), for the last 30 days; everything the bot has read, not just events."""

    expected_until: datetime | None = None
    """Until when a sale may come at any moment. It is not noted, nor is `next`."""
    next: datetime | None = None
    """When Stripe is asked again."""

    @property
    def alone(self) -> bool:
        """Whether events come only by asking."""
        return not self.webhooks or self.silent_since is not None

    @property
    def allowance(self) -> int:
        """How many reads Stripe allows within 30 days."""
        return max(LEAST_READS, READS_A_PAYMENT * self.payments)

    @property
    def used(self) -> float:
        """How much of the allowance the last 30 days took, from 0 to 1 or more."""
        return sum(self.reads.values()) / self.allowance

    @property
    def interval(self) -> timedelta:
        """From one question to the next while nothing is expected and nothing borrowed."""
        return min(max(PERIOD / (SHARE * self.allowance), SHORTEST), LONGEST)

    def every(self, *, expected: bool = False) -> timedelta:
        """From one question to the next; `expected`: while a sale may come at any moment."""
        if expected and self.borrowed + 1 <= self.most_borrowed:
            return OFTEN
        return self.interval * (1 + STRETCH * min(self.borrowed / self.most_borrowed, 1.0))

    def spent(self, reads: int, payments: int, now: datetime) -> "Polling":
        """After so many more reads."""
        rate = SHARE * (1 - LENDING) * self.allowance / PERIOD.total_seconds()
        since = max((now - (self.counted or now)).total_seconds(), 0.0)
        after = replace(self, payments=payments, counted=now)
        borrowed = max(self.borrowed - rate * since, 0.0) + reads
        today = now.astimezone(UTC).date()
        oldest = today - PERIOD
        days = {day: count for day, count in self.reads.items() if day > oldest}
        days[today] = days.get(today, 0) + reads
        # What an import reads in a day is not paid back for weeks.
        return replace(after, borrowed=min(borrowed, 2 * after.most_borrowed), reads=days)

    @property
    def most_borrowed(self) -> float:
        """How many reads may be borrowed at a time."""
        return LENDING * SHARE * self.allowance
