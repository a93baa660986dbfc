"""What commands are answered with: pages of sales, statistics, rights. Read-only values.

Money is in minor units of its currency; times are aware UTC datetimes, days are the producer's own.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from bot.domain.money import Money
from bot.domain.off_sale import OffSale
from bot.domain.payment import Buyer
from bot.domain.periods import Span
from bot.domain.records import Holder, Sale
from bot.domain.series import Series


class SaleSort(StrEnum):
    """In which order sales are listed."""

    NEWEST = "newest"
    OLDEST = "oldest"
    LARGEST = "largest"
    """By price before fees, as it settled: one currency after the other, never compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleFilter:
    """What `/sales` lists, and how. Texts come from people: matched, never trusted."""

    track: str | None = None
    license: str | None = None
    buyer: str | None = None
    """Part of a name or an email."""
    status: str | None = None
    """A SaleState's value, or `conflict`; `disputed` stands for lost ones too."""
    since: date | None = None
    """A day of the producer's."""
    sort: SaleSort = SaleSort.NEWEST


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleTotals:
    """Sums over sales of one currency (settled ones in the settlement currency)."""

    currency: str
    sales: int
    gross: int
    tax: int = 0
    """What of `gross` is tax, less what refunds and disputes gave back of it."""
    fees: int
    refunded: int
    """What refunds and disputes took back, positive."""
    left: int
    """gross − tax − fees − refunded."""
    unsettled: int
    """How many of `sales` are still without their fees."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SalesPage:
    """A page of `/sales`."""

    sales: tuple[Sale, ...]
    """In the order asked for, at most ten."""
    page: int
    """From 0."""
    count: int
    """Of all that match, pending ones among them."""
    totals: tuple[SaleTotals, ...]
    """Of all that match and are sales; one a currency, most sales first."""
    unreadable: str = ""
    """The permission for lack of which Stripe does not tell the key any fees; empty if it does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuyerRecord:
    """A buyer, and a page of all they bought."""

    buyer: Buyer
    """As the latest purchase gave it."""
    number: int
    """Of the sale by which they were asked for."""
    sales: tuple[Sale, ...]
    """A page of all they bought; pending ones too."""
    page: int
    """From 0."""
    count: int
    """How many licenses in all, pending ones too."""
    payments: int
    """How many payments of theirs have come."""
    first: datetime
    spent: tuple[Money, ...]
    """What they paid, by currency of payment: refunds and lost disputes off."""
    sort: SaleSort = SaleSort.NEWEST


class BuyerSort(StrEnum):
    """In which order buyers are listed; the most, or the newest, first."""

    SPEND = "spend"
    """By what they spent in one currency; then those who never paid in it, by another."""
    RECENT = "recent"
    """By when they last paid for something."""
    COUNT = "count"
    """By how many payments they made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedBuyer:
    """A buyer in a list."""

    buyer: Buyer
    number: int
    """Of their newest sale."""
    payments: int
    licenses: int
    latest: datetime
    """When they last paid for something."""
    spent: tuple[Money, ...]
    """As in BuyerRecord; the currency that the list goes by first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuyersPage:
    """A page of all who have bought something, or of those that were searched for."""

    buyers: tuple[ListedBuyer, ...]
    page: int
    """From 0."""
    count: int
    """How many match in all."""
    repeats: int
    """How many of them have bought more than once."""
    currency: str | None
    """By which spending they are sorted first; None for other orders, and where nobody is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrencyTotals:
    """The books of a period in one settlement currency, in minor units."""

    currency: str
    sales: int = 0
    gross: int = 0
    tax: int = 0
    """What of `gross` is tax that buyers paid: the seller owes it to the state."""
    returned_tax: int = 0
    """What refunds and disputes gave back of tax, positive."""
    stripe_fee: int = 0
    fee_tax: int = 0
    platform_fee: int = 0
    withheld_tax: int = 0
    """Tax kept from the seller."""
    refunds: int = 0
    """How many."""
    refunded: int = 0
    """What they took, positive."""
    disputed: int = 0
    """What disputes took and have not given back, positive (their fee is in stripe_fee)."""
    net: int = 0
    """gross − tax − fees − refunded − disputed + returned_tax."""
    unsettled: int = 0
    """Sales whose fees are not known yet: their net is still before fees."""

    @property
    def fees(self) -> int:
        """All that was kept: Stripe's, the tax on it, the platform's, and withheld tax."""
        return self.stripe_fee + self.fee_tax + self.platform_fee + self.withheld_tax

    @property
    def no_fee_known(self) -> bool:
        """Whether every sale still counts before its fees."""
        return 0 < self.sales == self.unsettled and not self.fees


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackTotals:
    """What one track brought in a period, in minor units of one currency."""

    track: str
    currency: str
    sales: int
    gross: int
    net: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenseTotals:
    """What the licenses of one name brought in a period, in minor units of one currency."""

    license: str
    currency: str
    sales: int
    gross: int
    """What they were sold for without tax, before fees and refunds."""


@dataclass(frozen=True, slots=True)
class Purchases:
    """How often was bought. Who gave no email counts as somebody new each time."""

    purchases: int
    """Payments, whatever was in them."""
    new_buyers: int
    """Who bought for the first time ever."""
    repeat_buyers: int
    """Who bought for the second time ever."""

    @property
    def returning(self) -> int:
        """Purchases by who had bought before."""
        return self.purchases - self.new_buyers


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """All that `/stats` says of a period."""

    span: Span
    currency: str | None
    """The one shown first and drawn; None when nothing moved, now or before."""
    totals: tuple[CurrencyTotals, ...]
    """The currency shown first, then most sales first; empty when nothing moved."""
    before: tuple[CurrencyTotals, ...]
    """The period before it, while this one goes on up to the same point; empty for all time."""
    by_count: tuple[TrackTotals, ...]
    """Best five, one row a track: `sales` in whatever currency, its money in its main one."""
    by_revenue: tuple[TrackTotals, ...]
    """Best five by net, of the currency shown first."""
    licenses: tuple[LicenseTotals, ...] = ()
    """Best five by count, of the currency shown first."""
    purchases: Purchases = Purchases(0, 0, 0)
    series: Series | None = None
    """Of the currency shown first."""
    projected: Money | None = None
    """What will be left at the month's end, roughly; None where it would mislead."""
    unreadable: str = ""
    """The permission for lack of which Stripe does not tell the key any fees; empty if it does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What was decided about a track whose exclusive sale had been given back."""

    kept_off: bool
    """Kept off sale; else put back on it."""
    by: int
    """Who decided: their Discord id."""
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseInsight:
    """What leases of a track have brought, beside its exclusive on offer; both before fees."""

    leases: int
    income: Money
    """Tax and refunds off."""
    exclusive: Money
    """The cheapest in the same currency."""
    since: datetime
    """When the first of these leases was sold."""
    days: float
    """Since then."""

    @property
    def a_month(self) -> float:
        """Leases a month of 30 days."""
        return self.leases / self.days * 30

    @property
    def months_to_match(self) -> float | None:
        """In how many such months leases bring as much as the exclusive; None where never."""
        if self.income.amount <= 0:
            return None
        return self.exclusive.amount / self.income.amount * self.days / 30


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackRights:
    """Where a track's rights stand."""

    id: int
    """The store's, by which buttons name the track."""
    track: str
    holder: Holder | None
    leases: int
    """Leases that stay valid: all while nobody holds it, the earlier ones once somebody does."""
    lease_sales: tuple[Sale, ...]
    """The newest of them, at most 25."""
    conflicts: tuple[Sale, ...]
    """Sales charged after the holder's, not refunded; at most 25."""
    accepted: tuple[Sale, ...] = ()
    """Those that somebody has accepted, not refunded; at most 25. Not in lists."""
    decision: Decision | None = None
    """Since nobody holds it any more; None where nothing was decided, or somebody holds it."""
    off_sale: OffSale | None = None
    """How far it is off sale; None where there is nothing to tell. Not in lists."""
    insight: LeaseInsight | None = None
    """While it is on sale, where there is enough to go by. Not in lists."""
    steps_open: int = 0
    """In lists: how many steps are not done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldPage:
    """Tracks that are exclusively sold, in the order of their exclusive sales."""

    tracks: tuple[TrackRights, ...]
    """At most ten, their `lease_sales` left empty."""
    page: int
    """From 0."""
    count: int
    """Of all that are held."""
    kept_off: tuple[str, ...] = ()
    """Tracks that nobody holds and that are kept off sale, at most 25, by name."""
