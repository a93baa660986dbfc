"""What the store answers with: payments and sales as numbered, owned and judged. Read-only values.

Money is in minor units inside `Money`; times are aware UTC datetimes, days are the producer's own.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.key_permissions import Resource, permission_for
from bot.domain.money import Money
from bot.domain.off_sale import OffSale
from bot.domain.payment import Buyer, Fees, Payment
from bot.domain.preferences import NONE_CHOSEN, Preferences
from bot.domain.problems import GONE, Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Producer:
    """One Stripe account in one mode, tied to one Discord server and channel."""

    id: int
    livemode: bool
    account: str
    """The `account` that its events carry: empty for the account that owns the webhook endpoint."""
    stripe_account: str | None
    """The account's own id (acct_…) for links to the Dashboard, once Stripe told it."""
    timezone: str
    """IANA name: whose midnight begins a day."""
    guild_id: int | None
    channel_id: int | None
    name: str | None = None
    """What they sell under: the business name in Stripe, else the name of their Discord server."""
    preferences: Preferences = NONE_CHOSEN


class SaleState(StrEnum):
    """One word for where a sale stands; `conflict` is told apart from it."""

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


class PayoutState(StrEnum):
    """How far the money of a payment is on its way to the bank."""

    UNKNOWN = "unknown"
    """Not settled yet, or no API key to ask with."""
    PENDING = "pending"
    AVAILABLE = "available"
    IN_TRANSIT = "in_transit"
    PAID = "paid"
    FAILED = "failed"
    CANCELED = "canceled"


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutProgress:
    """How far a payment's money is on its way to the bank."""

    state: PayoutState
    at: datetime | None = None
    """pending: available on (once in a payout: arrives); in transit: arrives; paid: arrived;
    else None."""
    payout: str | None = None
    """Stripe's payout id, once the money is in one."""


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
    """That somebody has come to terms about a sale that collides with an exclusive, or has not."""

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
    """None until Stripe booked the payment (or for ever, without a key)."""
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
    """Once somebody has accepted that it was a conflict."""
    withdrawn: Accepted | None = None
    """Who took that back, and when; `accepted` is None then."""
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
    """How many payments this buyer has made, this one among them; 0 where the buyer is unknown."""
    payout: PayoutProgress
    complete: bool
    """Whether Stripe itself was asked; False while only events have told of it."""
    problems: tuple[Problem, ...] = ()
    """What of it is not understood."""
    off_sale: tuple[OffSale, ...] = ()
    """How far each track is off sale that a sale of this payment holds."""
    lacking: tuple[str, ...] = ()
    """The permissions that the key lacks, as Stripe calls them: what they are for is not known."""

    @property
    def unreadable(self) -> str:
        """The permission for lack of which Stripe does not tell the fees; empty if it does."""
        return "" if self.complete else hiding_fees(self.lacking)

    @property
    def gone(self) -> bool:
        """Whether Stripe says that there is no such payment, so that its fees stay unknown."""
        return any(problem.what == GONE for problem in self.problems)


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutRecord:
    """A payout as it stands, for its alert."""

    id: str
    amount: Money
    status: str
    automatic: bool
    created: datetime
    arrival: datetime
    failure: str | None
    """Stripe's reason, in its words."""
    payments: int | None
    """How many payments are in it; None while unknown (manual, or not reconciled)."""
    sales: int | None
    refunds: int | None
    unreadable: str = ""
    """The permission for lack of which it is not known what is in it; empty if none is lacking."""
