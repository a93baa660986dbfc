"""What `/export` puts into files, line by line, and what those lines add up to.

Lines are tuples, since there may be a million of them. Amounts are minor units; times are aware
UTC datetimes.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from bot.domain.entries import EntryKind
from bot.domain.payment import Consent
from bot.domain.period import Span, day_start


class ExportSubject(StrEnum):
    """What can be exported."""

    SALES = "sales"
    BUYERS = "buyers"
    PAYOUTS = "payouts"


class SaleLine(NamedTuple):
    """One entry of the books, with the sale that it is of."""

    at: datetime
    kind: str
    """An EntryKind."""
    source: str
    """Stripe's balance transaction; another id of Stripe's while nothing is booked."""
    number: int
    track: str
    license: str
    exclusive: bool
    state: str
    """A SaleState: the sale's state now."""
    name: str | None
    email: str | None
    country: str | None
    currency: str
    """What the buyer paid in."""
    amount: int
    refunded: int
    """Of `amount`, until now."""
    settled_currency: str
    gross: int
    """Signed: negative if it went back."""
    tax: int
    """What of `gross` is tax, and signed like it."""
    stripe_fee: int
    fee_tax: int
    platform_fee: int
    withheld_tax: int
    net: int
    booked: bool
    payout: str | None
    arrival: datetime | None
    """Of the payout: a day, as midnight UTC."""
    intent: str | None
    charge: str | None
    session: str | None


class PayoutHead(NamedTuple):
    """A payout."""

    payout: str
    created: datetime
    arrival: datetime
    """A day, as midnight UTC."""
    status: str
    currency: str
    amount: int

    @property
    def counts(self) -> bool:
        """Whether its money went to the bank and stayed there, as far as is known."""
        return self.status not in ("failed", "canceled")


class PayoutLine(NamedTuple):
    """What one balance transaction brought into a payout, for one sale if it belongs to any."""

    kind: str
    """An EntryKind; or `other`, for what the books know nothing of."""
    movement: str | None
    number: int | None
    track: str | None
    gross: int
    stripe_fee: int
    fee_tax: int
    platform_fee: int
    net: int
    """By what it moved Stripe's balance, tax that buyers paid in it."""
    withheld_tax: int = 0
    tax: int = 0
    """What of `net` is such tax."""


OTHER = "other"
"""A balance transaction in a payout that belongs to no sale."""
UNTOLD = "untold"
"""The part of a payout that Stripe has not itemized."""


class BuyerLine(NamedTuple):
    """A buyer who bought something in the time asked for, and what they bought in it."""

    email: str | None
    name: str | None
    country: str | None
    promotions: str | None
    """A Consent; None if they were never asked."""
    payments: int
    first: datetime
    last: datetime

    @property
    def agreed(self) -> bool:
        """Whether news may be mailed to them, and an address is known."""
        return self.promotions == Consent.OPT_IN and bool(self.email)


@dataclass(slots=True)
class LeftOut:
    """Buyers to whom no news may be mailed."""

    refused: int = 0
    never_asked: int = 0
    without_email: int = 0
    """They agreed, but gave no address; or it was forgotten."""

    @property
    def count(self) -> int:
        return self.refused + self.never_asked + self.without_email

    def add(self, lines: Iterable[BuyerLine]) -> None:
        """Count those who did not agree."""
        for line in lines:
            self.refused += line.promotions == Consent.OPT_OUT
            self.never_asked += line.promotions is None
            self.without_email += line.promotions == Consent.OPT_IN and not line.email


def bounds(span: Span, timezone: str) -> tuple[datetime | None, datetime | None]:
    """From when on, and before when, a period is, whole days as `/stats` counts them.

    None: no such bound, for all time.
    """
    if span.first is None:
        return None, None
    return span.start, day_start(span.last + timedelta(days=1), timezone)


class PayoutSums:
    """Adds up what came to the bank, by currency."""

    def __init__(self) -> None:
        self._amounts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))

    def add(self, head: PayoutHead) -> None:
        """Count a payout in; those that failed only among the failed."""
        amounts = self._amounts[head.currency]
        amounts["payouts"] += head.counts
        amounts["failed"] += not head.counts
        amounts["amount"] += head.amount if head.counts else 0

    def add_lines(self, head: PayoutHead, lines: Iterable[PayoutLine]) -> None:
        """Count in what is in one of them."""
        amounts = self._amounts[head.currency]
        for line in lines if head.counts else ():
            for name, amount in parts(line).items():
                amounts[name] += amount

    def totals(self) -> tuple["PayoutTotals", ...]:
        """By currency, most payouts first."""
        found = [PayoutTotals(currency=code, **one) for code, one in self._amounts.items()]
        return tuple(sorted(found, key=lambda one: (-one.payouts, one.currency)))


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutTotals:
    """What payouts of one currency come to, those that failed left out."""

    currency: str
    payouts: int
    failed: int
    amount: int
    gross: int = 0
    stripe_fee: int = 0
    fee_tax: int = 0
    platform_fee: int = 0
    withheld_tax: int = 0
    refunded: int = 0
    disputed: int = 0
    other: int = 0
    net: int = 0
    """Of all lines: equals `amount`."""
    tax: int = 0
    """What of it is tax that buyers paid."""


def parts(line: PayoutLine) -> dict[str, int]:
    """A line's amounts by what they are for, each as it adds to the net: fees are negative."""
    gross = {
        EntryKind.SALE: "gross",
        EntryKind.DISPUTE: "disputed",
        OTHER: "other",
        UNTOLD: "other",
    }.get(line.kind, "refunded")
    return {
        gross: line.gross,
        "stripe_fee": -line.stripe_fee,
        "fee_tax": -line.fee_tax,
        "platform_fee": -line.platform_fee,
        "withheld_tax": -line.withheld_tax,
        "net": line.net,
        "tax": line.tax,
    }
