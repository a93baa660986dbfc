"""Payments and sales as the store answers with them: numbered, owned, and with their rights.

Money is in minor units inside `Money`; times are aware UTC datetimes, days are the producer's own.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from bot.domain.insight import LeaseInsight
from bot.domain.key_permissions import Resource, permission_for
from bot.domain.money import Money
from bot.domain.off_sale import OffSale
from bot.domain.payment import Buyer, Fees, Payment
from bot.domain.payout import PayoutProgress
from bot.domain.preferences import NONE_CHOSEN, Preferences
from bot.domain.problem import GONE, Problem

PAGE = 10
"""Rows of a page."""


def pages(count: int) -> int:
    """How many pages `count` rows fill; at least one."""
    return max(1, -(-count // PAGE))


def page_within(page: int, count: int) -> int:
    """The page (from 0) to show if `page` is asked for: the nearest that exists."""
    return max(0, min(page, pages(count) - 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Producer:
    """One Stripe account in one mode, tied to one Discord server and channel."""

    id: int
    livemode: bool
    account: str
    """The `account` that its events carry: empty for the account that owns the webhook endpoint."""
    stripe_account: str | None
    """The account's own id (acct_…) for links to the Dashboard, once known."""
    timezone: str
    """IANA name: whose midnight begins a day."""
    guild_id: int | None
    channel_id: int | None
    name: str | None = None
    """What they sell under: the artist name they chose, else the business name in Stripe, else the
    name of their Discord server."""
    preferences: Preferences = NONE_CHOSEN


class SaleState(StrEnum):
    """A sale's state; `conflict` is independent of it."""

    PENDING = "pending"
    FAILED = "failed"
    PAID = "paid"
    PARTLY_REFUNDED = "partly_refunded"
    REFUNDED = "refunded"
    DISPUTED = "disputed"
    DISPUTE_LOST = "dispute_lost"

    @property
    def is_sale(self) -> bool:
        """Whether money came (even if it went again)."""
        return self not in (SaleState.PENDING, SaleState.FAILED)

    @property
    def holds_rights(self) -> bool:
        """Whether the buyer may use the track: paid, and the money not wholly gone again."""
        return self in (SaleState.PAID, SaleState.PARTLY_REFUNDED, SaleState.DISPUTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A sale's exact share of the settlement, in minor units of `currency`, refunds apart."""

    currency: str
    gross: int
    tax: int = 0
    """What of `gross` is tax that the buyer paid."""
    fees: Fees

    @property
    def net(self) -> int:
        """What the producer keeps."""
        return self.gross - self.tax - self.fees.total


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who holds a track exclusively."""

    number: int
    at: datetime
    price: Money
    buyer: Buyer
    state: SaleState


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """That a conflict was accepted, or that this was taken back."""

    by: int
    """Their Discord id."""
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """One numbered sale: a license of a track in a payment."""

    number: int
    payment_id: int
    position: int
    track: str
    license: str
    exclusive: bool
    quantity: int
    price: Money
    """What the buyer paid for it."""
    refunded: Money
    """Given back of `price`."""
    share: Share | None
    """None until Stripe booked the payment (always None without a key)."""
    left: Money
    """What remains of it after tax and every fee, refund and dispute so far, in the settlement
    currency (in the price's currency until settled)."""
    state: SaleState
    conflict: bool
    """Charged, in another payment, after the track had been sold exclusively; neither refunded nor
    accepted."""
    sold: datetime
    """When it was paid; when Checkout was completed while it is pending."""
    buyer: Buyer
    payout: PayoutProgress
    accepted: Accepted | None = None
    """If it was a conflict and was accepted."""
    withdrawn: Accepted | None = None
    """If that was taken back; `accepted` is None then."""
    reference: str | None = None
    """Stripe's id of the payment: pi_… or ch_…; None for a free one."""
    complete: bool = False
    """Whether Stripe itself was asked about its payment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleRights:
    """What a sale means for its track."""

    number: int
    earlier_leases: int
    """For an exclusive: leases sold before it to others, which stay valid."""
    holder: Holder | None
    """For a conflict: who holds the track."""


TO_READ_A_PAYMENT = frozenset(
    permission_for(resource)
    for resource in (
        Resource.CHECKOUTS,
        Resource.PRODUCTS,
        Resource.PRICES,
        Resource.INTENTS,
        Resource.CHARGES,
        Resource.BALANCE,
    )
)
"""The permissions without which no payment can be read whole."""


def hiding_fees(lacking: Iterable[str]) -> str:
    """The first of the permissions that the key lacks without which no fees are known; or empty."""
    return next((name for name in lacking if name in TO_READ_A_PAYMENT), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRecord:
    """A payment as the producer knows it, with all that an alert or a record shows."""

    id: int
    producer: Producer
    payment: Payment
    sales: tuple[Sale, ...]
    rights: tuple[SaleRights, ...]
    """One for each of `sales` that is exclusive or a conflict."""
    purchases: int
    """How many payments this buyer has made, this one among them; 0 if the buyer is unknown."""
    payout: PayoutProgress
    complete: bool
    """Whether it was read from Stripe; False while only events have shown it."""
    problems: tuple[Problem, ...] = ()
    """What of it is not understood."""
    off_sale: tuple[OffSale, ...] = ()
    """How far each track held by a sale of this payment is off sale."""
    lacking: tuple[str, ...] = ()
    """The permissions that the key lacks, as Stripe calls them."""

    @property
    def unreadable(self) -> str:
        """The permission for lack of which Stripe does not tell the fees; empty if it does."""
        return "" if self.complete else hiding_fees(self.lacking)

    @property
    def gone(self) -> bool:
        """Whether Stripe says that there is no such payment, so that its fees stay unknown."""
        return any(problem.what == GONE for problem in self.problems)


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
    until: date | None = None
    """Its last day; None for up to now."""
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
    """The currency by which they are sorted; None for other orders and if there are none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What was decided about a track whose exclusive sale had been given back."""

    kept_off: bool
    """Kept off sale; else put back on it."""
    by: int
    """Who decided: their Discord id."""
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackRights:
    """Who holds a track, and who may use it."""

    id: int
    """The store's, by which buttons name the track."""
    track: str
    holder: Holder | None
    leases: int
    """Leases that stay valid: all while the track is not held, else those before the exclusive."""
    lease_sales: tuple[Sale, ...]
    """The newest of them, at most 25."""
    conflicts: tuple[Sale, ...]
    """Sales charged after the holder's, not refunded; at most 25."""
    accepted: tuple[Sale, ...] = ()
    """Accepted ones, not refunded; at most 25. Not in lists."""
    decision: Decision | None = None
    """Since it is no longer held; None if nothing was decided, or it is held again."""
    off_sale: OffSale | None = None
    """How far it is off sale; None if there is nothing to tell. Not in lists."""
    insight: LeaseInsight | None = None
    """While it is on sale, if there is enough to go by. Not in lists."""
    steps_open: int = 0
    """In lists: how many steps are not done, and marketplaces not ticked."""


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
    """Tracks that are not held and are kept off sale, at most 25, by name."""
