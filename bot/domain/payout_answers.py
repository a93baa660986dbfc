"""What `/payouts` is answered with. Read-only values; amounts in minor units."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.records import PayoutRecord


class PayoutSort(StrEnum):
    """In which order payouts that are over are listed."""

    NEWEST = "newest"
    OLDEST = "oldest"
    LARGEST = "largest"
    """By amount: one currency after the other, never compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Becoming:
    """Money that becomes available at a moment."""

    at: datetime
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What the books say is in Stripe's balance in one currency: in no payout yet."""

    currency: str
    available: int | None
    """Of sales, less refunds and disputes since; negative when these were more. None after a
    payout that was started by hand: nobody says what it took."""
    pending: tuple[Becoming, ...]
    """Soonest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutsOverview:
    """Where all the money is."""

    waiting: tuple[Waiting, ...]
    """By currency; empty where nothing waits, or no fees are known."""
    on_the_way: tuple[PayoutRecord, ...]
    """The first to arrive first, at most ten."""
    over: tuple[PayoutRecord, ...]
    """A page of those that were paid, failed or canceled."""
    sort: PayoutSort = PayoutSort.NEWEST
    page: int = 0
    """From 0."""
    count: int = 0
    """Of all that are over."""
    unreadable: str = ""
    """The permission for lack of which Stripe does not tell the key any fees; empty if it does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutPart:
    """What one track contributed to a payout."""

    track: str
    sales: int
    refunds: int
    disputes: int
    """How many times a bank took or gave back money."""
    net: int
    """What the producer keeps of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutContents:
    """A payout with what is in it, a page of it."""

    payout: PayoutRecord
    parts: tuple[PayoutPart, ...]
    """Most money first, at most ten."""
    page: int
    """From 0."""
    count: int
    """Of all tracks in it."""
    others: int
    """How many of its balance transactions are no sale of the books: fees of Stripe's own, other
    payments."""
    other_net: int
    """What these come to."""
    tax: int = 0
    """What is in it of tax that buyers paid. All nets and this are the payout's amount."""
